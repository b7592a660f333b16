//! Two at one store: between two operations of the one, all that the other does.

use std::sync::{Arc, Mutex, PoisonError, mpsc};

use bytes::Bytes;
use snapshots::{BlobError, Blobs, Listed};

/// What the other does.
type Other = Box<dyn FnOnce() + Send>;

/// A store as one instance sees it, where another may come in between.
pub struct Beside {
    blobs: Arc<dyn Blobs>,
    /// The operations before which it does not, and what it does.
    other: Mutex<Option<(usize, Other)>>,
}

impl Beside {
    /// A store in which nobody comes in between yet.
    pub fn new(blobs: Arc<dyn Blobs>) -> Beside {
        Beside { blobs, other: Mutex::default() }
    }

    /// Does one thing at this store, and after so many operations of that, or at its end, the other.
    pub fn meanwhile<T: Send + 'static, U>(
        &self,
        operations: usize,
        other: impl FnOnce() -> T + Send + 'static,
        one: impl FnOnce() -> U,
    ) -> Result<(T, U), String> {
        let (tell, told) = mpsc::channel();
        let other: Other = Box::new(move || _ = tell.send(other()));
        *self.other.lock().unwrap_or_else(PoisonError::into_inner) = Some((operations, other));
        let one = one();
        self.pass(usize::MAX);
        told.recv().map(|other| (other, one)).map_err(|_| "the other did nothing".to_owned())
    }

    fn pass(&self, operations: usize) {
        let due = {
            let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
            match other.take() {
                Some((left, other)) if left < operations => Some(other),
                waiting => {
                    *other = waiting.map(|(left, other)| (left - operations, other));
                    None
                }
            }
        };
        // Not under the lock: the other may be one who uses this store too.
        due.into_iter().for_each(|other| other());
    }
}

impl Blobs for Beside {
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.pass(1);
        self.blobs.put_new(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        self.pass(1);
        self.blobs.get(name)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError> {
        self.pass(1);
        self.blobs.list(folder)
    }

    fn delete(&self, name: &str) -> Result<(), BlobError> {
        self.pass(1);
        self.blobs.delete(name)
    }
}
