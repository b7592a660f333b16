//! Entities by key, each with the stamp of its latest message. Compact: a deployment has millions of them.

use std::{borrow::Cow, collections::BTreeSet};

use hashbrown::HashTable;
use model::{Millis, Ruling, Stamp, digest::bytes64};
use serde::{Serialize, de::DeserializeOwned};

use panes::{DimsId, dims::Renumbered};
use pieces::{Piece, PieceError, Pieces};

use crate::{
    Ix, Names,
    chunks::Chunks,
    names::Source,
    packed::Known,
    page::{Entity, Page},
};

/// The latest message of an entity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Latest<'a> {
    /// The source's own revision, or `occurred_at` in milliseconds where it gives none.
    pub revision: i64,
    /// When the message says it happened.
    pub occurred_at: Millis,
    /// The message's id, unique within its source.
    pub event_id: Cow<'a, str>,
    /// The publishing system.
    pub source: &'a str,
    /// A fixed hash of the decoded content.
    pub content: u64,
}

impl Latest<'_> {
    /// Its stamp.
    pub fn stamp(&self) -> Stamp<'_> {
        let Latest { revision, occurred_at, source, content, .. } = *self;
        Stamp { revision, occurred_at, event_id: &self.event_id, source, content }
    }
}

/// A table of entities with state `T`, and with facts: bytes that mean something to the owner of the table. A state is there to be looked at,
/// facts are compact.
#[derive(Clone, Debug)]
pub struct Entities<T> {
    index: HashTable<Ix<T>>,
    pages: Chunks<Page<T>>,
    /// The numbers below the highest that none has. The lowest is given first, so that the next depends on the entities alone.
    free: BTreeSet<Ix<T>>,
    sources: Names<Source>,
}

impl<T> Default for Entities<T> {
    fn default() -> Entities<T> {
        Entities { index: HashTable::new(), pages: Chunks::default(), free: BTreeSet::new(), sources: Names::default() }
    }
}

impl<T> Entities<T> {
    /// The entity of a key.
    pub fn find(&self, key: &[u8]) -> Option<Ix<T>> {
        self.index.find(bytes64(key), |ix| self.key(*ix) == key).copied()
    }

    /// Whether there is an entity of a number.
    pub fn contains(&self, ix: Ix<T>) -> bool {
        self.get(ix).is_some()
    }

    /// The entity's state.
    pub fn state(&self, ix: Ix<T>) -> &T {
        self.entity(ix).state()
    }

    /// The entity's key.
    pub fn key(&self, ix: Ix<T>) -> &[u8] {
        self.entity(ix).key()
    }

    /// The entity's facts; empty until they are [set](Entities::set_facts).
    pub fn facts(&self, ix: Ix<T>) -> &[u8] {
        self.entity(ix).facts()
    }

    /// Whether any message of the entity is known.
    pub fn has_message(&self, ix: Ix<T>) -> bool {
        self.entity(ix).has_message()
    }

    /// The entity's latest message; none where there is no message yet.
    pub fn latest(&self, ix: Ix<T>) -> Option<Latest<'_>> {
        let known = self.entity(ix).latest()?;
        let (source, Known { revision, occurred_at, event_id, content, .. }) = (self.sources.name(known.source)?, known);
        Some(Latest { revision, occurred_at, event_id, source, content })
    }

    /// All entities, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = Ix<T>> {
        (0..self.pages.len()).map(Ix::at).filter(|ix| self.contains(*ix))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    fn get(&self, ix: Ix<T>) -> Option<Entity<'_, T>> {
        entity_of(&self.pages, ix)
    }

    fn entity(&self, ix: Ix<T>) -> Entity<'_, T> {
        self.get(ix).unwrap_or_else(|| dangling(ix))
    }

    fn enter(&mut self, hash: u64, ix: Ix<T>) {
        let pages = &self.pages;
        self.index.insert_unique(hash, ix, |ix| entity_of(pages, *ix).map_or(0, |entity| bytes64(entity.key())));
    }
}

impl<T: Clone> Entities<T> {
    /// The entity of a key; where there is none, one of which no message is known yet.
    pub fn find_or_add(&mut self, key: &[u8], state: impl FnOnce() -> T) -> Ix<T> {
        self.find(key).unwrap_or_else(|| {
            let ix = self.place(key, state());
            self.enter(bytes64(key), ix);
            ix
        })
    }

