//! Names, each kept once and numbered as they come.

use hashbrown::HashTable;
use model::digest::text64;
use pieces::{Piece, PieceError, Pieces};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    Ix,
    chunks::{Chunk, Chunks, make_room},
};

/// The names of publishing systems.
#[derive(Clone, Default, Debug)]
pub(crate) struct Source;

/// The names of `T`s that occur. None is ever forgotten.
#[derive(Clone, Default, Debug)]
pub struct Names<T> {
    index: HashTable<Ix<T>>,
    names: Chunks<List>,
}

/// Some names, one after the other.
#[derive(Clone, Default, Debug)]
struct List {
    texts: String,
    /// Where each ends.
    ends: Vec<u32>,
}

/// Names and bytes of them by which a chunk grows.
const NAMES: usize = 1 << 5;
const TEXTS: usize = 1 << 9;

impl Chunk for List {
    fn len(&self) -> usize {
        self.ends.len()
    }
}

impl List {
    fn push(&mut self, name: &str) {
        make_room(&mut self.ends, 1, NAMES);
        if self.texts.capacity() - self.texts.len() < name.len() {
            self.texts.reserve_exact(name.len().max(TEXTS));
        }
        self.texts.push_str(name);
        self.ends.push(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
    }

    fn get(&self, at: usize) -> Option<&str> {
        let begin = at.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.texts.get(begin as usize..*self.ends.get(at)? as usize)
    }
}

impl Serialize for List {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq((0..self.ends.len()).map(|at| self.get(at).unwrap_or_default()))
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<List, D::Error> {
        let names: Vec<&str> = Vec::deserialize(from)?;
        let mut list = List { texts: String::with_capacity(names.iter().map(|name| name.len()).sum()), ends: Vec::with_capacity(names.len()) };
        names.into_iter().for_each(|name| list.push(name));
        Ok(list)
    }
}

impl<T> Names<T> {
    /// The number of a name, if it has one.
    pub fn find(&self, name: &str) -> Option<Ix<T>> {
        self.index.find(text64(name), |ix| self.name(*ix) == Some(name)).copied()
    }

    /// The number of a name, given to it now if it has none.
    pub fn find_or_add(&mut self, name: &str) -> Ix<T> {
        self.find(name).unwrap_or_else(|| {
            let ix = Ix::at(self.names.len());
            self.names.append(|names| names.push(name));
            self.number(text64(name), ix);
            ix
        })
    }

    fn number(&mut self, hash: u64, ix: Ix<T>) {
        let names = &self.names;
        self.index.insert_unique(hash, ix, |ix| name_of(names, *ix).map_or(0, text64));
    }

    /// The name of a number.
    pub fn name(&self, ix: Ix<T>) -> Option<&str> {
        name_of(&self.names, ix)
    }

    /// Captures the names as pieces of a family.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        self.names.capture(family, out);
    }

    /// The names of a family's pieces, under the numbers they had.
    pub fn restore(family: &str, pieces: &Pieces) -> Result<Names<T>, PieceError> {
        let names: Chunks<List> = Chunks::restore(family, pieces)?;
        let index = HashTable::with_capacity(names.len());
        let mut restored = Names { index, names };
        for ix in (0..restored.names.len()).map(Ix::at) {
            let name = restored.name(ix).unwrap_or_default();
            let hash = text64(name);
            if restored.find(name).is_some() {
                return Err(PieceError::corrupt(ix.piece(family), "a name comes twice"));
            }
            restored.number(hash, ix);
        }
        Ok(restored)
    }
}

fn name_of<T>(names: &Chunks<List>, ix: Ix<T>) -> Option<&str> {
    let (chunk, at) = names.at(ix.place())?;
    chunk.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_numbers() {
        let mut names: Names<Source> = Names::default();
        let numbers: Vec<Ix<Source>> = (0..700).map(|n| names.find_or_add(&format!("account-{n}"))).collect();
        let mut captured = Vec::new();
        names.capture("accounts", &mut captured);
        let pieces: Pieces = captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect();
        let mut restored: Names<Source> = Names::restore("accounts", &pieces).unwrap();
        for (n, ix) in numbers.into_iter().enumerate() {
            assert_eq!(restored.find(&format!("account-{n}")), Some(ix));
        }
        assert_eq!(restored.find_or_add("new"), names.find_or_add("new"));
    }

    #[test]
    fn a_name_that_comes_twice_is_an_error() {
        let mut names: Names<Source> = Names::default();
        names.names.append(|names| ["a", "a"].into_iter().for_each(|name| names.push(name)));
        let mut captured = Vec::new();
        names.capture("accounts", &mut captured);
        let pieces: Pieces = captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect();
        assert_eq!(Names::<Source>::restore("accounts", &pieces).unwrap_err(), PieceError::corrupt("accounts/0", "a name comes twice"));
    }
}
