//! Removing what instances left that will not come back. An instance clears its own folder, and nobody else's: so this is for a person.
//!
//! An instance lives while it puts objects, and who has put none for as long as it is told is taken for gone. Of each fingerprint the
//! furthest whole snapshot stays, whoever wrote it: a start finds no less than before.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use crate::{
    blobs::{BlobError, Blobs, Listed},
    manifest::Manifest,
    names::{Folder, Kind, Name, Shown, by_folder},
    restore,
};

/// What may be removed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prune {
    /// The present.
    pub now: SystemTime,
    /// For how long an instance has put nothing.
    pub older_than: Duration,
    /// Only these instances; none means any.
    pub instances: BTreeSet<String>,
    /// Also the last snapshot of a fingerprint that no instance lives under, where one lives under another.
    pub earlier_lines: bool,
}

/// What is to become of the folder of an instance under a fingerprint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judged {
    /// The fingerprint.
    pub fingerprint: String,
    /// The instance.
    pub instance: String,
    /// Its objects.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
    /// When the newest of them was put.
    pub written: SystemTime,
    /// Why it stays, if it does.
    pub kept: Option<Kept>,
}

/// Why a folder stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Kept {
    /// Something was put there not long ago.
    #[error("its instance lives")]
    Lives,
    /// It is not among those named.
    #[error("not asked for")]
    NotNamed,
    /// It has the furthest whole snapshot of its fingerprint.
    #[error("no other has a whole snapshot as far")]
    Furthest,
    /// Its instance came back while it was looked at.
    #[error("its instance came back")]
    CameBack,
}

/// Every folder in the store, and what is to become of it. Reads a snapshot of each fingerprint whole; removes nothing.
pub fn judge(blobs: &dyn Blobs, prune: &Prune) -> Result<Vec<Judged>, BlobError> {
    let folders = folders(blobs, "")?;
    let lives = |found: &Found| lives(prune, found.written);
    let living: BTreeSet<&str> = folders.iter().filter(|(_, found)| lives(found)).map(|(folder, _)| folder.fingerprint.as_str()).collect();
    let mut furthest = BTreeMap::new();
    for fingerprint in folders.keys().map(|folder| folder.fingerprint.as_str()).collect::<BTreeSet<_>>() {
        let given_up = prune.earlier_lines && !living.is_empty() && !living.contains(fingerprint);
        let of_it = folders.iter().filter(|(folder, _)| folder.fingerprint == fingerprint);
        if !given_up && let Some(folder) = furthest_whole(blobs, of_it)? {
            furthest.insert(fingerprint, folder);
        }
    }
    let judged = |(folder, found): (&Folder, &Found)| {
        let kept = if lives(found) {
            Some(Kept::Lives)
        } else if !prune.instances.is_empty() && !prune.instances.contains(&folder.instance) {
            Some(Kept::NotNamed)
        } else {
            furthest.get(folder.fingerprint.as_str()).filter(|furthest| *furthest == folder).map(|_| Kept::Furthest)
        };
        let (fingerprint, instance) = (folder.fingerprint.clone(), folder.instance.clone());
        Judged { fingerprint, instance, objects: found.objects(), bytes: found.bytes, written: found.written, kept }
    };
    Ok(folders.iter().map(judged).collect())
}

/// Removes a folder that is not to be kept: manifests first, so that what is left when it breaks off is no snapshot. Looks again before: one
/// whose instance has come back stays.
pub fn remove(blobs: &dyn Blobs, judged: &Judged, prune: &Prune) -> Result<Option<Kept>, BlobError> {
    if judged.kept.is_some() {
        return Ok(judged.kept);
    }
    let place = format!("{}/{}", judged.fingerprint, judged.instance);
    for (folder, found) in folders(blobs, &place)?.into_iter().filter(|(folder, _)| folder.path() == place) {
        if lives(prune, found.written) || found.written > judged.written {
            return Ok(Some(Kept::CameBack));
        }
        let (manifests, segments): (Vec<Name>, Vec<Name>) = found.shown.objects.keys().copied().partition(|name| name.kind == Kind::Manifest);
        let objects = manifests.into_iter().chain(segments).map(|name| folder.object(name));
        objects.chain(found.shown.leftovers.iter().cloned()).try_for_each(|object| blobs.delete(&object))?;
    }
    blobs.delete_folder(&place);
    Ok(None)
}

/// What a list shows of a folder, and when.
struct Found {
    shown: Shown,
    bytes: u64,
    written: SystemTime,
}

impl Found {
    fn objects(&self) -> usize {
        self.shown.objects.len() + self.shown.leftovers.len()
    }
}

fn lives(prune: &Prune, written: SystemTime) -> bool {
    // What is of the future is not old.
    prune.now.duration_since(written).map_or(true, |age| age < prune.older_than)
}

fn folders(blobs: &dyn Blobs, folder: &str) -> Result<BTreeMap<Folder, Found>, BlobError> {
    let listed = blobs.written(folder)?;
    let names: Vec<Listed> = listed.iter().map(|(listed, _)| listed.clone()).collect();
    let found = by_folder(&names).into_iter().map(|(folder, shown)| {
        let path = folder.path();
        let is_here = |name: &str| name.rsplit_once('/').is_some_and(|(place, _)| place == path);
        // Whatever lies there tells that somebody is at work, whether we know its name or not.
        let here = || listed.iter().filter(|(listed, _)| is_here(&listed.name));
        let written = here().map(|(_, at)| *at).max().unwrap_or(SystemTime::UNIX_EPOCH);
        let bytes = here().map(|(listed, _)| listed.size).fold(0, u64::saturating_add);
        (folder, Found { shown, bytes, written })
    });
    Ok(found.collect())
}

/// The folder with the snapshot that a start would take; of equals the one that was written last.
fn furthest_whole<'a>(blobs: &dyn Blobs, folders: impl Iterator<Item = (&'a Folder, &'a Found)>) -> Result<Option<Folder>, BlobError> {
    let mut candidates: Vec<(SystemTime, Manifest)> = Vec::new();
    for (folder, found) in folders {
        let manifests = restore::manifests(blobs, folder, &found.shown)?;
        candidates.extend(manifests.into_iter().filter_map(|(_, manifest)| Some((found.written, manifest.ok()?))));
    }
    candidates.sort_by_cached_key(|(written, manifest)| std::cmp::Reverse((manifest.progress(), *written, manifest.sequence)));
    for (_, manifest) in candidates {
        if restore::pieces(blobs, &manifest, &|_, _| {})?.is_ok() {
            return Ok(Some(manifest.folder()));
        }
    }
    Ok(None)
}
