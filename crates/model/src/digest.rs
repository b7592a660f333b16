//! Fixed hashes: the same on every machine and in every version, unlike those of the standard library.

use twox_hash::{XxHash3_64, XxHash3_128};

use crate::{Day, Millis, When};

/// A 64-bit hash (XXH3) of a sequence of values, each told apart from its neighbours.
#[derive(Default)]
pub struct Digest(Vec<u8>);

impl Digest {
    /// Takes in a text, or its absence.
    pub fn text(&mut self, text: Option<&str>) -> &mut Digest {
        self.number(text.map_or(-1, |t| t.len() as i128));
        self.0.extend_from_slice(text.unwrap_or_default().as_bytes());
        self
    }

    /// Takes in a number.
    pub fn number(&mut self, number: impl Into<i128>) -> &mut Digest {
        self.0.extend_from_slice(&number.into().to_le_bytes());
        self
    }

    /// Takes in a time, or its absence.
    pub fn when(&mut self, when: Option<When>) -> &mut Digest {
        match when {
            None => self.number(0),
            Some(When::At(Millis(ms))) => self.number(1).number(ms),
            Some(When::On(Day(day))) => self.number(2).number(day),
        }
    }

    /// The hash of all that was taken in.
    pub fn finish(&self) -> u64 {
        XxHash3_64::oneshot(&self.0)
    }
}

/// XXH3-128 of bytes, as other programs give it too.
pub fn bytes128(bytes: &[u8]) -> u128 {
    XxHash3_128::oneshot(bytes)
}

/// A 64-bit hash of some bytes.
pub fn bytes64(bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot(bytes)
}

/// A 64-bit hash of one text.
pub fn text64(text: &str) -> u64 {
    bytes64(text.as_bytes())
}

/// The identity of an event among those of its type: a 128-bit hash of source and event id.
pub fn event_identity(kind: u8, source: &str, event_id: &str) -> u128 {
    let seed = XxHash3_64::oneshot_with_seed(u64::from(kind), source.as_bytes());
    XxHash3_128::oneshot_with_seed(seed, event_id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_run_together() {
        let of = |a: Option<&str>, b: Option<&str>| Digest::default().text(a).text(b).finish();
        assert_ne!(of(Some("ab"), Some("c")), of(Some("a"), Some("bc")));
        assert_ne!(of(None, Some("")), of(Some(""), None));
    }

    #[test]
    fn hashes_are_fixed() {
        assert_eq!(text64("visitor-1"), 12_055_988_841_724_494_668);
    }
}
