//! Dimensions: the (channel, campaign, segment) under which a contribution is booked, each tuple interned once.

use std::{hash::Hasher, sync::Arc};

use hashbrown::HashTable;
use indexmap::IndexSet;
use model::{
    Channels,
    channels::{OTHER, or_none},
};
use serde::{Deserialize, Serialize};

use crate::hash::{IdHash, IdHasher};

/// A tuple of dimensions.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Dims {
    /// The canonical channel.
    pub channel: Arc<str>,
    /// The campaign.
    pub campaign: Arc<str>,
    /// The market segment.
    pub segment: Arc<str>,
}

/// A tuple's number in its [`DimsTable`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct DimsId(pub u32);

/// The tuples that occur, numbered as they come.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
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
pub struct Spellings(HashTable<Known>);

/// Spellings that were seen, the four texts one after the other.
#[derive(Clone, Debug)]
struct Known {
    texts: Box<str>,
    /// Where each text but the last ends.
    ends: [u32; 3],
    hash: u64,
    id: DimsId,
}

/// Spellings remembered at most; beyond it the memory starts anew.
const SPELLINGS_KEPT: usize = 1 << 16;

impl Spellings {
    /// The number that `resolve` gave, or now gives, to these spellings.
    pub fn id(&mut self, spelled: Spelled<'_>, resolve: impl FnOnce(Spelled<'_>) -> DimsId) -> DimsId {
        // The table only remembers, so its hash need not be one that lasts; spellings are compared in full.
        let mut hasher = IdHasher::default();
        spelled.texts().iter().for_each(|text| hasher.write(text.as_bytes()));
        let hash = hasher.finish();
        if let Some(known) = self.0.find(hash, |known| known.hash == hash && known.is(spelled)) {
            return known.id;
        }
        if self.0.len() >= SPELLINGS_KEPT {
            self.0.clear();
        }
        let id = resolve(spelled);
        self.0.insert_unique(hash, Known::new(spelled, hash, id), |known| known.hash);
        id
    }
}

impl<'a> Spelled<'a> {
    fn texts(&self) -> [&'a str; 4] {
        [self.source, self.channel, self.campaign, self.segment]
    }
}

impl Known {
    fn new(spelled: Spelled<'_>, hash: u64, id: DimsId) -> Known {
        let texts = spelled.texts();
        let mut end = 0;
        let ends = [0, 1, 2].map(|at: usize| {
            end += texts.get(at).map_or(0, |text| text.len());
            u32::try_from(end).unwrap_or(u32::MAX)
        });
        Known { texts: texts.concat().into(), ends, hash, id }
    }

    fn is(&self, spelled: Spelled<'_>) -> bool {
        let mut rest = &*self.texts;
        let mut start = 0;
        for (text, end) in spelled.texts().iter().zip(self.ends) {
            let Some((head, tail)) = rest.split_at_checked((end - start) as usize) else { return false };
            if !same(head, text) {
                return false;
            }
            (rest, start) = (tail, end);
        }
        same(rest, spelled.segment)
    }
}

/// Equality of short texts, eight bytes at a time: a call of `memcmp` for each costs more than all else here.
fn same(a: &str, b: &str) -> bool {
    let ((a_words, a_rest), (b_words, b_rest)) = (a.as_bytes().as_chunks::<8>(), b.as_bytes().as_chunks::<8>());
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    a.len() == b.len() && a_words.iter().zip(b_words).all(|(a, b)| word(a) == word(b)) && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_told_apart_and_remembered() {
        let mut spellings = Spellings::default();
        let spelled = |source, channel, campaign, segment| Spelled { source, channel, campaign, segment };
        let all = [spelled("ab", "c", "", "d"), spelled("a", "bc", "", "d"), spelled("ab", "", "c", "d"), spelled("ab", "c", "d", "")];
        for (at, one) in (0..).zip(all) {
            assert_eq!(spellings.id(one, |_| DimsId(at)), DimsId(at));
        }
        for (at, one) in (0..).zip(all) {
            assert_eq!(spellings.id(one, |_| panic!("{one:?} is known")), DimsId(at));
        }
    }
}
