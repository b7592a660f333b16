//! Civil periods and ranges of days.

use jiff::civil::{self, Date, ISOWeekDate, Weekday};
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

    /// The instants of the range: from the first day's first to the first after the last day, which may have resumed after a midnight.
    pub fn instants(self, zone: &Zone) -> (Millis, Millis) {
        let start = zone.first_instant(self.first);
        (start, if self.is_empty() { start } else { zone.end(self.last) })
    }
}

impl Period {
    /// The period a day lies in. Its last day is found in the period itself, not as the day before the next one: the last period of the
    /// year 9999 has none after it, and ends all the same.
    pub fn of(self, day: Day) -> DayRange {
        let first = self.first_day(day);
        DayRange::new(first, self.last_day(first))
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

    /// The last day of the period that begins at `first`.
    fn last_day(self, first: Day) -> Day {
        let date = first.date();
        let months_on = match self {
            Period::Day => return first,
            Period::Week => return first.plus(6),
            Period::Month => 0,
            Period::Quarter => 2,
            Period::Year => 11,
        };
        // A quarter's last month is of the quarter's year.
        Day::from_date(Date::new(date.year(), date.month() + months_on, 1).map_or(date, Date::last_of_month))
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

    /// The first day of the period of a name, as [`Period::label`] writes it.
    ///
    /// ```
    /// use panes::Period;
    /// let first = |period: Period, name| period.named(name).map(|day| day.to_string());
    /// assert_eq!(first(Period::Week, "2026-W05").as_deref(), Some("2026-01-26"));
    /// assert_eq!([first(Period::Week, "2025-W53"), first(Period::Month, "2026-Q1"), first(Period::Year, "26")], [None, None, None]);
    /// ```
    pub fn named(self, name: &str) -> Option<Day> {
        let year: i16 = name.get(..4)?.parse().ok()?;
        let rest = name.get(4..)?;
        let number = |prefix: &str| rest.strip_prefix(prefix)?.parse::<i8>().ok();
        let date = match self {
            Period::Day => return Day::parse(name).ok(),
            Period::Week => ISOWeekDate::new(year, number("-W")?, Weekday::Monday).ok()?.date(),
            Period::Month => Date::new(year, number("-")?, 1).ok()?,
            Period::Quarter => Date::new(year, number("-Q")?.checked_mul(3)?.checked_sub(2)?, 1).ok()?,
            Period::Year => Date::new(year, 1, 1).ok()?,
        };
        // Written in that one way only: `2026-1` and `2026-01-05` are no months.
        Some(Day::from_date(date)).filter(|first| self.label(*first) == name)
    }

    /// The periods from the one `first` lies in to the one `last` lies in. Each begins after the one before, so there are as many as the
    /// days have, and no more.
    pub fn all_between(self, first: Day, last: Day) -> impl Iterator<Item = DayRange> {
        let from = move |day: Option<Day>| day.filter(|day| *day <= last && day.checked_date().is_some()).map(|day| self.of(day));
        std::iter::successors(from(Some(first)), move |period| from(period.last.next().filter(|next| *next > period.first)))
    }

    /// How many periods there are from the one `first` lies in to the one `last` lies in, without going through them; at most one too many.
    pub fn count_between(self, first: Day, last: Day) -> usize {
        let days = if first <= last { i64::from(last.0) - i64::from(first.0) + 1 } else { return 0 };
        let shortest = match self {
            Period::Day => return usize::try_from(days).unwrap_or(usize::MAX),
            Period::Week => 7,
            Period::Month => 28,
            Period::Quarter => 90,
            Period::Year => 365,
        };
        usize::try_from(days / shortest + 2).unwrap_or(usize::MAX)
    }
}

/// The day `months` later (earlier, where negative), clamped to its month's end; none outside the years 1 to 9999.
pub fn plus_months(day: Day, months: i32) -> Option<Day> {
    let moved = day.checked_date()?.checked_add(jiff::Span::new().months(months)).ok()?;
    // jiff has years before the first, which are no dates here.
    Some(Day::from_date(moved)).filter(|day| day.checked_date().is_some())
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
            assert_eq!(period.named(name), Some(range.first));
        }
        for (period, wrong) in [
            (Period::Week, "2026-W5"),
            (Period::Week, "2026-W00"),
            (Period::Month, "2026-13"),
            (Period::Month, "2026-1"),
            (Period::Month, "2026-01-01"),
            (Period::Month, "ä026-01"),
            (Period::Quarter, "2026-Q0"),
            (Period::Quarter, "2026-Q5"),
            (Period::Quarter, "2026-q1"),
            (Period::Year, "2026 "),
            (Period::Year, "-026"),
            (Period::Year, ""),
        ] {
            assert_eq!(period.named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn months_back_are_clamped_to_the_months_end() {
        assert_eq!(plus_months(day("2026-03-31"), -25), Some(day("2024-02-29")));
        assert_eq!(plus_months(day("2026-03-15"), -25), Some(day("2024-02-15")));
        assert_eq!([plus_months(Day::LATEST, 1), plus_months(day("1990-01-31"), -12 * 1990)], [None, None]);
    }

    /// A date that some systems give for "never".
    #[test]
    fn periods_end_with_the_last_day_there_is() {
        for (period, name, last) in [
            (Period::Day, "9999-12-31", 0),
            (Period::Week, "9999-W52", 2),
            (Period::Month, "9999-12", 0),
            (Period::Quarter, "9999-Q4", 0),
            (Period::Year, "9999", 0),
        ] {
            let range = period.of(Day::LATEST);
            assert_eq!((period.label(range.first).as_str(), range.last), (name, Day::LATEST.plus(last)));
            let all: Vec<DayRange> = period.all_between(day("2026-03-01"), Day::LATEST).collect();
            assert_eq!((all.last(), all.windows(2).all(|two| two[0].last.plus(1) == two[1].first)), (Some(&range), true));
            assert!((all.len()..=all.len() * 11 / 10 + 2).contains(&period.count_between(day("2026-03-01"), Day::LATEST)));
            assert_eq!(period.all_between(Day(i32::MAX), Day(i32::MAX)).count(), 0);
            assert_eq!((period.all_between(day("2026-03-02"), day("2026-03-01")).count(), period.count_between(Day(1), Day(0))), (0, 0));
        }
    }
}
