//! The canonical form of panes: names instead of numbers, in order. Two folds are equal exactly when their canonical forms are.

use std::collections::{BTreeMap, BTreeSet};

use model::Day;

use crate::{Dims, DimsId, Distinct, Measure, PaneId, Panes, audience::AccountKey};

/// The sums of one or several folds, by name.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Canonical {
    /// Every cell that is not 0.
    pub cells: BTreeMap<(PaneId, Dims, Measure), i128>,
    /// The hashes of visitors, while counted exactly: all, and the converting ones.
    pub visitors: BTreeMap<(Day, Dims), [BTreeSet<u64>; 2]>,
    /// Follows minus unfollows of each account, day and dimensions.
    pub follows: BTreeMap<(AccountKey, Day, Dims), i128>,
    /// The figures of members.
    pub figures: BTreeMap<(AccountKey, Day), (i64, Dims)>,
    /// How many rows of media spend report each platform's day.
    pub reported: BTreeMap<(String, Day), i64>,
}

impl Canonical {
    /// The canonical form of several folds together.
    pub fn of<'a>(folds: impl IntoIterator<Item = &'a Panes>) -> Canonical {
        let mut sums = Canonical::default();
        folds.into_iter().for_each(|fold| sums.add(fold));
        sums.cells.retain(|_, n| *n != 0);
        sums.follows.retain(|_, n| *n != 0);
        sums
    }

    fn add(&mut self, fold: &Panes) {
        let name = |id: DimsId| fold.dims().dims(id).cloned().unwrap_or_else(Dims::other);
        let days = fold.days().iter().map(|(day, pane)| (PaneId::Day(*day), pane));
        let minutes = fold.minutes().iter().map(|(minute, pane)| (PaneId::Minute(*minute), pane));
        let standing = fold.standing().iter().map(|(since, pane)| (PaneId::Standing(*since), pane));
        for (pane, dims, row) in days.chain(minutes).chain(standing).flat_map(|(id, pane)| pane.rows().map(move |(dims, row)| (id, dims, row))) {
            for (measure, n) in row.cells() {
                *self.cells.entry((pane, name(dims), *measure)).or_default() += n;
            }
        }
        for (day, dims, seen) in fold.visitors().iter().flat_map(|(day, of_day)| of_day.groups().map(move |(dims, seen)| (*day, dims, seen))) {
            let [all, converting] = self.visitors.entry((day, name(dims))).or_default();
            all.extend(hashes(&seen.all));
            converting.extend(hashes(&seen.converting));
        }
        for (account, known) in fold.audience() {
            self.figures.extend(known.figures.iter().map(|(day, (n, dims))| ((account.clone(), *day), (*n, name(*dims)))));
            for ((day, dims), n) in &known.follows {
                *self.follows.entry((account.clone(), *day, name(*dims))).or_default() += n;
            }
        }
        for ((platform, day), n) in fold.reported() {
            *self.reported.entry((platform.to_string(), *day)).or_default() += n;
        }
    }
}

fn hashes(set: &Distinct) -> impl Iterator<Item = u64> {
    let exact = match set {
        Distinct::Exact(hashes) => Some(hashes.iter()),
        Distinct::Sketch(_) => None,
    };
    exact.into_iter().flatten()
}
