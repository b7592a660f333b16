//! Kinds of money, and sums of money that stay in their currencies until they are shown.

use std::collections::BTreeMap;

use model::{Currency, Day, Micros};
use panes::Measure;

use crate::{Config, Undefined, rates::Unconvertible};

/// A kind of money.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Money {
    /// The value of won deals.
    Won,
    /// The return, on the day it closed.
    Return,
    /// The return, on the day its lead came in.
    Cohort,
    /// The return won within the horizon, on the day its lead matures.
    Mature,
    /// The value of open deals.
    Open,
    /// Spend.
    Spend,
    /// Of it that of category `media`.
    Media,
}

/// A sum of 128-bit numbers that knows whether it left 128 bits in the end, whatever the order of what was added.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct ExactSum {
    low: i128,
    /// How often 2^128 is to be added to `low`.
    wraps: i64,
}

/// Amounts by currency and date, and their sum in the reporting currency, which follows each change.
///
/// Each (currency, date) cell is converted by itself and rounded once, so the sum is that of the cells as they are, not of the
/// changes. KPI M1
#[derive(Clone, Default, Debug)]
pub(crate) struct Amounts {
    cells: BTreeMap<(Currency, Day), i128>,
    converted: ExactSum,
    without_rate: usize,
    out_of_range: usize,
}

impl Money {
    /// The kind of a measure of money booked on a day, its currency, and the day at whose rates it is converted.
    pub fn of(measure: Measure, day: Day) -> Option<(Money, Currency, Day)> {
        Some(match measure {
            Measure::WonValue(currency) => (Money::Won, currency, day),
            Measure::ReturnValue(currency) => (Money::Return, currency, day),
            Measure::CohortValue(currency, closed_on) => (Money::Cohort, currency, closed_on),
            Measure::MatureValue(currency, closed_on) => (Money::Mature, currency, closed_on),
            Measure::OpenValue(currency) => (Money::Open, currency, day),
            Measure::Spend(currency) => (Money::Spend, currency, day),
            Measure::MediaSpend(currency) => (Money::Media, currency, day),
            _ => return None,
        })
    }
}

impl ExactSum {
    pub fn add(&mut self, n: i128) {
        let (low, wrapped) = self.low.overflowing_add(n);
        self.low = low;
        self.wraps += i64::from(wrapped) * if n < 0 { -1 } else { 1 };
    }

    /// Takes out what was added.
    pub fn take_out(&mut self, n: i128) {
        let (low, wrapped) = self.low.overflowing_sub(n);
        self.low = low;
        self.wraps += i64::from(wrapped) * if n < 0 { 1 } else { -1 };
    }

    /// The sum; none where it has no room in 128 bits.
    pub fn total(self) -> Option<i128> {
        (self.wraps == 0).then_some(self.low)
    }
}

impl Amounts {
    /// Adds to the cell of a currency and date.
    pub fn add(&mut self, currency: Currency, day: Day, amount: i128, config: &Config) {
        let cell = self.cells.entry((currency, day)).or_default();
        let before = *cell;
        let after = before + amount;
        if after == 0 {
            self.cells.remove(&(currency, day));
        } else {
            *cell = after;
        }
        let converted = |amount| config.rates.convert(Micros(amount), currency, config.currency, day);
        match converted(before) {
            Ok(amount) => self.converted.take_out(amount.0),
            Err(Unconvertible::NoRate) => self.without_rate -= 1,
            Err(Unconvertible::OutOfRange) => self.out_of_range -= 1,
        }
        match converted(after) {
            Ok(amount) => self.converted.add(amount.0),
            Err(Unconvertible::NoRate) => self.without_rate += 1,
            Err(Unconvertible::OutOfRange) => self.out_of_range += 1,
        }
    }

    /// The sum in the reporting currency. There is none where a cell that is not 0 has no rate, or else where 128 bits cannot hold one, or all
    /// of them together. KPI M3, M4
    pub fn total(&self) -> Result<Micros, Undefined> {
        match (self.without_rate, self.out_of_range) {
            (0, 0) => self.converted.total().map(Micros).ok_or(Undefined::OutOfRange),
            (0, _) => Err(Undefined::OutOfRange),
            _ => Err(Undefined::MissingRate),
        }
    }

    /// What has no rate, by currency.
    pub fn unconverted(&self, config: &Config) -> BTreeMap<Currency, Micros> {
        let mut amounts: BTreeMap<Currency, Micros> = BTreeMap::new();
        if self.without_rate == 0 {
            return amounts;
        }
        for ((currency, day), amount) in &self.cells {
            if config.rates.convert(Micros(*amount), *currency, config.currency, *day) == Err(Unconvertible::NoRate) {
                amounts.entry(*currency).or_default().0 += amount;
            }
        }
        amounts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_leaves_its_range_only_in_the_end() {
        let sum = |numbers: &[i128]| {
            let mut sum = ExactSum::default();
            numbers.iter().for_each(|n| sum.add(*n));
            sum.total()
        };
        assert_eq!(sum(&[i128::MAX, i128::MAX, -i128::MAX, 1, -2]), Some(i128::MAX - 1));
        assert_eq!(sum(&[i128::MIN, -1, 1]), Some(i128::MIN));
        assert_eq!([sum(&[i128::MAX, 1]), sum(&[i128::MIN, i128::MIN]), sum(&[i128::MAX, i128::MAX, i128::MAX])], [None; 3]);
    }

    #[test]
    fn what_is_taken_out_was_never_there() {
        for n in [1, -1, i128::MAX, i128::MIN] {
            for m in [1, -1, i128::MAX, i128::MIN] {
                let mut sum = ExactSum::default();
                sum.add(n);
                sum.add(m);
                sum.take_out(n);
                let mut only = ExactSum::default();
                only.add(m);
                assert_eq!(sum, only, "{n} {m}");
            }
        }
    }
}