    fn place(&mut self, key: &[u8], state: T) -> Ix<T> {
        match self.free.pop_first() {
            Some(ix) => {
                let (page, at) = self.page_mut(ix);
                page.put(at, key, state);
                ix
            }
            None => {
                self.pages.append(|page| page.push(key, state));
                Ix::at(self.pages.len() - 1)
            }
        }
    }

    /// Takes a message as the entity's latest if it is.
    pub fn offer(&mut self, ix: Ix<T>, stamp: Stamp<'_>) -> Ruling {
        let ruling = Ruling::on(stamp, self.latest(ix).as_ref().map(Latest::stamp));
        if ruling.is_accepted() {
            let source = self.sources.find_or_add(stamp.source);
            let (page, at) = self.page_mut(ix);
            page.set_latest(at, stamp, source);
        }
        ruling
    }

    /// Forgets an entity to which nothing refers any more.
    pub fn remove(&mut self, ix: Ix<T>) {
        let hash = bytes64(self.key(ix));
        if let Ok(found) = self.index.find_entry(hash, |known| *known == ix) {
            found.remove();
        }
        let (page, at) = self.page_mut(ix);
        page.remove(at);
        self.free.insert(ix);
    }

    /// Replaces the entity's facts.
    pub fn set_facts(&mut self, ix: Ix<T>, facts: &[u8]) {
        let (page, at) = self.page_mut(ix);
        page.set_facts(at, facts);
    }

    /// The entity's state, to change.
    pub fn state_mut(&mut self, ix: Ix<T>) -> &mut T {
        let (page, at) = self.page_mut(ix);
        page.state_mut(at).unwrap_or_else(|| dangling(ix))
    }

    /// Gives the dimensions that states name their new numbers; `dims` finds them in a state.
    pub fn renumber(&mut self, numbers: &Renumbered, dims: impl Fn(&mut T) -> Option<&mut DimsId>) {
        let all: Vec<Ix<T>> = self.all().collect();
        for ix in all {
            if let Some(dims) = dims(self.state_mut(ix)) {
                *dims = numbers.of(*dims);
            }
        }
    }

    fn page_mut(&mut self, ix: Ix<T>) -> (&mut Page<T>, usize) {
        self.pages.at_mut(ix.place()).unwrap_or_else(|| dangling(ix))
    }
}

impl<T: Serialize + Send + Sync + 'static> Entities<T> {
    /// Captures the table as pieces of a family. What can be told from them, the index and the free numbers, is not among them.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        self.pages.capture(family, out);
        self.sources.capture(&sources_of(family), out);
    }
}

impl<T: DeserializeOwned> Entities<T> {
    /// The table of a family's pieces; every entity has the number it had.
    pub fn restore(family: &str, pieces: &Pieces) -> Result<Entities<T>, PieceError> {
        let pages: Chunks<Page<T>> = Chunks::restore(family, pieces)?;
        let sources = Names::restore(&sources_of(family), pieces)?;
        let index = HashTable::with_capacity(pages.len());
        let mut restored = Entities { index, pages, free: BTreeSet::new(), sources };
        for ix in (0..restored.pages.len()).map(Ix::at) {
            let Some(entity) = restored.get(ix) else {
                restored.free.insert(ix);
                continue;
            };
            if entity.latest().is_some_and(|known| restored.sources.name(known.source).is_none()) {
                return Err(PieceError::corrupt(ix.piece(family), "an entity's source is unknown"));
            }
            if restored.find(entity.key()).is_some() {
                return Err(PieceError::corrupt(ix.piece(family), "a key comes twice"));
            }
            let hash = bytes64(entity.key());
            restored.enter(hash, ix);
        }
        Ok(restored)
    }
}

fn entity_of<T>(pages: &Chunks<Page<T>>, ix: Ix<T>) -> Option<Entity<'_, T>> {
    let (page, at) = pages.at(ix.place())?;
    page.get(at)
}

fn sources_of(family: &str) -> String {
    format!("{family}/sources")
}

