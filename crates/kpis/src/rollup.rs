//! Panes rolled up: the rows of all folds together, by group and channel, kept while the panes change.

use std::collections::BTreeMap;

use panes::{Pane, PaneId, PaneRow, Panes};

use crate::{groups::Grouping, stretch::Stretch};

/// Where a row lies in a breakdown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Slot {
    pub group: u32,
    pub channel: u32,
}

/// Rows by pane and slot: what panes hold, or by how much they have moved.
pub(crate) type Moves = BTreeMap<PaneId, BTreeMap<Slot, PaneRow>>;

/// The rows of some stretches, by pane, group and channel.
#[derive(Clone, Default, Debug)]
pub(crate) struct Rollup {
    stretches: Vec<Stretch>,
    /// Whether panes are there that lie in none of them.
    has_more: bool,
    panes: Moves,
}

/// A breakdown, and the channels beside it.
#[derive(Clone, Copy)]
pub(crate) struct Groupings<'a> {
    pub groups: &'a Grouping,
    pub channels: &'a Grouping,
}

impl Groupings<'_> {
    fn slot(self, fold: usize, dims: panes::DimsId) -> Slot {
        Slot { group: self.groups.group_of(fold, dims), channel: self.channels.group_of(fold, dims) }
    }
}

impl Rollup {
    /// What is rolled up.
    pub fn panes(&self) -> &Moves {
        &self.panes
    }

    /// By how much the rows have moved between two states of one fold, in the panes that are rolled up.
    pub fn moves(&self, fold: usize, before: &Panes, after: &Panes, groupings: Groupings<'_>, moves: &mut Moves) {
        for stretch in &self.stretches {
            for (pane, before, after) in stretch.changed(before, after) {
                let rows = moves.entry(pane).or_default();
                difference(before.map(|pane| &**pane), after.map(|pane| &**pane), |dims, row, sign| {
                    rows.entry(groupings.slot(fold, dims)).or_default().merge(row, sign)
                });
            }
        }
    }

    /// Follows what has moved.
    pub fn follow(&mut self, moves: &Moves) {
        for (pane, rows) in moves {
            let own = self.panes.entry(*pane).or_default();
            for (slot, row) in rows {
                own.entry(*slot).or_default().merge(row, 1);
            }
            own.retain(|_, row| !row.cells().is_empty());
        }
    }

    /// Rolls up what lies in these stretches, one of each kind, and was not wanted yet. What was, but is in none of them, stays until it is
    /// [forgotten](Rollup::forget).
    pub fn reach(&mut self, stretches: Vec<Stretch>, folds: &[&Panes], groupings: Groupings<'_>) {
        if self.stretches == stretches {
            return;
        }
        let known = &self.stretches;
        let is_new = |pane: PaneId| !known.iter().any(|stretch| stretch.has(pane));
        for (at, fold) in folds.iter().enumerate() {
            for (pane, content) in stretches.iter().flat_map(|stretch| stretch.panes(fold)).filter(|(pane, _)| is_new(*pane)) {
                let rows = self.panes.entry(pane).or_default();
                for (dims, row) in content.rows() {
                    rows.entry(groupings.slot(at, dims)).or_default().merge(row, 1);
                }
            }
        }
        self.stretches = stretches;
        self.has_more = true;
    }

    /// Forgets what is wanted no more.
    pub fn forget(&mut self) {
        let Rollup { stretches, has_more, panes } = self;
        if std::mem::take(has_more) {
            panes.retain(|pane, _| stretches.iter().any(|stretch| stretch.has(*pane)));
        }
    }

    /// The days that are rolled up.
    pub fn days(&self) -> panes::DayRange {
        self.stretches.iter().map(|stretch| stretch.days()).find(|days| !days.is_empty()).unwrap_or(Stretch::NONE.days())
    }
}

/// The rows in which two states of a pane differ: what was is to be taken out (-1), what is to be put in (1).
fn difference<'a>(before: Option<&'a Pane>, after: Option<&'a Pane>, mut put: impl FnMut(panes::DimsId, &'a PaneRow, i128)) {
    let row = |pane: Option<&'a Pane>, dims| pane.and_then(|pane| pane.row(dims));
    for (dims, now) in after.into_iter().flat_map(Pane::rows) {
        let was = row(before, dims);
        if was != Some(now) {
            was.into_iter().for_each(|was| put(dims, was, -1));
            put(dims, now, 1);
        }
    }
    for (dims, was) in before.into_iter().flat_map(Pane::rows).filter(|(dims, _)| row(after, *dims).is_none()) {
        put(dims, was, -1);
    }
}
