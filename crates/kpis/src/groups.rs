//! Breakdowns: which group each tuple of dimensions falls into.

use std::{collections::BTreeMap, sync::Arc};

use panes::{Dims, DimsId, Panes};

use crate::{By, Group};

/// A breakdown of what all folds have seen. A group keeps its number while tuples are added.
#[derive(Clone, Debug)]
pub(crate) struct Grouping {
    pub by: By,
    /// The groups by their numbers.
    groups: Vec<Arc<Group>>,
    numbers: BTreeMap<Arc<Group>, u32>,
    /// The group of each fold's tuples, by their numbers.
    of: Vec<Vec<u32>>,
}

impl Grouping {
    /// A breakdown of nothing yet; a total has one group all the same.
    pub fn new(by: By) -> Grouping {
        let mut grouping = Grouping { by, groups: Vec::new(), numbers: BTreeMap::new(), of: Vec::new() };
        if by == By::TOTAL {
            grouping.number(Group::default());
        }
        grouping
    }

    /// Learns the tuples that the folds have added. They only ever add some: see [`is_extension`].
    pub fn learn(&mut self, folds: &[&Panes]) {
        self.of.resize(folds.len().max(self.of.len()), Vec::new());
        for (at, fold) in folds.iter().enumerate() {
            let known = self.of.get(at).map_or(0, Vec::len);
            let new: Vec<u32> = fold.dims().iter().skip(known).map(|dims| self.number(group(self.by, dims))).collect();
            self.of.get_mut(at).into_iter().for_each(|of| of.extend_from_slice(&new));
        }
    }

    fn number(&mut self, group: Group) -> u32 {
        if let Some(number) = self.numbers.get(&group) {
            return *number;
        }
        let (group, number) = (Arc::new(group), u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
        self.groups.push(group.clone());
        self.numbers.insert(group, number);
        number
    }

    /// The group of a fold's tuple.
    pub fn group_of(&self, fold: usize, dims: DimsId) -> u32 {
        self.of.get(fold).and_then(|of| of.get(dims.0 as usize)).copied().unwrap_or(0)
    }

    /// The groups with their numbers, by name.
    pub fn by_name(&self) -> impl Iterator<Item = (u32, &Arc<Group>)> {
        self.numbers.iter().map(|(group, number)| (*number, group))
    }

    /// A group.
    pub fn group(&self, number: u32) -> Option<&Arc<Group>> {
        self.groups.get(number as usize)
    }
}

/// Whether a fold's tuples are those that it had, with the same numbers, and perhaps some more.
pub(crate) fn is_extension(before: &Panes, after: &Panes) -> bool {
    let (before, after) = (before.dims(), after.dims());
    std::ptr::eq(before, after) || (before.len() <= after.len() && before.iter().zip(after.iter()).all(|(one, two)| one == two))
}

fn group(by: By, dims: &Dims) -> Group {
    Group {
        channel: by.channel.then(|| dims.channel.clone()),
        campaign: by.campaign.then(|| dims.campaign.clone()),
        segment: by.segment.then(|| dims.segment.clone()),
    }
}
