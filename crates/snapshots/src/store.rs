//! Taking a snapshot: what changed into new segments, then the manifest, then what is no longer needed is deleted.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::{
    blobs::{BlobError, Blobs},
    flaw::{Flaw, Skipped},
    line::{Held, Limits, Line},
    manifest::{Location, MANIFEST_BYTES, Manifest, Offsets},
    names::{Kind, Name, Shown, by_folder},
    restore,
    segment::Draft,
};

/// A piece of a state that is to be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece<'a> {
    /// Its name, the same in every snapshot.
    pub name: &'a str,
    /// Whether it may be another than in the last call of [`Line::store`], failed or not, or than in the snapshot
    /// [`Line::newest`] found since.
    pub changed: bool,
}

/// A snapshot that is durable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// Its sequence number.
    pub sequence: u64,
    /// Its pieces.
    pub pieces: usize,
    /// Those of them that were written anew.
    pub pieces_written: usize,
    /// Bytes of its pieces, compressed.
    pub bytes: u64,
    /// Bytes that were put, the manifest's among them.
    pub bytes_written: u64,
    /// Segments it names.
    pub segments: usize,
    /// Older segments that had been deleted or cut by others; their pieces were written anew.
    pub skipped: Vec<Skipped>,
    /// What could not be deleted; it is tried again after the next snapshot.
    pub undeleted: Vec<BlobError>,
}

/// Why there is no new snapshot. The earlier ones are as they were, and the next attempt writes what this one would have.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreError {
    /// Two processes take themselves for one instance.
    #[error("another process puts or deletes snapshots of instance {instance} ({object}): give every instance its own name")]
    Conflict {
        /// The instance.
        instance: String,
        /// What the other put or deleted.
        object: String,
    },
    /// A piece cannot be stored.
    #[error("piece {name} of the snapshot cannot be stored: {why}")]
    Piece {
        /// The piece.
        name: String,
        /// Why.
        why: String,
    },
    /// The list of pieces is longer than a manifest may be.
    #[error("the manifest of {pieces} pieces would have {bytes} bytes, and may have {MANIFEST_BYTES}: cut the state into larger pieces")]
    Manifest {
        /// How many pieces.
        pieces: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// The store did not do what it was asked.
    #[error(transparent)]
    Store(#[from] BlobError),
}

/// A snapshot while it is being written.
struct Writing<'a> {
    blobs: &'a dyn Blobs,
    held: &'a mut Held,
    manifest: Manifest,
    written: u64,
}

