//! A queue of identities, each with the time it came at, that keep their number while they are in it.

use std::{collections::VecDeque, sync::Arc};

use pieces::{Piece, PieceError, Pieces, decode};
use serde::{Deserialize, Serialize};

/// An identity, and in which slice of time its record was: 96 bits of the one, 32 of the other.
///
/// Of two million identities any two agree in 96 bits with a chance of 1 in 10^16.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seen(u128);

impl Seen {
    const SLICE: u128 = u32::MAX as u128;

    /// An identity that came in a slice of time; slices are told apart modulo 2^32.
    pub fn new(identity: u128, slice: i64) -> Seen {
        Seen((identity & !Self::SLICE) | (slice as u32 as u128))
    }

    /// The identity, as far as it is kept.
    pub fn identity(self) -> u128 {
        self.0 & !Self::SLICE
    }

    fn from_bytes(bytes: [u8; 16]) -> Seen {
        Seen(u128::from_le_bytes(bytes))
    }

    /// Whether two are of one identity.
    pub fn is_of(self, other: Seen) -> bool {
        self.identity() == other.identity()
    }

    /// How many slices lie between two.
    pub fn slices_from(self, other: Seen) -> u32 {
        (self.0 as u32).wrapping_sub(other.0 as u32).cast_signed().unsigned_abs()
    }
}

/// Identities in the order they came, numbered; the numbers begin anew after 2^32.
///
/// They lie in chunks, of which all but the last never change: a clone shares them.
#[derive(Clone, Default, Debug)]
pub struct Ids {
    full: VecDeque<Arc<Chunk>>,
    last: Vec<Seen>,
    /// How many of the first chunk have left.
    left: usize,
    /// The number of the first identity of the first chunk.
    first: u32,
}

/// Identities as they are: compression finds nothing in hashes.
#[derive(Clone, Serialize, Deserialize, Debug)]
struct Chunk(Vec<[u8; 16]>);

/// What a capture holds beside the chunks that are full.
#[derive(Serialize, Deserialize)]
struct Ends {
    full: u32,
    last: Chunk,
    left: usize,
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
    pub fn get(&self, number: u32) -> Option<Seen> {
        let at = number.wrapping_sub(self.first) as usize;
        match self.full.get(at / CHUNK) {
            Some(chunk) => chunk.0.get(at % CHUNK).copied().map(Seen::from_bytes),
            None => self.last.get(at % CHUNK).copied(),
        }
    }

    /// Puts an identity at the end.
    pub fn push(&mut self, identity: Seen) {
        if self.last.capacity() == 0 {
            self.last.reserve_exact(CHUNK);
        }
        self.last.push(identity);
        if self.last.len() == CHUNK {
            self.full.push_back(Arc::new(Chunk::of(&self.last)));
            self.last.clear();
        }
    }

    /// All identities, oldest first, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Seen)> {
        let numbers = (0..self.len()).map(|n| self.begin().wrapping_add(n as u32));
        numbers.filter_map(|number| Some((number, self.get(number)?)))
    }

    /// Captures the identities as pieces of a family.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        let head = Ends { full: self.full.len() as u32, last: Chunk::of(&self.last), left: self.left, first: self.first };
        out.push(Piece::new(format!("{family}/ids"), Arc::new(head)));
        out.extend(self.full.iter().enumerate().map(|(n, chunk)| Piece::new(named(family, self.first, n), chunk.clone())));
    }

    /// The identities of a family's pieces.
    pub fn restore(family: &str, pieces: &Pieces) -> Result<Ids, PieceError> {
        let name = format!("{family}/ids");
        let head: Ends = decode(pieces, &name)?;
        let mut full = VecDeque::new();
        for n in 0..head.full as usize {
            let name = named(family, head.first, n);
            let chunk: Chunk = decode(pieces, &name)?;
            if chunk.0.len() != CHUNK {
                return Err(PieceError::corrupt(name, "it holds less or more than a chunk"));
            }
            full.push_back(Arc::new(chunk));
        }
        let last: Vec<Seen> = head.last.0.into_iter().map(Seen::from_bytes).collect();
        if last.len() >= CHUNK || head.left > if full.is_empty() { last.len() } else { CHUNK } {
            return Err(PieceError::corrupt(name, "its numbers do not fit its chunks"));
        }
        Ok(Ids { full, last, left: head.left, first: head.first })
    }

    /// Takes the oldest identity out.
    pub fn pop(&mut self) -> Option<Seen> {
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

/// The piece of the n-th chunk, by a number that it keeps while it is there.
fn named(family: &str, first: u32, n: usize) -> String {
    format!("{family}/ids/{}", first / CHUNK as u32 + n as u32)
}

impl Chunk {
    fn of(identities: &[Seen]) -> Chunk {
        Chunk(identities.iter().map(|seen| seen.0.to_le_bytes()).collect())
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
                ids.push(Seen(identity));
                number
            })
            .collect();
        assert!((0..40_000).all(|identity| ids.pop() == Some(Seen(identity))));
        assert_eq!((ids.len(), ids.begin()), (10_000, numbers[40_000]));
        assert!((40_000..50_000).all(|identity| ids.get(numbers[identity]) == Some(Seen(identity as u128))));
        assert!((40_000..50_000).all(|identity| ids.pop() == Some(Seen(identity))));
        assert_eq!((ids.pop(), ids.len()), (None, 0));
    }
}
