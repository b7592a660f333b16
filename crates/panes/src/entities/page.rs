//! A page: a chunk of the table, some entities with their texts.

use std::ops::Range;

use model::{Millis, Stamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    Ix,
    chunks::{Chunk, make_room},
};

/// Some entities, and their texts one after the other: two allocations in all, so that a page is copied and dropped at once.
#[derive(Clone, Debug)]
pub(super) struct Page<T> {
    slots: Vec<Option<Slot<T>>>,
    texts: Vec<u8>,
}

/// Compact, since there are millions. What it says of the latest message means nothing before there is one.
#[derive(Clone, Debug)]
struct Slot<T> {
    /// Where the key begins in the page's texts. A byte follows it, so that no two entities begin at one place, then the event id
    /// of the latest message.
    key_at: u32,
    key_len: u32,
    event_id_len: u32,
    source: Option<Ix>,
    revision: i64,
    occurred_at: i64,
    content: u64,
    state: T,
}

/// An entity in its page.
#[derive(Debug)]
pub(super) struct Entity<'a, T> {
    slot: &'a Slot<T>,
    texts: &'a [u8],
}

/// Slots and bytes of text by which a page grows.
const SLOTS: usize = 1 << 5;
const TEXTS: usize = 1 << 9;

impl<T> Default for Page<T> {
    fn default() -> Page<T> {
        Page { slots: Vec::new(), texts: Vec::new() }
    }
}

impl<T> Chunk for Page<T> {
    fn len(&self) -> usize {
        self.slots.len()
    }
}

impl<T> Page<T> {
    /// The entity in a slot.
    pub(super) fn get(&self, at: usize) -> Option<Entity<'_, T>> {
        let slot = self.slots.get(at)?.as_ref()?;
        Some(Entity { slot, texts: &self.texts })
    }

    /// The state of the entity in a slot, to change.
    pub(super) fn state_mut(&mut self, at: usize) -> Option<&mut T> {
        Some(&mut self.slots.get_mut(at)?.as_mut()?.state)
    }

    /// Appends an entity of which no message is known yet.
    pub(super) fn push(&mut self, key: &[u8], state: T) {
        make_room(&mut self.slots, 1, SLOTS);
        self.slots.push(None);
        self.put(self.slots.len() - 1, key, state);
    }

    /// Puts an entity of which no message is known yet into a free slot.
    pub(super) fn put(&mut self, at: usize, key: &[u8], state: T) {
        let (key_at, key_len) = (length(self.texts.len()), length(key.len()));
        let (source, revision, occurred_at, content) = (None, i64::MIN, i64::MIN, 0);
        let slot = Slot { key_at, key_len, event_id_len: 0, source, revision, occurred_at, content, state };
        if let Some(free) = self.slots.get_mut(at) {
            *free = Some(slot);
            make_room(&mut self.texts, key.len() + 1, TEXTS);
            self.texts.extend_from_slice(key);
            self.texts.push(0);
        }
    }

    /// Frees the slot of an entity.
    pub(super) fn remove(&mut self, at: usize) {
        if let Some(removed) = self.slots.get_mut(at).and_then(Option::take) {
            self.replace(removed.key().start..removed.event_id().end, &[]);
        }
    }

    /// Makes a message an entity's latest.
    pub(super) fn set_latest(&mut self, at: usize, stamp: Stamp<'_>, source: Ix) {
        let Some(Some(slot)) = self.slots.get_mut(at) else { return };
        let old = slot.event_id();
        slot.event_id_len = length(stamp.event_id.len());
        slot.source = Some(source);
        slot.revision = stamp.revision;
        slot.occurred_at = stamp.occurred_at.0;
        slot.content = stamp.content;
        self.replace(old, stamp.event_id.as_bytes());
    }

    /// Replaces some of the texts of one entity, and moves those behind it.
    fn replace(&mut self, old: Range<usize>, new: &[u8]) {
        let (was, is) = (length(old.len()), length(new.len()));
        if was != is && old.end < self.texts.len() {
            let behind = self.slots.iter_mut().flatten().filter(|slot| slot.key_at as usize >= old.end);
            behind.for_each(|slot| slot.key_at = slot.key_at - was + is);
        }
        make_room(&mut self.texts, new.len().saturating_sub(old.len()), TEXTS);
        self.texts.splice(old, new.iter().copied());
    }
}

impl<T> Slot<T> {
    fn key(&self) -> Range<usize> {
        let at = self.key_at as usize;
        at..at + self.key_len as usize
    }

    fn event_id(&self) -> Range<usize> {
        let at = self.key().end + 1;
        at..at + self.event_id_len as usize
    }
}

impl<'a, T> Entity<'a, T> {
    /// Its key.
    pub(super) fn key(&self) -> &'a [u8] {
        &self.texts[self.slot.key()]
    }

    fn event_id(&self) -> &'a str {
        // The event id came in as text.
        std::str::from_utf8(&self.texts[self.slot.event_id()]).unwrap_or_default()
    }

    /// Its state.
    pub(super) fn state(&self) -> &'a T {
        &self.slot.state
    }

    /// The source of its latest message, once there is one.
    pub(super) fn source(&self) -> Option<Ix> {
        self.slot.source
    }

    /// When its latest message says it happened, once there is one.
    pub(super) fn occurred_at(&self) -> Option<Millis> {
        self.slot.source.map(|_| Millis(self.slot.occurred_at))
    }

    /// The stamp of its latest message, given the name of its source; it means nothing where there is no message yet.
    pub(super) fn stamp(&self, source: &'a str) -> Stamp<'a> {
        let Slot { revision, occurred_at, content, .. } = *self.slot;
        Stamp { revision, occurred_at: Millis(occurred_at), event_id: self.event_id(), source, content }
    }
}

fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// An entity as it is encoded.
#[derive(Serialize, Deserialize)]
struct Encoded<'a, T> {
    #[serde(serialize_with = "as_bytes")]
    key: &'a [u8],
    state: T,
    #[serde(borrow)]
    latest: Option<Latest<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Latest<'a> {
    source: Ix,
    revision: i64,
    occurred_at: i64,
    event_id: &'a str,
    content: u64,
}

/// As one text of bytes; serde would take a slice for a list of numbers.
fn as_bytes<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytes)
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((0..self.slots.len()).map(|at| self.get(at).map(|entity| entity.encoded())))
    }
}

impl<'a, T> Entity<'a, T> {
    fn encoded(&self) -> Encoded<'a, &'a T> {
        let Slot { revision, occurred_at, content, .. } = *self.slot;
        let latest = self.source().map(|source| Latest { source, revision, occurred_at, event_id: self.event_id(), content });
        Encoded { key: self.key(), state: self.state(), latest }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Page<T>, D::Error> {
        let encoded: Vec<Option<Encoded<'de, T>>> = Vec::deserialize(from)?;
        let mut page = Page::default();
        page.slots.reserve_exact(encoded.len());
        let text_len = |entity: &Encoded<'_, T>| entity.key.len() + 1 + entity.latest.as_ref().map_or(0, |latest| latest.event_id.len());
        page.texts.reserve_exact(encoded.iter().flatten().map(text_len).sum());
        for (at, entity) in encoded.into_iter().enumerate() {
            let Some(Encoded { key, state, latest }) = entity else {
                page.slots.push(None);
                continue;
            };
            page.push(key, state);
            if let Some(Latest { source, revision, occurred_at, event_id, content }) = latest {
                let occurred_at = Millis(occurred_at);
                page.set_latest(at, Stamp { revision, occurred_at, event_id, source: "", content }, source);
            }
        }
        Ok(page)
    }
}
