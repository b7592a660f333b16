//! Dates and times as people's programs write them, and whether days or months come first.

use jiff::civil::{Date, DateTime, Time};

mod scan;

pub use scan::{Token, tokens};

/// Which of two numbers before a year is the day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// `31/12/2026`
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
}

impl Order {
    /// Its name for people, and of the flag.
    pub fn name(self) -> &'static str {
        match self {
            Order::DayFirst => "dmy",
            Order::MonthFirst => "mdy",
        }
    }

    /// `day first` or `month first`.
    pub fn words(self) -> &'static str {
        match self {
            Order::DayFirst => "day first",
            Order::MonthFirst => "month first",
        }
    }
}

/// A date as it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// It can be read in one way only.
    Certain(Date),
    /// Two numbers before a year.
    Pair {
        /// The first number.
        first: i8,
        /// The second.
        second: i8,
        /// The year.
        year: i16,
    },
}

/// A date with the time behind it, as they are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    /// The date.
    pub form: Form,
    /// Whether it is written in numbers with the year first.
    pub iso: bool,
    /// The time of day.
    pub time: Option<Time>,
    /// Minutes east of Greenwich, where the text names a zone by them.
    pub offset: Option<i32>,
}

impl Form {
    /// The only order in which the two numbers are a date.
    pub fn decides(self) -> Option<Order> {
        let Form::Pair { first, second, year } = self else { return None };
        let is_date = |month, day| Date::new(year, month, day).is_ok();
        match (is_date(second, first), is_date(first, second)) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// The date, by an order where one is needed.
    pub fn date(self, order: Option<Order>) -> Option<Date> {
        match self {
            Form::Certain(date) => Some(date),
            Form::Pair { first, second, year } if first == second => Date::new(year, first, second).ok(),
            Form::Pair { first, second, year } => match order? {
                Order::DayFirst => Date::new(year, second, first).ok(),
                Order::MonthFirst => Date::new(year, first, second).ok(),
            },
        }
    }

    /// Whether it takes an order to read it.
    pub fn needs_order(self) -> bool {
        matches!(self, Form::Pair { first, second, .. } if first != second)
    }
}

impl Written {
    /// The date and time, by an order where one is needed.
    pub fn datetime(self, order: Option<Order>) -> Option<DateTime> {
        Some(self.form.date(order)?.to_datetime(self.time.unwrap_or(Time::midnight())))
    }
}

/// The date of a cell; none where it is anything else, or more than one.
pub fn read(text: &str) -> Option<Written> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some(date) = plain_iso(text) {
        return Some(Written { form: Form::Certain(date), iso: true, time: None, offset: None });
    }
    let mut found = within(text);
    let one = found.pop()?;
    found.is_empty().then_some(one)
}

/// All dates in a line of text, in their order.
pub fn within(text: &str) -> Vec<Written> {
    let text: String = text.chars().take(1_000).collect();
    scan::dates(&tokens(&text))
}

/// `YYYY-MM-DD`, which most are.
fn plain_iso(text: &str) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
    let number = |digits: &[u8]| digits.iter().try_fold(0i16, |n, b| b.is_ascii_digit().then(|| n * 10 + i16::from(b - b'0')));
    let small = |digits: &[u8]| number(digits).and_then(|n| i8::try_from(n).ok());
    Date::new(number(&[y1, y2, y3, y4])?, small(&[m1, m2])?, small(&[d1, d2])?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, order: Option<Order>) -> String {
        let Some(written) = read(text) else { return "none".to_owned() };
        let date = written.form.date(order).map_or("undecided".to_owned(), |date| date.to_string());
        let time = written.time.map_or(String::new(), |time| format!(" {time}"));
        let offset = written.offset.map_or(String::new(), |minutes| format!(" {minutes:+}"));
        format!("{date}{time}{offset}")
    }

    #[test]
    fn dates_are_read_however_they_are_written() {
        for (text, date) in [
            ("2026-03-01", "2026-03-01"),
            ("20260301", "2026-03-01"),
            ("2026/03/01", "2026-03-01"),
            ("2026.03.01", "2026-03-01"),
            ("01.04.2026", "2026-04-01"),
            ("1. 4. 2026", "2026-04-01"),
            ("1. März 2026", "2026-03-01"),
            ("10 mars 2026", "2026-03-10"),
            ("1er mars 2026", "2026-03-01"),
            ("Mar 1, 2026", "2026-03-01"),
            ("sob., 14 mar 2026", "2026-03-14"),
            ("14 de marzo de 2026", "2026-03-14"),
            ("2026年3月1日", "2026-03-01"),
            ("01-Mar-2026", "2026-03-01"),
            ("1 kwi 2026", "2026-04-01"),
            ("5 juil. 2026", "2026-07-05"),
            ("2026-03-12 10:05", "2026-03-12 10:05:00"),
            ("2026-03-12T10:05:09Z", "2026-03-12 10:05:09 +0"),
            ("2026-03-12T10:05:09.123+0200", "2026-03-12 10:05:09.123 +120"),
            ("March 9, 2026, 8:05 AM", "2026-03-09 08:05:00"),
            ("2026-03-12 12:10 am", "2026-03-12 00:10:00"),
            ("13/03/2026", "undecided"),
            ("1/4/26", "undecided"),
            ("3/3/2026", "2026-03-03"),
            ("31.02.2026", "none"),
            ("12", "none"),
            ("Brand", "none"),
            ("1.5", "none"),
            ("2026-03-01 - 2026-03-05", "none"),
            ("46082", "none"),
        ] {
            assert_eq!(shown(text, None), date, "{text}");
        }
        assert_eq!(shown("13/03/2026", Some(Order::DayFirst)), "2026-03-13");
        assert_eq!(shown("1/4/26", Some(Order::MonthFirst)), "2026-01-04");
        assert_eq!(shown("12/31/2026 11:50:00 PM (GMT)", Some(Order::MonthFirst)), "2026-12-31 23:50:00 +0");
    }

    #[test]
    fn a_number_above_twelve_decides() {
        let decided = |text: &str| read(text).and_then(|written| written.form.decides());
        assert_eq!(decided("13/03/2026"), Some(Order::DayFirst));
        assert_eq!(decided("3/13/2026"), Some(Order::MonthFirst));
        assert_eq!(decided("03/04/2026"), None);
    }

    #[test]
    fn a_line_may_have_several_dates() {
        let count = |text: &str| within(text).len();
        assert_eq!(count("March 1, 2026 - March 5, 2026"), 2);
        assert_eq!(count("Report Time: 3/11/2026,3/15/2026"), 2);
        assert_eq!(count("# 20260301-20260304"), 2);
        assert_eq!(count("2026年3月1日～2026年3月4日"), 2);
        assert_eq!(count("Generated By:  Ines Halvorsen  4/2/2026, 9:14 AM"), 1);
        assert_eq!(count("Copyright (c) 2000-2026 salesforce.com, inc."), 0);
    }
}
