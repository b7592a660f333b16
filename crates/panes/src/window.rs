//! The named windows, and which days each covers at an instant.

use std::{fmt, str::FromStr};

use model::{Day, Millis, Minute, Quoted};

use crate::{DayRange, Period};

/// A named window. KPI W3
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Window {
    /// The minutes of the last so many hours, the running minute included.
    Hours(i32),
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// Today and the days before, so many in all.
    Days(i32),
    /// So many days before those.
    PreviousDays(i32),
    /// The running week, month, quarter or year, up to today.
    This(Period),
    /// The whole one before it.
    Last(Period),
    /// The first days of that, as many as the running one has begun.
    LastToDate(Period),
}

/// Every named window, in the order in which they are listed.
pub const WINDOWS: [(&str, Window); 20] = [
    ("1h", Window::Hours(1)),
    ("24h", Window::Hours(24)),
    ("today", Window::Today),
    ("yesterday", Window::Yesterday),
    ("7d", Window::Days(7)),
    ("30d", Window::Days(30)),
    ("90d", Window::Days(90)),
    ("previous_7d", Window::PreviousDays(7)),
    ("previous_30d", Window::PreviousDays(30)),
    ("this_week", Window::This(Period::Week)),
    ("this_month", Window::This(Period::Month)),
    ("this_quarter", Window::This(Period::Quarter)),
    ("this_year", Window::This(Period::Year)),
    ("last_week", Window::Last(Period::Week)),
    ("last_month", Window::Last(Period::Month)),
    ("last_quarter", Window::Last(Period::Quarter)),
    ("last_year", Window::Last(Period::Year)),
    ("last_month_to_date", Window::LastToDate(Period::Month)),
    ("last_quarter_to_date", Window::LastToDate(Period::Quarter)),
    ("last_year_to_date", Window::LastToDate(Period::Year)),
];

/// The name is not a window's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "unknown window {}: use one of 1h, 24h, today, yesterday, 7d, 30d, 90d, previous_7d, previous_30d, this_week, this_month, this_quarter, \
    this_year, last_week, last_month, last_quarter, last_year, last_month_to_date, last_quarter_to_date, last_year_to_date",
    Quoted(.0)
)]
pub struct UnknownWindow(pub String);

impl FromStr for Window {
    type Err = UnknownWindow;

    fn from_str(name: &str) -> Result<Window, UnknownWindow> {
        WINDOWS.iter().find(|(known, _)| *known == name).map(|(_, window)| *window).ok_or_else(|| UnknownWindow(name.to_owned()))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(WINDOWS.iter().find(|(_, window)| window == self).map_or("", |(name, _)| name))
    }
}

impl Window {
    /// The minutes a minute window covers at `t`, from the first to the last; none for a window of days.
    pub fn minutes(self, t: Millis) -> Option<(Minute, Minute)> {
        let Window::Hours(hours) = self else { return None };
        let running = t.minute();
        Some((Minute(running.0 - i64::from(hours) * 60 + 1), running))
    }

    /// The days the window covers today, of those not later than `limit`: a window that mirrors another covers as many
    /// of its first days as that one does. Of a minute window: none.
    pub fn days(self, today: Day, limit: Day) -> DayRange {
        let limit = limit.min(today);
        match self {
            Window::Hours(_) => DayRange::new(today, today.plus(-1)),
            Window::Today => DayRange::new(today, today).up_to(limit),
            Window::Yesterday => DayRange::new(today.plus(-1), today.plus(-1)).up_to(limit),
            Window::Days(n) => DayRange::new(today.plus(1 - n), today).up_to(limit),
            Window::PreviousDays(n) => {
                let mirrored = Window::Days(n).days(today, limit);
                DayRange::new(today.plus(1 - 2 * n), today.plus(-n)).first_days(mirrored.len())
            }
            Window::This(period) => DayRange::new(period.first_day(today), today).up_to(limit),
            Window::Last(period) => period.before(today).up_to(limit),
            Window::LastToDate(period) => {
                let mirrored = Window::This(period).days(today, limit);
                period.before(today).first_days(mirrored.len())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_covers_what_its_name_says() {
        let day = |text: &str| Day::parse(text).unwrap();
        let today = day("2026-03-30");
        for (name, first, last) in [
            ("today", "2026-03-30", "2026-03-30"),
            ("yesterday", "2026-03-29", "2026-03-29"),
            ("7d", "2026-03-24", "2026-03-30"),
            ("previous_7d", "2026-03-17", "2026-03-23"),
            ("this_week", "2026-03-30", "2026-03-30"),
            ("this_quarter", "2026-01-01", "2026-03-30"),
            ("last_week", "2026-03-23", "2026-03-29"),
            ("last_month", "2026-02-01", "2026-02-28"),
            ("last_month_to_date", "2026-02-01", "2026-02-28"),
            ("last_quarter_to_date", "2025-10-01", "2025-12-28"),
            ("last_year_to_date", "2025-01-01", "2025-03-30"),
        ] {
            let window: Window = name.parse().unwrap();
            assert_eq!(window.days(today, today), DayRange::new(day(first), day(last)), "{name}");
            assert_eq!(window.to_string(), name);
        }
    }

    #[test]
    fn a_mirroring_window_is_cut_like_the_mirrored_one() {
        let today = Day(20_000);
        let covered = |name: &str| name.parse::<Window>().unwrap().days(today, today.plus(-3)).len();
        assert_eq!(["7d", "previous_7d", "today", "yesterday", "30d", "previous_30d"].map(covered), [4, 4, 0, 0, 27, 27]);
    }

    #[test]
    fn a_minute_window_has_its_running_minute() {
        let t = Millis(60_000 * 1000 + 59_999);
        assert_eq!(Window::Hours(1).minutes(t), Some((Minute(941), Minute(1000))));
    }
}
