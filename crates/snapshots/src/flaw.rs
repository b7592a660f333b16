//! What can be wrong with an object of a snapshot, so that the snapshot is passed over.

/// The format of manifests and segments. A program that can fall back to an older version of itself makes it part of the fingerprint.
pub const FORMAT: u32 = 1;

/// An object that was passed over, and with it every snapshot that needs it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("snapshot object {object} is passed over: {why}")]
pub struct Skipped {
    /// Its name in the store.
    pub object: String,
    /// What is wrong with it.
    pub why: Flaw,
}

/// What is wrong with an object.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Flaw {
    /// It was listed or named, and is not there.
    #[error("it is not there")]
    Gone,
    /// It does not begin as a manifest does.
    #[error("it is no manifest of a snapshot")]
    Foreign,
    /// Another version of this crate wrote it.
    #[error("it is of format {0}, and this version reads format {FORMAT}")]
    Format(u32),
    /// It is longer than any manifest may be.
    #[error("it has {0} bytes, more than any manifest")]
    TooLong(u64),
    /// A manifest that is not as it was written.
    #[error("it is cut short or corrupt: its checksum is another")]
    Checksum,
    /// A manifest that stands under the name of another.
    #[error("it is the manifest of {0}, and lies under another name")]
    Misplaced(String),
    /// A manifest that cannot be what was meant.
    #[error("it contradicts itself: {0}")]
    Contradiction(&'static str),
    /// A segment of another length than was written.
    #[error("it has {found} bytes, and {written} were written")]
    Length {
        /// Its length.
        found: u64,
        /// What its manifest says.
        written: u64,
    },
    /// A piece in a segment is not as it was written.
    #[error("piece {0} in it is corrupt")]
    Piece(String),
}
