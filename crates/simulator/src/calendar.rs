//! Local time: when people work, visit and read.

use model::{Day, Millis, Zone, time::DAY_MS};

use crate::chance::Chance;

/// Milliseconds of an hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// A local day with its first instant, looked up once for all that happens on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalDay {
    pub(crate) day: Day,
    pub(crate) start: Millis,
}

impl LocalDay {
    pub(crate) fn new(zone: &Zone, day: Day) -> LocalDay {
        LocalDay { day, start: zone.first_instant(day) }
    }

    /// How busy the day is, beside a working day's 1.
    pub(crate) fn pace(self) -> f64 {
        match weekday(self.day) {
            0..=3 => 1.0,
            4 => 0.85,
            5 => 0.35,
            _ => 0.3,
        }
    }

    /// A moment of the waking day, most often in the early afternoon.
    pub(crate) fn moment(self, chance: &mut Chance) -> Millis {
        let hours = 6.0 + 8.0 * (chance.unit() + chance.unit());
        self.start.plus((hours * HOUR_MS as f64) as i64)
    }

    /// A moment from `hour` on, within the half hour: when a scheduled job runs.
    pub(crate) fn job(self, hour: i64, chance: &mut Chance) -> Millis {
        self.start.plus(hour * HOUR_MS + chance.below(HOUR_MS as u64 / 2) as i64)
    }
}

/// 0 for Monday to 6 for Sunday.
pub(crate) fn weekday(day: Day) -> i32 {
    // 1970-01-01 was a Thursday.
    (day.0 + 3).rem_euclid(7)
}

/// The day of its month, from 1.
pub(crate) fn day_of_month(day: Day) -> i8 {
    day.date().day()
}

/// The first moment at or after `days` (with fractions) from `from` at which an office is staffed.
pub(crate) fn working(zone: &Zone, from: Millis, days: f64, chance: &mut Chance) -> Millis {
    let at = from.plus((days * DAY_MS as f64) as i64);
    let day = LocalDay::new(zone, zone.day_of(at));
    let hour = (at.0 - day.start.0) / HOUR_MS;
    let wait = match weekday(day.day) {
        5 => 2,
        6 => 1,
        4 if hour >= 18 => 3,
        _ if hour >= 18 => 1,
        _ if hour < 8 => 0,
        _ => return at,
    };
    LocalDay::new(zone, day.day.plus(wait)).start.plus(8 * HOUR_MS + chance.below(9 * HOUR_MS as u64) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offices_are_staffed_on_weekdays_by_day() {
        let zone = Zone::named("Europe/Warsaw").unwrap();
        let mut chance = Chance::new(1, &[]);
        let start = Millis(1_772_000_000_000);
        for step in 0..2_000 {
            let days = f64::from(step) * 0.37;
            let at = working(&zone, start, days, &mut chance);
            let day = LocalDay::new(&zone, zone.day_of(at));
            assert!(weekday(day.day) < 5 && (8..18).contains(&((at.0 - day.start.0) / HOUR_MS)), "{at}");
            assert!(at.0 >= start.0 + (days * DAY_MS as f64) as i64, "never earlier than asked");
        }
        assert_eq!(weekday(Day::parse("2026-03-02").unwrap()), 0, "a Monday");
    }
}
