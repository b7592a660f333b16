//! The windows at an instant: named ones, calendar periods, `all`.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use crate::{
    Options,
    facts::Booked,
    time::{MINUTE_MS, Zone, date, day_number, show_day},
};

/// A run of days, both ends included; none where `last` is before `first`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Days {
    pub first: i64,
    pub last: i64,
}

/// A window at an instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    pub name: String,
    pub spans: Spans,
}

/// What a window covers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Spans {
    /// Minutes, both ends included.
    Minutes { first: i64, last: i64 },
    /// A named window; where it mirrors another, as many of its days are complete as that one has.
    Named { days: Days, mirrors: Option<Days> },
    /// `all` or a calendar period, taken whole.
    Whole { days: Days },
}

/// A calendar period, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Period {
    pub kind: &'static str,
    pub name: String,
    pub days: Days,
}

impl Period {
    fn of(kind: &'static str, day: i64) -> Period {
        let days = period_of(kind, day);
        let name = if kind == "year" { date(days.first).year().to_string() } else { period_name(kind, date(days.first)) };
        Period { kind, name, days }
    }

    /// The days of the one before.
    pub fn before(&self) -> Days {
        period_of(self.kind, self.days.first - 1)
    }
}

/// The days of the business zone around an instant, and those on which anything is booked.
pub struct Calendar {
    as_of: i64,
    today: i64,
    booked: Vec<i64>,
}

impl Days {
    pub fn new(first: i64, last: i64) -> Days {
        Days { first, last }
    }

    pub fn has(&self, day: i64) -> bool {
        self.first <= day && day <= self.last
    }

    pub fn is_empty(&self) -> bool {
        self.last < self.first
    }

    /// The same number of days, earlier.
    pub fn back(&self, days: i64) -> Days {
        Days::new(self.first - days, self.last - days)
    }

    pub fn up_to(&self, day: i64) -> Days {
        Days::new(self.first, self.last.min(day))
    }

    pub fn len(&self) -> i64 {
        (self.last - self.first + 1).max(0)
    }

    /// The first of these days, so many of them.
    fn start(&self, days: i64) -> Days {
        self.up_to(self.first + days - 1)
    }
}

impl Window {
    /// The days, of a window of days.
    pub fn days(&self) -> Option<Days> {
        match self.spans {
            Spans::Minutes { .. } => None,
            Spans::Named { days, .. } | Spans::Whole { days } => Some(days),
        }
    }

    /// The days that ratios with spend cover, where spend is complete through a day.
    pub fn covered(&self, complete_through: Option<i64>) -> Option<Days> {
        match (&self.spans, complete_through) {
            (Spans::Named { days, mirrors: None }, Some(through)) => Some(days.up_to(through)),
            (Spans::Named { days, mirrors: Some(mirrored) }, Some(through)) => Some(days.start(mirrored.up_to(through).len())),
            _ => self.days(),
        }
    }

    /// Whether something is booked in the window.
    pub fn has(&self, booked: Booked) -> bool {
        match self.spans {
            Spans::Minutes { first, last } => booked.minute.is_some_and(|minute| first <= minute && minute <= last),
            Spans::Named { days, .. } | Spans::Whole { days } => days.has(booked.day),
        }
    }

    /// The first instant, and the first after the last, of the window or of the covered days of it.
    pub fn ends(&self, zone: &Zone, covered: Option<Days>) -> (i64, i64) {
        match (&self.spans, covered.or(self.days())) {
            (_, Some(days)) if days.is_empty() => (zone.first_instant(days.first), zone.first_instant(days.first)),
            (_, Some(days)) => (zone.first_instant(days.first), zone.end(days.last)),
            (Spans::Minutes { first, last }, _) => (first * MINUTE_MS, (last + 1) * MINUTE_MS),
            (spans, None) => panic!("{spans:?} has no days"),
        }
    }
}

impl Calendar {
    pub fn new(zone: &Zone, as_of: i64, booked: Vec<i64>) -> Calendar {
        Calendar { as_of, today: zone.day_of(as_of), booked }
    }

    /// The instant's day.
    pub fn today(&self) -> i64 {
        self.today
    }

    /// The first day on which anything is booked by now.
    pub fn first_booked(&self) -> Option<i64> {
        self.booked.iter().copied().filter(|day| *day <= self.today).min()
    }

    /// The calendar period that a window shows: the one of `this_...` or `last_...`, or its own.
    pub fn period_of_window(&self, window: &Window) -> Option<Period> {
        const KINDS: [&str; 4] = ["week", "month", "quarter", "year"];
        let kind = |name: &str| KINDS.into_iter().find(|kind| *kind == name);
        match &window.spans {
            Spans::Minutes { .. } => None,
            Spans::Named { .. } => {
                let (which, kind) = window.name.split_once('_').and_then(|(which, name)| Some((which, kind(name)?)))?;
                let this = Period::of(kind, self.today);
                Some(if which == "this" { this } else { Period::of(kind, this.days.first - 1) })
            }
            Spans::Whole { days } => KINDS.into_iter().map(|kind| Period::of(kind, days.first)).find(|period| period.name == window.name),
        }
    }

    /// The windows that are asked for, by default KPIS.md's four.
    pub fn windows(&self, options: &Options) -> Vec<Window> {
        let default = ["this_month", "last_month", "30d", "all"].map(str::to_owned);
        let none = options.windows.is_empty() && options.periods.is_empty();
        let named = if none { &default[..] } else { &options.windows };
        let periods = options.periods.iter().flat_map(|period| self.periods(period));
        named.iter().map(|name| self.window(name)).chain(periods).collect()
    }