impl Line {
    /// Stores a snapshot of all `pieces` at `offsets`; `bytes` gives those of any piece, of that same moment.
    pub fn store(&mut self, offsets: &Offsets, pieces: &[Piece<'_>], bytes: &dyn Fn(&str) -> Vec<u8>) -> Result<Stored, StoreError> {
        // Before anything can fail: what changed now has no place the next time either.
        let unchanged: BTreeSet<&str> = pieces.iter().filter(|piece| !piece.changed).map(|piece| piece.name).collect();
        self.places.retain(|name, _| unchanged.contains(name.as_str()));
        let mut held = match self.held.take() {
            Some(held) => held,
            None => self.adopt()?,
        };
        let stored = self.store_beside(&mut held, offsets, pieces, bytes);
        match stored {
            // The other may delete what we wrote before.
            Err(StoreError::Conflict { .. }) => self.forget(),
            _ => self.held = Some(held),
        }
        stored
    }

    fn store_beside(
        &mut self,
        held: &mut Held,
        offsets: &Offsets,
        pieces: &[Piece<'_>],
        bytes: &dyn Fn(&str) -> Vec<u8>,
    ) -> Result<Stored, StoreError> {
        let shown = self.look()?;
        self.only_ours(held, &shown)?;
        let skipped = self.lost(&self.lengths, &shown);
        let manifest = self.unchanged(offsets, &shown);
        let before = manifest.pieces.len();
        let mut writing = Writing { blobs: &*self.blobs, held: &mut *held, manifest, written: 0 };
        writing.segments(pieces, bytes, self.limits)?;
        writing.manifest()?;
        let Writing { manifest, written, .. } = writing;

        // Of two that write here at once, each deletes only after its manifest and this second look: one of them sees the other's.
        let shown = self.look()?;
        self.only_ours(held, &shown)?;
        if let Some(Skipped { object, .. }) = self.lost(&manifest.segments, &shown).pop() {
            return Err(StoreError::Conflict { instance: manifest.instance, object });
        }
        held.manifests.insert(manifest.sequence, manifest.segments.keys().copied().collect());
        let undeleted = self.clean(held, &shown);
        held.prune(&shown);
        let stored = Stored {
            sequence: manifest.sequence,
            pieces: manifest.pieces.len(),
            pieces_written: manifest.pieces.len() - before,
            bytes: manifest.pieces.values().map(|place| place.length).sum(),
            bytes_written: written,
            segments: manifest.segments.len(),
            skipped,
            undeleted,
        };
        (self.places, self.lengths) = (manifest.pieces, manifest.segments);
        Ok(stored)
    }

    /// Takes all that is in the own folder for ours.
    fn adopt(&self) -> Result<Held, BlobError> {
        let shown = self.look()?;
        let manifests = restore::manifests(&*self.blobs, &self.own, &shown)?;
        Ok(Held::new(&shown, manifests.iter().filter_map(|(_, manifest)| manifest.as_ref().ok())))
    }

    /// What is in the own folder.
    fn look(&self) -> Result<Shown, BlobError> {
        Ok(by_folder(&self.blobs.list(&self.own.path())?).remove(&self.own).unwrap_or_default())
    }

    fn only_ours(&self, held: &Held, shown: &Shown) -> Result<(), StoreError> {
        let conflict = |name| Err(StoreError::Conflict { instance: self.own.instance.clone(), object: self.own.object(name) });
        held.stranger(shown).map_or(Ok(()), conflict)
    }

    /// Segments that are no longer there, or not all of them.
    fn lost(&self, lengths: &BTreeMap<u64, u64>, shown: &Shown) -> Vec<Skipped> {
        let lost = lengths.iter().filter_map(|(number, written)| {
            let name = Name::segment(*number);
            let why = match shown.objects.get(&name) {
                Some(found) if found == written => return None,
                Some(found) => Flaw::Length { found: *found, written: *written },
                None => Flaw::Gone,
            };
            Some(Skipped { object: self.own.object(name), why })
        });
        lost.collect()
    }

    /// The manifest with those pieces that stay where they are.
    fn unchanged(&self, offsets: &Offsets, shown: &Shown) -> Manifest {
        let anew = anew(&self.places, &self.lengths, self.limits.segments);
        let length =
            |place: &Location| self.lengths.get(&place.segment).filter(|length| shown.objects.get(&Name::segment(place.segment)) == Some(length));
        let (mut segments, mut pieces) = (BTreeMap::new(), BTreeMap::new());
        for (name, place) in self.places.iter().filter(|(_, place)| !anew.contains(&place.segment)) {
            if let Some(length) = length(place) {
                segments.insert(place.segment, *length);
                pieces.insert(name.clone(), *place);
            }
        }
        let (fingerprint, instance) = (self.own.fingerprint.clone(), self.own.instance.clone());
        Manifest { fingerprint, instance, sequence: 0, offsets: offsets.clone(), segments, pieces }
    }

    /// Deletes what is there and nothing kept names: manifests first, and segments only when no manifest is left that should not be.
    fn clean(&self, held: &mut Held, shown: &Shown) -> Vec<BlobError> {
        // One that lost a segment is no snapshot, and must not take the place of one.
        held.manifests.retain(|_, named| named.iter().all(|number| shown.objects.contains_key(&Name::segment(*number))));
        while held.manifests.len() > self.limits.manifests.max(1) {
            held.manifests.pop_first();
        }
        let named: BTreeSet<u64> = held.manifests.values().flatten().copied().collect();
        let is_needed = |name: &Name| match name.kind {
            Kind::Manifest => held.manifests.contains_key(&name.number),
            Kind::Segment => named.contains(&name.number),
        };
        let (manifests, segments): (Vec<Name>, Vec<Name>) =
            shown.objects.keys().filter(|name| !is_needed(name)).partition(|name| name.kind == Kind::Manifest);
        let delete = |name: String| self.blobs.delete(&name).err();
        let undeleted: Vec<BlobError> = manifests.into_iter().map(|name| self.own.object(name)).filter_map(delete).collect();
        if !undeleted.is_empty() {
            return undeleted;
        }
        let segments = segments.into_iter().map(|name| self.own.object(name));
        segments.chain(shown.leftovers.iter().cloned()).filter_map(delete).collect()
    }
}

impl Writing<'_> {
    /// Puts all pieces that have no place yet.
    fn segments(&mut self, pieces: &[Piece<'_>], bytes: &dyn Fn(&str) -> Vec<u8>, limits: Limits) -> Result<(), StoreError> {
        let refused = |name: &str| {
            let name = name.to_owned();
            move |why: std::io::Error| StoreError::Piece { name, why: why.to_string() }
        };
        let mut draft = Draft::new(limits.level).map_err(refused("(any)"))?;
        let missing: BTreeSet<&str> = pieces.iter().map(|piece| piece.name).filter(|name| !self.manifest.pieces.contains_key(*name)).collect();
        for name in missing {
            let piece = bytes(name);
            let packed = draft.pack(&piece).map_err(refused(name))?;
            if draft.is_full(packed.len(), limits.segment_bytes) {
                self.segment(&mut draft)?;
            }
            draft.push(name, piece.len(), &packed);
        }
        if draft.is_empty() { Ok(()) } else { self.segment(&mut draft) }
    }

    fn segment(&mut self, draft: &mut Draft) -> Result<(), StoreError> {
        let name = self.held.take(Kind::Segment);
        let (bytes, places) = draft.take(name.number);
        self.manifest.segments.insert(name.number, bytes.len() as u64);
        self.manifest.pieces.extend(places);
        self.put(name, bytes.into())
    }

    /// Puts the manifest. Every segment it names was acknowledged, now or by an earlier snapshot.
    fn manifest(&mut self) -> Result<(), StoreError> {
        let name = self.held.take(Kind::Manifest);
        self.manifest.sequence = name.number;
        let bytes = self.manifest.encode();
        if bytes.len() as u64 > MANIFEST_BYTES {
            return Err(StoreError::Manifest { pieces: self.manifest.pieces.len(), bytes: bytes.len() });
        }
        self.put(name, bytes.into())
    }

    fn put(&mut self, name: Name, bytes: Bytes) -> Result<(), StoreError> {
        let object = self.manifest.folder().object(name);
        self.written += bytes.len() as u64;
        match self.blobs.put_new(&object, bytes.clone()) {
            // A store's client tries again when an acknowledgement is lost, and then finds what it put the first time.
            Err(BlobError::Exists(_)) => match self.blobs.get(&object) {
                Ok(there) if there == bytes => Ok(()),
                Ok(_) | Err(BlobError::Missing(_)) => Err(StoreError::Conflict { instance: self.manifest.instance.clone(), object }),
                Err(wrong) => Err(wrong.into()),
            },
            put => Ok(put?),
        }
    }
}

/// The segments whose living pieces are written anew: those of which less than half is alive, so that what is stored is less than
/// twice what is named; and beyond `most` segments the smaller half, so that a start need not fetch ever more of them.
fn anew(places: &BTreeMap<String, Location>, lengths: &BTreeMap<u64, u64>, most: usize) -> BTreeSet<u64> {
    let mut alive: BTreeMap<u64, u64> = BTreeMap::new();
    for place in places.values() {
        *alive.entry(place.segment).or_default() += place.length;
    }
    let is_waste = |number: &u64, alive: u64| lengths.get(number).is_none_or(|length| alive < length.div_ceil(2));
    let mut anew: BTreeSet<u64> = alive.iter().filter(|(number, alive)| is_waste(number, **alive)).map(|(number, _)| *number).collect();
    let mut rest: Vec<(u64, u64)> = alive.into_iter().filter(|(number, _)| !anew.contains(number)).map(|(number, alive)| (alive, number)).collect();
    if rest.len() >= most {
        rest.sort_unstable();
        anew.extend(rest.iter().take(rest.len().div_ceil(2)).map(|(_, number)| *number));
    }
    anew
}
