//! Entities by key, each with the stamp of its latest message. Compact: a deployment has millions of them.

use hashbrown::HashTable;
use indexmap::IndexSet;
use model::{Millis, Stamp, Verdict, digest::bytes64};

use crate::hash::IdHash;

/// The number of an entity in its table; never given to another while anything may refer to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ix(u32);

impl Ix {
    /// The lowest number.
    pub const MIN: Ix = Ix(0);
    /// The highest.
    pub const MAX: Ix = Ix(u32::MAX);
}

/// A table of entities with state `T`.
#[derive(Clone, Debug)]
pub struct Entities<T> {
    index: HashTable<Ix>,
    /// In chunks, so that growth neither copies all nor leaves half unused.
    chunks: Vec<Vec<Option<Entity<T>>>>,
    free: Vec<Ix>,
    sources: IndexSet<Box<str>, IdHash>,
}

#[derive(Clone, Debug)]
struct Entity<T> {
    /// The key, then the event id of the latest message: one allocation for both.
    texts: Box<[u8]>,
    key_len: u32,
    source: u32,
    revision: i64,
    occurred_at: i64,
    content: u64,
    state: T,
}

const CHUNK: usize = 1 << 10;

impl<T> Default for Entities<T> {
    fn default() -> Entities<T> {
        Entities { index: HashTable::new(), chunks: Vec::new(), free: Vec::new(), sources: IndexSet::default() }
    }
}

impl<T> Entities<T> {
    /// The entity of a key.
    pub fn find(&self, key: &[u8]) -> Option<Ix> {
        self.index.find(bytes64(key), |ix| self.key(*ix) == key).copied()
    }

    /// The entity of a key; where there is none, one of which no message is known yet.
    pub fn find_or_add(&mut self, key: &[u8], state: impl FnOnce() -> T) -> Ix {
        if let Some(ix) = self.find(key) {
            return ix;
        }
        let entity = Entity {
            texts: key.into(),
            key_len: u32::try_from(key.len()).unwrap_or(u32::MAX),
            source: u32::MAX,
            revision: i64::MIN,
            occurred_at: i64::MIN,
            content: 0,
            state: state(),
        };
        let ix = self.place(entity);
        let chunks = &self.chunks;
        self.index.insert_unique(bytes64(key), ix, |ix| bytes64(entity_at(chunks, *ix).map_or(&[][..], Entity::key)));
        ix
    }

