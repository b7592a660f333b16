//! The cells of one row: what was summed over its days and dimensions, money still by currency and date.

use std::collections::BTreeMap;

use model::{Currency, Day, Micros};
use panes::{Measure, cycle};

use crate::{Config, Undefined, rates::Unconvertible};

/// A sum of 128-bit numbers that knows whether it left 128 bits in the end, whatever the order of what was added.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct ExactSum {
    low: i128,
    /// How often 2^128 is to be added to `low`.
    wraps: i64,
}

impl ExactSum {
    pub fn add(&mut self, n: i128) {
        let (low, wrapped) = self.low.overflowing_add(n);
        self.low = low;
        self.wraps += i64::from(wrapped) * if n < 0 { -1 } else { 1 };
    }

    /// The sum; none where it has no room in 128 bits.
    pub fn total(self) -> Option<i128> {
        (self.wraps == 0).then_some(self.low)
    }
}

/// Sums over days and dimensions. No cell of it leaves 128 bits: it adds up what a pane's cells are made of, each once (see
/// [`panes::Row::add`]). Only what is converted into another currency can.
#[derive(Clone, Default, Debug)]
pub(crate) struct Cells {
    flows: panes::Row,
    money: BTreeMap<(Money, Currency, Day), i128>,
}

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

impl Cells {
    /// Adds a cell booked on a day, at whose rates its money is converted unless the measure names another.
    pub fn add(&mut self, measure: Measure, day: Day, amount: i128) {
        match Money::of(measure, day) {
            Some(cell) => *self.money.entry(cell).or_default() += amount,
            None => self.flows.add(measure, amount),
        }
    }

    /// Adds a pane's row.
    pub fn add_row(&mut self, row: &panes::Row, day: Day) {
        row.cells().iter().for_each(|(measure, amount)| self.add(*measure, day, *amount));
    }

    /// A count.
    pub fn count(&self, measure: Measure) -> i128 {
        let cells = self.flows.cells();
        cells.binary_search_by(|(m, _)| m.cmp(&measure)).ok().and_then(|at| cells.get(at)).map_or(0, |(_, n)| *n)
    }

    /// Money in the reporting currency: every (currency, date) cell converted by itself. There is none where a cell that is not 0 has no
    /// rate, or else where 128 bits cannot hold one, or all of them together.
    pub fn money(&self, kind: Money, config: &Config) -> Result<Micros, Undefined> {
        let (mut sum, mut is_held) = (ExactSum::default(), true);
        for (currency, day, amount) in self.money_cells(kind) {
            match config.rates.convert(amount, currency, config.currency, day) {
                Ok(converted) => sum.add(converted.0),
                Err(Unconvertible::NoRate) => return Err(Undefined::MissingRate),
                Err(Unconvertible::OutOfRange) => is_held = false,
            }
        }
        sum.total().filter(|_| is_held).map(Micros).ok_or(Undefined::OutOfRange)
    }

    /// The amounts of a kind that have no rate, by currency.
    pub fn unconverted(&self, kind: Money, config: &Config) -> BTreeMap<Currency, Micros> {
        let mut amounts: BTreeMap<Currency, Micros> = BTreeMap::new();
        for (currency, day, amount) in self.money_cells(kind) {
            if config.rates.convert(amount, currency, config.currency, day) == Err(Unconvertible::NoRate) {
                amounts.entry(currency).or_default().0 += amount.0;
            }
        }
        amounts
    }

    fn money_cells(&self, kind: Money) -> impl Iterator<Item = (Currency, Day, Micros)> {
        let cells = self.money.iter().skip_while(move |((k, ..), _)| *k < kind).take_while(move |((k, ..), _)| *k == kind);
        cells.map(|((_, currency, day), amount)| (*currency, *day, Micros(*amount)))
    }

    /// A quantile of the sales cycle, in seconds.
    pub fn cycle_quantile(&self, percent: i128) -> Option<f64> {
        let buckets = self.flows.cells().iter().filter_map(|(measure, n)| match measure {
            Measure::CycleBucket(bucket) => Some((*bucket, *n)),
            _ => None,
        });
        cycle::quantile(buckets, self.count(Measure::CycleWins), percent).map(|bucket| cycle::midpoint(bucket) / 1000.0)
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
}
