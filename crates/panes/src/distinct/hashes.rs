//! A set of hashes that takes little more room than the hashes.

use hashbrown::{HashTable, hash_table::Entry};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Different hashes in the order in which they came: what a set has more than it had earlier lies at its end.
#[derive(Clone, Default, Debug)]
pub struct Hashes {
    list: Vec<u64>,
    /// The places of the list by hash.
    index: HashTable<u32>,
}

impl Hashes {
    /// Adds a hash; says whether it is new.
    pub fn insert(&mut self, hash: u64) -> bool {
        let list = &self.list;
        let Entry::Vacant(place) = self.index.entry(hash, |place| at(list, *place) == hash, |place| at(list, *place)) else { return false };
        place.insert(u32::try_from(list.len()).unwrap_or(u32::MAX));
        self.list.push(hash);
        true
    }

    /// Whether a hash is there.
    pub fn contains(&self, hash: u64) -> bool {
        self.index.find(hash, |place| at(&self.list, *place) == hash).is_some()
    }

    /// The hashes.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.list.iter().copied()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Bytes of memory they take, about.
    pub fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<u64>() + self.index.allocation_size()
    }
}

fn at(list: &[u64], place: u32) -> u64 {
    list.get(place as usize).copied().unwrap_or_default()
}

impl Serialize for Hashes {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // As eight bytes each: as numbers of variable length hashes would take ten.
        to.collect_seq(self.list.iter().map(|hash| hash.to_le_bytes()))
    }
}

impl<'de> Deserialize<'de> for Hashes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Hashes, D::Error> {
        let list: Vec<[u8; 8]> = Vec::deserialize(from)?;
        let mut hashes = Hashes { list: Vec::with_capacity(list.len()), index: HashTable::with_capacity(list.len()) };
        list.into_iter().for_each(|bytes| _ = hashes.insert(u64::from_le_bytes(bytes)));
        Ok(hashes)
    }
}
