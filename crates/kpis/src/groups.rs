//! Breakdowns: which group each tuple of dimensions falls into.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use panes::{Dims, DimsId, Panes};

use crate::{By, Group};

/// A breakdown of what all folds have seen.
pub(crate) struct Grouping {
    pub by: By,
    /// The groups in the order of their names; a total has one.
    pub groups: Vec<Arc<Group>>,
    /// The group of each fold's tuples, by their numbers.
    of: Vec<Vec<u32>>,
}

impl Grouping {
    pub fn new(by: By, folds: &[&Panes]) -> Grouping {
        let mut names: BTreeSet<Group> = folds.iter().flat_map(|fold| fold.dims().iter()).map(|dims| group(by, dims)).collect();
        if by == By::TOTAL {
            names.insert(Group::default());
        }
        let numbers: BTreeMap<&Group, u32> = names.iter().zip(0..).collect();
        let of = folds.iter().map(|fold| fold.dims().iter().filter_map(|dims| numbers.get(&group(by, dims)).copied()).collect()).collect();
        drop(numbers);
        Grouping { by, groups: names.into_iter().map(Arc::new).collect(), of }
    }

    /// The group of a fold's tuple.
    pub fn group_of(&self, fold: usize, dims: DimsId) -> usize {
        self.of.get(fold).and_then(|of| of.get(dims.0 as usize)).map_or(0, |group| *group as usize)
    }
}

fn group(by: By, dims: &Dims) -> Group {
    Group {
        channel: by.channel.then(|| dims.channel.clone()),
        campaign: by.campaign.then(|| dims.campaign.clone()),
        segment: by.segment.then(|| dims.segment.clone()),
    }
}
