//! Community members: of each account the figures, and the follows and unfollows of each day.
//!
//! All of them are kept, those below the floor too: a level rests on all that came before it. Follows come to another state than figures
//! do, one by one to that of their partition, so neither can tell what of the other it replaces; and a figure may be restated.

use std::{collections::BTreeMap, sync::Arc};

use indexmap::{Equivalent, IndexMap};
use model::Day;
use serde::{Deserialize, Serialize};

use crate::{
    DimsId, Panes,
    dims::{DimsName, Renumbered, Tuple},
    hash::IdHash,
};

/// Distinct dimensions that the interactions of an account may have as follows of one day; later ones are booked under `(other)`. They are
/// kept for ever, so the bound is of the account and day, whatever else is kept.
pub const FOLLOW_DIMS: usize = 1000;

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

impl AccountKey {
    /// An account of these names.
    pub fn new(platform: &str, account: &str) -> AccountKey {
        AccountKey { platform: platform.into(), account: account.into() }
    }
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

    /// Whether follows of a day under these dimensions have a place of their own: they are there already, or the day has room for them.
    fn has_place(&self, day: Day, dims: Option<DimsId>) -> bool {
        dims.is_some_and(|dims| self.follows.contains_key(&(day, dims)))
            || self.follows.range((day, DimsId(0))..=(day, DimsId(u32::MAX))).nth(FOLLOW_DIMS - 1).is_none()
    }

    /// All dimensions that are named.
    pub(crate) fn each_dims(&self) -> impl Iterator<Item = DimsId> {
        self.figures.values().map(|(_, dims)| *dims).chain(self.follows.keys().map(|(_, dims)| *dims))
    }

    /// The account with other numbers for its dimensions.
    pub(crate) fn renumbered(&self, numbers: &Renumbered) -> CommunityAccount {
        CommunityAccount {
            figures: self.figures.iter().map(|(day, (n, dims))| (*day, (*n, numbers.of(*dims)))).collect(),
            follows: self.follows.iter().map(|((day, dims), n)| ((*day, numbers.of(*dims)), *n)).collect(),
        }
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

impl Panes {
    /// Adds an interaction's follows (unfollows, where negative) to an account.
    pub fn add_follows(&mut self, (platform, account): (&str, &str), day: Day, tuple: Tuple<'_>, n: i128) {
        let own = match tuple {
            Tuple::Known(id) => Some(id),
            Tuple::Named(name) => self.dims.find(name),
        };
        let has_place = self.account(platform, account).is_none_or(|known| known.has_place(day, own));
        let dims = match (own, tuple) {
            (Some(own), _) if has_place => own,
            (None, Tuple::Named(name)) if has_place => self.dims_named(name),
            _ => self.dims_named(DimsName::OTHER),
        };
        self.account_mut(platform, account).add_follows(day, dims, n);
    }

    fn account(&self, platform: &str, account: &str) -> Option<&CommunityAccount> {
        self.audience.get(&AccountName { platform, account }).map(|known| &**known)
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
