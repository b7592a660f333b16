//! A growing list in chunks, each captured by its pointer alone.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use pieces::{Piece, PieceError, Pieces, decode};

/// A list that growth neither copies nor leaves half unused, and of which a change copies one chunk at most.
#[derive(Clone, Debug)]
pub(crate) struct Chunks<C> {
    /// All are full but the last, which never is: so a snapshot that lacks one is found out.
    chunks: Vec<Arc<C>>,
}

/// Some values one after the other.
pub(crate) trait Chunk: Default {
    /// How many.
    fn len(&self) -> usize;
}

/// Values in a full chunk: few enough that the first change after a capture copies some tens of kilobytes, enough that the
/// capture of a million clones some thousands of pointers.
const CHUNK: usize = 1 << 8;

impl<C: Default> Default for Chunks<C> {
    fn default() -> Chunks<C> {
        Chunks { chunks: vec![Arc::default()] }
    }
}

impl<C: Chunk> Chunks<C> {
    /// The chunk of a place, and the place in it.
    pub(crate) fn at(&self, place: usize) -> Option<(&C, usize)> {
        Some((self.chunks.get(place / CHUNK)?, place % CHUNK))
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        (self.chunks.len() - 1) * CHUNK + self.chunks.last().map_or(0, |last| last.len())
    }
}

impl<C: Chunk + Clone> Chunks<C> {
    /// The chunk of a place, to change, and the place in it.
    pub(crate) fn at_mut(&mut self, place: usize) -> Option<(&mut C, usize)> {
        Some((Arc::make_mut(self.chunks.get_mut(place / CHUNK)?), place % CHUNK))
    }

    /// Has a value pushed to the last chunk.
    pub(crate) fn append(&mut self, push: impl FnOnce(&mut C)) {
        let Some(last) = self.chunks.last_mut().map(Arc::make_mut) else { return };
        push(last);
        if last.len() == CHUNK {
            self.chunks.push(Arc::default());
        }
    }
}

impl<C: Serialize + Send + Sync + 'static> Chunks<C> {
    /// Captures the chunks as pieces of a family.
    pub(crate) fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        out.extend(self.chunks.iter().enumerate().map(|(n, chunk)| Piece::new(named(family, n), chunk.clone())));
    }
}

impl<C: Chunk + DeserializeOwned> Chunks<C> {
    /// The list of which a family's pieces are the chunks.
    pub(crate) fn restore(family: &str, pieces: &Pieces) -> Result<Chunks<C>, PieceError> {
        let mut chunks = Vec::new();
        loop {
            let name = named(family, chunks.len());
            let chunk: C = decode(pieces, &name)?;
            let len = chunk.len();
            chunks.push(Arc::new(chunk));
            match len {
                CHUNK => {}
                0..CHUNK => return Ok(Chunks { chunks }),
                _ => return Err(PieceError::corrupt(name, "it holds more than a chunk")),
            }
        }
    }
}

/// The name of the piece in which a family's value at a place lies.
pub(crate) fn piece_of(family: &str, place: usize) -> String {
    named(family, place / CHUNK)
}

fn named(family: &str, chunk: usize) -> String {
    format!("{family}/{chunk}")
}

/// Makes room for `more` values. A chunk grows in small steps: there are thousands, and each is full before long.
pub(crate) fn make_room<V>(list: &mut Vec<V>, more: usize, step: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact(more.max(step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Chunk for Vec<u32> {
        fn len(&self) -> usize {
            self.len()
        }
    }

    fn list(len: u32) -> Chunks<Vec<u32>> {
        let mut list: Chunks<Vec<u32>> = Chunks::default();
        (0..len).for_each(|n| list.append(|chunk| chunk.push(n)));
        list
    }

    fn values(list: &Chunks<Vec<u32>>) -> Vec<u32> {
        (0..list.len()).filter_map(|place| list.at(place).and_then(|(chunk, at)| chunk.get(at)).copied()).collect()
    }

    fn encoded(list: &Chunks<Vec<u32>>) -> Pieces {
        let mut pieces = Vec::new();
        list.capture("list", &mut pieces);
        pieces.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect()
    }

    #[test]
    fn lists_of_any_length_come_back() {
        for len in [0, 1, 255, 256, 257, 511, 512, 1000] {
            let restored: Chunks<Vec<u32>> = Chunks::restore("list", &encoded(&list(len))).unwrap();
            assert_eq!(values(&restored), (0..len).collect::<Vec<u32>>());
            assert_eq!(restored.len(), len as usize);
        }
    }

    #[test]
    fn any_missing_chunk_is_an_error() {
        for len in [0, 1, 256, 600] {
            let pieces = encoded(&list(len));
            for missing in pieces.keys() {
                let mut pieces = pieces.clone();
                pieces.remove(missing);
                assert_eq!(Chunks::<Vec<u32>>::restore("list", &pieces).unwrap_err(), PieceError::Missing(missing.clone()), "of {len}");
            }
        }
    }

    #[test]
    fn a_chunk_that_holds_too_much_is_an_error() {
        let piece = Piece::new("list/0", Arc::new((0..257).collect::<Vec<u32>>()));
        let pieces = Pieces::from([("list/0".to_owned(), piece.encode())]);
        assert!(Chunks::<Vec<u32>>::restore("list", &pieces).is_err());
    }

    #[test]
    fn a_change_copies_the_chunk_it_is_in_and_no_other() {
        let mut list = list(1000);
        let before = list.clone();
        let (chunk, at) = list.at_mut(300).unwrap();
        chunk[at] = 7;
        let shared: Vec<bool> = list.chunks.iter().zip(&before.chunks).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!(shared, [true, false, true, true]);
        assert_eq!((values(&before)[300], values(&list)[300]), (300, 7));
    }
}