    fn place(&mut self, entity: Entity<T>) -> Ix {
        if let Some(ix) = self.free.pop() {
            self.chunks[ix.0 as usize / CHUNK][ix.0 as usize % CHUNK] = Some(entity);
            return ix;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let chunk = self.chunks.len() - 1;
        self.chunks[chunk].push(Some(entity));
        Ix((chunk * CHUNK + self.chunks[chunk].len() - 1) as u32)
    }

    /// Takes a message as the entity's latest if it is.
    pub fn offer(&mut self, ix: Ix, stamp: Stamp<'_>, source: &str) -> Verdict {
        let entity = self.entity(ix);
        let stored_source = self.sources.get_index(entity.source as usize).map_or("", |s| s);
        let verdict = Verdict::on(stamp, source, entity.stamp(), stored_source);
        if verdict == Verdict::Accepted {
            let source = match self.sources.get_index_of(source) {
                Some(known) => known,
                None => self.sources.insert_full(source.into()).0,
            };
            let entity = self.entity_mut(ix);
            entity.source = u32::try_from(source).unwrap_or(u32::MAX);
            entity.revision = stamp.revision;
            entity.occurred_at = stamp.occurred_at.0;
            entity.content = stamp.content;
            entity.texts = [entity.key(), stamp.event_id.as_bytes()].concat().into();
        }
        verdict
    }

    /// Forgets an entity to which nothing refers any more.
    pub fn remove(&mut self, ix: Ix) {
        let hash = bytes64(self.key(ix));
        if let Ok(found) = self.index.find_entry(hash, |known| *known == ix) {
            found.remove();
        }
        self.chunks[ix.0 as usize / CHUNK][ix.0 as usize % CHUNK] = None;
        self.free.push(ix);
    }

    /// The entity's state.
    pub fn state(&self, ix: Ix) -> &T {
        &self.entity(ix).state
    }

    /// The entity's state, to change.
    pub fn state_mut(&mut self, ix: Ix) -> &mut T {
        &mut self.entity_mut(ix).state
    }

    /// The entity's key.
    pub fn key(&self, ix: Ix) -> &[u8] {
        self.entity(ix).key()
    }

    /// When the entity's latest message says it happened; none where there is no message yet.
    pub fn occurred_at(&self, ix: Ix) -> Option<Millis> {
        let at = self.entity(ix).occurred_at;
        (at != i64::MIN).then_some(Millis(at))
    }

    /// All entities, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = Ix> {
        self.chunks.iter().enumerate().flat_map(|(chunk, entities)| {
            entities.iter().enumerate().filter(|(_, entity)| entity.is_some()).map(move |(at, _)| Ix((chunk * CHUNK + at) as u32))
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    fn entity(&self, ix: Ix) -> &Entity<T> {
        entity_at(&self.chunks, ix).unwrap_or_else(|| dangling(ix))
    }

    fn entity_mut(&mut self, ix: Ix) -> &mut Entity<T> {
        self.chunks[ix.0 as usize / CHUNK][ix.0 as usize % CHUNK].as_mut().unwrap_or_else(|| dangling(ix))
    }
}

impl<T> Entity<T> {
    fn key(&self) -> &[u8] {
        &self.texts[..self.key_len as usize]
    }

    fn stamp(&self) -> Stamp<'_> {
        // The event id came in as text.
        let event_id = std::str::from_utf8(&self.texts[self.key_len as usize..]).unwrap_or_default();
        Stamp { revision: self.revision, occurred_at: Millis(self.occurred_at), event_id, content: self.content }
    }
}

fn entity_at<T>(chunks: &[Vec<Option<Entity<T>>>], ix: Ix) -> Option<&Entity<T>> {
    chunks.get(ix.0 as usize / CHUNK)?.get(ix.0 as usize % CHUNK)?.as_ref()
}

fn dangling(ix: Ix) -> ! {
    panic!("invariant: entity {ix:?} was removed while something refers to it")
}

/// Builds a key of several fields, each told apart from its neighbours.
#[derive(Clone, Default, Debug)]
pub struct KeyBuilder(Vec<u8>);

impl KeyBuilder {
    /// Appends a text under a tag; texts with different tags are never equal.
    pub fn text(&mut self, tag: u8, text: &str) -> &mut KeyBuilder {
        self.0.push(tag);
        self.0.extend_from_slice(&(text.len() as u32).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Appends a number.
    pub fn number(&mut self, number: i32) -> &mut KeyBuilder {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// The key; the builder begins anew.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(revision: i64, event_id: &str) -> Stamp<'_> {
        Stamp { revision, occurred_at: Millis(0), event_id, content: 7 }
    }

    #[test]
    fn the_latest_message_wins_in_any_order() {
        let mut entities: Entities<()> = Entities::default();
        let ix = entities.find_or_add(b"deal-1", || ());
        assert_eq!(entities.offer(ix, stamp(2, "b"), "crm"), Verdict::Accepted);
        assert_eq!(entities.offer(ix, stamp(2, "b"), "crm"), Verdict::Duplicate);
        assert_eq!(entities.offer(ix, stamp(2, "b"), "other"), Verdict::Stale);
        assert_eq!(entities.offer(ix, stamp(1, "c"), "crm"), Verdict::Stale);
        assert_eq!(entities.offer(ix, stamp(2, "c"), "crm"), Verdict::Accepted);
        assert_eq!(entities.key(ix), b"deal-1");
    }

    #[test]
    fn removed_numbers_are_used_again() {
        let mut entities: Entities<u32> = Entities::default();
        let all: Vec<Ix> = (0..3000u32).map(|n| entities.find_or_add(&n.to_le_bytes(), || n)).collect();
        entities.remove(all[1500]);
        assert_eq!(entities.find(&1500u32.to_le_bytes()), None);
        assert_eq!(entities.find_or_add(b"new", || 9), all[1500]);
        assert_eq!((entities.len(), entities.all().count(), *entities.state(all[2999])), (3000, 3000, 2999));
    }
}
