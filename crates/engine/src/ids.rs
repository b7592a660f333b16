//! A queue of identities that each keep their number while they are in it.

use std::{collections::VecDeque, sync::Arc};

/// Identities in the order they came, numbered; the numbers begin anew after 2^32.
///
/// They lie in chunks, of which all but the last never change: a clone shares them.
#[derive(Clone, Default, Debug)]
pub struct Ids {
    full: VecDeque<Arc<[u128]>>,
    last: Vec<u128>,
    /// How many of the first chunk have left.
    left: usize,
    /// The number of the first identity of the first chunk.
    first: u32,
}

const CHUNK: usize = 1 << 12;

/// Identities at most, so that no number is given to two of them.
pub const AT_MOST: usize = 1 << 31;

impl Ids {
    /// The number of the oldest identity.
    pub fn begin(&self) -> u32 {
        self.first.wrapping_add(self.left as u32)
    }

    /// The number that the next identity will have.
    pub fn end(&self) -> u32 {
        self.begin().wrapping_add(self.len() as u32)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK + self.last.len() - self.left
    }

    /// The identity of a number that is in the queue.
    pub fn get(&self, number: u32) -> Option<u128> {
        let at = number.wrapping_sub(self.first) as usize;
        let chunk = self.full.get(at / CHUNK).map_or(&*self.last, |chunk| chunk);
        chunk.get(at % CHUNK).copied()
    }

    /// Puts an identity at the end.
    pub fn push(&mut self, identity: u128) {
        if self.last.capacity() == 0 {
            self.last.reserve_exact(CHUNK);
        }
        self.last.push(identity);
        if self.last.len() == CHUNK {
            self.full.push_back(std::mem::take(&mut self.last).into());
        }
    }

    /// Takes the oldest identity out.
    pub fn pop(&mut self) -> Option<u128> {
        let identity = self.get(self.begin())?;
        self.left += 1;
        if self.left == CHUNK {
            self.full.pop_front();
            self.left = 0;
            self.first = self.first.wrapping_add(CHUNK as u32);
        }
        Some(identity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_keep_their_numbers() {
        let mut ids = Ids { first: u32::MAX - 20_000, ..Ids::default() };
        let numbers: Vec<u32> = (0..50_000u128)
            .map(|identity| {
                let number = ids.end();
                ids.push(identity);
                number
            })
            .collect();
        assert!((0..40_000).all(|identity| ids.pop() == Some(identity)));
        assert_eq!((ids.len(), ids.begin()), (10_000, numbers[40_000]));
        assert!((40_000..50_000).all(|identity| ids.get(numbers[identity]) == Some(identity as u128)));
        assert!((40_000..50_000).all(|identity| ids.pop() == Some(identity)));
        assert_eq!((ids.pop(), ids.len()), (None, 0));
    }
}
