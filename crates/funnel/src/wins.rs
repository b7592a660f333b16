//! Who was first: the won deals of each customer key and of each lead, in order.

use std::{collections::BTreeSet, sync::Arc};

use model::Millis;

use crate::facts::{AccountIx, DealIx, LeadIx};

/// Whose customer a deal makes: its account, else its lead, else the deal itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CustomerKey {
    /// An account.
    Account(AccountIx),
    /// A lead, known or not.
    Lead(LeadIx),
    /// The deal itself.
    Deal(DealIx),
}

/// A won deal among others: earliest first, then by id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Win {
    /// When it closed.
    pub closed_at: Millis,
    /// Its id, by bytes.
    pub deal_id: Arc<[u8]>,
    /// The deal.
    pub deal: DealIx,
}

/// How a won deal competes for being its key's new customer: those typed `new_business` before all others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rank {
    /// Typed `new_business`.
    Typed,
    /// Untyped, or existing business.
    Other,
}

/// Won deals under the `K` they belong to, in order.
#[derive(Clone, Debug)]
pub struct Ordered<K>(BTreeSet<(K, Win)>);

impl<K> Default for Ordered<K> {
    fn default() -> Ordered<K> {
        Ordered(BTreeSet::new())
    }
}

impl<K: Ord + Copy> Ordered<K> {
    /// Adds a deal.
    pub fn insert(&mut self, key: K, win: Win) {
        self.0.insert((key, win));
    }

    /// Removes a deal.
    pub fn remove(&mut self, key: K, win: Win) {
        self.0.remove(&(key, win));
    }

    /// The first deal under a key.
    pub fn first(&self, key: K) -> Option<DealIx> {
        let lowest = Win { closed_at: Millis(i64::MIN), deal_id: Arc::from([]), deal: DealIx::MIN };
        self.0.range((key, lowest)..).next().filter(|(found, _)| *found == key).map(|(_, win)| win.deal)
    }
}
