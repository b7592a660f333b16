//! Snapshots of the running state: taken every so often and at the end, and what a start goes on from.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use ::snapshots::{Line, Objects, Offsets, Origin};
use engine::{Book, DedupLimits, SourcePartition, Stream};
use kafka::Topic;
use model::{EventType, Settings};
use panes::pieces::{Mark, Piece, PieceError, Pieces};
use tracing::{info, warn};

use super::{
    Shared,
    interactions::family,
    worker::{CAPTURE, Captured},
};
use crate::{
    commands::now,
    config::{Loaded, Topics},
    failure::Failure,
};

/// How long a sleep may keep a stop waiting.
const NAP: Duration = Duration::from_millis(50);

/// The snapshots of this instance.
pub type Store = Line;

/// Opens the store that is configured; the line is that of everything that changes the fold.
pub fn open(loaded: &Loaded, topics: &[Topic]) -> Result<Option<Store>, Failure> {
    let Some(configured) = &loaded.snapshots else { return Ok(None) };
    let store = Arc::new(Objects::open(&configured.url).map_err(Failure::usage)?);
    let fingerprint = fingerprint(loaded, topics);
    Line::open(store, &fingerprint, &configured.instance).map(Some).map_err(Failure::usage)
}

/// What two instances must have in common to give the same numbers at the same offsets.
pub fn fingerprint(loaded: &Loaded, topics: &[Topic]) -> String {
    let mut digest = engine::fold_digest(&loaded.settings, loaded.dedup);
    digest.number(::snapshots::FORMAT);
    for of in EventType::ALL {
        let name = loaded.topics.of(of);
        let id = topics.iter().find(|topic| *topic.name == *name).and_then(|topic| topic.id);
        digest.text(Some(name)).text(id.map(|id| id.to_string()).as_deref());
    }
    format!("{:016x}", digest.finish())
}

/// The state of a snapshot.
#[derive(Default)]
pub struct Restored {
    /// The book.
    pub book: Option<Book>,
    /// The streams by partition.
    pub streams: BTreeMap<SourcePartition, Stream>,
}

/// The newest state that can be made of a snapshot; what is passed over is said.
pub fn restore(store: &mut Store, loaded: &Loaded) -> Restored {
    restore_but(store, loaded, Vec::new())
}

/// The newest state that can be made of a snapshot that is not among those refused.
pub fn restore_but(store: &mut Store, loaded: &Loaded, mut refused: Vec<Origin>) -> Restored {
    let begun = Instant::now();
    loop {
        let found = match store.newest(&refused) {
            Ok(found) => found,
            Err(error) => {
                warn!("{error}; the state is rebuilt from the beginning of the topics");
                return Restored::default();
            }
        };
        found.skipped.iter().for_each(|skipped| warn!("{skipped}"));
        let Some(snapshot) = found.snapshot else {
            info!("no snapshot to go on from; the state is built from the beginning of the topics");
            return Restored::default();
        };
        match state_of(&snapshot.offsets, &snapshot.pieces, &Arc::new(loaded.settings.clone()), loaded.dedup, &loaded.topics) {
            Ok(restored) => {
                let records: i64 = snapshot.offsets.values().sum();
                info!("going on from snapshot {} after {records} records, restored in {} ms", snapshot.origin, begun.elapsed().as_millis());
                return restored;
            }
            Err(error) => {
                warn!("snapshot {} is passed over: {error}", snapshot.origin);
                refused.push(snapshot.origin);
            }
        }
    }
}

/// The state of a snapshot's pieces.
pub fn state_of(offsets: &Offsets, pieces: &Pieces, settings: &Arc<Settings>, limits: DedupLimits, topics: &Topics) -> Result<Restored, PieceError> {
    let mut streams = BTreeMap::new();
    for (topic, number) in offsets.keys() {
        let of = EventType::ALL.into_iter().find(|of| topics.of(*of) == topic);
        if let Some(topic) = of.filter(|of| !super::is_entity(*of)) {
            let source = SourcePartition { topic, partition: *number };
            streams.insert(source, Stream::restore(Arc::clone(settings), limits, &family(source), pieces)?);
        }
    }
    Ok(Restored { book: Some(Book::restore(Arc::clone(settings), pieces)?), streams })
}

