//! Civil periods and ranges of days.

use jiff::civil::{self, Date};
use model::{Day, Millis, Zone};

/// Days from the first to the last; empty where the last is before the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DayRange {
    /// The first day.
    pub first: Day,
    /// The last day, included.
    pub last: Day,
}

/// A kind of calendar period.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Period {
    /// A day.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// A year.
    Year,
}

impl DayRange {
    /// From `first` to `last`.
    pub fn new(first: Day, last: Day) -> DayRange {
        DayRange { first, last }
    }

    /// The first `n` days of the range, all where it has fewer.
    pub fn first_days(self, n: i32) -> DayRange {
        DayRange::new(self.first, self.last.min(self.first.plus(n.max(0) - 1)))
    }

    /// The days up to `limit`.
    pub fn up_to(self, limit: Day) -> DayRange {
        DayRange::new(self.first, self.last.min(limit))
    }

    /// The range `n` days later.
    pub fn plus(self, n: i32) -> DayRange {
        DayRange::new(self.first.plus(n), self.last.plus(n))
    }

    /// How many days.
    pub fn len(self) -> i32 {
        (self.last.0.saturating_sub(self.first.0)).saturating_add(1).max(0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.last < self.first
    }

    /// The instants of the range: from the first day's first to the first after the last day.
    pub fn instants(self, zone: &Zone) -> (Millis, Millis) {
        let start = zone.first_instant(self.first);
        (start, if self.is_empty() { start } else { zone.first_instant(self.last.plus(1)) })
    }
}

impl Period {
    /// The period a day lies in.
    pub fn of(self, day: Day) -> DayRange {
        let first = self.first_day(day);
        DayRange::new(first, self.after(first).plus(-1))
    }

    /// The period before the one a day lies in.
    pub fn before(self, day: Day) -> DayRange {
        self.of(self.first_day(day).plus(-1))
    }

    /// The first day of the period a day lies in.
    pub fn first_day(self, day: Day) -> Day {
        let date = day.date();
        match self {
            Period::Day => day,
            Period::Week => day.plus(-i32::from(date.weekday().to_monday_zero_offset())),
            Period::Month => start(date.year(), date.month()),
            Period::Quarter => start(date.year(), date.month() - (date.month() - 1) % 3),
            Period::Year => start(date.year(), 1),
        }
    }

    /// The first day of the period after the one that begins at `first`.
    fn after(self, first: Day) -> Day {
        let months = match self {
            Period::Day => return first.plus(1),
            Period::Week => return first.plus(7),
            Period::Month => 1,
            Period::Quarter => 3,
            Period::Year => 12,
        };
        plus_months(first, months)
    }

    /// The name of the period that begins at `first`: `2018-03-05`, `2018-W09`, `2018-03`, `2018-Q1`, `2018`.
    pub fn label(self, first: Day) -> String {
        let date = first.date();
        match self {
            Period::Day => first.to_string(),
            Period::Week => {
                let week = date.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Period::Month => format!("{:04}-{:02}", date.year(), date.month()),
            Period::Quarter => format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1),
            Period::Year => format!("{:04}", date.year()),
        }
    }

    /// The periods from the one `first` lies in to the one `last` lies in.
    pub fn all_between(self, first: Day, last: Day) -> impl Iterator<Item = DayRange> {
        let mut next = self.first_day(first);
        std::iter::from_fn(move || {
            (next <= last).then(|| {
                let period = self.of(next);
                next = period.last.plus(1);
                period
            })
        })
    }
}

/// The day `months` later (earlier, where negative), clamped to its month's end.
pub fn plus_months(day: Day, months: i32) -> Day {
    day.date().checked_add(jiff::Span::new().months(months)).map_or(day, Day::from_date)
}

fn start(year: i16, month: i8) -> Day {
    Day::from_date(Date::new(year, month, 1).unwrap_or(civil::date(1970, 1, 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn periods_are_named_as_the_field_does() {
        for (period, on, name, last) in [
            (Period::Day, "2018-03-05", "2018-03-05", "2018-03-05"),
            (Period::Week, "2018-03-02", "2018-W09", "2018-03-04"),
            (Period::Week, "2021-01-01", "2020-W53", "2021-01-03"),
            (Period::Month, "2018-03-31", "2018-03", "2018-03-31"),
            (Period::Quarter, "2018-03-31", "2018-Q1", "2018-03-31"),
            (Period::Quarter, "2024-12-01", "2024-Q4", "2024-12-31"),
            (Period::Year, "2024-02-29", "2024", "2024-12-31"),
        ] {
            let range = period.of(day(on));
            assert_eq!((period.label(range.first).as_str(), range.last), (name, day(last)));
        }
    }

    #[test]
    fn months_back_are_clamped_to_the_months_end() {
        assert_eq!(plus_months(day("2026-03-31"), -25), day("2024-02-29"));
        assert_eq!(plus_months(day("2026-03-15"), -25), day("2024-02-15"));
    }
}
