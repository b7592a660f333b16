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
        self.write_u64(tail(rest) | (rest.len() as u64) << 56);
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

/// Fewer than eight bytes as a number, the first the lowest.
fn tail(bytes: &[u8]) -> u64 {
    let low = |bytes: &[u8]| bytes.first_chunk().map_or(0, |four| u64::from(u32::from_le_bytes(*four)));
    match bytes {
        [] => 0,
        [a] => u64::from(*a),
        [a, b] => u64::from(*a) | u64::from(*b) << 8,
        [a, b, c] => u64::from(*a) | u64::from(*b) << 8 | u64::from(*c) << 16,
        // The last four overlap the first, and are the same where they do.
        more => low(more) | more.last_chunk().map_or(0, |four| u64::from(u32::from_le_bytes(*four))) << (8 * (more.len() - 4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_its_bytes() {
        for len in 0..8 {
            let bytes: Vec<u8> = (1..=len).map(|n| n * 31).collect();
            assert_eq!(tail(&bytes), bytes.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte)), "{len}");
        }
    }
}
