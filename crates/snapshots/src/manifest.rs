//! The manifest: what a snapshot consists of, and where it lies.
//!
//! Magic and format, then postcard, then a crc32c of all before. The checksum is held against the bytes before anything is decoded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    flaw::{FORMAT, Flaw, Skipped},
    names::{Folder, Name},
};

/// The offset of the next record of each topic and partition: the moment a state is of.
pub type Offsets = BTreeMap<(String, i32), i64>;

/// Bytes of a manifest at most.
pub(crate) const MANIFEST_BYTES: u64 = 64 << 20;
/// Bytes of a piece at most, before compression.
pub(crate) const PIECE_BYTES: u64 = 1 << 30;

const MAGIC: &[u8; 8] = b"kpisnap\n";
/// Magic and format.
const HEAD: usize = 12;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) fingerprint: String,
    pub(crate) instance: String,
    pub(crate) sequence: u64,
    pub(crate) offsets: Offsets,
    /// The segments it names, by number, with their lengths.
    pub(crate) segments: BTreeMap<u64, u64>,
    pub(crate) pieces: BTreeMap<String, Location>,
}

/// Where a piece lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Location {
    /// The number of the segment.
    pub(crate) segment: u64,
    /// The first byte in it.
    pub(crate) at: u64,
    /// Bytes there, compressed.
    pub(crate) length: u64,
    /// Bytes of the piece itself.
    pub(crate) size: u64,
    /// Checksum of the compressed bytes.
    pub(crate) crc: u32,
}

impl Manifest {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let head = [MAGIC.as_slice(), &FORMAT.to_le_bytes()].concat();
        // Only formats of bounded room and sequences of unknown length can fail; there are none here.
        let mut bytes = postcard::to_extend(self, head).unwrap_or_else(|wrong| panic!("invariant: plain data is always encoded: {wrong}"));
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// The manifest that lies in a folder under a number.
    pub(crate) fn decode(bytes: &[u8], folder: &Folder, sequence: u64) -> Result<Manifest, Flaw> {
        let manifest = Manifest::whole(bytes)?;
        if (&manifest.fingerprint, &manifest.instance, manifest.sequence) != (&folder.fingerprint, &folder.instance, sequence) {
            return Err(Flaw::Misplaced(format!("{}/{}/{}", manifest.fingerprint, manifest.instance, manifest.sequence)));
        }
        for place in manifest.pieces.values() {
            let length = manifest.segments.get(&place.segment).ok_or(Flaw::Contradiction("a piece lies in a segment it does not name"))?;
            if place.at.checked_add(place.length).is_none_or(|end| end > *length) {
                return Err(Flaw::Contradiction("a piece lies beyond the end of its segment"));
            }
            if place.size > PIECE_BYTES {
                return Err(Flaw::Contradiction("a piece is larger than any may be"));
            }
        }
        Ok(manifest)
    }

    fn whole(bytes: &[u8]) -> Result<Manifest, Flaw> {
        if !bytes.starts_with(MAGIC) {
            return Err(Flaw::Foreign);
        }
        let (body, crc) = bytes.split_last_chunk().ok_or(Flaw::Checksum)?;
        let (head, encoded) = body.split_first_chunk::<HEAD>().ok_or(Flaw::Checksum)?;
        if u32::from_le_bytes(*crc) != crc32c::crc32c(body) {
            return Err(Flaw::Checksum);
        }
        let [.., a, b, c, d] = *head;
        match u32::from_le_bytes([a, b, c, d]) {
            FORMAT => {}
            other => return Err(Flaw::Format(other)),
        }
        match postcard::take_from_bytes(encoded) {
            Ok((manifest, [])) => Ok(manifest),
            Ok(_) => Err(Flaw::Contradiction("something follows its end")),
            Err(_) => Err(Flaw::Contradiction("it does not decode")),
        }
    }

    /// Its own folder.
    pub(crate) fn folder(&self) -> Folder {
        Folder { fingerprint: self.fingerprint.clone(), instance: self.instance.clone() }
    }

    /// How far into the topics it is, in records. Wide enough for any number of partitions.
    pub(crate) fn progress(&self) -> i128 {
        self.offsets.values().map(|offset| i128::from(*offset)).sum()
    }

    /// The flaw of a segment it names, as the reason why the snapshot is passed over.
    pub(crate) fn flaw_of(&self, segment: u64, why: Flaw) -> Skipped {
        Skipped { object: self.folder().object(Name::segment(segment)), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> Folder {
        Folder::new("0a", "a").unwrap()
    }

    fn manifest() -> Manifest {
        Manifest {
            fingerprint: "0a".to_owned(),
            instance: "a".to_owned(),
            sequence: 6,
            offsets: Offsets::from([(("leads".to_owned(), 0), 12), (("leads".to_owned(), 1), i64::MAX)]),
            segments: BTreeMap::from([(4, 100)]),
            pieces: BTreeMap::from([("leads/1".to_owned(), Location { segment: 4, at: 90, length: 10, size: 30, crc: 7 })]),
        }
    }

    #[test]
    fn it_reads_as_it_was_written() {
        assert_eq!(Manifest::decode(&manifest().encode(), &folder(), 6), Ok(manifest()));
        assert_eq!(manifest().progress(), 12 + i128::from(i64::MAX));
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_a_flaw() {
        let bytes = manifest().encode();
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(Manifest::decode(&bad, &folder(), 6).is_err(), "bit {bit}");
        }
        assert!((0..bytes.len()).all(|len| Manifest::decode(&bytes[..len], &folder(), 6).is_err()));
    }

    #[test]
    fn it_counts_under_its_own_name_only() {
        let bytes = manifest().encode();
        for (folder, sequence) in [(folder(), 7), (Folder::new("0a", "b").unwrap(), 6), (Folder::new("0b", "a").unwrap(), 6)] {
            assert_eq!(Manifest::decode(&bytes, &folder, sequence), Err(Flaw::Misplaced("0a/a/6".to_owned())));
        }
    }

    #[test]
    fn sealed_nonsense_is_a_flaw_and_no_allocation() {
        let seal = |mut bytes: Vec<u8>| {
            bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
            Manifest::decode(&bytes, &folder(), 6)
        };
        let head = [MAGIC.as_slice(), &FORMAT.to_le_bytes()].concat();
        // A text of 2^62 bytes, then nothing.
        assert!(seal([head.as_slice(), &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]].concat()).is_err());
        assert_eq!(seal([MAGIC.as_slice(), &2u32.to_le_bytes()].concat()), Err(Flaw::Format(2)));
        assert_eq!(seal(b"something else".to_vec()), Err(Flaw::Foreign));
        let wrong = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = manifest();
            change(&mut manifest);
            Manifest::decode(&manifest.encode(), &folder(), 6)
        };
        for place in [
            Location { segment: 5, at: 0, length: 1, size: 1, crc: 0 },
            Location { segment: 4, at: 91, length: 10, size: 1, crc: 0 },
            Location { segment: 4, at: u64::MAX, length: 1, size: 1, crc: 0 },
            Location { segment: 4, at: 0, length: 1, size: u64::MAX, crc: 0 },
        ] {
            assert!(matches!(wrong(&|m| _ = m.pieces.insert("x".to_owned(), place)), Err(Flaw::Contradiction(_))));
        }
    }
}
