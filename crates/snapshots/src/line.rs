//! A line of snapshots: those of one instance under one fingerprint, and the start from the newest of any instance.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    blobs::{BlobError, Blobs},
    flaw::Skipped,
    manifest::{Location, Manifest, Offsets},
    names::{Folder, Kind, Name, NameError, Origin, Shown, by_folder},
    restore::{self, Tell},
};

/// How much is kept and how it is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Manifests of an instance that are kept; at least one is.
    pub manifests: usize,
    /// Segments that one manifest names. At more, the smaller half is written anew into one.
    pub segments: usize,
    /// Bytes at which a segment is closed and another begun.
    pub segment_bytes: usize,
    /// zstd's level, 1 to 3 for speed.
    pub level: i32,
}

/// The snapshots of one instance under one fingerprint.
///
/// Not for two threads, and an instance has one line at a time in one process; another is found out and refused.
pub struct Line {
    pub(crate) blobs: Arc<dyn Blobs>,
    pub(crate) own: Folder,
    pub(crate) limits: Limits,
    /// What of the own folder is known to be ours; none before the first look, and after another writer was found there.
    pub(crate) held: Option<Held>,
    /// Where those pieces lie that have not changed since the newest stored snapshot.
    pub(crate) places: BTreeMap<String, Location>,
    /// The lengths of the segments that snapshot names.
    pub(crate) lengths: BTreeMap<u64, u64>,
}

/// What is known to be in the own folder.
pub(crate) struct Held {
    /// The next number: above all that is there, and all that was tried.
    pub(crate) next: u64,
    /// All that was there at the first look, and all that was tried since.
    pub(crate) names: BTreeSet<Name>,
    /// The whole manifests that are kept, each with the segments it names.
    pub(crate) manifests: BTreeMap<u64, BTreeSet<u64>>,
}

/// What the search for a snapshot to start from found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The newest whole one.
    pub snapshot: Option<Snapshot>,
    /// What was passed over on the way to it.
    pub skipped: Vec<Skipped>,
}

/// A snapshot, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The moment it is of.
    pub offsets: Offsets,
    /// Its pieces by name.
    pub pieces: BTreeMap<String, Vec<u8>>,
    /// Who wrote it, and which it is.
    pub origin: Origin,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { manifests: 3, segments: 64, segment_bytes: 64 << 20, level: 1 }
    }
}

impl Line {
    /// The line of an instance. Looks at nothing yet.
    pub fn open(blobs: Arc<dyn Blobs>, fingerprint: &str, instance: &str) -> Result<Line, NameError> {
        let own = Folder::new(fingerprint, instance)?;
        Ok(Line { blobs, own, limits: Limits::default(), held: None, places: BTreeMap::new(), lengths: BTreeMap::new() })
    }

    /// The same with other limits.
    pub fn with_limits(self, limits: Limits) -> Line {
        Line { limits, ..self }
    }

    /// Finds the newest whole snapshot of any instance to start from, except those `refused`: such as no state could be made of.
    ///
    /// The newest is the one furthest into the topics, whenever it was written; of equals the own, then by instance and sequence.
    /// What is corrupt, cut or foreign is passed over; that the store cannot be read is an error, and nothing is decided.
    ///
    /// The next [`store`](Line::store) takes the pieces for those of the snapshot found here, changed only where it is said.
    pub fn newest(&mut self, refused: &[Origin]) -> Result<Found, BlobError> {
        self.newest_telling(refused, &|_, _| {})
    }

    /// The same, telling how many bytes of a snapshot are read, of how many.
    pub fn newest_telling(&mut self, refused: &[Origin], tell: Tell<'_>) -> Result<Found, BlobError> {
        self.forget();
        let folders = by_folder(&self.blobs.list(&self.own.fingerprint)?);
        let mut candidates = Vec::new();
        let mut skipped = Vec::new();
        for (folder, shown) in folders.iter().filter(|(folder, _)| folder.fingerprint == self.own.fingerprint) {
            for (_, manifest) in restore::manifests(&*self.blobs, folder, shown)? {
                match manifest {
                    Ok(manifest) => candidates.push(manifest),
                    Err(flawed) => skipped.push(flawed),
                }
            }
        }
        let mut held = Held::new(folders.get(&self.own).unwrap_or(&Shown::default()), candidates.iter().filter(|m| m.folder() == self.own));
        // Equals are of the same records, so nothing is lost by taking the own, whose segments need not be written again.
        let rank = |m: &Manifest| (m.progress(), m.instance == self.own.instance, m.instance.clone(), m.sequence);
        candidates.sort_by_cached_key(|manifest| std::cmp::Reverse(rank(manifest)));
        let mut snapshot = None;
        for manifest in candidates {
            let origin = manifest.folder().origin(manifest.sequence);
            if refused.contains(&origin) {
                continue;
            }
            let is_own = manifest.folder() == self.own;
            match restore::pieces(&*self.blobs, &manifest, tell)? {
                Ok(pieces) => {
                    if is_own {
                        (self.places, self.lengths) = (manifest.pieces, manifest.segments);
                    }
                    snapshot = Some(Snapshot { offsets: manifest.offsets, pieces, origin });
                    break;
                }
                Err(flawed) => {
                    // It is not kept for what it is not: a snapshot.
                    if is_own {
                        held.manifests.remove(&manifest.sequence);
                    }
                    if !skipped.contains(&flawed) {
                        skipped.push(flawed);
                    }
                }
            }
        }
        self.held = Some(held);
        Ok(Found { snapshot, skipped })
    }

    /// Trusts nothing that was written before.
    pub(crate) fn forget(&mut self) {
        self.held = None;
        self.places.clear();
        self.lengths.clear();
    }
}

impl Held {
    /// Takes all that a list shows for ours, and keeps those manifests of which all segments are there: a crash may bring back a
    /// manifest that was deleted, and not its segments.
    pub(crate) fn new<'a>(shown: &Shown, manifests: impl Iterator<Item = &'a Manifest>) -> Held {
        let next = shown.objects.keys().map(|name| name.number + 1).max().unwrap_or(1);
        let is_there = |(number, length): (&u64, &u64)| shown.objects.get(&Name::segment(*number)) == Some(length);
        let whole = manifests.filter(|manifest| manifest.segments.iter().all(is_there));
        let manifests = whole.map(|manifest| (manifest.sequence, manifest.segments.keys().copied().collect())).collect();
        Held { next, names: shown.objects.keys().copied().collect(), manifests }
    }

    /// A name that is listed and not ours: another process writes here.
    pub(crate) fn stranger(&self, shown: &Shown) -> Option<Name> {
        let is_old = |name: &Name| name.number.saturating_add(REMEMBERED) < self.next;
        shown.objects.keys().find(|name| !is_old(name) && !self.names.contains(name)).copied()
    }

    /// Forgets names so old that only a list of long ago could show them.
    pub(crate) fn prune(&mut self, shown: &Shown) {
        let next = self.next;
        self.names.retain(|name| name.number.saturating_add(REMEMBERED) >= next || shown.objects.contains_key(name));
    }

    /// The name of the next object; it is ours from now on, whether it comes to be or not.
    pub(crate) fn take(&mut self, kind: Kind) -> Name {
        let name = Name { number: self.next, kind };
        self.next += 1;
        self.names.insert(name);
        name
    }
}

/// Numbers for which it is remembered which names are ours, even when they are no longer listed.
const REMEMBERED: u64 = 4096;
