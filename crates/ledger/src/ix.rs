//! Numbers of entities, by what they number.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use serde::{Deserialize, Serialize};

use crate::chunks;

/// The number of an entity in its table, or of a name among its like; never given to another while anything may refer to it.
///
/// A lead's number is of another type than a deal's: `T` is what their table holds.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Ix<T>(u32, PhantomData<fn() -> T>);

impl<T> Ix<T> {
    /// The lowest number.
    pub const MIN: Ix<T> = Ix::numbered(0);
    /// The highest.
    pub const MAX: Ix<T> = Ix::numbered(u32::MAX);

    /// The number as a number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The entity of such a number.
    pub const fn numbered(number: u32) -> Ix<T> {
        Ix(number, PhantomData)
    }

    /// The name of the piece in which a family's entity of this number lies.
    pub fn piece(self, family: &str) -> String {
        chunks::piece_of(family, self.place())
    }

    pub(crate) fn at(place: usize) -> Ix<T> {
        Ix::numbered(u32::try_from(place).unwrap_or(u32::MAX))
    }

    pub(crate) fn place(self) -> usize {
        self.0 as usize
    }
}

// By hand: what `T` can do has no part in what its number can.
impl<T> Clone for Ix<T> {
    fn clone(&self) -> Ix<T> {
        *self
    }
}

impl<T> Copy for Ix<T> {}

impl<T> PartialEq for Ix<T> {
    fn eq(&self, other: &Ix<T>) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Ix<T> {}

impl<T> PartialOrd for Ix<T> {
    fn partial_cmp(&self, other: &Ix<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Ix<T> {
    fn cmp(&self, other: &Ix<T>) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Hash for Ix<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Ix<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ix({})", self.0)
    }
}
