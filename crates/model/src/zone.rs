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
        let found = midnight(day).and_then(|midnight| self.zone.to_zoned_datetime(midnight).and_then(|zoned| zoned.start_of_day()).ok());
        // The last hours of the year 9999 have none that can be asked for: there the zone's last offset holds on.
        found.map_or_else(|| self.midnight_by_the_last_offset(day), |zoned| Millis(zoned.timestamp().as_millisecond()))
    }

    /// The first instant after a day: after the last one at which it is that day. Where clocks are set back over midnight the day
    /// resumes, and ends a second time, after the next one's first instant. KPI W5
    ///
    /// ```
    /// let zone = model::Zone::named("America/St_Johns").unwrap();
    /// let day = model::Day::parse("2010-11-06").unwrap();
    /// assert_eq!(zone.first_instant(day.plus(1)).to_string(), "2010-11-07T02:30:00Z", "for a minute it is the 7th, then the 6th again");
    /// assert_eq!(zone.end(day).to_string(), "2010-11-07T03:30:00Z");
    /// ```
    pub fn end(&self, day: Day) -> Millis {
        let next = day.plus(1);
        let first = self.first_instant(next);
        // A midnight that comes twice; its second time ends the day only where the day itself leads up to it.
        let second = midnight(next).and_then(|midnight| self.zone.to_ambiguous_zoned_datetime(midnight).later().ok());
        let second = second.map(|zoned| Millis(zoned.timestamp().as_millisecond()));
        second.filter(|second| *second > first && self.day_of(second.plus(-1)) == day).unwrap_or(first)
    }

    /// The last millisecond of a day, at most that of the year 9999.
    pub fn last_instant(&self, day: Day) -> Millis {
        self.end(day).plus(-1).min(Millis::LATEST)
    }

    fn midnight_by_the_last_offset(&self, day: Day) -> Millis {
        Millis(i64::from(day.0) * DAY_MS - i64::from(self.zone.to_offset(Timestamp::MAX).seconds()) * 1000)
    }

    /// Milliseconds by which the zone's clocks are ahead of UTC at an instant.
    pub fn offset_ms(&self, at: Millis) -> i64 {
        if at.0 >= LAID_OUT_TO {
            let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::MAX);
            return i64::from(self.zone.to_offset(at).seconds()) * 1000;
        }
        let month = usize::try_from(at.0 >> MONTH).unwrap_or(0);
        let first = self.months.get(month).map_or(0, |span| usize::from(*span));
        let spans = self.spans.get(first..).unwrap_or_default();
        spans.iter().take_while(|(from, _)| *from <= at.0).last().map_or(0, |(_, offset)| *offset)
    }
}

/// The midnight a day begins with, if the day is one of the years that have dates.
fn midnight(day: Day) -> Option<civil::DateTime> {
    day.checked_date().map(|date| date.to_datetime(civil::Time::midnight()))
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
    fn a_day_that_resumes_ends_when_it_ends_for_good() {
        for (zone, day, end) in [
            // Until 2011 Newfoundland set its clocks back at 00:01, to 23:01 of the day before.
            ("America/St_Johns", "2010-11-06", "2010-11-07T03:30:00Z"),
            ("America/St_Johns", "2010-11-07", "2010-11-08T03:30:00Z"),
            // At midnight, to 23:00: the day is an hour longer, and ends once.
            ("Asia/Beirut", "2025-10-25", "2025-10-25T22:00:00Z"),
            // At 01:00, to 00:00: midnight comes twice, and both belong to the new day.
            ("America/Havana", "2025-11-01", "2025-11-02T04:00:00Z"),
            ("Pacific/Apia", "2011-12-29", "2011-12-30T10:00:00Z"),
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            ("UTC", "9999-12-31", "+10000-01-01"),
        ] {
            let (zone, day) = (Zone::named(zone).unwrap(), Day::parse(day).unwrap());
            let found = zone.end(day);
            if found <= Millis::LATEST {
                assert_eq!(found.to_string(), end, "{} {day}", zone.name());
                assert_ne!(zone.day_of(found), day);
            } else {
                assert_eq!((end, found), ("+10000-01-01", Millis::LATEST.plus(1)));
            }
        }
    }

    /// Minutes are of the world and days of the zone: a minute lies in one day because every change of offset lies between two minutes.
    #[test]
    fn days_are_made_of_whole_minutes() {
        for name in jiff::tz::TimeZoneDatabase::bundled().available() {
            let zone = Zone::named(name.as_str()).unwrap();
            for (from, offset) in zone.spans.iter().skip(1) {
                assert_eq!((from % 60_000, offset % 60_000), (0, 0), "{name}");
            }
        }
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
