//! Pieces: a state cut into named parts, so that a snapshot is taken while the fold goes on and only what changed is encoded anew.
//!
//! Not its job: where the pieces are kept (`snapshots`).
//!
//! A state keeps each part behind an [`Arc`] and changes it through [`Arc::make_mut`]. To capture it is to clone the pointers: the
//! fold then copies a part before it first changes it, and the capture stays as it was. A [`Mark`] remembers a part without
//! keeping it; as long as the mark lives, a part that was changed lies elsewhere, so what the mark still points to is unchanged.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

use std::{
    collections::BTreeMap,
    fmt, ptr,
    sync::{Arc, Weak},
};

use model::digest::{bytes64, text64};
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

/// The bytes of all pieces of a snapshot, by name.
pub type Pieces = BTreeMap<String, Vec<u8>>;

/// A captured part of a state, or several in one.
#[derive(Clone)]
pub struct Piece {
    name: String,
    parts: Parts,
}

#[derive(Clone)]
enum Parts {
    One(Arc<dyn Part>),
    Bundle(Vec<(i64, Arc<dyn Part>)>),
}

/// What the parts of a piece were when the mark was made; it keeps nothing of them alive but their places in memory.
#[derive(Clone)]
pub struct Mark(SmallVec<[Weak<dyn Part>; 1]>);

/// A part of a state, of plain data.
pub trait Part: Send + Sync {
    /// Its bytes; the same for equal parts.
    fn bytes(&self) -> Vec<u8>;
}

/// A piece that no state can be made of.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PieceError {
    /// There is none of the name.
    #[error("piece {0} of the snapshot is missing: start from another snapshot")]
    Missing(String),
    /// Its bytes are not what was written, or do not fit the others.
    #[error("piece {name} of the snapshot is corrupt ({why}): start from another snapshot")]
    Corrupt {
        /// The piece.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl<T: Serialize + Send + Sync> Part for T {
    fn bytes(&self) -> Vec<u8> {
        // Only formats of bounded room and sequences of unknown length can fail; there are none here.
        postcard::to_allocvec(self).unwrap_or_else(|wrong| panic!("invariant: plain data is always encoded: {wrong}"))
    }
}

impl Piece {
    /// A piece of a name that is the same in every capture.
    pub fn new(name: impl Into<String>, part: Arc<dyn Part>) -> Piece {
        Piece { name: name.into(), parts: Parts::One(part) }
    }

    /// Several parts as one piece, each with its key: it is decoded as a list of pairs. So what hardly ever changes takes few names.
    pub fn bundle(name: impl Into<String>, parts: Vec<(i64, Arc<dyn Part>)>) -> Piece {
        Piece { name: name.into(), parts: Parts::Bundle(parts) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many parts it has.
    pub fn parts_len(&self) -> usize {
        match &self.parts {
            Parts::One(_) => 1,
            Parts::Bundle(parts) => parts.len(),
        }
    }

    /// Its bytes, with a seal that tells whether they are whole and stand under the right name.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = match &self.parts {
            Parts::One(part) => part.bytes(),
            Parts::Bundle(parts) => {
                let mut bytes = parts.len().bytes();
                for (key, part) in parts {
                    bytes.extend(key.bytes());
                    bytes.extend(part.bytes());
                }
                bytes
            }
        };
        let seal = seal(&self.name, &bytes);
        bytes.extend_from_slice(&seal);
        bytes
    }

    /// A mark of the parts, to be held beside the bytes until the next capture.
    pub fn mark(&self) -> Mark {
        Mark(match &self.parts {
            Parts::One(part) => smallvec![Arc::downgrade(part)],
            Parts::Bundle(parts) => parts.iter().map(|(_, part)| Arc::downgrade(part)).collect(),
        })
    }

    /// Whether nothing changed in the parts since the mark was made.
    pub fn is_unchanged_since(&self, Mark(marked): &Mark) -> bool {
        let is_same = |part: &Arc<dyn Part>, marked: &Weak<dyn Part>| ptr::addr_eq(Arc::as_ptr(part), Weak::as_ptr(marked));
        match &self.parts {
            Parts::One(part) => marked.iter().all(|marked| is_same(part, marked)) && marked.len() == 1,
            Parts::Bundle(parts) => parts.len() == marked.len() && parts.iter().zip(marked).all(|((_, part), marked)| is_same(part, marked)),
        }
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Piece").field(&self.name).finish()
    }
}

