//! One row: a KPI with its parts, its reasons and its interval, and its JSON.

use serde_json::{Map, Value, json};

use crate::{
    groups::Group,
    intervals::{garwood, wilson},
    parts::{Part, count},
    time::{Zone, show_instant},
    windows::{Days, Window},
};

/// A KPI in a window, of a group.
pub struct Row {
    kpi: &'static str,
    variant: Option<&'static str>,
    value: Result<Part, &'static str>,
    /// The value where it is no part: a quotient, a quantile.
    ratio: Option<f64>,
    numerator: Part,
    denominator: Part,
    sample: Option<i128>,
    interval: Option<(f64, f64)>,
    /// The days it covers, where those are not the window's.
    covered: Option<Days>,
}

impl Row {
    /// A sum with its sample size.
    pub fn sum(kpi: &'static str, value: Part, sample: usize) -> Row {
        let shown = value.lacks().map_or(Ok(value), Err);
        Row {
            kpi,
            variant: None,
            value: shown,
            ratio: None,
            numerator: value,
            denominator: Part::Absent,
            sample: Some(sample as i128),
            interval: None,
            covered: None,
        }
    }

    /// A count, which is its own sample size.
    pub fn count(kpi: &'static str, value: Part) -> Row {
        let Part::Count(sample) = value else { panic!("{kpi} is no count: {value:?}") };
        Row { sample: Some(sample), ..Row::sum(kpi, value, 0) }
    }

    pub fn undefined(kpi: &'static str, reason: &'static str) -> Row {
        Row { value: Err(reason), ..Row::sum(kpi, Part::Absent, 0) }
    }

    pub fn ratio(kpi: &'static str, numerator: Part, denominator: Part, no: &'static str) -> Row {
        let mut row = Row { denominator, ..Row::sum(kpi, numerator, 0) };
        row.ratio = numerator.number().zip(denominator.number()).map(|(numerator, denominator)| numerator / denominator);
        let lacking = [numerator.lacks(), denominator.lacks()];
        let because = |reason| lacking.contains(&Some(reason)).then_some(reason);
        let empty = (!denominator.is_above_0()).then_some(no);
        if let Some(reason) = because("missing_rate").or(because("out_of_range")).or(empty) {
            row.value = Err(reason);
        }
        row
    }

    /// A count over a count that is the sample.
    pub fn per(kpi: &'static str, numerator: i128, denominator: i128, no: &'static str) -> Row {
        Row { sample: Some(denominator), ..Row::ratio(kpi, Part::Count(numerator), Part::Count(denominator), no) }
    }

    /// A number without parts.
    pub fn quotient(kpi: &'static str, value: f64, sample: usize) -> Row {
        Row { ratio: Some(value), ..Row::sum(kpi, Part::Absent, sample) }
    }

    /// What minute windows do not have.
    pub fn daily_only(kpi: &'static str, variant: Option<&'static str>) -> Row {
        Row { variant, sample: None, ..Row::undefined(kpi, "daily_only") }
    }

    /// Spend over a count of what it bought.
    pub fn cost(kpi: &'static str, spend: Part, count: usize, no: &'static str) -> Row {
        let row = Row::ratio(kpi, spend, Part::count(count), no).sample(count);
        let no_spend = matches!(spend, Part::Money(_)) && !spend.is_above_0();
        row.because(no_spend.then_some("no_spend"))
    }

    pub fn variant(self, variant: &'static str) -> Row {
        Row { variant: Some(variant), ..self }
    }

    pub fn sample(self, sample: usize) -> Row {
        Row { sample: Some(sample as i128), ..self }
    }

    /// A reason that comes before those the row has.
    pub fn because(self, reason: Option<&'static str>) -> Row {
        match reason {
            Some(reason) => Row { value: Err(reason), ..self },
            None => self,
        }
    }

    /// The row covers these days of its window.
    pub fn cut(self, days: Days) -> Row {
        let incomplete = days.is_empty().then_some("spend_incomplete");
        Row { covered: Some(days), ..self }.because(incomplete)
    }

    pub fn wilson(self) -> Row {
        let (Part::Count(n), Part::Count(of)) = (self.numerator, self.denominator) else { panic!("{} is no share", self.kpi) };
        let interval = (0 <= n && n <= of && of > 0).then(|| wilson(n, of));
        Row { interval, ..self }
    }

    /// The interval of a cost, from that of the count with the spend fixed.
    pub fn garwood(self) -> Row {
        let (Some(spend), Part::Count(count)) = (self.numerator.number(), self.denominator) else { return self };
        let interval = (self.value.is_ok() && count > 0).then(|| garwood(count)).map(|(low, high)| (spend / high, spend / low));
        Row { interval, ..self }
    }

    /// Whether it brings its group to be listed.
    pub fn has_something(&self) -> bool {
        self.numerator.is_something() || self.denominator.is_something()
    }

    pub fn json(&self, zone: &Zone, window: &Window, group: &Group) -> Value {
        let (start, end) = window.ends(zone, self.covered);
        let value = match (self.value, self.ratio) {
            (Err(_), _) => Value::Null,
            (Ok(_), Some(ratio)) => json!(ratio),
            (Ok(part), None) => part.json(),
        };
        let interval = self.interval.filter(|_| self.value.is_ok());
        let text = |text: &str| Value::String(text.to_owned());
        let entries = [
            ("kpi", text(self.kpi)),
            ("variant", self.variant.map_or(Value::Null, text)),
            ("window", text(&window.name)),
            ("window_start", Value::String(show_instant(start))),
            ("window_end", Value::String(show_instant(end))),
            ("value", value),
            ("reason", self.value.err().map_or(Value::Null, text)),
            ("numerator", self.numerator.json()),
            ("denominator", self.denominator.json()),
            ("sample_size", self.sample.map_or(Value::Null, count)),
            ("lower", json!(interval.map(|(lower, _)| lower))),
            ("upper", json!(interval.map(|(_, upper)| upper))),
        ];
        let mut row: Map<String, Value> = entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        group.write(&mut row);
        Value::Object(row)
    }
}
