//! Durable snapshots of a state in an object store: opaque pieces of bytes in, the same pieces out, whole or not at all.
//!
//! Not its job: what the pieces mean (`engine`), or when a snapshot is taken (the binary).
//!
//! Below the store's root lies `<fingerprint>/<instance>/<number, 20 digits>` with `.segment` (pieces, each compressed and with a
//! checksum) or `.manifest` (the offsets, and where each piece lies). Objects are never changed: each is put under a name that was
//! not there. Why a snapshot is never half of one and half of another:
//!
//! 1. A manifest is put last, after every segment it names is durable, and ends in a checksum of itself. So a manifest that reads
//!    whole names what was written for it, and each piece is held against its own checksum.
//! 2. An instance writes and deletes only in its own folder, and its manifests name only its own segments.
//! 3. A name is never used twice: the next number is above all that is listed and all that was tried. Of two processes that take
//!    themselves for one instance, one finds its name taken or the other's objects listed, at the latest before it would call its
//!    snapshot stored. It then trusts nothing it wrote before, and writes everything anew.
//! 4. Objects are deleted only after a newer snapshot is durable and known to be the only writer's; segments only if no kept manifest
//!    names them, and after the manifests that do. What an instance leaves that will not come back is removed by [`remove`], for a person.
//!
//! ```
//! use std::{collections::BTreeMap, sync::Arc};
//! use snapshots::{Line, Objects, Offsets, Piece};
//!
//! let store = Arc::new(Objects::open("memory://")?);
//! let mut line = Line::open(store.clone(), "c0ffee", "a")?;
//! assert!(line.newest(&[])?.snapshot.is_none());
//! let offsets = Offsets::from([(("web-visit".to_owned(), 0), 42)]);
//! line.store(&offsets, &[Piece { name: "web/0", changed: true }], &|_name| b"state".to_vec())?;
//!
//! let found = Line::open(store, "c0ffee", "b")?.newest(&[])?.snapshot.ok_or("none")?;
//! assert_eq!((found.offsets, found.pieces), (offsets, BTreeMap::from([("web/0".to_owned(), b"state".to_vec())])));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blobs;
mod clouds;
mod flaw;
mod inspect;
mod line;
mod manifest;
mod names;
mod objects;
mod prune;
mod refused;
mod restore;
mod segment;
pub mod simulated;
mod store;

pub use blobs::{BlobError, Blobs, Listed};
pub use flaw::{FORMAT, Flaw, Skipped};
pub use inspect::{Contents, Entry, check, list};
pub use line::{Found, Limits, Line, Snapshot};
pub use manifest::Offsets;
pub use names::{NameError, Origin};
pub use objects::Objects;
pub use prune::{Judged, Kept, Prune, judge, remove};
pub use refused::OpenError;
pub use restore::Tell;
pub use store::{Piece, StoreError, Stored};
