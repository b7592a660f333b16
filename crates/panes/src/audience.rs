//! Community members: of each account the figures, and the follows and unfollows of each day.
//!
//! All of them are kept, those below the floor too: a level rests on all that came before it. Follows come to another state than figures
//! do, one by one to that of their partition, so neither can tell what of the other it replaces; and a figure may be restated.

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
}

impl CommunityAccount {
    /// Adds follows (unfollows, where negative).
    pub fn add_follows(&mut self, day: Day, dims: DimsId, n: i128) {
        *self.follows.entry((day, dims)).or_default() += n;
    }

    /// The latest figure dated at or before a day.
    pub fn latest_figure(&self, day: Day) -> Option<(Day, i64, DimsId)> {
        self.figures.range(..=day).next_back().map(|(day, (n, dims))| (*day, *n, *dims))
    }

    /// Follows minus unfollows of the days after a figure's (since the beginning, where there is none) up to `last`.
    pub fn follows_since(&self, figure: Option<Day>, last: Day) -> impl Iterator<Item = (DimsId, i128)> {
        let first = figure.map_or(Day(i32::MIN), |day| day.plus(1));
        // A figure on the last day leaves no days between.
        let days = (first <= last).then(|| self.follows.range((first, DimsId(0))..=(last, DimsId(u32::MAX))));
        days.into_iter().flatten().map(|((_, dims), n)| (*dims, *n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(account: &CommunityAccount, last: i32) -> i128 {
        let figure = account.latest_figure(Day(last));
        let follows: i128 = account.follows_since(figure.map(|(day, ..)| day), Day(last)).map(|(_, n)| n).sum();
        follows + figure.map_or(0, |(_, n, _)| i128::from(n))
    }

    #[test]
    fn a_figure_is_its_days_end() {
        let mut account = CommunityAccount::default();
        account.figures.insert(Day(10), (100, DimsId(0)));
        for day in [9, 10, 11] {
            account.add_follows(Day(day), DimsId(0), 1);
        }
        assert_eq!([9, 10, 11].map(|last| level(&account, last)), [1, 100, 101]);
    }
}