    pub fn window(&self, name: &str) -> Window {
        let spans = match name {
            "1h" => self.minutes(60),
            "24h" => self.minutes(24 * 60),
            "all" => Spans::Whole { days: self.all() },
            _ => self.named(name),
        };
        Window { name: name.to_owned(), spans }
    }

    fn minutes(&self, minutes: i64) -> Spans {
        let last = self.as_of.div_euclid(MINUTE_MS);
        Spans::Minutes { first: last - minutes + 1, last }
    }

    fn all(&self) -> Days {
        match self.booked.iter().copied().filter(|day| *day <= self.today).min() {
            Some(first) => Days::new(first, self.today),
            None => Days::new(self.today, self.today - 1),
        }
    }

    fn named(&self, name: &str) -> Spans {
        let today = self.today;
        let running = |count: i64| Days::new(today - count + 1, today);
        let days = match name {
            "today" => running(1),
            "yesterday" => running(1).back(1),
            "7d" => running(7),
            "30d" => running(30),
            "90d" => running(90),
            "previous_7d" => return mirror(running(7).back(7), running(7)),
            "previous_30d" => return mirror(running(30).back(30), running(30)),
            _ => {
                let (which, period) = name.split_once('_').unwrap_or_else(|| panic!("there is no window {name}"));
                let period_name = period.trim_end_matches("_to_date");
                let this = Days::new(period_of(period_name, today).first, today);
                let last = period_of(period_name, this.first - 1);
                match which {
                    "this" => this,
                    "last" if period == period_name => last,
                    "last" => return mirror(last.start(this.len()), this),
                    _ => panic!("there is no window {name}"),
                }
            }
        };
        Spans::Named { days, mirrors: None }
    }

    /// Every calendar period from the first to the last in which anything is booked by now. What is booked later opens none.
    fn periods(&self, name: &str) -> Vec<Window> {
        let by_now = || self.booked.iter().copied().filter(|day| *day <= self.today);
        let (Some(first), Some(last)) = (by_now().min(), by_now().max()) else { return Vec::new() };
        let mut windows = Vec::new();
        let mut next = first;
        while next <= last {
            let days = period_of(name, next);
            windows.push(Window { name: period_name(name, date(days.first)), spans: Spans::Whole { days: days.up_to(self.today) } });
            next = days.last + 1;
        }
        windows
    }
}

fn mirror(days: Days, mirrors: Days) -> Spans {
    Spans::Named { days, mirrors: Some(mirrors) }
}

/// The calendar period a day lies in. The last of the calendar has no period after it.
fn period_of(name: &str, day: i64) -> Days {
    let in_period = date(day);
    let (first, last) = match name {
        "day" => (in_period, in_period),
        "week" => {
            let monday = day - i64::from(in_period.weekday().since(Weekday::Monday));
            return Days::new(monday, monday + 6);
        }
        "month" => (in_period.first_of_month(), in_period.last_of_month()),
        "quarter" => {
            let first = add(in_period.first_of_month(), -i64::from((in_period.month() - 1) % 3).months());
            (first, add(first, 2.months()).last_of_month())
        }
        "year" => (in_period.first_of_year(), in_period.last_of_year()),
        _ => panic!("there is no period {name}"),
    };
    Days::new(day_number(first), day_number(last))
}

fn add(date: Date, span: jiff::Span) -> Date {
    date.checked_add(span).unwrap_or_else(|e| panic!("{date} and {span}: {e}"))
}

fn period_name(name: &str, first: Date) -> String {
    match name {
        "week" => {
            let week = first.iso_week_date();
            format!("{}-W{:02}", week.year(), week.week())
        }
        "month" => format!("{}-{:02}", first.year(), first.month()),
        "quarter" => format!("{}-Q{}", first.year(), (first.month() - 1) / 3 + 1),
        _ => show_day(day_number(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_date;

    fn shown(as_of: &str, name: &str) -> String {
        let zone = Zone::named("Europe/Warsaw");
        let calendar = Calendar::new(&zone, zone.as_of(as_of), vec![parse_date("2024-01-31").unwrap()]);
        let days = calendar.window(name).days().unwrap();
        format!("{} {}", show_day(days.first), show_day(days.last))
    }

    #[test]
    fn windows_are_whole_local_days() {
        for (as_of, name, days) in [
            ("2026-03-31", "last_month_to_date", "2026-02-01 2026-02-28"),
            ("2026-03-31T22:30:00Z", "today", "2026-04-01 2026-04-01"),
            ("2026-03-04", "previous_7d", "2026-02-19 2026-02-25"),
            ("2026-03-04", "this_week", "2026-03-02 2026-03-04"),
            ("2026-03-04", "last_week", "2026-02-23 2026-03-01"),
            ("2026-03-04", "last_quarter", "2025-10-01 2025-12-31"),
            ("2024-12-31", "last_year_to_date", "2023-01-01 2023-12-31"),
            ("2024-02-02", "all", "2024-01-31 2024-02-02"),
        ] {
            assert_eq!(shown(as_of, name), days, "{as_of} {name}");
        }
    }

    #[test]
    fn a_mirror_covers_as_many_days_as_its_original() {
        let zone = Zone::named("UTC");
        let calendar = Calendar::new(&zone, zone.as_of("2026-03-04"), Vec::new());
        let covered = |name: &str, through: &str| calendar.window(name).covered(parse_date(through)).map(|days| days.len());
        assert_eq!(covered("last_month_to_date", "2026-03-02"), Some(2));
        assert_eq!(covered("previous_7d", "2026-02-27"), Some(2));
        assert_eq!(covered("previous_7d", "2026-01-01"), Some(0));
        assert_eq!(covered("last_month", "2026-02-10"), Some(10));
    }
}
