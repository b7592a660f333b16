//! Contributions: what an entity or an interaction adds to the cells, as data.

use std::sync::Arc;

use model::{Day, Minute, When, Zone};
use smallvec::SmallVec;

use crate::{DimsId, Measure, audience::AccountKey};

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

/// A finite map from (pane, dimensions, measure) to an integer, and what is added beside cells.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Contribution {
    cells: SmallVec<[(PaneId, DimsId, Measure, i128); 8]>,
    beside: SmallVec<[Beside; 1]>,
}

/// What is added beside cells: levels, and what is known of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Beside {
    /// A row of media spend, by which a platform reports a day.
    Reported {
        /// The platform.
        platform: Arc<str>,
        /// The day.
        day: Day,
    },
    /// Follows of an account on a day; unfollows, where negative.
    Follows {
        /// The account.
        account: AccountKey,
        /// The day.
        day: Day,
        /// Under which dimensions.
        dims: DimsId,
        /// How many.
        n: i128,
    },
    /// The members of an account at a day's end.
    Members {
        /// The account.
        account: AccountKey,
        /// The day.
        day: Day,
        /// Under which dimensions.
        dims: DimsId,
        /// How many.
        n: i64,
    },
}

impl Contribution {
    /// Forgets all, to be filled again.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.beside.clear();
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

    /// Adds that a platform reports a day.
    pub fn add_reported(&mut self, platform: &str, day: Day) {
        self.beside.push(Beside::Reported { platform: platform.into(), day });
    }

    /// Adds follows of an account on a day; unfollows, where negative.
    pub fn add_follows(&mut self, account: AccountKey, day: Day, dims: DimsId, n: i128) {
        self.beside.push(Beside::Follows { account, day, dims, n });
    }

    /// Adds the members of an account at a day's end.
    pub fn add_members(&mut self, account: AccountKey, day: Day, dims: DimsId, n: i64) {
        self.beside.push(Beside::Members { account, day, dims, n });
    }

    /// What is added beside cells.
    pub fn beside(&self) -> &[Beside] {
        &self.beside
    }

    /// The cells.
    pub fn cells(&self) -> &[(PaneId, DimsId, Measure, i128)] {
        &self.cells
    }
}
