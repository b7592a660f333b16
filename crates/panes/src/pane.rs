//! A pane: the sums of one minute or one day, by dimensions and measure.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::{DimsId, Measure, dims::Renumbered, hash::IdHash};

/// The sums of one minute or one day. A cell of 0 is not there.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Pane {
    rows: IndexMap<DimsId, PaneRow, IdHash>,
}

/// The cells of one tuple of dimensions, by measure in order.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaneRow {
    /// Most rows have few; those of a minute hardly ever more.
    cells: SmallVec<[(Measure, i128); 3]>,
}

impl Pane {
    /// An empty pane with room for so many rows.
    pub fn with_room(rows: usize) -> Pane {
        Pane { rows: IndexMap::with_capacity_and_hasher(rows, IdHash::default()) }
    }

    /// Adds to a cell.
    pub fn add(&mut self, dims: DimsId, measure: Measure, amount: i128) {
        self.add_all(dims, &[(measure, amount)]);
    }

    /// Adds to several cells of the same dimensions.
    pub fn add_all(&mut self, dims: DimsId, amounts: &[(Measure, i128)]) {
        if amounts.iter().all(|(_, amount)| *amount == 0) {
            return;
        }
        let row = self.rows.entry(dims).or_default();
        amounts.iter().for_each(|(measure, amount)| row.add(*measure, *amount));
        if row.cells.is_empty() {
            self.rows.swap_remove(&dims);
        }
    }

    /// The rows, each with its dimensions.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (DimsId, &PaneRow)> {
        self.rows.iter().map(|(dims, row)| (*dims, row))
    }

    /// The row of some dimensions.
    pub fn row(&self, dims: DimsId) -> Option<&PaneRow> {
        self.rows.get(&dims)
    }

    /// The pane with other numbers for its dimensions.
    pub(crate) fn renumbered(&self, numbers: &Renumbered) -> Pane {
        Pane { rows: self.rows.iter().map(|(dims, row)| (numbers.of(*dims), row.clone())).collect() }
    }

    /// Whether the dimensions have a row.
    pub fn has(&self, dims: DimsId) -> bool {
        self.rows.contains_key(&dims)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing is booked.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl PaneRow {
    /// Adds to a cell, which cannot overflow. A contribution is a count of 64 bits, a duration shorter than that, or an amount of 14 digits and
    /// six decimals, at most 10^20. Of counts 2^64 add up to no more than 2^127 in either direction; of amounts, which are those of
    /// entities in memory, there would have to be 10^18. So a sum is exact whatever was added and taken out on the way; it is not
    /// checked here, and it must never be held at a bound: what is taken out of such a one would be missing ever after.
    pub fn add(&mut self, measure: Measure, amount: i128) {
        // Rows are short, so a search from the front is the fastest, and mostly the cell is there.
        if let Some((at, (_, sum))) = self.cells.iter_mut().enumerate().find(|(_, (known, _))| *known == measure) {
            *sum += amount;
            if *sum == 0 {
                self.cells.remove(at);
            }
        } else if amount != 0 {
            let at = self.cells.partition_point(|(known, _)| *known < measure);
            self.cells.insert(at, (measure, amount));
        }
    }

    /// The cells, by measure in order.
    pub fn cells(&self) -> &[(Measure, i128)] {
        &self.cells
    }

    /// Adds another row's cells, so many times, to this one's; -1 takes them out.
    pub fn merge(&mut self, other: &PaneRow, times: i128) {
        for (measure, amount) in &other.cells {
            self.add(*measure, times * *amount);
        }
    }
}