fn dangling<T>(ix: Ix<T>) -> ! {
    panic!("invariant: entity {ix:?} was removed while something refers to it")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::Verdict;
    use proptest::prelude::*;

    use super::*;

    fn stamp(revision: i64, event_id: &str) -> Stamp<'_> {
        Stamp { revision, occurred_at: Millis(0), event_id, source: "crm", content: 7 }
    }

    #[test]
    fn the_latest_message_wins_in_any_order() {
        let mut entities: Entities<()> = Entities::default();
        let ix = entities.find_or_add(b"deal-1", || ());
        assert_eq!(entities.offer(ix, stamp(2, "b")).verdict, Verdict::Accepted);
        assert_eq!(entities.offer(ix, stamp(2, "b")).verdict, Verdict::Duplicate);
        assert_eq!(entities.offer(ix, Stamp { source: "another", ..stamp(2, "b") }).verdict, Verdict::Stale);
        assert_eq!(entities.offer(ix, stamp(1, "c")).verdict, Verdict::Stale);
        assert_eq!(entities.offer(ix, stamp(2, "c")).verdict, Verdict::Accepted);
        assert_eq!(entities.key(ix), b"deal-1");
    }

    #[test]
    fn removed_numbers_are_used_again() {
        let mut entities: Entities<u32> = Entities::default();
        let all: Vec<Ix<u32>> = (0..3000u32).map(|n| entities.find_or_add(&n.to_le_bytes(), || n)).collect();
        entities.remove(all[1500]);
        assert_eq!(entities.find(&1500u32.to_le_bytes()), None);
        assert_eq!(entities.find_or_add(b"new", || 9), all[1500]);
        assert_eq!((entities.len(), entities.all().count(), *entities.state(all[2999])), (3000, 3000, 2999));
    }

    fn pieces(entities: &Entities<u8>) -> Pieces {
        let mut captured = Vec::new();
        entities.capture("of", &mut captured);
        captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect()
    }

    fn errs(entities: &Entities<u8>, why: &'static str) {
        assert_eq!(Entities::<u8>::restore("of", &pieces(entities)).unwrap_err(), PieceError::corrupt("of/0", why));
    }

    #[test]
    fn a_table_that_cannot_be_is_an_error() {
        let mut entities: Entities<u8> = Entities::default();
        let ix = entities.find_or_add(b"a", || 1);
        entities.pages.append(|page| page.set_latest(0, stamp(1, "e"), Ix::MIN));
        errs(&entities, "an entity's source is unknown");
        assert_eq!(entities.offer(ix, stamp(2, "e")).verdict, Verdict::Accepted);
        assert!(Entities::<u8>::restore("of", &pieces(&entities)).is_ok());
        entities.pages.append(|page| page.push(b"a", 2));
        errs(&entities, "a key comes twice");
    }

    /// By key: the state, and the revision and event id of the latest message.
    type Naive = BTreeMap<String, (u8, Option<(i64, String)>)>;

    fn check(entities: &Entities<u8>, naive: &Naive) {
        let all = entities.all().map(|ix| {
            let entity = entities.entity(ix);
            let latest = entities.latest(ix).map(|latest| (latest.revision, latest.event_id.into_owned()));
            assert_eq!(entity.facts(), latest.as_ref().map_or("", |(_, event_id)| event_id).as_bytes());
            (String::from_utf8_lossy(entity.key()).into_owned(), (*entity.state(), latest))
        });
        assert_eq!(&all.collect::<Naive>(), naive);
        assert_eq!(entities.len(), naive.len());
        assert!(naive.keys().all(|key| entities.find(key.as_bytes()).is_some_and(|ix| entities.key(ix) == key.as_bytes())));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_table_holds_what_a_map_would(steps in prop::collection::vec(("[ab]{0,3}", "[xy]{0,4}", 0..8u8, any::<u8>()), 1..60)) {
            let (mut entities, mut naive) = (Entities::<u8>::default(), Naive::new());
            for (key, event_id, what, state) in steps {
                match what {
                    0 => {
                        naive.remove(&key);
                        entities.find(key.as_bytes()).into_iter().for_each(|ix| entities.remove(ix));
                    }
                    1 => {
                        let numbers: Vec<Ix<u8>> = entities.all().collect();
                        entities = Entities::restore("of", &pieces(&entities)).unwrap();
                        assert_eq!(entities.all().collect::<Vec<Ix<u8>>>(), numbers);
                    }
                    _ => {
                        let known = naive.entry(key.clone()).or_default();
                        let ix = entities.find_or_add(key.as_bytes(), || 0);
                        let latest = known.1.clone().unwrap_or((i64::MIN, String::new()));
                        let is_later = (i64::from(what), event_id.clone()) > latest;
                        assert_eq!(entities.offer(ix, stamp(what.into(), &event_id)).is_accepted(), is_later);
                        if is_later {
                            entities.set_facts(ix, event_id.as_bytes());
                            *known = (state, Some((what.into(), event_id)));
                            *entities.state_mut(ix) = state;
                        }
                    }
                }
                check(&entities, &naive);
            }
        }
    }
}
