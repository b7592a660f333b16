//! What this crate asks of an object store: objects that are put once, read whole, listed and deleted.

use std::time::SystemTime;

use bytes::Bytes;

/// A store of immutable objects. Calls block until they are done; none may be made to wait for ever.
pub trait Blobs: Send + Sync {
    /// Puts an object under a name that is not there yet; when this returns, the object is durable.
    ///
    /// An error leaves it open whether the object is there, or a part of it.
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError>;

    /// All of an object.
    fn get(&self, name: &str) -> Result<Bytes, BlobError>;

    /// All of several objects, in their order; an implementation may fetch them side by side.
    fn get_all(&self, names: &[String]) -> Vec<Result<Bytes, BlobError>> {
        names.iter().map(|name| self.get(name)).collect()
    }

    /// Every object in a folder and below (the empty name: everywhere), and what interrupted puts left there, in any order.
    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError>;

    /// The same as [`list`](Blobs::list), and when each was put. In a store that cannot tell, that is now.
    fn written(&self, folder: &str) -> Result<Vec<(Listed, SystemTime)>, BlobError> {
        Ok(self.list(folder)?.into_iter().map(|listed| (listed, SystemTime::now())).collect())
    }

    /// Deletes an object; one that is not there is no error.
    fn delete(&self, name: &str) -> Result<(), BlobError>;

    /// Deletes a folder in which nothing is left, where folders are more than beginnings of names.
    fn delete_folder(&self, _name: &str) {}
}

/// An object in a list.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Listed {
    /// Its name, from the store's root.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
}

/// Why a store did not do what it was asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such object.
    #[error("no object {0} in the snapshot store")]
    Missing(String),
    /// The name that was to be put is taken.
    #[error("object {0} is in the snapshot store already")]
    Exists(String),
    /// Anything else: the store is away, full, read-only, or refuses.
    #[error("cannot {action} {name} in the snapshot store {store}: {why}")]
    Failed {
        /// What was asked for.
        action: &'static str,
        /// The object or folder.
        name: String,
        /// The store, as configured.
        store: String,
        /// The store's words.
        why: String,
    },
}