/// Takes snapshots.
pub struct Snapshots {
    store: Store,
    every: Duration,
    /// Those who fold interactions, then the book: it must have folded every figure that they have passed on.
    workers: Vec<Sender<Sender<Captured>>>,
    shared: Arc<Shared>,
    /// The pieces as the last snapshot has them.
    marks: BTreeMap<String, Mark>,
}

impl Snapshots {
    /// Snapshots of what the workers fold, the book's last.
    pub(super) fn new(store: Store, every: Duration, workers: Vec<Sender<Sender<Captured>>>, shared: Arc<Shared>) -> Snapshots {
        Snapshots { store, every, workers, shared, marks: BTreeMap::new() }
    }

    /// Takes one every so often until the pipeline stops, and then the last.
    pub fn run(mut self) {
        let mut next = Instant::now() + self.every;
        while !self.shared.is_stopping() {
            if Instant::now() < next {
                sleep(NAP);
                continue;
            }
            next = Instant::now() + self.every;
            self.take();
        }
        self.take();
    }

    fn take(&mut self) {
        match self.captured() {
            Some(captured) => self.store(captured),
            None => {
                warn!("a thread does not come to capture its state; the next snapshot is tried in {} s", self.every.as_secs());
                self.shared.board.snapshot_failed();
            }
        }
    }

    fn captured(&self) -> Option<Captured> {
        let (last, first) = self.workers.split_last()?;
        let mut all = Captured::default();
        for workers in [first, std::slice::from_ref(last)] {
            let (reply, replies) = mpsc::channel();
            for worker in workers {
                worker.send(reply.clone()).ok()?;
            }
            drop(reply);
            for _ in workers {
                match replies.recv_timeout(CAPTURE) {
                    Ok(captured) => {
                        all.pieces.extend(captured.pieces);
                        all.offsets.extend(captured.offsets);
                    }
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
                }
            }
        }
        Some(all)
    }

    fn store(&mut self, captured: Captured) {
        // A record before the snapshot's offsets is not read again, so its dead letter must be delivered.
        if let Err(Failure::Failed(error) | Failure::Usage(error)) = self.shared.dead_letters.flush() {
            warn!("no snapshot before the dead letters are delivered: {error}; the next is tried in {} s", self.every.as_secs());
            return self.shared.board.snapshot_failed();
        }
        let offsets: Offsets =
            captured.offsets.into_iter().map(|(partition, next)| ((partition.topic.to_string(), partition.number), next)).collect();
        let pieces: BTreeMap<String, Piece> = captured.pieces.into_iter().map(|piece| (piece.name().to_owned(), piece)).collect();
        let is_changed = |piece: &Piece| self.marks.get(piece.name()).is_none_or(|mark| !piece.is_unchanged_since(mark));
        let listed: Vec<::snapshots::Piece<'_>> =
            pieces.iter().map(|(name, piece)| ::snapshots::Piece { name, changed: is_changed(piece) }).collect();
        let encode = |name: &str| pieces.get(name).map(Piece::encode).unwrap_or_default();
        match self.store.store(&offsets, &listed, &encode) {
            Ok(stored) => {
                tracing::debug!("{stored:?}");
                self.marks = pieces.iter().map(|(name, piece)| (name.clone(), piece.mark())).collect();
                self.shared.board.snapshot_stored(now());
            }
            Err(error) => {
                warn!("{error}; the snapshots before are as they were, the next is tried in {} s", self.every.as_secs());
                self.shared.board.snapshot_failed();
            }
        }
    }
}
