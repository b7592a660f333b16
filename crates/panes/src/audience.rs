//! Community members: of each account the latest figure, and the follows and unfollows since.

use std::{collections::BTreeMap, sync::Arc};

use indexmap::{Equivalent, IndexMap};
use model::Day;
use serde::{Deserialize, Serialize};

use crate::{DimsId, hash::IdHash};

/// The accounts, as they come.
pub type Audience = IndexMap<AccountKey, Arc<CommunityAccount>, IdHash>;

/// An account on a platform.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct AccountKey {
    /// The platform.
    pub platform: Arc<str>,
    /// The account on it, empty where it is absent.
    pub account: Arc<str>,
}

/// The same, borrowed, to look one up by.
#[derive(Hash)]
pub(crate) struct AccountName<'a> {
    pub platform: &'a str,
    pub account: &'a str,
}

impl Equivalent<AccountKey> for AccountName<'_> {
    fn equivalent(&self, key: &AccountKey) -> bool {
        *self.platform == *key.platform && *self.account == *key.account
    }
}

/// What is known of one account's members.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CommunityAccount {
    /// The members at a day's end, under the dimensions of the message that said so.
    pub figures: BTreeMap<Day, (i64, DimsId)>,
    /// Follows minus unfollows of a day.
    pub follows: BTreeMap<(Day, DimsId), i128>,
    /// Follows minus unfollows of the days below the floor, since the latest figure down there.
    pub base: BTreeMap<DimsId, i128>,
}

impl CommunityAccount {
    /// Adds follows (unfollows, where negative).
    pub fn add_follows(&mut self, day: Day, floor: Day, dims: DimsId, n: i128) {
        if day >= floor {
            add(&mut self.follows, (day, dims), n);
        } else if self.latest_figure(floor.plus(-1)).is_none_or(|(figure, ..)| figure < day) {
            add(&mut self.base, dims, n);
        }
    }

    /// The latest figure dated at or before a day.
    pub fn latest_figure(&self, day: Day) -> Option<(Day, i64, DimsId)> {
        self.figures.range(..=day).next_back().map(|(day, (n, dims))| (*day, *n, *dims))
    }

    /// Follows minus unfollows of the days after a figure's (since the beginning, where there is none) up to `last`.
    pub fn follows_since(&self, figure: Option<Day>, floor: Day, last: Day) -> impl Iterator<Item = (DimsId, i128)> {
        let first = figure.map_or(Day(i32::MIN), |day| day.plus(1));
        // A figure on the last day leaves no days between.
        let days = (first <= last).then(|| self.follows.range((first, DimsId(0))..=(last, DimsId(u32::MAX))));
        let kept = days.into_iter().flatten().map(|((_, dims), n)| (*dims, *n));
        let base = figure.is_none_or(|day| day < floor).then_some(&self.base);
        base.into_iter().flatten().map(|(dims, n)| (*dims, *n)).chain(kept)
    }

    /// Moves what is below a floor to the base, and forgets what the latest figure down there replaces.
    pub fn clip(&mut self, floor: Day) {
        let kept = self.follows.split_off(&(floor, DimsId(0)));
        let below = std::mem::replace(&mut self.follows, kept);
        let figure = self.latest_figure(floor.plus(-1)).map(|(day, ..)| day);
        if let Some(day) = figure {
            let newer = self.figures.split_off(&day);
            let replaced = std::mem::replace(&mut self.figures, newer);
            if !replaced.is_empty() || below.keys().next().is_some_and(|(first, _)| *first <= day) {
                self.base.clear();
            }
        }
        for ((day, dims), n) in below {
            if figure.is_none_or(|figure| figure < day) {
                add(&mut self.base, dims, n);
            }
        }
    }
}

fn add<K: Ord>(sums: &mut BTreeMap<K, i128>, key: K, n: i128) {
    *sums.entry(key).or_default() += n;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(account: &CommunityAccount, floor: i32, last: i32) -> i128 {
        let figure = account.latest_figure(Day(last));
        let follows: i128 = account.follows_since(figure.map(|(day, ..)| day), Day(floor), Day(last)).map(|(_, n)| n).sum();
        follows + figure.map_or(0, |(_, n, _)| i128::from(n))
    }

    #[test]
    fn a_figure_is_its_days_end() {
        let mut account = CommunityAccount::default();
        account.figures.insert(Day(10), (100, DimsId(0)));
        for day in [9, 10, 11] {
            account.add_follows(Day(day), Day(i32::MIN), DimsId(0), 1);
        }
        assert_eq!([9, 10, 11].map(|last| level(&account, i32::MIN, last)), [1, 100, 101]);
    }

    #[test]
    fn a_floor_does_not_change_the_level_above_it() {
        let mut account = CommunityAccount::default();
        for day in 0..30 {
            account.add_follows(Day(day), Day(i32::MIN), DimsId(0), i128::from(day) + 1);
        }
        account.figures.insert(Day(5), (1000, DimsId(0)));
        account.figures.insert(Day(14), (2000, DimsId(0)));
        let before: Vec<_> = (20..30).map(|last| level(&account, 0, last)).collect();
        for floor in [3, 6, 10, 14, 15, 20] {
            account.clip(Day(floor));
            let after: Vec<_> = (20..30).map(|last| level(&account, floor, last)).collect();
            assert_eq!(after, before, "floor {floor}");
        }
    }
}
