//! Snapshots of the running state: taken every so often and at the end, and what a start goes on from.

mod keeper;

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use ::snapshots::{Line, Objects, Offsets, Origin, StoreError, Stored, Tell};
use engine::{Book, DedupLimits, SharedVisitors, SourcePartition, Stream};
use model::{EventType, Settings};
use pieces::{Piece, PieceError, Pieces};
use source::Topic;
use tracing::{info, warn};

use crate::{
    Failure, Setup, Topics,
    history::History,
    interactions::family,
    mailbox::{CAPTURE, Captured},
    now,
    shared::{Shared, is_entity},
    trouble::Trouble,
};

pub use keeper::Keeper;

/// What to do about a store that does not do what it should.
const LOOK_AFTER: &str = "see that it is there, has room and may be read and written";

/// Where and how often the state is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kept {
    /// A folder, or the URL of an object store.
    pub url: String,
    /// How often.
    pub every: Duration,
    /// The name under which this instance writes.
    pub instance: String,
}

/// The snapshots of this instance.
pub type Store = Line;

/// Opens the store that is configured; the line is that of everything that changes the fold.
pub fn open(setup: &Setup, topics: &[Topic]) -> Result<Option<Store>, Failure> {
    let Some(configured) = &setup.snapshots else { return Ok(None) };
    let store = Arc::new(Objects::open(&configured.url).map_err(Failure::usage)?);
    let fingerprint = fingerprint(setup, topics);
    Line::open(store, &fingerprint, &configured.instance).map(Some).map_err(Failure::usage)
}

