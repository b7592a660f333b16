//! A segment: pieces one after the other, each compressed for itself, so that each can be checked and unpacked for itself.

use std::{io, mem};

use zstd::bulk::{Compressor, Decompressor};

use crate::{
    flaw::Flaw,
    manifest::{Location, PIECE_BYTES},
};

/// A segment while it is being made.
pub(crate) struct Draft {
    compressor: Compressor<'static>,
    bytes: Vec<u8>,
    /// Where its pieces lie; the number of the segment is known when it is put.
    places: Vec<(String, Location)>,
}

impl Draft {
    /// An empty one; `level` is zstd's.
    pub(crate) fn new(level: i32) -> io::Result<Draft> {
        Ok(Draft { compressor: Compressor::new(level)?, bytes: Vec::new(), places: Vec::new() })
    }

    /// Compresses a piece for [`push`](Draft::push).
    pub(crate) fn pack(&mut self, piece: &[u8]) -> io::Result<Vec<u8>> {
        if piece.len() as u64 > PIECE_BYTES {
            return Err(io::Error::other(format!("it has {} bytes, a piece may have {PIECE_BYTES}: cut it into smaller pieces", piece.len())));
        }
        self.compressor.compress(piece)
    }

    /// Adds a piece of `size` bytes that was packed.
    pub(crate) fn push(&mut self, name: &str, size: usize, packed: &[u8]) {
        let place = Location { segment: 0, at: self.bytes.len() as u64, length: packed.len() as u64, size: size as u64, crc: crc32c::crc32c(packed) };
        self.places.push((name.to_owned(), place));
        self.bytes.extend_from_slice(packed);
    }

    /// Whether the segment would exceed `bytes` with so many more, and has some already.
    pub(crate) fn is_full(&self, more: usize, bytes: usize) -> bool {
        !self.bytes.is_empty() && self.bytes.len() + more > bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its bytes and where the pieces lie in the segment of this number; the draft is empty thereafter.
    pub(crate) fn take(&mut self, number: u64) -> (Vec<u8>, impl Iterator<Item = (String, Location)> + use<>) {
        let places = mem::take(&mut self.places).into_iter();
        (mem::take(&mut self.bytes), places.map(move |(name, place)| (name, Location { segment: number, ..place })))
    }
}

/// A piece in a segment whose length was found right.
pub(crate) fn unpack(decompressor: &mut Decompressor<'_>, name: &str, place: &Location, segment: &[u8]) -> Result<Vec<u8>, Flaw> {
    let corrupt = || Flaw::Piece(name.to_owned());
    let packed = range(place).and_then(|range| segment.get(range)).ok_or_else(corrupt)?;
    if crc32c::crc32c(packed) != place.crc || place.size > PIECE_BYTES {
        return Err(corrupt());
    }
    let size = usize::try_from(place.size).map_err(|_| corrupt())?;
    let piece = decompressor.decompress(packed, size).map_err(|_| corrupt())?;
    if piece.len() == size { Ok(piece) } else { Err(corrupt()) }
}

fn range(place: &Location) -> Option<std::ops::Range<usize>> {
    let end = place.at.checked_add(place.length)?;
    Some(usize::try_from(place.at).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_is_unpacked_for_itself_and_any_flipped_bit_of_it_is_found() {
        let mut draft = Draft::new(1).unwrap();
        for (name, piece) in [("a", b"".as_slice()), ("b", b"bbbbbbbbbbbbbbbbbbbb")] {
            let packed = draft.pack(piece).unwrap();
            draft.push(name, piece.len(), &packed);
        }
        assert!(!draft.is_full(1, 1000) && draft.is_full(1000, 1000));
        let (bytes, places) = draft.take(7);
        let places: Vec<_> = places.collect();
        assert!(draft.is_empty() && places.iter().all(|(_, place)| place.segment == 7));
        let mut decompressor = Decompressor::new().unwrap();
        let mut read = |at: usize, bytes: &[u8]| unpack(&mut decompressor, &places[at].0, &places[at].1, bytes);
        assert_eq!((read(0, &bytes), read(1, &bytes)), (Ok(b"".to_vec()), Ok(b"bbbbbbbbbbbbbbbbbbbb".to_vec())));
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let of_second = bit / 8 >= places[1].1.at as usize;
            assert_eq!((read(0, &bad).is_err(), read(1, &bad).is_err()), (!of_second, of_second), "bit {bit}");
        }
        assert_eq!(read(1, &bytes[..bytes.len() - 1]), Err(Flaw::Piece("b".to_owned())));
    }
}
