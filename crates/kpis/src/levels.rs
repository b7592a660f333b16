//! What is not a sum of cells: distinct visitors, and the members of communities.

use std::collections::BTreeMap;

use model::Day;
use panes::{CommunityAccount, DayRange, DimsId, VisitorDetail, audience::AccountKey, visitors::Seen};

use crate::{
    groups::Grouping,
    view::{View, in_range},
};

/// A part of an account's members.
pub(crate) struct Level {
    /// The day of the figure; none of follows.
    pub figure_of: Option<Day>,
    pub fold: usize,
    pub dims: DimsId,
    pub members: i128,
}

/// Distinct visitors of a range that are counted exactly at least.
const EXACT_VISITORS: usize = 1 << 16;

impl View<'_> {
    /// The visitors of a range, by group; none where they are not kept as finely.
    pub fn visitors(&self, grouping: &Grouping, range: DayRange) -> Option<Vec<Seen>> {
        let finer = grouping.by.campaign || grouping.by.segment;
        let mut seen = vec![Seen::default(); grouping.groups.len()];
        for (at, fold) in self.folds.iter().enumerate() {
            if finer && fold.keep().visitors == VisitorDetail::Channel && !fold.visitors().is_empty() {
                return None;
            }
            let exact_limit = fold.keep().exact_visitors.max(EXACT_VISITORS);
            for (_, visitors) in in_range(fold.visitors(), range) {
                for (dims, of_day) in visitors.groups() {
                    if let Some(seen) = seen.get_mut(grouping.group_of(at, dims)) {
                        seen.merge(of_day, exact_limit);
                    }
                }
            }
        }
        Some(seen)
    }

    /// The members at a day's end, by group: of each account the latest figure, and the follows since.
    pub fn members(&self, grouping: &Grouping, last: Day) -> Vec<i128> {
        let mut members = vec![0; grouping.groups.len()];
        let mut add = |group: usize, n: i128| {
            if let Some(sum) = members.get_mut(group) {
                *sum += n;
            }
        };
        for parts in self.accounts().values() {
            for level in self.levels(parts, last) {
                add(grouping.group_of(level.fold, level.dims), level.members);
            }
        }
        members
    }

    /// The members of one account at a day's end: its latest figure, then the follows since.
    pub fn levels(&self, parts: &[(usize, &CommunityAccount)], last: Day) -> Vec<Level> {
        let figures = parts.iter().filter_map(|(fold, account)| account.latest_figure(last).map(|(day, n, dims)| (day, n, *fold, dims)));
        let figure = figures.max_by_key(|(day, ..)| *day);
        let mut levels: Vec<Level> =
            figure.iter().map(|(day, n, fold, dims)| Level { figure_of: Some(*day), fold: *fold, dims: *dims, members: (*n).into() }).collect();
        for (fold, account) in parts {
            let follows = account.follows_since(figure.map(|(day, ..)| day), last);
            levels.extend(follows.map(|(dims, members)| Level { figure_of: None, fold: *fold, dims, members }));
        }
        levels
    }

    /// Each account with what every fold knows of it.
    pub fn accounts(&self) -> BTreeMap<&AccountKey, Vec<(usize, &CommunityAccount)>> {
        let mut accounts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (at, fold) in self.folds.iter().enumerate() {
            for (key, account) in fold.audience() {
                accounts.entry(key).or_default().push((at, &**account));
            }
        }
        accounts
    }
}
