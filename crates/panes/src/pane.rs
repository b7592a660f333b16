//! A pane: the sums of one minute or one day, by dimensions and measure.

use indexmap::IndexMap;

use crate::{DimsId, Measure, hash::IdHash};

/// The sums of one minute or one day. A cell of 0 is not there.
#[derive(Clone, Default, Debug)]
pub struct Pane {
    rows: IndexMap<DimsId, Row, IdHash>,
}

/// The cells of one tuple of dimensions, by measure in order.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Row {
    cells: Vec<(Measure, i128)>,
}

impl Pane {
    /// Adds to a cell.
    pub fn add(&mut self, dims: DimsId, measure: Measure, amount: i128) {
        if amount == 0 {
            return;
        }
        let row = self.rows.entry(dims).or_default();
        row.add(measure, amount);
        if row.cells.is_empty() {
            self.rows.swap_remove(&dims);
        }
    }

    /// The rows, each with its dimensions.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (DimsId, &Row)> {
        self.rows.iter().map(|(dims, row)| (*dims, row))
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

impl Row {
    /// Adds to a cell.
    pub fn add(&mut self, measure: Measure, amount: i128) {
        match self.cells.binary_search_by(|(m, _)| m.cmp(&measure)) {
            Ok(at) => {
                if let Some((_, sum)) = self.cells.get_mut(at) {
                    *sum += amount;
                    if *sum == 0 {
                        self.cells.remove(at);
                    }
                }
            }
            Err(at) if amount != 0 => self.cells.insert(at, (measure, amount)),
            Err(_) => {}
        }
    }

    /// The cells, by measure in order.
    pub fn cells(&self) -> &[(Measure, i128)] {
        &self.cells
    }

    /// Adds another row's cells to this one's.
    pub fn merge(&mut self, other: &Row) {
        for (measure, amount) in &other.cells {
            self.add(*measure, *amount);
        }
    }
}
