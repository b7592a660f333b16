//! An ordered map of which a clone is a few pointers: neighbouring keys lie together in chunks, and two maps share the chunks in which they
//! are the same.

use std::{
    collections::BTreeMap,
    ops::{Bound, RangeBounds, RangeInclusive},
    sync::Arc,
};

use model::{Day, Minute};

/// A key with a number: neighbours have neighbouring ones.
pub trait Numbered: Ord + Copy {
    /// The number.
    fn number(self) -> i64;
}

impl Numbered for Day {
    fn number(self) -> i64 {
        self.0.into()
    }
}

impl Numbered for Minute {
    fn number(self) -> i64 {
        self.0
    }
}

/// Values by key, each behind a pointer, in chunks.
#[derive(Clone, Debug)]
pub struct Shared<K, V> {
    /// By the number that all keys of a chunk have in common; none is empty.
    chunks: BTreeMap<i64, Arc<Chunk<K, V>>>,
}

type Chunk<K, V> = BTreeMap<K, Arc<V>>;

/// A key, and its values in two maps.
pub type Change<'a, K, V> = (K, Option<&'a Arc<V>>, Option<&'a Arc<V>>);

/// Keys of a chunk. A view of 2,300 panes is then some 70 pointers, and a pane that is written after it was shown costs a copy of at most 32 more.
const KEYS: i64 = 32;

fn chunk_of<K: Numbered>(key: K) -> i64 {
    key.number().div_euclid(KEYS)
}

impl<K, V> Default for Shared<K, V> {
    fn default() -> Shared<K, V> {
        Shared { chunks: BTreeMap::new() }
    }
}

impl<K: Numbered, V> Shared<K, V> {
    /// The value of a key.
    pub fn get(&self, key: K) -> Option<&Arc<V>> {
        self.chunks.get(&chunk_of(key))?.get(&key)
    }

    /// All, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &Arc<V>)> {
        self.chunks.values().flat_map(|chunk| chunk.iter())
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Arc<V>> {
        self.iter().map(|(_, value)| value)
    }

    /// Those in a range that does not end before it begins, in order.
    pub fn range(&self, range: impl RangeBounds<K> + Clone) -> impl DoubleEndedIterator<Item = (&K, &Arc<V>)> {
        let chunks = self.chunks.range((bound(range.start_bound()), bound(range.end_bound())));
        chunks.flat_map(move |(_, chunk)| chunk.range(range.clone()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.chunks.values().map(|chunk| chunk.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The last.
    pub fn last(&self) -> Option<&Arc<V>> {
        self.chunks.last_key_value().and_then(|(_, chunk)| chunk.last_key_value()).map(|(_, value)| value)
    }

    /// What is not the same in a later map, of a range of keys, in order. Chunks that both share are not looked into.
    pub fn changed<'a>(&'a self, later: &'a Shared<K, V>, range: RangeInclusive<K>) -> Vec<Change<'a, K, V>> {
        let mut changed = Vec::new();
        if range.is_empty() {
            return changed;
        }
        let of_range = |of: &'a Shared<K, V>| of.chunks.range(chunk_of(*range.start())..=chunk_of(*range.end()));
        for (_, was, is) in together(of_range(self), of_range(later)) {
            if was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(was, is)) {
                continue;
            }
            let in_range = |chunk: Option<&'a Arc<Chunk<K, V>>>| chunk.into_iter().flat_map(|chunk| chunk.range(range.clone()));
            let differ = |was: Option<&Arc<V>>, is: Option<&Arc<V>>| !was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(was, is));
            changed.extend(together(in_range(was), in_range(is)).filter(|(_, was, is)| differ(*was, *is)).map(|(key, was, is)| (*key, was, is)));
        }
        changed
    }
}

impl<K: Numbered, V> Shared<K, V> {
    /// The value of a key, to change.
    pub fn get_mut(&mut self, key: K) -> Option<&mut Arc<V>> {
        Arc::make_mut(self.chunks.get_mut(&chunk_of(key))?).get_mut(&key)
    }

    /// The value of a key, to change; made where there is none.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut Arc<V> {
        self.chunk_mut(key).entry(key).or_insert_with(|| Arc::new(make()))
    }

    /// Puts a value in.
    pub fn insert(&mut self, key: K, value: Arc<V>) {
        self.chunk_mut(key).insert(key, value);
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: K) {
        let chunk = self.chunk_mut(key);
        chunk.remove(&key);
        if chunk.is_empty() {
            self.chunks.remove(&chunk_of(key));
        }
    }

    /// Forgets what lies below a key.
    pub fn forget_below(&mut self, floor: K) {
        self.chunks = self.chunks.split_off(&chunk_of(floor));
        let Some((number, chunk)) = self.chunks.first_key_value() else { return };
        if chunk.first_key_value().is_none_or(|(first, _)| *first >= floor) {
            return;
        }
        let (number, kept) = (*number, chunk.range(floor..).map(|(key, value)| (*key, value.clone())).collect::<Chunk<K, V>>());
        if kept.is_empty() {
            self.chunks.remove(&number);
        } else {
            self.chunks.insert(number, Arc::new(kept));
        }
    }

    /// Puts others in the place of all values.
    pub fn replace_all(&mut self, other: impl Fn(&V) -> V) {
        *self = self.iter().map(|(key, value)| (*key, Arc::new(other(value)))).collect();
    }

    fn chunk_mut(&mut self, key: K) -> &mut Chunk<K, V> {
        Arc::make_mut(self.chunks.entry(chunk_of(key)).or_default())
    }
}

fn bound<K: Numbered>(of: Bound<&K>) -> Bound<i64> {
    match of {
        Bound::Included(key) | Bound::Excluded(key) => Bound::Included(chunk_of(*key)),
        Bound::Unbounded => Bound::Unbounded,
    }
}

impl<K: Numbered, V> FromIterator<(K, Arc<V>)> for Shared<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, Arc<V>)>>(all: I) -> Shared<K, V> {
        let mut shared = Shared::default();
        all.into_iter().for_each(|(key, value)| shared.insert(key, value));
        shared
    }
}

