//! Figures: what days hold that drift looks at, in total and by channel, kept while the panes under them change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{Currency, Day, Micros};
use panes::{Measure, Pane, Panes};

/// What one day holds of one channel, or of all.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct Figures {
    pub customers: i128,
    pub leads: i128,
    pub spend_rows: i128,
    /// Spend in its currencies; one that is 0 is not there.
    pub spend: BTreeMap<Currency, i128>,
    /// New customers whose lead is known, by its age.
    pub customers_of_age: BTreeMap<u16, i128>,
    /// Conversions by their lead's age.
    pub conversions_of_age: BTreeMap<u16, i128>,
}

/// A day's figures by channel.
pub(crate) type OfDay = BTreeMap<Arc<str>, Figures>;

/// The figures of all days, of some folds together.
#[derive(Default)]
pub(crate) struct Days {
    /// Each fold's panes as they were looked at, with what they hold.
    folds: Vec<BTreeMap<Day, (Arc<Pane>, OfDay)>>,
}

/// The days of one channel, or of all.
pub(crate) type Group = BTreeMap<Day, Figures>;

/// The figures of all days as evaluations look at them.
#[derive(Clone, Default, PartialEq, Debug)]
pub(crate) struct World {
    pub total: Group,
    pub channels: BTreeMap<Arc<str>, Group>,
}

impl Days {
    /// Follows the folds to how they are now, and says whether any figure is another. A pane that lies where it lay has not changed.
    pub fn follow(&mut self, folds: &[&Panes]) -> bool {
        let mut has_moved = self.folds.len() != folds.len();
        self.folds.resize_with(folds.len(), BTreeMap::new);
        for (known, fold) in self.folds.iter_mut().zip(folds) {
            let before = known.len();
            known.retain(|day, _| fold.days().get(*day).is_some());
            has_moved |= known.len() != before;
            for (day, pane) in fold.days().iter() {
                if known.get(day).is_some_and(|(seen, _)| Arc::ptr_eq(seen, pane)) {
                    continue;
                }
                let now = of_pane(pane, fold);
                let was = known.insert(*day, (Arc::clone(pane), now.clone()));
                has_moved |= was.is_none_or(|(_, was)| was != now);
            }
        }
        has_moved
    }

    /// All of it, in total and by channel.
    pub fn world(&self) -> World {
        let mut world = World::default();
        let days: BTreeSet<Day> = self.folds.iter().flat_map(|fold| fold.keys().copied()).collect();
        for day in days {
            for (channel, figures) in self.folds.iter().filter_map(|fold| fold.get(&day)).flat_map(|(_, figures)| figures) {
                world.total.entry(day).or_default().add(figures);
                world.channels.entry(Arc::clone(channel)).or_default().entry(day).or_default().add(figures);
            }
        }
        world
    }
}

fn of_pane(pane: &Pane, fold: &Panes) -> OfDay {
    let mut of_day = OfDay::new();
    for (dims, row) in pane.rows() {
        let relevant = row.cells().iter().filter(|(measure, _)| is_looked_at(*measure));
        for (measure, amount) in relevant {
            let Some(dims) = fold.dims().dims(dims) else { continue };
            of_day.entry(Arc::clone(&dims.channel)).or_default().book(*measure, *amount);
        }
    }
    of_day.retain(|_, figures| *figures != Figures::default());
    of_day
}

fn is_looked_at(measure: Measure) -> bool {
    matches!(
        measure,
        Measure::Customers | Measure::Leads | Measure::SpendRows | Measure::Spend(_) | Measure::CustomersOfAge(_) | Measure::ConversionsOfAge(_)
    )
}

impl Figures {
    fn book(&mut self, measure: Measure, amount: i128) {
        match measure {
            Measure::Customers => self.customers += amount,
            Measure::Leads => self.leads += amount,
            Measure::SpendRows => self.spend_rows += amount,
            Measure::Spend(currency) => add(&mut self.spend, currency, amount),
            Measure::CustomersOfAge(age) => add(&mut self.customers_of_age, age, amount),
            Measure::ConversionsOfAge(age) => add(&mut self.conversions_of_age, age, amount),
            _ => {}
        }
    }

    fn add(&mut self, other: &Figures) {
        self.customers += other.customers;
        self.leads += other.leads;
        self.spend_rows += other.spend_rows;
        other.spend.iter().for_each(|(currency, amount)| add(&mut self.spend, *currency, *amount));
        other.customers_of_age.iter().for_each(|(age, n)| add(&mut self.customers_of_age, *age, *n));
        other.conversions_of_age.iter().for_each(|(age, n)| add(&mut self.conversions_of_age, *age, *n));
    }

    /// Conversions of any age.
    pub fn conversions(&self) -> i128 {
        self.conversions_of_age.values().sum()
    }

    /// Spend in the reporting currency; none where an amount has no counterpart there.
    pub fn spend_in(&self, config: &kpis::Config, day: Day) -> Option<f64> {
        let converted = |(currency, amount): (&Currency, &i128)| config.rates.convert(Micros(*amount), *currency, config.currency, day).ok();
        self.spend.iter().map(converted).try_fold(0i128, |sum, amount| sum.checked_add(amount?.0)).map(|sum| Micros(sum).units())
    }
}

fn add<K: Ord>(cells: &mut BTreeMap<K, i128>, key: K, amount: i128) {
    use std::collections::btree_map::Entry;
    match cells.entry(key) {
        Entry::Vacant(free) if amount != 0 => _ = free.insert(amount),
        Entry::Vacant(_) => {}
        Entry::Occupied(mut cell) => {
            *cell.get_mut() += amount;
            if *cell.get() == 0 {
                cell.remove();
            }
        }
    }
}
