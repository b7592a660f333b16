//! The parts of a KPI: counts, money and durations, each in exact integers.

use serde_json::{Value, json};

/// A numerator, a denominator, or a sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// There is none, or nothing is known of it.
    Absent,
    /// Money of which a cell has no rate.
    Unconverted,
    Count(i128),
    /// Money in 10^-12 of a unit, so that a margin in millionths times an amount in millionths is exact.
    Money(i128),
    Milliseconds(i128),
}

impl Part {
    /// Money from millionths, if they could be converted.
    pub fn money(micros: Option<i128>) -> Part {
        micros.map_or(Part::Unconverted, |micros| Part::Money(micros * 1_000_000))
    }

    pub fn count(n: usize) -> Part {
        Part::Count(n as i128)
    }

    pub fn number(self) -> Option<f64> {
        match self {
            Part::Absent | Part::Unconverted => None,
            Part::Count(n) => Some(n as f64),
            Part::Money(pico) => Some(pico as f64 / 1e12),
            Part::Milliseconds(ms) => Some(ms as f64 / 1e3),
        }
    }

    pub fn json(self) -> Value {
        match self {
            Part::Count(n) => json!(i64::try_from(n).unwrap_or_else(|e| panic!("{n}: {e}"))),
            _ => json!(self.number()),
        }
    }

    pub fn is_above_0(self) -> bool {
        matches!(self, Part::Count(n) | Part::Money(n) | Part::Milliseconds(n) if n > 0)
    }

    /// Whether it brings its group to be listed.
    pub fn is_something(self) -> bool {
        !matches!(self, Part::Absent | Part::Count(0) | Part::Money(0) | Part::Milliseconds(0))
    }
}
