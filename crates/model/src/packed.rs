//! Times in eight bytes, for facts that are kept by the million.

use std::{fmt, num::NonZeroI64};

use serde::{Deserialize, Serialize};

use crate::{Day, Millis, When};

/// A [`When`] in eight bytes, and no more where it is optional.
///
/// ```
/// use model::{Day, When, packed::PackedWhen};
/// let packed = PackedWhen::from(When::On(Day(20_513)));
/// assert_eq!(When::from(packed), When::On(Day(20_513)));
/// assert_eq!(size_of::<Option<PackedWhen>>(), 8);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedWhen(NonZeroI64);

/// The two low bits say what the others are; neither is 0, so that none of all the values is.
const INSTANT: i64 = 1;
const DAY: i64 = 2;
const TAG_BITS: u32 = 2;

impl PackedWhen {
    /// Its bits, none of which are all 0.
    pub fn bits(self) -> i64 {
        self.0.get()
    }

    /// The time of such bits.
    pub fn of_bits(bits: i64) -> PackedWhen {
        PackedWhen(NonZeroI64::new(bits).unwrap_or(NonZeroI64::MIN))
    }
}

impl From<When> for PackedWhen {
    /// Instants beyond a thousand times the contract's years are held at that range's ends.
    fn from(when: When) -> PackedWhen {
        let (value, tag) = match when {
            When::At(at) => (at.0.clamp(i64::MIN >> TAG_BITS, i64::MAX >> TAG_BITS), INSTANT),
            When::On(day) => (i64::from(day.0), DAY),
        };
        PackedWhen(NonZeroI64::new(value << TAG_BITS | tag).unwrap_or(NonZeroI64::MIN))
    }
}

impl From<PackedWhen> for When {
    fn from(packed: PackedWhen) -> When {
        let value = packed.0.get() >> TAG_BITS;
        match packed.0.get() & DAY {
            // What was packed as a day is one of 32 bits.
            DAY => When::On(Day(value as i32)),
            _ => When::At(Millis(value)),
        }
    }
}

impl fmt::Debug for PackedWhen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        When::from(*self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_as_they_were() {
        let instants = [i64::MIN >> 2, -1, 0, 1, Millis::EARLIEST.0, Millis::LATEST.0, i64::MAX >> 2].map(|ms| When::At(Millis(ms)));
        let days = [i32::MIN, -1, 0, 1, Day::EARLIEST.0, Day::LATEST.0, i32::MAX].map(|day| When::On(Day(day)));
        for when in instants.into_iter().chain(days) {
            assert_eq!(When::from(PackedWhen::from(when)), when);
        }
    }
}