impl PieceError {
    /// A piece that is corrupt.
    pub fn corrupt(name: impl Into<String>, why: &'static str) -> PieceError {
        PieceError::Corrupt { name: name.into(), why }
    }
}

/// The part that was encoded as the piece of a name.
pub fn decode<'a, T: Deserialize<'a>>(pieces: &'a Pieces, name: &str) -> Result<T, PieceError> {
    let bytes = pieces.get(name).ok_or_else(|| PieceError::Missing(name.to_owned()))?;
    let (body, sealed) = bytes.split_last_chunk().ok_or_else(|| PieceError::corrupt(name, "it is too short"))?;
    if *sealed != seal(name, body) {
        return Err(PieceError::corrupt(name, "its checksum is another"));
    }
    match postcard::take_from_bytes(body) {
        Ok((part, [])) => Ok(part),
        Ok(_) => Err(PieceError::corrupt(name, "something follows it")),
        Err(_) => Err(PieceError::corrupt(name, "it is not of the form that this version writes")),
    }
}

fn seal(name: &str, body: &[u8]) -> [u8; 8] {
    (bytes64(body) ^ text64(name)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_changed_parts_from_others_and_keeps_none_alive() {
        let mut part = Arc::new(vec![1u32, 2]);
        let piece = Piece::new("p", part.clone());
        let mark = piece.mark();
        assert!(piece.is_unchanged_since(&mark));
        drop(piece);
        Arc::make_mut(&mut part).push(3);
        assert!(mark.0[0].upgrade().is_none(), "the old part is gone");
        assert!(!Piece::new("p", part.clone()).is_unchanged_since(&mark));
        assert!(Piece::new("p", part.clone()).is_unchanged_since(&Piece::new("p", part).mark()));
    }

    #[test]
    fn a_bundle_is_a_list_of_pairs_that_changes_with_any_of_its_parts() {
        let parts: Vec<Arc<String>> = ["a", "b", ""].into_iter().map(|text| Arc::new(text.to_owned())).collect();
        let bundle =
            |parts: &[Arc<String>]| Piece::bundle("p", (-1i64..).zip(parts).map(|(key, part)| (key, part.clone() as Arc<dyn Part>)).collect());
        let (piece, mark) = (bundle(&parts), bundle(&parts).mark());
        let pieces = Pieces::from([("p".to_owned(), piece.encode())]);
        assert_eq!(decode::<Vec<(i64, String)>>(&pieces, "p"), Ok(vec![(-1, "a".to_owned()), (0, "b".to_owned()), (1, String::new())]));
        assert!(piece.is_unchanged_since(&mark) && !bundle(&parts[..2]).is_unchanged_since(&mark));
        for at in 0..3 {
            let mut changed = parts.clone();
            changed[at] = Arc::new("c".to_owned());
            assert!(!bundle(&changed).is_unchanged_since(&mark));
        }
    }

    #[test]
    fn any_flipped_bit_any_cut_and_another_name_are_errors_that_name_the_piece() {
        let sealed = Piece::new("p/1", Arc::new((7u64, "text".to_owned()))).encode();
        let read = |name: &str, bytes: Vec<u8>| decode::<(u64, String)>(&Pieces::from([(name.to_owned(), bytes)]), name);
        assert_eq!(read("p/1", sealed.clone()), Ok((7, "text".to_owned())));
        assert!(read("p/2", sealed.clone()).is_err_and(|wrong| wrong.to_string().contains("piece p/2 ")));
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(read("p/1", bad).is_err(), "bit {bit}");
        }
        assert!((0..sealed.len()).all(|len| read("p/1", sealed[..len].to_vec()).is_err()));
        assert_eq!(decode::<u64>(&Pieces::new(), "p/1"), Err(PieceError::Missing("p/1".to_owned())));
    }

    #[test]
    fn lengths_that_are_not_there_are_errors_and_no_allocations() {
        // 2^62 elements, then nothing.
        let mut bomb = vec![0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40];
        let sealed = seal("p", &bomb);
        bomb.extend_from_slice(&sealed);
        let pieces = Pieces::from([("p".to_owned(), bomb)]);
        assert!(decode::<Vec<u64>>(&pieces, "p").is_err() && decode::<String>(&pieces, "p").is_err());
    }
}