/// What two instances must have in common to give the same numbers at the same offsets.
pub fn fingerprint(setup: &Setup, topics: &[Topic]) -> String {
    let mut digest = engine::fold_digest(&setup.settings, setup.dedup);
    digest.number(::snapshots::FORMAT);
    setup.schemas.digest(&mut digest);
    for of in EventType::ALL {
        let name = setup.topics.of(of);
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
    /// The visitors that they had handed over.
    pub visitors: Option<SharedVisitors>,
    /// What was gone of the topics when the state was begun.
    pub history: History,
    /// Why the store gave nothing, where it should have.
    pub unread: Option<String>,
}

impl Restored {
    /// The offset of the next record of a partition; none where nothing of it is folded.
    pub fn next(&self, source: SourcePartition) -> Option<i64> {
        if is_entity(source.topic) { self.book.as_ref()?.offsets().next(source) } else { self.streams.get(&source)?.offsets().next(source) }
    }

    /// Refuses to trade a state that may still be had for one that lacks records: it would write snapshots of that, and others
    /// would go on from them.
    pub fn is_allowed(&self, setup: &Setup) -> Result<(), Failure> {
        let missing = self.history.missing(setup);
        match (&self.unread, missing.first()) {
            (Some(unread), Some(missing)) => Err(Failure::failed(format_args!(
                "{unread}; and Kafka alone does not have everything: {missing}; mend the snapshot store and start again, or go on \
                 without those records by another snapshots.url"
            ))),
            _ => Ok(()),
        }
    }
}

/// The newest state that can be made of a snapshot; what is passed over is said.
/// How far it is with that is told.
pub fn restore(store: &mut Store, setup: &Setup, tell: Tell<'_>) -> Restored {
    restore_telling(store, setup, Vec::new(), tell)
}

/// The newest state that can be made of a snapshot that is not among those refused.
pub fn restore_but(store: &mut Store, setup: &Setup, refused: Vec<Origin>) -> Restored {
    restore_telling(store, setup, refused, &|_, _| {})
}

fn restore_telling(store: &mut Store, setup: &Setup, mut refused: Vec<Origin>, tell: Tell<'_>) -> Restored {
    let begun = Instant::now();
    let mut passed_over = None;
    loop {
        let found = match store.newest_telling(&refused, tell) {
            Ok(found) => found,
            Err(error) => {
                warn!("{error}; the state is rebuilt from the beginning of the topics; {LOOK_AFTER}");
                return Restored { unread: Some(error.to_string()), ..Restored::default() };
            }
        };
        found.skipped.iter().for_each(|skipped| warn!("{skipped}"));
        let Some(snapshot) = found.snapshot else {
            info!("no snapshot to go on from; the state is built from the beginning of the topics");
            let unread = passed_over.or_else(|| found.skipped.first().map(ToString::to_string));
            return Restored { unread, ..Restored::default() };
        };
        let settings = Arc::new(setup.settings.clone());
        let make = || state_of(&snapshot.offsets, &snapshot.pieces, &settings, setup.dedup, &setup.topics);
        // One that reads whole and panics is as good as damaged: it would end every start.
        let made = catch_unwind(AssertUnwindSafe(make));
        match made
            .map_err(|_| "its state cannot be made, the code panics over it".to_owned())
            .and_then(|made| made.map_err(|error| error.to_string()))
        {
            Ok(restored) => {
                let records: i64 = snapshot.offsets.values().sum();
                info!("going on from snapshot {} after {records} records, restored in {} ms", snapshot.origin, begun.elapsed().as_millis());
                return restored;
            }
            Err(error) => {
                let passed = format!("snapshot {} is passed over: {error}", snapshot.origin);
                warn!("{passed}");
                passed_over.get_or_insert(passed);
                refused.push(snapshot.origin);
            }
        }
    }
}

/// The state of a snapshot's pieces.
pub fn state_of(offsets: &Offsets, pieces: &Pieces, settings: &Arc<Settings>, limits: DedupLimits, topics: &Topics) -> Result<Restored, PieceError> {
    let mut streams = BTreeMap::new();
    for (topic, number) in offsets.keys() {
        if let Some(topic) = topics.type_of(topic).filter(|of| !is_entity(*of)) {
            let source = SourcePartition { topic, partition: *number };
            streams.insert(source, Stream::restore(Arc::clone(settings), limits, &family(source), pieces)?);
        }
    }
    let book = Some(Book::restore(Arc::clone(settings), pieces)?);
    Ok(Restored { book, streams, visitors: Some(SharedVisitors::restore(pieces)?), history: History::of_snapshot(pieces)?, unread: None })
}

/// Takes snapshots.
pub struct Snapshots {
    keeper: Keeper,
    every: Duration,
    /// Those who fold interactions, then the book: it must have folded every figure that they have passed on.
    workers: Vec<Sender<Sender<Captured>>>,
    /// What was gone of the topics when the state was begun.
    history: Piece,
    shared: Arc<Shared>,
    /// No snapshots are stored.
    failing: Trouble,
    /// Old ones are not removed.
    untidy: Trouble,
}

impl Snapshots {
    /// Snapshots of what the workers fold, the book's last.
    pub fn new(store: Store, every: Duration, workers: Vec<Sender<Sender<Captured>>>, history: Piece, shared: Arc<Shared>) -> Snapshots {
        let (failing, untidy) = (Trouble::default(), Trouble::default());
        Snapshots { keeper: Keeper::new(store), every, workers, history, shared, failing, untidy }
    }

    /// Takes one every so often until the pipeline stops, and then the last.
    pub fn run(mut self) {
        let mut next = Instant::now() + self.every;
        while self.shared.stop.sleep_until(next) {
            next = Instant::now() + self.every;
            let taken = self.take();
            self.tell(taken, &format!("the next is tried in {} s", self.every.as_secs()));
        }
        // Whatever was said before: that the last one fails is said.
        self.failing = Trouble::default();
        let taken = self.take();
        self.tell(taken, "it was the last; the next start reads on from the snapshot before");
    }

    fn tell(&mut self, taken: Result<Stored, String>, and_now: &str) {
        let stored = match taken {
            Ok(stored) => stored,
            Err(why) => {
                if let Some(failures) = self.failing.failed(Instant::now()) {
                    warn!("no snapshot ({failures} in a row): {why}; {and_now}");
                }
                return self.shared.board.snapshot_failed();
            }
        };
        tracing::debug!("{stored:?}");
        self.shared.board.snapshot_stored(now());
        if let Some((failures, lasted)) = self.failing.over(Instant::now()) {
            info!("snapshots are stored again, after {failures} that were not, in {} s", lasted.as_secs());
        }
        if let Some(lost) = stored.skipped.first() {
            warn!("{} objects of the snapshots before are not as they were written, {lost}: their pieces are written anew", stored.skipped.len());
        }
        match stored.undeleted.first() {
            None => _ = self.untidy.over(Instant::now()),
            Some(error) => {
                if let Some(times) = self.untidy.failed(Instant::now()) {
                    warn!("old snapshots stay in the store ({times} times in a row): {error}; let this instance delete there");
                }
            }
        }
    }

    fn take(&mut self) -> Result<Stored, String> {
        let mut visitors = Vec::new();
        self.shared.visitors.begin_capture();
        let captured = self.captured();
        self.shared.visitors.end_capture(&mut visitors);
        let mut captured = captured.ok_or("a thread does not come to capture its state: look at the lag of its partitions")?;
        if !captured.is_whole {
            return Err("the state is torn by a panic, see the failed partitions; those before are as they were".to_owned());
        }
        captured.pieces.extend(visitors);
        self.store(captured)
    }

    fn captured(&self) -> Option<Captured> {
        let (last, first) = self.workers.split_last()?;
        let mut all = Captured { pieces: Vec::new(), offsets: Vec::new(), is_whole: true };
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
                        all.is_whole &= captured.is_whole;
                    }
                    Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
                }
            }
        }
        Some(all)
    }

    fn store(&mut self, captured: Captured) -> Result<Stored, String> {
        // A record before the snapshot's offsets is not read again, so its dead letter must be delivered.
        let vector: Vec<(SourcePartition, i64)> =
            captured.offsets.iter().filter_map(|(partition, next)| Some((self.shared.source(partition)?, *next))).collect();
        self.shared.dead_letters.settle(&vector)?;
        let offsets: Offsets =
            captured.offsets.into_iter().map(|(partition, next)| ((partition.topic.to_string(), partition.number), next)).collect();
        let pieces = captured.pieces.into_iter().chain([self.history.clone()]).collect();
        self.keeper.store(&offsets, pieces).map_err(|error| match error {
            StoreError::Store(error) => format!("{error}; {LOOK_AFTER}; those before are as they were"),
            error => error.to_string(),
        })
    }
}
