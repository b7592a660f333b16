//! From a definition and the sums of its terms to a value or a reason. The only place that divides.

use std::collections::BTreeMap;

use model::Micros;

use crate::{
    Number, Undefined,
    definition::{Definition, Formula, Interval, Ratio, Sample, Term, Weight},
    garwood, wilson,
};

/// A sum of terms, or why it is not known.
pub(crate) type Part = Result<Number, Undefined>;

/// The sums of one group in one window.
pub(crate) trait Sums {
    /// What a term of a KPI adds up to.
    fn sum(&self, definition: &Definition, term: &Term) -> Part;

    /// A quantile of a distribution.
    fn quantile(&self, definition: &Definition, term: &Term, percent: u8) -> Option<f64>;

    /// Why there is nothing to be had in this window, whatever the sums.
    fn blocked(&self, definition: &Definition) -> Option<Undefined>;
}

/// A row without its window and group.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub value: Part,
    pub numerator: Option<Number>,
    pub denominator: Option<Number>,
    pub sample_size: Option<i128>,
    pub interval: Option<(f64, f64)>,
    /// Whether a part is an amount that is not known, for want of a rate or of room, whatever the reason shown.
    unconvertible: bool,
}

/// Garwood's intervals that were worked out: each takes a search, and counts come again.
#[derive(Default, Debug)]
pub(crate) struct Intervals(BTreeMap<u64, (f64, f64)>);

/// Intervals remembered at most; beyond it the memory starts anew.
const INTERVALS_KEPT: usize = 1 << 14;

impl Intervals {
    fn garwood(&mut self, count: u64) -> (f64, f64) {
        if self.0.len() >= INTERVALS_KEPT {
            self.0.clear();
        }
        *self.0.entry(count).or_insert_with(|| garwood(count))
    }
}

impl Figures {
    /// The figures of a KPI.
    pub fn of(definition: &Definition, sums: &impl Sums, margin: Option<Micros>, intervals: &mut Intervals) -> Figures {
        match (sums.blocked(definition), &definition.formula) {
            (Some(reason @ (Undefined::NotKept | Undefined::DailyOnly)), _) => Figures::unknown(reason),
            (_, Formula::Sum(term)) => Figures::sum(definition, term, sums),
            (_, Formula::Quantile { percent, of, none }) => {
                let value = sums.quantile(definition, of, *percent).map(Number::Real).ok_or(*none);
                Figures { value, sample_size: sample(definition, sums), ..Figures::unknown(*none) }
            }
            (blocked, Formula::Ratio(ratio)) => Figures::ratio(definition, ratio, blocked, sums, margin).with(definition.interval, intervals),
        }
    }

    /// No figures at all, for a reason.
    fn unknown(reason: Undefined) -> Figures {
        Figures { value: Err(reason), numerator: None, denominator: None, sample_size: None, interval: None, unconvertible: false }
    }

    fn sum(definition: &Definition, term: &Term, sums: &impl Sums) -> Figures {
        let value = sums.sum(definition, term);
        if value == Err(Undefined::NotKept) {
            return Figures::unknown(Undefined::NotKept);
        }
        let sample_size = sample(definition, sums);
        Figures { value, numerator: value.ok(), denominator: None, sample_size, interval: None, unconvertible: value.is_err() }
    }

    fn ratio(definition: &Definition, ratio: &Ratio, blocked: Option<Undefined>, sums: &impl Sums, margin: Option<Micros>) -> Figures {
        let above: Vec<(Weight, Part)> = ratio.numerator.iter().map(|(weight, term)| (*weight, sums.sum(definition, term))).collect();
        let below: Vec<Part> = ratio.denominator.iter().map(|term| sums.sum(definition, term)).collect();
        let parts = || above.iter().map(|(_, part)| part).chain(&below);
        if parts().any(|part| *part == Err(Undefined::NotKept)) {
            return Figures::unknown(Undefined::NotKept);
        }
        let (numerator, denominator) = (weighed(&above, margin), total(&below));
        let unconvertible = numerator == Err(Undefined::OutOfRange) || parts().any(Result::is_err);
        let free = ratio.free.filter(|_| numerator.is_ok_and(|n| n.as_f64() <= 0.0));
        let empty = denominator.ok().filter(|n| n.as_f64() <= 0.0).map(|_| ratio.none);
        let reason = [numerator.err(), denominator.err(), blocked, free, empty].into_iter().flatten().min();
        let value = match (reason, numerator, denominator) {
            (None, Ok(numerator), Ok(denominator)) => Ok(Number::Real(numerator.as_f64() / denominator.as_f64())),
            (reason, ..) => Err(reason.unwrap_or(ratio.none)),
        };
        let sample_size = sample(definition, sums);
        Figures { value, numerator: numerator.ok(), denominator: denominator.ok(), sample_size, interval: None, unconvertible }
    }

