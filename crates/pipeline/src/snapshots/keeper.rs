//! The keeper of snapshots: puts states that were captured into the store, and of each what the snapshot before does not have.

use std::collections::BTreeMap;

use pieces::{Mark, Piece};
use snapshots::{Line, Offsets, StoreError, Stored};

/// An instance's line of snapshots, and what its last one has.
pub struct Keeper {
    line: Line,
    /// The pieces as the last snapshot has them. None at the start: whoever starts writes all anew, so that nothing rests on what others
    /// wrote.
    marks: BTreeMap<String, Mark>,
}

impl Keeper {
    /// Goes on with a line, of which nothing is written yet.
    pub fn new(line: Line) -> Keeper {
        Keeper { line, marks: BTreeMap::new() }
    }

    /// Stores a state that is of these offsets. Whatever fails, the snapshots before are as they were, and so are the marks: what this one
    /// would have written is written with the next.
    pub fn store(&mut self, offsets: &Offsets, pieces: Vec<Piece>) -> Result<Stored, StoreError> {
        let pieces: BTreeMap<String, Piece> = pieces.into_iter().map(|piece| (piece.name().to_owned(), piece)).collect();
        let is_changed = |piece: &Piece| self.marks.get(piece.name()).is_none_or(|mark| !piece.is_unchanged_since(mark));
        let listed: Vec<snapshots::Piece<'_>> = pieces.iter().map(|(name, piece)| snapshots::Piece { name, changed: is_changed(piece) }).collect();
        let encode = |name: &str| pieces.get(name).map(Piece::encode).unwrap_or_default();
        let stored = self.line.store(offsets, &listed, &encode)?;
        self.marks = pieces.iter().map(|(name, piece)| (name.clone(), piece.mark())).collect();
        Ok(stored)
    }
}
