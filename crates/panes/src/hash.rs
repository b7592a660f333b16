//! Hashing without surprises: fixed for ever, fast, and for keys that are small numbers or hashes already.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds [`IdHasher`]s.
pub type IdHash = BuildHasherDefault<IdHasher>;

/// Mixes one integer by a multiplication and a fold; for ids and for values that are hashes already.
#[derive(Clone, Copy, Default, Debug)]
pub struct IdHasher(u64);

/// 2^64 divided by the golden ratio: odd, and with no pattern in its bits.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.write_u64(u64::from_le_bytes(*word)));
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
        self.write_u64(tail | (rest.len() as u64) << 56);
    }

    fn write_u32(&mut self, id: u32) {
        self.write_u64(u64::from(id));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word).wrapping_mul(u128::from(GOLDEN));
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }

    fn write_u128(&mut self, word: u128) {
        self.write_u64(word as u64 ^ (word >> 64) as u64);
    }
}