    fn with(mut self, interval: Option<Interval>, intervals: &mut Intervals) -> Figures {
        let (Ok(_), Some(numerator), Some(denominator)) = (self.value, self.numerator, self.denominator) else { return self };
        let (above, below) = (numerator.as_f64(), denominator.as_f64());
        self.interval = match (interval, denominator) {
            (Some(Interval::Wilson), _) => (0.0 <= above && above <= below).then(|| wilson(above, below)),
            (Some(Interval::Garwood), Number::Count(n)) => u64::try_from(n).ok().map(|n| {
                let (lower, upper) = intervals.garwood(n);
                (above / upper, above / lower)
            }),
            (Some(Interval::Garwood) | None, _) => None,
        };
        self
    }

    /// Whether any part is not 0, or would not be if it were known.
    pub fn is_something(&self) -> bool {
        let is_part = |part: &Option<Number>| part.is_some_and(|n| !n.is_zero());
        is_part(&self.numerator) || is_part(&self.denominator) || self.unconvertible
    }
}

fn sample(definition: &Definition, sums: &impl Sums) -> Option<i128> {
    let count = |term: &Term| match sums.sum(definition, term) {
        Ok(Number::Count(n)) => Some(n),
        _ => None,
    };
    match (&definition.sample, &definition.formula) {
        (Sample::Count(term), _) => count(term),
        (Sample::Denominator, Formula::Ratio(ratio)) => ratio.denominator.iter().map(count).try_fold(0, |sum: i128, n| n.map(|n| sum + n)),
        (Sample::Denominator, _) => None,
    }
}

/// Terms by their weights, added up. A term alone that counts once keeps its kind.
fn weighed(parts: &[(Weight, Part)], margin: Option<Micros>) -> Part {
    if let [(Weight::One, part)] = parts {
        return *part;
    }
    let weight = |weight| match weight {
        Weight::One => Ok(1_000_000),
        Weight::Minus => Ok(-1_000_000),
        Weight::Margin => margin.map(|margin| margin.0).ok_or(Undefined::NoMargin),
    };
    let weights: Vec<i128> = parts.iter().map(|(of, _)| weight(*of)).collect::<Result<_, _>>()?;
    let amounts: Vec<i128> = parts.iter().map(|(_, part)| part.map(millionths)).collect::<Result<_, _>>()?;
    // Weights and amounts are in millionths, so their products are in millionths of millionths.
    let products = weights.iter().zip(&amounts).map(|(weight, amount)| weight.checked_mul(*amount));
    let sum = products.into_iter().try_fold(0i128, |sum, product| sum.checked_add(product?)).ok_or(Undefined::OutOfRange)?;
    Ok(Number::Real(sum as f64 / 1e12))
}

fn millionths(number: Number) -> i128 {
    match number {
        Number::Count(n) => n.saturating_mul(1_000_000),
        Number::Money(amount) => amount.0,
        Number::Real(x) => (x * 1e6) as i128,
    }
}

/// The sum of what is counted below the line.
fn total(parts: &[Part]) -> Part {
    let mut parts = parts.iter();
    let first = *parts.next().unwrap_or(&Ok(Number::Count(0)));
    parts.fold(first, |sum, part| match (sum?, (*part)?) {
        (Number::Count(one), Number::Count(other)) => Ok(Number::Count(one + other)),
        (one, other) => Ok(Number::Real(one.as_f64() + other.as_f64())),
    })
}