/// Two ordered sequences as one, what has the same key side by side.
pub fn together<K: Ord + Copy, V>(
    one: impl Iterator<Item = (K, V)>,
    two: impl Iterator<Item = (K, V)>,
) -> impl Iterator<Item = (K, Option<V>, Option<V>)> {
    let (mut one, mut two) = (one.peekable(), two.peekable());
    std::iter::from_fn(move || {
        let key = one.peek().map(|(key, _)| *key).into_iter().chain(two.peek().map(|(key, _)| *key)).min()?;
        Some((key, one.next_if(|(own, _)| *own == key).map(|(_, value)| value), two.next_if(|(own, _)| *own == key).map(|(_, value)| value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of a random history, beside a plain map.
    #[test]
    fn it_is_a_map_whose_clones_stay_as_they_were() {
        let (mut shared, mut plain) = (Shared::default(), BTreeMap::new());
        let mut views: Vec<(Shared<Day, i32>, BTreeMap<Day, i32>)> = Vec::new();
        for step in 0..3_000i32 {
            let key = Day(step.wrapping_mul(7919).rem_euclid(400) - 100);
            match step % 7 {
                0 => {
                    shared.remove(key);
                    plain.remove(&key);
                }
                1 if step % 35 == 1 => {
                    let floor = Day(step / 50 - 100);
                    shared.forget_below(floor);
                    plain = plain.split_off(&floor);
                }
                2 => views.push((shared.clone(), plain.clone())),
                _ => {
                    *Arc::make_mut(shared.or_insert_with(key, || 0)) += step;
                    *plain.entry(key).or_insert(0) += step;
                }
            }
            assert_eq!((shared.len(), shared.is_empty()), (plain.len(), plain.is_empty()));
            assert!(shared.chunks.values().all(|chunk| !chunk.is_empty()));
        }
        views.push((shared, plain));
        for (shared, plain) in &views {
            assert!(shared.iter().map(|(key, value)| (key, &**value)).eq(plain));
            assert!(shared.range(Day(-40)..=Day(77)).map(|(key, value)| (key, &**value)).eq(plain.range(Day(-40)..=Day(77))));
            assert!(shared.range(..=Day(5)).rev().map(|(key, _)| key).eq(plain.range(..=Day(5)).rev().map(|(key, _)| key)));
            assert_eq!(shared.last().map(|value| **value), plain.last_key_value().map(|(_, value)| *value));
            assert_eq!(shared.get(Day(31)).map(|value| **value), plain.get(&Day(31)).copied());
        }
        for pair in views.windows(2) {
            let range = Day(-50)..=Day(250);
            let changed = pair[0].0.changed(&pair[1].0, range.clone());
            let differ: Vec<Day> = range_of(&pair[0].1, &pair[1].1).filter(|key| range.contains(key)).collect();
            // A value that was written and is the same again may be told of.
            assert!(differ.iter().all(|key| changed.iter().any(|(changed, ..)| changed == key)));
            for (key, was, is) in changed {
                assert_eq!((was.map(|v| **v), is.map(|v| **v)), (pair[0].1.get(&key).copied(), pair[1].1.get(&key).copied()));
                assert!(range.contains(&key));
            }
        }
    }

    fn range_of<'a>(one: &'a BTreeMap<Day, i32>, two: &'a BTreeMap<Day, i32>) -> impl Iterator<Item = Day> + 'a {
        together(one.iter(), two.iter()).filter(|(_, was, is)| was != is).map(|(key, ..)| *key)
    }

    #[test]
    fn what_is_shared_is_not_looked_into() {
        let mut shared: Shared<Day, i32> = (0..320).map(|day| (Day(day), Arc::new(day))).collect();
        let view = shared.clone();
        assert!(view.changed(&shared, Day(0)..=Day(400)).is_empty());
        *Arc::make_mut(shared.or_insert_with(Day(70), || 0)) = 1;
        let chunks = view.chunks.values().zip(shared.chunks.values());
        assert_eq!(chunks.filter(|(was, is)| !Arc::ptr_eq(was, is)).count(), 1);
        assert_eq!(view.changed(&shared, Day(0)..=Day(400)).iter().map(|(day, ..)| *day).collect::<Vec<_>>(), [Day(70)]);
        assert!(view.changed(&shared, Day(71)..=Day(400)).is_empty() && view.changed(&shared, Day(80)..=Day(70)).is_empty());
    }
}
