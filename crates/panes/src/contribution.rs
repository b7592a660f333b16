//! Contributions: what an entity or an interaction adds to the cells, as data.

use model::{Day, Minute, When, Zone};

use crate::{DimsId, Measure};

/// Which pane a cell lies in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PaneId {
    /// A minute.
    Minute(Minute),
    /// A local day.
    Day(Day),
    /// What stands from a day on, or always, until it is taken out: a level, not a flow.
    Standing(Option<Day>),
}

/// A finite map from (pane, dimensions, measure) to an integer.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Contribution {
    cells: Vec<(PaneId, DimsId, Measure, i128)>,
}

impl Contribution {
    /// Forgets all, to be filled again.
    pub fn clear(&mut self) {
        self.cells.clear();
    }

    /// Adds to a cell.
    pub fn add(&mut self, pane: PaneId, dims: DimsId, measure: Measure, amount: i128) {
        self.cells.push((pane, dims, measure, amount));
    }

    /// Adds to the cell of a day.
    pub fn add_day(&mut self, day: Day, dims: DimsId, measure: Measure, amount: i128) {
        self.add(PaneId::Day(day), dims, measure, amount);
    }

    /// Adds to the cells of a time's day and, where it is an instant, minute.
    pub fn add_at(&mut self, when: When, zone: &Zone, dims: DimsId, measure: Measure, amount: i128) {
        self.add_day(zone.day(when), dims, measure, amount);
        if let When::At(at) = when {
            self.add(PaneId::Minute(at.minute()), dims, measure, amount);
        }
    }

    /// The cells.
    pub fn cells(&self) -> &[(PaneId, DimsId, Measure, i128)] {
        &self.cells
    }
}
