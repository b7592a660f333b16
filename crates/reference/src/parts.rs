//! The parts of a KPI: counts, money and durations, each in exact integers.

use serde_json::{Value, json};

use crate::money::Lack;

/// A numerator, a denominator, or a sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// There is none, or nothing is known of it.
    Absent,
    /// Money that cannot be told in the reporting currency.
    Lacking(Lack),
    Count(i128),
    /// Money in millionths.
    Money(i128),
    /// Money in 10^-12 of a unit: a margin in millionths times an amount in millionths, exactly.
    Profit(i128),
    Milliseconds(i128),
}

/// A count as JSON is read: what is beyond 64 bits as a binary number.
pub fn count(n: i128) -> Value {
    i64::try_from(n).map(|n| json!(n)).or_else(|_| u64::try_from(n).map(|n| json!(n))).unwrap_or_else(|_| json!(n as f64))
}

impl Part {
    /// Money from millionths, if they could be converted.
    pub fn money(micros: Result<i128, Lack>) -> Part {
        micros.map_or_else(Part::Lacking, Part::Money)
    }

    /// Why it is not known, where it is money that is not.
    pub fn lacks(self) -> Option<&'static str> {
        match self {
            Part::Lacking(Lack::Rate) => Some("missing_rate"),
            Part::Lacking(Lack::Room) => Some("out_of_range"),
            _ => None,
        }
    }

    pub fn count(n: usize) -> Part {
        Part::Count(n as i128)
    }

    pub fn number(self) -> Option<f64> {
        match self {
            Part::Absent | Part::Lacking(_) => None,
            Part::Count(n) => Some(n as f64),
            Part::Money(micros) => Some(micros as f64 / 1e6),
            Part::Profit(pico) => Some(pico as f64 / 1e12),
            Part::Milliseconds(ms) => Some(ms as f64 / 1e3),
        }
    }

    pub fn json(self) -> Value {
        match self {
            Part::Count(n) => count(n),
            _ => json!(self.number()),
        }
    }

    pub fn is_above_0(self) -> bool {
        matches!(self, Part::Count(n) | Part::Money(n) | Part::Profit(n) | Part::Milliseconds(n) if n > 0)
    }

    /// Whether it brings its group to be listed.
    pub fn is_something(self) -> bool {
        !matches!(self, Part::Absent | Part::Count(0) | Part::Money(0) | Part::Profit(0) | Part::Milliseconds(0))
    }
}
