//! Where identities lie, in eight bytes each: a hash table that can be looked into ahead of time.
//!
//! A look-up waits for memory and for little else, so all that it needs lies in one place: linear probing, no side table. That is
//! what a general hash table does not give, and why this is our own.

/// Finds the number of an identity by its mark, a hash of 32 bits.
#[derive(Clone, Default, Debug)]
pub struct Index {
    /// A power of two of places, or none; at least a quarter of them are empty.
    places: Vec<Place>,
    held: usize,
}

/// A mark, never 0, and the number it stands for; all 0 where the place is empty.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Place {
    mark: u32,
    number: u32,
}

impl Place {
    fn is_empty(self) -> bool {
        self.mark == 0
    }
}

/// Places of the smallest table.
const LEAST: usize = 16;

impl Index {
    /// An empty index with room.
    pub fn with_room(for_so_many: usize) -> Index {
        let places = (for_so_many.saturating_mul(4) / 3 + 1).next_power_of_two().max(LEAST);
        Index { places: vec![Place::default(); places], held: 0 }
    }

    /// Bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        self.places.capacity() * size_of::<Place>()
    }

    /// Fetches the places of identities into the processor's cache: one after the other each would wait for memory, together they
    /// wait at the same time.
    pub fn look_ahead(&self, identities: &[u128]) {
        let touch = |identity: &u128| self.places.get(self.home(mark(*identity))).map_or(0, |place| place.number);
        std::hint::black_box(identities.iter().fold(0, |all, identity| all ^ touch(identity)));
    }

    /// The number of an identity, if one that bears its mark is the one.
    pub fn find(&self, identity: u128, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mark = mark(identity);
        let at = self.search(mark, |place| place.mark == mark && is_it(place.number));
        self.places.get(at).filter(|place| !place.is_empty()).map(|place| place.number)
    }

    /// Notes the number of an identity that is not held.
    pub fn insert(&mut self, identity: u128, number: u32) {
        if (self.held + 1) * 4 > self.places.len() * 3 {
            self.grow();
        }
        self.held += 1;
        self.put(Place { mark: mark(identity), number });
    }

    /// Forgets the number of an identity.
    pub fn remove(&mut self, identity: u128, number: u32) {
        let gone = Place { mark: mark(identity), number };
        let mut hole = self.search(gone.mark, |place| place == gone);
        if self.place(hole).is_empty() {
            return;
        }
        self.held -= 1;
        // Whoever was pushed on past the hole moves up, so that no look-up ends at it too soon.
        let mut at = hole;
        loop {
            at = self.after(at);
            let place = self.place(at);
            if place.is_empty() {
                break;
            }
            let home = self.home(place.mark);
            if self.distance(home, at) >= self.distance(hole, at) {
                self.set(hole, place);
                hole = at;
            }
        }
        self.set(hole, Place::default());
    }

    /// The first place from a mark's home on that is empty or the one that is looked for.
    fn search(&self, mark: u32, is_it: impl Fn(Place) -> bool) -> usize {
        let mut at = self.home(mark);
        loop {
            let place = self.place(at);
            if place.is_empty() || is_it(place) {
                return at;
            }
            at = self.after(at);
        }
    }

    fn put(&mut self, place: Place) {
        let at = self.search(place.mark, |_| false);
        self.set(at, place);
    }

    fn grow(&mut self) {
        let places = vec![Place::default(); (self.places.len() * 2).max(LEAST)];
        let before = std::mem::replace(&mut self.places, places);
        before.into_iter().filter(|place| !place.is_empty()).for_each(|place| self.put(place));
    }

    /// Where a mark's search begins: by its high bits, so that a table that grows is read and written from one end to the other.
    fn home(&self, mark: u32) -> usize {
        ((u64::from(mark) * self.places.len() as u64) >> 32) as usize
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & (self.places.len() - 1)
    }

    fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.places.len() - 1)
    }

    fn place(&self, at: usize) -> Place {
        self.places.get(at).copied().unwrap_or_default()
    }

    fn set(&mut self, at: usize, place: Place) {
        if let Some(own) = self.places.get_mut(at) {
            *own = place;
        }
    }
}

/// The lowest 32 bits of an identity are not kept with it.
fn mark(identity: u128) -> u32 {
    ((identity >> 32) as u32).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Numbers without a pattern, of which many bear the same few marks.
    fn scattered(n: u64) -> u64 {
        n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9)
    }

    #[test]
    fn it_finds_what_a_map_would() {
        for marks in [4, 1 << 8, u64::from(u32::MAX)] {
            let (mut index, mut map) = (Index::default(), BTreeMap::new());
            for n in 0..30_000u64 {
                let identity = u128::from(scattered(n) % marks) << 32 | u128::from(n % 3_000) << 64;
                let find = |index: &Index, map: &BTreeMap<u128, u32>| {
                    let is_it = |number| map.get(&identity) == Some(&number);
                    assert_eq!(index.find(identity, is_it), map.get(&identity).copied());
                };
                find(&index, &map);
                match map.remove(&identity) {
                    Some(number) => index.remove(identity, number),
                    None if map.len() < 500 || scattered(n).is_multiple_of(3) => {
                        index.insert(identity, n as u32);
                        map.insert(identity, n as u32);
                    }
                    None => {
                        let (oldest, number) = map.pop_first().unwrap();
                        index.remove(oldest, number);
                    }
                }
                find(&index, &map);
                assert_eq!(index.held, map.len());
            }
            assert!(!map.is_empty());
        }
    }

    #[test]
    fn high_marks_wrap_around() {
        let mut index = Index::with_room(4);
        let identities = [u32::MAX, u32::MAX - 1, u32::MAX - 2, u32::MAX - 3].map(|mark| u128::from(mark) << 32);
        (0..).zip(identities).for_each(|(number, identity)| index.insert(identity, number));
        index.remove(identities[0], 0);
        (1..).zip(&identities[1..]).for_each(|(number, identity)| assert_eq!(index.find(*identity, |_| true), Some(number)));
        assert_eq!(index.find(identities[0], |_| true), None);
    }
}
