//! A page: a chunk of the table, some entities with their records.

use std::{borrow::Cow, ops::Range};

use model::{Millis, Stamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Ix,
    chunks::{Chunk, make_room},
    names::Source,
    packed::{Known, Packed, of_facts, of_message, put_known, put_new},
};

/// Some entities, and their records one after the other: three allocations in all, so that a page is copied and dropped at once.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    /// Where the record of each slot begins; of a free one it means nothing.
    starts: Vec<u32>,
    /// The state of each slot; none of a free one.
    states: Vec<Option<T>>,
    records: Vec<u8>,
}

/// An entity in its page.
#[derive(Debug)]
pub(crate) struct Entity<'a, T> {
    record: Packed<'a>,
    state: &'a T,
}

/// Slots and bytes of records by which a page grows.
const SLOTS: usize = 1 << 5;
const RECORDS: usize = 1 << 9;

impl<T> Default for Page<T> {
    fn default() -> Page<T> {
        Page { starts: Vec::new(), states: Vec::new(), records: Vec::new() }
    }
}

impl<T> Chunk for Page<T> {
    fn len(&self) -> usize {
        self.states.len()
    }
}

impl<T> Page<T> {
    /// The entity in a slot.
    pub(crate) fn get(&self, at: usize) -> Option<Entity<'_, T>> {
        let state = self.states.get(at)?.as_ref()?;
        Some(Entity { record: Packed::of(self.records.get(self.start(at)?..)?), state })
    }

    fn start(&self, at: usize) -> Option<usize> {
        self.starts.get(at).map(|start| *start as usize)
    }

    /// The state of the entity in a slot, to change.
    pub(crate) fn state_mut(&mut self, at: usize) -> Option<&mut T> {
        self.states.get_mut(at)?.as_mut()
    }

    /// Appends an entity of which no message is known yet.
    pub(crate) fn push(&mut self, key: &[u8], state: T) {
        make_room(&mut self.starts, 1, SLOTS);
        make_room(&mut self.states, 1, SLOTS);
        self.starts.push(0);
        self.states.push(None);
        self.put(self.states.len() - 1, key, state);
    }

    /// Puts an entity of which no message is known yet into a free slot.
    pub(crate) fn put(&mut self, at: usize, key: &[u8], state: T) {
        let start = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        if let (Some(free), Some(own)) = (self.states.get_mut(at), self.starts.get_mut(at)) {
            (*free, *own) = (Some(state), start);
            make_room(&mut self.records, key.len() + 4, RECORDS);
            put_new(key, &mut self.records);
        }
    }

    /// Frees the slot of an entity.
    pub(crate) fn remove(&mut self, at: usize) {
        let Some([all, ..]) = self.ranges(at) else { return };
        self.states.get_mut(at).into_iter().for_each(|state| *state = None);
        self.replace(all, &[]);
    }

    /// Makes a message an entity's latest.
    pub(crate) fn set_latest(&mut self, at: usize, stamp: Stamp<'_>, source: Ix<Source>) {
        if let Some([_, latest, _]) = self.ranges(at) {
            self.replace(latest, &of_message(stamp, source));
        }
    }

    /// Replaces the facts of an entity.
    pub(crate) fn set_facts(&mut self, at: usize, facts: &[u8]) {
        if let Some([.., old]) = self.ranges(at) {
            self.replace(old, &of_facts(facts));
        }
    }

    /// Where the record of an entity lies, and the parts of it that change.
    fn ranges(&self, at: usize) -> Option<[Range<usize>; 3]> {
        Some(self.get(at)?.record.ranges(self.start(at)?))
    }

    /// Replaces bytes of one record, and moves the records behind it.
    fn replace(&mut self, old: Range<usize>, new: &[u8]) {
        let (was, is) = (old.len() as u32, new.len() as u32);
        if was != is && old.end < self.records.len() {
            let behind = self.starts.iter_mut().filter(|start| **start as usize >= old.end);
            behind.for_each(|start| *start = start.wrapping_sub(was).wrapping_add(is));
        }
        make_room(&mut self.records, new.len().saturating_sub(old.len()), RECORDS);
        self.records.splice(old, new.iter().copied());
    }
}

impl<'a, T> Entity<'a, T> {
    /// Its key.
    pub(crate) fn key(&self) -> &'a [u8] {
        self.record.key
    }

    /// Its state.
    pub(crate) fn state(&self) -> &'a T {
        self.state
    }

    /// Its facts.
    pub(crate) fn facts(&self) -> &'a [u8] {
        self.record.facts
    }

    /// Whether there is a message of it.
    pub(crate) fn has_message(&self) -> bool {
        self.record.has_message()
    }

    /// Its latest message, once there is one.
    pub(crate) fn latest(&self) -> Option<Known<'a>> {
        self.record.latest()
    }
}

/// An entity as it is encoded.
#[derive(Serialize, Deserialize)]
struct Encoded<'a, T> {
    #[serde(serialize_with = "as_bytes")]
    key: &'a [u8],
    state: T,
    #[serde(serialize_with = "as_bytes")]
    facts: &'a [u8],
    #[serde(borrow)]
    latest: Option<Latest<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Latest<'a> {
    source: Ix<Source>,
    revision: i64,
    occurred_at: i64,
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    content: u64,
}

/// As one text of bytes; serde would take a slice for a list of numbers.
fn as_bytes<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytes)
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((0..self.states.len()).map(|at| self.get(at).map(|entity| entity.encoded())))
    }
}

impl<'a, T> Entity<'a, T> {
    fn encoded(&self) -> Encoded<'a, &'a T> {
        let latest = self.latest().map(|Known { source, revision, occurred_at, event_id, content }| {
            let occurred_at = occurred_at.0;
            Latest { source, revision, occurred_at, event_id, content }
        });
        Encoded { key: self.key(), state: self.state(), facts: self.facts(), latest }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Page<T>, D::Error> {
        let encoded: Vec<Option<Encoded<'de, T>>> = Vec::deserialize(from)?;
        let mut page = Page::default();
        page.starts.reserve_exact(encoded.len());
        page.states.reserve_exact(encoded.len());
        for entity in encoded {
            let start = u32::try_from(page.records.len()).unwrap_or(u32::MAX);
            page.starts.push(start);
            let Some(Encoded { key, state, facts, latest }) = entity else {
                page.states.push(None);
                continue;
            };
            page.states.push(Some(state));
            let message = latest.as_ref().map(|Latest { source, revision, occurred_at, event_id, content }| {
                (Stamp { revision: *revision, occurred_at: Millis(*occurred_at), event_id, source: "", content: *content }, *source)
            });
            put_known(key, message, facts, &mut page.records);
        }
        page.records.shrink_to_fit();
        Ok(page)
    }
}
