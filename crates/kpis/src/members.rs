//! The members of communities: a level, of each account the latest figure and the follows since.

use std::collections::BTreeMap;

use model::Day;
use panes::{CommunityAccount, DimsId, Panes, audience::AccountKey};

use crate::groups::Grouping;

/// A part of an account's members.
pub(crate) struct Level {
    /// The day of the figure; none of follows.
    pub figure_of: Option<Day>,
    pub fold: usize,
    pub dims: DimsId,
    pub members: i128,
}

/// The members at a day's end, by group.
pub(crate) fn members(folds: &[&Panes], grouping: &Grouping, last: Day) -> BTreeMap<u32, i128> {
    let mut members: BTreeMap<u32, i128> = BTreeMap::new();
    for parts in accounts(folds).values() {
        for level in levels(parts, last) {
            *members.entry(grouping.group_of(level.fold, level.dims)).or_default() += level.members;
        }
    }
    members
}

/// The members of one account at a day's end: its latest figure, then the follows since.
pub(crate) fn levels(parts: &[(usize, &CommunityAccount)], last: Day) -> Vec<Level> {
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
pub(crate) fn accounts<'a>(folds: &[&'a Panes]) -> BTreeMap<&'a AccountKey, Vec<(usize, &'a CommunityAccount)>> {
    let mut accounts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (at, fold) in folds.iter().enumerate() {
        for (key, account) in fold.audience() {
            accounts.entry(key).or_default().push((at, &**account));
        }
    }
    accounts
}
