//! Dimensions: the (channel, campaign, segment) under which a contribution is booked, each tuple interned once.

use std::{hash::Hasher, sync::Arc};

use hashbrown::HashTable;
use indexmap::{Equivalent, IndexSet};
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

/// The same tuple, borrowed: to look one up by, and to make one only where there is none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DimsName<'a> {
    /// The canonical channel.
    pub channel: &'a str,
    /// The campaign.
    pub campaign: &'a str,
    /// The market segment.
    pub segment: &'a str,
}

/// The tuples that occur, numbered as they come.
///
/// A table only grows at its end, until it is made anew without the tuples that nothing names any more: then all have other numbers,
/// and the table is of another generation.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub struct DimsTable {
    tuples: IndexSet<Dims, IdHash>,
    /// How often it was made anew since it was restored.
    #[serde(skip)]
    generation: u64,
}

/// The new number of each tuple of a table that was made anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renumbered(Vec<Option<DimsId>>);

/// Which tuples of a table are named by something.
#[derive(Clone, Debug)]
pub struct Named(Vec<bool>);

impl<'a> DimsName<'a> {
    /// The tuple into which a cap folds the rest.
    pub const OTHER: DimsName<'static> = DimsName { channel: OTHER, campaign: OTHER, segment: OTHER };

    /// A tuple of its own.
    pub fn to_dims(self) -> Dims {
        Dims::new(self.channel, self.campaign, self.segment)
    }
}

impl Equivalent<Dims> for DimsName<'_> {
    fn equivalent(&self, dims: &Dims) -> bool {
        *self.channel == *dims.channel && *self.campaign == *dims.campaign && *self.segment == *dims.segment
    }
}

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
    pub fn find(&self, name: DimsName<'_>) -> Option<DimsId> {
        self.tuples.get_index_of(&name).map(id)
    }

    /// The number of a tuple, if it has one.
    pub fn get(&self, dims: &Dims) -> Option<DimsId> {
        self.tuples.get_index_of(dims).map(id)
    }

    /// The number of a tuple, given to it now if it has none.
    pub fn insert(&mut self, dims: Dims) -> DimsId {
        id(self.tuples.insert_full(dims).0)
    }

    /// The tuple of a number.
    pub fn dims(&self, id: DimsId) -> Option<&Dims> {
        self.tuples.get_index(id.0 as usize)
    }

    /// All tuples, in the order of their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Dims> {
        self.tuples.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tuples.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tuples.is_empty()
    }

    /// Which of its makings this is: numbers of one generation mean the same tuples in every later table of it.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Nothing is named yet.
    pub(crate) fn none_named(&self) -> Named {
        Named(vec![false; self.tuples.len()])
    }

    /// The table of those that are named, in the order they had, and their new numbers.
    pub(crate) fn anew(&self, named: &Named) -> (DimsTable, Renumbered) {
        let mut anew = DimsTable { tuples: IndexSet::default(), generation: self.generation + 1 };
        let numbers = self.tuples.iter().zip(&named.0).map(|(dims, is_named)| is_named.then(|| anew.insert(dims.clone()))).collect();
        (anew, Renumbered(numbers))
    }
}

impl Named {
    /// Something names a tuple.
    pub fn note(&mut self, id: DimsId) {
        if let Some(is_named) = self.0.get_mut(id.0 as usize) {
            *is_named = true;
        }
    }

    /// How many tuples nothing names.
    pub fn unnamed(&self) -> usize {
        self.0.iter().filter(|is_named| !**is_named).count()
    }

