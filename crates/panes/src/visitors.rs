//! Distinct visitors of a day, and those of them who did a conversion action.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{DimsId, Distinct, dims::Renumbered, hash::IdHash};

/// How finely distinct visitors are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum VisitorDetail {
    /// By channel: what a running instance shows.
    Channel,
    /// By channel, campaign and segment: what a report may break down by.
    Full,
}

/// The visitors of one day, by dimensions.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Visitors {
    groups: IndexMap<DimsId, Arc<Seen>, IdHash>,
}

/// Who came, and who of them converted.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// All visitors.
    pub all: Distinct,
    /// Those with a conversion action.
    pub converting: Distinct,
}

impl Visitors {
    /// Adds a visitor.
    pub fn insert(&mut self, dims: DimsId, visitor: u64, converting: bool, exact_limit: usize) {
        let seen = Arc::make_mut(self.groups.entry(dims).or_default());
        seen.all.insert(visitor, exact_limit);
        if converting {
            seen.converting.insert(visitor, exact_limit);
        }
    }

    /// The visitors with other numbers for their dimensions.
    pub(crate) fn renumbered(&self, numbers: &Renumbered) -> Visitors {
        Visitors { groups: self.groups.iter().map(|(dims, seen)| (numbers.of(*dims), seen.clone())).collect() }
    }

    /// The visitors, each group with its dimensions.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = (DimsId, &Seen)> {
        self.groups.iter().map(|(dims, seen)| (*dims, &**seen))
    }
}

impl Seen {
    /// Adds all that another has.
    pub fn merge(&mut self, other: &Seen, exact_limit: usize) {
        self.all.merge(&other.all, exact_limit);
        self.converting.merge(&other.converting, exact_limit);
    }
    /// Adds what another has more than it had earlier; the rest is here already.
    pub fn merge_since(&mut self, other: &Seen, earlier: &Seen, exact_limit: usize) {
        self.all.merge_since(&other.all, &earlier.all, exact_limit);
        self.converting.merge_since(&other.converting, &earlier.converting, exact_limit);
    }
}
