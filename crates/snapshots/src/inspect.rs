//! What lies in a store, for people: every snapshot of every instance, and whether it is whole.

use crate::{
    blobs::{BlobError, Blobs},
    flaw::Skipped,
    manifest::{Manifest, Offsets},
    names::{Name, Origin, by_folder},
    restore,
};

/// A snapshot in the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The fingerprint it lies under.
    pub fingerprint: String,
    /// Whose it is, and which.
    pub origin: Origin,
    /// What its manifest says, or what is wrong with the first object that is not as it was written.
    pub contents: Result<Contents, Skipped>,
}

/// What a manifest says of its snapshot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contents {
    /// The moment it is of.
    pub offsets: Offsets,
    /// How many pieces it has.
    pub pieces: usize,
    /// Bytes of its pieces.
    pub bytes: u64,
    /// Bytes of its pieces in the store, compressed.
    pub stored_bytes: u64,
    /// The segments it names: their names in the store and their lengths.
    pub segments: Vec<(String, u64)>,
}

/// Every snapshot in the store by fingerprint, instance and sequence, as its manifest says.
pub fn list(blobs: &dyn Blobs) -> Result<Vec<Entry>, BlobError> {
    entries(blobs, &|_manifest| Ok(None))
}

/// The same, with every piece read and held against its checksum.
pub fn check(blobs: &dyn Blobs) -> Result<Vec<Entry>, BlobError> {
    entries(blobs, &|manifest| Ok(restore::pieces(blobs, manifest, &|_, _| {})?.err()))
}

fn entries(blobs: &dyn Blobs, flaw: &dyn Fn(&Manifest) -> Result<Option<Skipped>, BlobError>) -> Result<Vec<Entry>, BlobError> {
    let mut entries = Vec::new();
    for (folder, shown) in by_folder(&blobs.list("")?) {
        for (sequence, manifest) in restore::manifests(blobs, &folder, &shown)? {
            let contents = match manifest {
                Ok(manifest) => flaw(&manifest)?.map_or_else(|| Ok(contents(&manifest)), Err),
                Err(flawed) => Err(flawed),
            };
            entries.push(Entry { fingerprint: folder.fingerprint.clone(), origin: folder.origin(sequence), contents });
        }
    }
    Ok(entries)
}

fn contents(manifest: &Manifest) -> Contents {
    let folder = manifest.folder();
    Contents {
        offsets: manifest.offsets.clone(),
        pieces: manifest.pieces.len(),
        bytes: manifest.pieces.values().map(|place| place.size).fold(0, u64::saturating_add),
        stored_bytes: manifest.pieces.values().map(|place| place.length).fold(0, u64::saturating_add),
        segments: manifest.segments.iter().map(|(number, length)| (folder.object(Name::segment(*number)), *length)).collect(),
    }
}
