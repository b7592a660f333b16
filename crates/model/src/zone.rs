//! The business time zone: which civil day an instant lies in, and where a day begins.

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::{
    digest::Digest,
    time::{DAY_MS, Day, Millis, When},
};

/// A named IANA time zone, with its changes of offset from 1990 to 2100 laid out for fast look-up.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    zone: TimeZone,
    /// (first instant, offset in ms) of each span of one offset, in order; the first begins before all time.
    spans: Vec<(i64, i64)>,
    /// For each month or so since the epoch of the look-up, the span in which it begins: where a look-up begins.
    months: Vec<u16>,
}

/// The name is not one of the IANA time zone database.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("unknown time zone {0:?}: use an IANA name such as Europe/Warsaw")]
pub struct UnknownZone(pub String);

/// The instant to which offsets are laid out; later ones are asked of the zone itself.
const LAID_OUT_TO: i64 = 4_102_444_800_000;
/// Milliseconds of such a month, 24.9 days, are 2 to the power of this.
const MONTH: u32 = 31;

impl Zone {
    /// The zone of an IANA name.
    pub fn named(name: &str) -> Result<Zone, UnknownZone> {
        let unknown = || UnknownZone(name.to_owned());
        let zone = jiff::tz::TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        let start = Timestamp::from_millisecond(Millis::EARLIEST.0 - 400 * DAY_MS).map_err(|_| unknown())?;
        let mut spans = vec![(i64::MIN, i64::from(zone.to_offset(start).seconds()) * 1000)];
        for change in zone.following(start) {
            let at = change.timestamp().as_millisecond();
            if at >= LAID_OUT_TO {
                break;
            }
            spans.push((at, i64::from(change.offset().seconds()) * 1000));
        }
        Ok(Zone { name: name.to_owned(), zone, months: months(&spans), spans })
    }

    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        let spans = vec![(i64::MIN, 0)];
        Zone { name: "UTC".to_owned(), zone: TimeZone::UTC, months: months(&spans), spans }
    }

    /// Takes in the name and every change of offset: another release of the time zone database may know them better.
    pub fn digest(&self, digest: &mut Digest) {
        digest.text(Some(&self.name)).number(self.spans.len() as u64);
        self.spans.iter().for_each(|(from, offset)| _ = digest.number(*from).number(*offset));
    }

    /// The zone's IANA name, as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The civil day an instant lies in.
    pub fn day_of(&self, at: Millis) -> Day {
        let local = at.0 + self.offset_ms(at);
        Day(i32::try_from(local.div_euclid(DAY_MS)).unwrap_or(Day::LATEST.0))
    }

    /// The civil day of a time.
    pub fn day(&self, when: When) -> Day {
        match when {
            When::At(at) => self.day_of(at),
            When::On(day) => day,
        }
    }

    /// The instant of a time; a date only counts as its day's first.
    pub fn instant(&self, when: When) -> Millis {
        match when {
            When::At(at) => at,
            When::On(day) => self.first_instant(day),
        }
    }

    /// The first instant of a day; of a day the zone skips, the first of the day after it.
    pub fn first_instant(&self, day: Day) -> Millis {
        let midnight = day.date().to_datetime(civil::Time::midnight());
        let found = self.zone.to_zoned_datetime(midnight).and_then(|zoned| zoned.start_of_day());
        // Only days beyond year 9999 have none.
        found.map_or(Millis(i64::from(day.0) * DAY_MS), |zoned| Millis(zoned.timestamp().as_millisecond()))
    }

    /// The last millisecond of a day.
    pub fn last_instant(&self, day: Day) -> Millis {
        self.first_instant(day.plus(1)).plus(-1)
    }

    fn offset_ms(&self, at: Millis) -> i64 {
        if at.0 >= LAID_OUT_TO {
            let beyond = Timestamp::from_millisecond(at.0.min(Millis::LATEST.0)).map(|t| self.zone.to_offset(t).seconds());
            return beyond.map_or(0, i64::from) * 1000;
        }
        let month = usize::try_from(at.0 >> MONTH).unwrap_or(0);
        let first = self.months.get(month).map_or(0, |span| usize::from(*span));
        let spans = self.spans.get(first..).unwrap_or_default();
        spans.iter().take_while(|(from, _)| *from <= at.0).last().map_or(0, |(_, offset)| *offset)
    }
}

/// The span in force at the beginning of each month from 1970 on; the first is also for all that is before.
fn months(spans: &[(i64, i64)]) -> Vec<u16> {
    let of = |month: i64| if month == 0 { 0 } else { spans.partition_point(|(from, _)| *from <= month << MONTH).saturating_sub(1) };
    (0..=LAID_OUT_TO >> MONTH).map(|month| u16::try_from(of(month)).unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(zone: &str, from: &str, to: &str) -> i64 {
        let zone = Zone::named(zone).unwrap();
        let at = |text| zone.first_instant(Day::parse(text).unwrap()).0;
        (at(to) - at(from)) / 3_600_000
    }

    #[test]
    fn months_and_days_have_the_hours_of_their_zone() {
        assert_eq!(hours("Europe/Warsaw", "2026-03-01", "2026-04-01"), 743);
        assert_eq!(hours("America/New_York", "2025-11-02", "2025-11-03"), 25);
        assert_eq!(hours("Pacific/Apia", "2011-12-30", "2011-12-31"), 0, "Samoa had no 30 December 2011");
    }

    #[test]
    fn a_day_without_a_midnight_begins_at_one() {
        let beirut = Zone::named("Asia/Beirut").unwrap();
        let day = Day::parse("2026-03-29").unwrap();
        assert_eq!(beirut.first_instant(day).to_string(), "2026-03-28T22:00:00Z");
        assert_eq!(beirut.day_of(Millis(beirut.first_instant(day).0 - 1)), day.plus(-1));
        assert_eq!(beirut.day_of(beirut.first_instant(day)), day);
    }

    #[test]
    fn look_up_agrees_with_the_zone_everywhere() {
        for name in ["Europe/Warsaw", "Africa/Cairo", "America/Santiago", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata"] {
            let zone = Zone::named(name).unwrap();
            for step in 0..40_000i64 {
                let at = Millis(Millis::EARLIEST.0 + step * 97_777_777);
                let civil = zone.zone.to_datetime(Timestamp::from_millisecond(at.0).unwrap()).date();
                assert_eq!(zone.day_of(at), Day::from_date(civil), "{name} {at}");
            }
        }
    }

    #[test]
    fn an_unknown_zone_is_named() {
        assert_eq!(
            Zone::named("Europe/Warschau").unwrap_err().to_string(),
            "unknown time zone \"Europe/Warschau\": use an IANA name such as Europe/Warsaw"
        );
    }
}