    /// How many there are in all.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Renumbered {
    /// The new number of a tuple that is named.
    pub fn of(&self, id: DimsId) -> DimsId {
        let new = self.0.get(id.0 as usize).copied().flatten();
        new.unwrap_or_else(|| panic!("invariant: the tuple {id:?} was forgotten while something names it"))
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

impl<'a> Spelled<'a> {
    /// The tuple of canonical names.
    pub fn resolve(&self, channels: &Channels) -> Dims {
        self.name(channels).to_dims()
    }

    /// The same, borrowed.
    pub fn name<'b>(&self, channels: &'b Channels) -> DimsName<'b>
    where
        'a: 'b,
    {
        DimsName {
            channel: channels.resolve(self.source, self.channel),
            campaign: or_none(Some(self.campaign)),
            segment: or_none(Some(self.segment)),
        }
    }
}

/// An interaction's dimensions, as far as they are known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tuple<'a> {
    /// By their number.
    Known(DimsId),
    /// By their names: whether they are to have a number is still to be decided.
    Named(DimsName<'a>),
}

/// Remembers what spellings resolved to, so that an interaction's dimensions cost one look-up. Only tuples with a number are remembered.
#[derive(Clone, Default, Debug)]
pub struct Spellings {
    known: HashTable<Known>,
    /// The generation of the table that the numbers are of.
    generation: u64,
}

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
    /// The tuple of these spellings, in a table or by its names.
    pub fn tuple<'a>(&mut self, spelled: Spelled<'a>, table: &DimsTable, channels: &'a Channels) -> Tuple<'a> {
        if self.generation != table.generation() {
            self.known.clear();
            self.generation = table.generation();
        }
        let hash = spelled.hash();
        if let Some(known) = self.known.find(hash, |known| known.hash == hash && known.is(spelled)) {
            return Tuple::Known(known.id);
        }
        let name = spelled.name(channels);
        let Some(id) = table.find(name) else { return Tuple::Named(name) };
        if self.known.len() >= SPELLINGS_KEPT {
            self.known.clear();
        }
        self.known.insert_unique(hash, Known::new(spelled, hash, id), |known| known.hash);
        Tuple::Known(id)
    }
}

impl<'a> Spelled<'a> {
    fn texts(&self) -> [&'a str; 4] {
        [self.source, self.channel, self.campaign, self.segment]
    }

    /// Of what only remembers, so it need not be one that lasts; spellings are compared in full.
    fn hash(&self) -> u64 {
        let mut hasher = IdHasher::default();
        self.texts().iter().for_each(|text| hasher.write(text.as_bytes()));
        hasher.finish()
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

/// Equality of short texts, by words of which the last two overlap: a call of `memcmp` for each costs more than all else here.
fn same(a: &str, b: &str) -> bool {
    fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        text.first_chunk().zip(text.last_chunk())
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.len() == b.len()
        && match a.len() {
            0..4 => a.iter().zip(b).all(|(a, b)| a == b),
            4..8 => ends::<4>(a) == ends(b),
            8..=16 => ends::<8>(a) == ends(b),
            _ => a == b,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_told_apart_and_remembered() {
        let (mut spellings, mut table, channels) = (Spellings::default(), DimsTable::default(), Channels::default());
        let spelled = |source, channel, campaign, segment| Spelled { source, channel, campaign, segment };
        let all = [spelled("ab", "c", "", "d"), spelled("a", "bc", "", "d"), spelled("ab", "", "c", "d"), spelled("ab", "c", "d", "")];
        for one in all {
            let Tuple::Named(name) = spellings.tuple(one, &table, &channels) else { panic!("{one:?} is new") };
            table.insert(name.to_dims());
        }
        for (at, one) in (0..).zip(all.iter().chain(&all).cycle().take(12)) {
            assert_eq!(spellings.tuple(*one, &table, &channels), Tuple::Known(DimsId(at % 4)));
        }
        assert_eq!(spellings.known.len(), 4);
    }

    #[test]
    fn a_table_made_anew_keeps_what_is_named_and_its_numbers_are_told_from_the_old() {
        let mut table = DimsTable::default();
        let ids: Vec<DimsId> = (0..6).map(|n| table.insert(Dims::new("email", &n.to_string(), "smb"))).collect();
        let (channels, spelled) = (Channels::default(), Spelled { source: "web", channel: "email", campaign: "4", segment: "smb" });
        let mut spellings = Spellings::default();
        assert_eq!(spellings.tuple(spelled, &table, &channels), Tuple::Known(DimsId(4)));
        let mut named = table.none_named();
        [ids[1], ids[4]].into_iter().for_each(|id| named.note(id));
        let (anew, renumbered) = table.anew(&named);
        assert_eq!((named.unnamed(), anew.len(), renumbered.of(ids[1]), renumbered.of(ids[4])), (4, 2, DimsId(0), DimsId(1)));
        assert_eq!(anew.dims(DimsId(1)), table.dims(ids[4]));
        assert_eq!(spellings.tuple(spelled, &anew, &channels), Tuple::Known(DimsId(1)));
    }
}
