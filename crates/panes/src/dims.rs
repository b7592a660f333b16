//! Dimensions: the (channel, campaign, segment) under which a contribution is booked, each tuple interned once.

use std::{hash::Hasher, sync::Arc};

use hashbrown::HashTable;
use indexmap::IndexSet;
use model::{
    Channels,
    channels::{OTHER, or_none},
};

use crate::hash::{IdHash, IdHasher};

/// A tuple of dimensions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Dims {
    /// The canonical channel.
    pub channel: Arc<str>,
    /// The campaign.
    pub campaign: Arc<str>,
    /// The market segment.
    pub segment: Arc<str>,
}

/// A tuple's number in its [`DimsTable`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DimsId(pub u32);

/// The tuples that occur, numbered as they come.
#[derive(Clone, Default, Debug)]
pub struct DimsTable(IndexSet<Dims, IdHash>);

impl Dims {
    /// A tuple of canonical names.
    pub fn new(channel: &str, campaign: &str, segment: &str) -> Dims {
        Dims { channel: channel.into(), campaign: campaign.into(), segment: segment.into() }
    }

    /// The tuple into which a cap folds the rest.
    pub fn other() -> Dims {
        Dims::new(OTHER, OTHER, OTHER)
    }
}

impl DimsTable {
    /// The number of a tuple, if it has one.
    pub fn get(&self, dims: &Dims) -> Option<DimsId> {
        self.0.get_index_of(dims).map(id)
    }

    /// The number of a tuple, given to it now if it has none.
    pub fn insert(&mut self, dims: Dims) -> DimsId {
        id(self.0.insert_full(dims).0)
    }

    /// The tuple of a number.
    pub fn dims(&self, id: DimsId) -> Option<&Dims> {
        self.0.get_index(id.0 as usize)
    }

    /// All tuples, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Dims> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn id(index: usize) -> DimsId {
    DimsId(u32::try_from(index).unwrap_or(u32::MAX))
}

/// Dimensions as a source spells them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spelled<'a> {
    /// The source, whose own spellings come first.
    pub source: &'a str,
    /// The channel's name, empty where it is absent.
    pub channel: &'a str,
    /// The campaign, empty where it is absent.
    pub campaign: &'a str,
    /// The segment, empty where it is absent.
    pub segment: &'a str,
}

impl Spelled<'_> {
    /// The tuple of canonical names.
    pub fn resolve(&self, channels: &Channels) -> Dims {
        Dims::new(channels.resolve(self.source, self.channel), or_none(Some(self.campaign)), or_none(Some(self.segment)))
    }
}

/// Remembers what spellings resolved to, so that an interaction's dimensions cost one look-up.
#[derive(Clone, Default, Debug)]
pub struct Spellings {
    table: HashTable<(Box<[u8]>, DimsId)>,
    key: Vec<u8>,
}

/// Spellings remembered at most; beyond it the memory starts anew.
const SPELLINGS_KEPT: usize = 1 << 16;

impl Spellings {
    /// The number that `resolve` gave, or now gives, to these spellings.
    pub fn id(&mut self, spelled: Spelled<'_>, resolve: impl FnOnce(Spelled<'_>) -> DimsId) -> DimsId {
        self.key.clear();
        for part in [spelled.source, spelled.channel, spelled.campaign, spelled.segment] {
            self.key.extend_from_slice(part.as_bytes());
            // No text has this byte, so parts cannot run together.
            self.key.push(0xFF);
        }
        let hash = spelling_hash(&self.key);
        if let Some((_, id)) = self.table.find(hash, |(key, _)| **key == *self.key) {
            return *id;
        }
        if self.table.len() >= SPELLINGS_KEPT {
            self.table.clear();
        }
        let id = resolve(spelled);
        self.table.insert_unique(hash, (self.key.clone().into(), id), |(key, _)| spelling_hash(key));
        id
    }
}

/// The table only remembers, so its hash need not be one that lasts; keys are compared in full.
fn spelling_hash(key: &[u8]) -> u64 {
    let mut hasher = IdHasher::default();
    hasher.write(key);
    hasher.finish()
}
