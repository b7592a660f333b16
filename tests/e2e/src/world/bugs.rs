//! Bugs that can be planted in the wiring of an instance and under its store, to see that the world finds them.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use snapshots::{BlobError, Blobs, Listed};

/// A bug of the wiring or the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "each says what it is")]
pub enum Bug {
    ManifestBeforeSegments,
    DeletesBeforeItPuts,
    OffsetOffByOne,
    OffsetsOfALaterMoment,
    OlderStateNewerOffsets,
    DedupNotRestored,
    EveryMarkTrusted,
    FailedStoreTakenForStored,
    BookCapturedFirst,
    FiguresUnderWayNotInTheBook,
    FiguresDropped,
    FingerprintWithoutSettings,
    FingerprintWithoutTopics,
    SilentJump,
    NewPartitionFromItsEnd,
    ReadsOnWhereTheDeadStopped,
    ManifestChecksumIgnored,
    KeepsOneManifest,
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 18] = [
        Bug::ManifestBeforeSegments,
        Bug::DeletesBeforeItPuts,
        Bug::OffsetOffByOne,
        Bug::OffsetsOfALaterMoment,
        Bug::OlderStateNewerOffsets,
        Bug::DedupNotRestored,
        Bug::EveryMarkTrusted,
        Bug::FailedStoreTakenForStored,
        Bug::BookCapturedFirst,
        Bug::FiguresUnderWayNotInTheBook,
        Bug::FiguresDropped,
        Bug::FingerprintWithoutSettings,
        Bug::FingerprintWithoutTopics,
        Bug::SilentJump,
        Bug::NewPartitionFromItsEnd,
        Bug::ReadsOnWhereTheDeadStopped,
        Bug::ManifestChecksumIgnored,
        Bug::KeepsOneManifest,
    ];
}

/// A store with a bug of its own.
pub struct Buggy {
    blobs: Arc<dyn Blobs>,
    bug: Bug,
    /// Segments that are said to be put, and follow only after the manifest, before the next is put.
    held_back: Mutex<Vec<(String, Bytes)>>,
}

impl Buggy {
    /// A store as a bug would make it.
    pub fn new(blobs: Arc<dyn Blobs>, bug: Bug) -> Buggy {
        Buggy { blobs, bug, held_back: Mutex::default() }
    }

    fn release(&self) {
        let held_back: Vec<_> = self.held_back.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        for (name, bytes) in held_back {
            let _ = self.blobs.put_new(&name, bytes);
        }
    }

    fn delete_all_beside(&self, name: &str) {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let objects = self.blobs.list(folder).unwrap_or_default();
        objects.iter().filter(|object| object.name.ends_with(".manifest")).for_each(|object| _ = self.blobs.delete(&object.name));
    }
}

impl Blobs for Buggy {
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        match self.bug {
            Bug::ManifestBeforeSegments if name.ends_with(".segment") => {
                self.release();
                self.held_back.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), bytes));
                Ok(())
            }
            Bug::DeletesBeforeItPuts if name.ends_with(".manifest") => {
                self.delete_all_beside(name);
                self.blobs.put_new(name, bytes)
            }
            _ => self.blobs.put_new(name, bytes),
        }
    }

    fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        let bytes = self.blobs.get(name)?;
        match bytes.split_last_chunk::<4>() {
            // Whatever the manifest says, its checksum is made to agree.
            Some((body, _)) if self.bug == Bug::ManifestChecksumIgnored && name.ends_with(".manifest") => {
                Ok([body, &crc32c::crc32c(body).to_le_bytes()].concat().into())
            }
            _ => Ok(bytes),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError> {
        let mut listed = self.blobs.list(folder)?;
        let held_back = self.held_back.lock().unwrap_or_else(PoisonError::into_inner);
        listed.extend(held_back.iter().map(|(name, bytes)| Listed { name: name.clone(), size: bytes.len() as u64 }));
        Ok(listed)
    }

    fn delete(&self, name: &str) -> Result<(), BlobError> {
        self.blobs.delete(name)
    }
}
