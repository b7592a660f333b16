//! One instance: what it folds, how far it has read, and its line of snapshots. It is wired as the binary is, without threads.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use engine::{Dedup, SourcePartition};
use model::{EventType, Millis};
use pieces::{Piece, PieceError, Pieces};
use pipeline::{Fold as _, snapshots::Keeper};
use snapshots::{BlobError, Found, Limits, Line, Offsets, Origin, StoreError, Stored};

use super::{
    beside::Beside,
    bugs::Bug,
    chance::Chance,
    fold::{Fold, Setup, family, is_entity},
    letters::{Post, SharedTopic},
    log::{Log, Truncated},
};

/// A running instance.
pub struct Instance {
    /// Its name.
    pub name: String,
    /// Which of the world's setups it runs under.
    pub setup: usize,
    /// Of all that changes its fold.
    pub fingerprint: String,
    /// What it has folded.
    pub fold: Fold,
    /// The next offset it reads of each partition.
    pub positions: BTreeMap<SourcePartition, i64>,
    /// The partitions that it reads no more, since a panic tore their streams.
    pub failed: BTreeSet<SourcePartition>,
    /// What it owes the dead letters.
    pub post: Post,
    /// The store as it sees it.
    pub store: Arc<Beside>,
    keeper: Keeper,
    /// The pieces as they were first stored, for the bug that takes them for what they are now.
    first: BTreeMap<String, Piece>,
    taking: Option<Taking>,
    bug: Option<Bug>,
    /// Snapshots that dead letters held back.
    pub held_back: u64,
    /// Snapshots that there were none of, since the book was torn.
    pub torn_states: u64,
}

/// A snapshot while it is being captured: streams one by one, then the book.
struct Taking {
    waiting: Vec<SourcePartition>,
    captured: Captured,
    /// All of it is captured.
    is_done: bool,
    /// The book was torn, and so this is no state.
    is_torn: bool,
}

#[derive(Default)]
struct Captured {
    pieces: Vec<Piece>,
    offsets: Offsets,
}

/// What an instance starts from.
pub struct Start<'w> {
    /// Its name.
    pub name: &'w str,
    /// Which of the world's setups it runs under.
    pub setup: usize,
    /// That setup.
    pub of: &'w Setup,
    /// The store of snapshots as it sees it.
    pub store: Arc<Beside>,
    /// What time it is.
    pub now: Millis,
    /// The planted bug.
    pub bug: Option<Bug>,
    /// Where dead letters go.
    pub letters: SharedTopic,
}

/// What came of the search for a snapshot.
pub enum Origins {
    /// The store could not be read.
    Away,
    /// There is none.
    Nothing,
    /// One, so many records into the topics.
    Snapshot(i128),
}

/// What two instances must have in common to give the same numbers at the same offsets.
pub fn fingerprint(setup: &Setup, log: &Log<'_>, bug: Option<Bug>) -> String {
    if bug == Some(Bug::FingerprintWithoutSettings) {
        return "00".to_owned();
    }
    let mut digest = engine::fold_digest(&setup.settings, setup.limits);
    for topic in EventType::ALL {
        digest.text(Some(topic.name())).number(if bug == Some(Bug::FingerprintWithoutTopics) { 0 } else { log.id(topic) });
    }
    format!("{:016x}", digest.finish())
}

/// A partition as snapshots name it.
fn named((name, number): &(String, i32)) -> Option<SourcePartition> {
    EventType::ALL.into_iter().find(|topic| topic.name() == name).map(|topic| SourcePartition { topic, partition: *number })
}

/// How many records into the topics a snapshot is.
pub fn progress(offsets: &Offsets) -> i128 {
    offsets.values().map(|offset| i128::from(*offset)).sum()
}

impl Start<'_> {
    /// Its line of snapshots, which has looked at nothing yet.
    pub fn line(&self, log: &Log<'_>) -> Result<Line, String> {
        let manifests = if self.bug == Some(Bug::KeepsOneManifest) { 1 } else { Limits::default().manifests };
        let limits = Limits { segments: 4, segment_bytes: 4000, manifests, ..Limits::default() };
        let line = Line::open(self.store.clone(), &fingerprint(self.of, log, self.bug), self.name);
        Ok(line.map_err(|wrong| wrong.to_string())?.with_limits(limits))
    }

    /// An instance that goes on from what its line has found.
    pub fn begin(self, log: &Log<'_>, mut line: Line, found: Result<Found, BlobError>) -> Result<(Instance, Origins), String> {
        let (fold, origins) = self.restored(&mut line, found)?;
        let mut instance = Instance {
            name: self.name.to_owned(),
            setup: self.setup,
            fingerprint: fingerprint(self.of, log, self.bug),
            fold,
            positions: BTreeMap::new(),
            failed: BTreeSet::new(),
            post: Post::new(self.letters),
            store: self.store,
            keeper: Keeper::new(line),
            first: BTreeMap::new(),
            taking: None,
            bug: self.bug,
            held_back: 0,
            torn_states: 0,
        };
        instance.find_partitions(log);
        Ok((instance, origins))
    }

    fn restored(&self, line: &mut Line, found: Result<Found, BlobError>) -> Result<(Fold, Origins), String> {
        let Ok(found) = found else { return Ok((Fold::new(self.of, self.now), Origins::Away)) };
        let Some(mut snapshot) = found.snapshot else { return Ok((Fold::new(self.of, self.now), Origins::Nothing)) };
        self.spoil(line, &snapshot.origin, &mut snapshot.pieces);
        let fold = Fold::restore(self.of, self.now, &snapshot)
            .map_err(|wrong: PieceError| format!("snapshot {} reads whole and makes no state: {wrong}", snapshot.origin))?;
        for (key, offset) in &snapshot.offsets {
            let own = named(key).and_then(|source| fold.next(source));
            if own != Some(*offset) {
                return Err(format!("snapshot {}: the state of {key:?} is at {own:?}, its manifest at {offset}", snapshot.origin));
            }
        }
        Ok((fold, Origins::Snapshot(progress(&snapshot.offsets))))
    }

    /// Does to a snapshot's pieces what a bug would.
    fn spoil(&self, line: &mut Line, newest: &Origin, pieces: &mut Pieces) {
        match self.bug {
            Some(Bug::DedupNotRestored) => {
                let families: BTreeSet<String> = pieces.keys().filter_map(|name| Some(name.split_once("/dedup/")?.0.to_owned())).collect();
                pieces.retain(|name, _| !name.contains("/dedup/"));
                for family in families {
                    let mut empty = Vec::new();
                    Dedup::new(self.of.limits).capture(&format!("{family}/dedup"), &mut empty);
                    pieces.extend(empty.iter().map(|piece| (piece.name().to_owned(), piece.encode())));
                }
            }
            Some(Bug::OlderStateNewerOffsets) => {
                let older = line.newest(std::slice::from_ref(newest)).ok().and_then(|found| found.snapshot);
                let is_state = |name: &str| !name.ends_with("/log");
                let older = older.filter(|older| pieces.keys().all(|name| is_state(name) || older.pieces.contains_key(name)));
                if let Some(older) = older {
                    pieces.retain(|name, _| !is_state(name));
                    pieces.extend(older.pieces.into_iter().filter(|(name, _)| is_state(name)));
                }
            }
            _ => {}
        }
    }
}

impl Instance {
    /// Reads partitions it did not know: from what is folded of each, or from its beginning.
    pub fn find_partitions(&mut self, log: &Log<'_>) {
        for source in log.sources() {
            if !self.positions.contains_key(&source) {
                let beginning = if self.bug == Some(Bug::NewPartitionFromItsEnd) && source.partition > 0 {
                    log.whole(source).last().map_or(0, |last| last.at.offset)
                } else {
                    log.origin(source)
                };
                let skipped = i64::from(self.bug == Some(Bug::OffsetOffByOne));
                self.positions.insert(source, self.fold.next(source).map_or(beginning, |next| next + skipped));
            }
        }
    }

    /// Reads and folds so many records of a partition; false where there are none.
    pub fn read(&mut self, log: &Log<'_>, source: SourcePartition, most: usize, now: Millis) -> Result<bool, Truncated> {
        let Some(from) = self.positions.get(&source).copied().filter(|_| !self.failed.contains(&source)) else { return Ok(false) };
        let records = match log.read(source, from, most) {
            Err(gone) if self.bug == Some(Bug::SilentJump) => log.read(source, gone.begins, most)?,
            records => records?,
        };
        if let Some(last) = records.last() {
            self.positions.insert(source, last.at.offset + 1);
        }
        let refused = self.fold.take(records, now);
        refused.into_iter().for_each(|at| self.post.send(at, log));
        if self.bug == Some(Bug::FiguresDropped) && self.fold.passed.len() == super::fold::PASSED_UNDER_WAY {
            self.fold.passed.pop_back();
        }
        Ok(!records.is_empty())
    }

    /// Reads some records of a partition, and panics in the middle of their fold: it reads the partition no more, and if it is one of
    /// entities none of those.
    pub fn tear(&mut self, log: &Log<'_>, source: SourcePartition, most: usize) -> bool {
        let Some(from) = self.positions.get(&source).copied().filter(|_| !self.failed.contains(&source)) else { return false };
        let records = log.read(source, from, most).unwrap_or_default();
        let is_torn = !records.is_empty() && self.fold.tear(source, records);
        if is_torn && is_entity(source.topic) {
            self.failed.extend(log.sources().into_iter().filter(|source| is_entity(source.topic)));
        } else if is_torn {
            self.failed.insert(source);
        }
        is_torn
    }

    /// Goes back a little in a partition, as a reader does that was cut off.
    pub fn seek_back(&mut self, log: &Log<'_>, source: SourcePartition, by: i64) {
        if let Some(position) = self.positions.get_mut(&source) {
            *position = (*position - by).max(log.begins(source)).min(*position);
        }
    }

    /// Begins a snapshot, or captures one more of its parts; what is captured is of the moment of its capture.
    pub fn capture(&mut self, chance: &mut Chance) {
        let book_first = self.bug == Some(Bug::BookCapturedFirst);
        let is_new = self.taking.is_none();
        let streams = || self.fold.streams.keys().copied().collect();
        let mut taking =
            self.taking.take().unwrap_or_else(|| Taking { waiting: streams(), captured: Captured::default(), is_done: false, is_torn: false });
        if is_new {
            self.fold.visitors.begin_capture();
        }
        if is_new && book_first {
            taking.is_torn |= !self.capture_book(&mut taking.captured);
        } else if taking.waiting.is_empty() {
            if !taking.is_done && !book_first {
                taking.is_torn |= !self.capture_book(&mut taking.captured);
            }
            if !taking.is_done {
                self.fold.visitors.end_capture(&mut taking.captured.pieces);
            }
            taking.is_done = true;
        } else {
            let source = taking.waiting.swap_remove(chance.below(taking.waiting.len()));
            self.fold.streams.get_mut(&source).into_iter().for_each(|actor| _ = actor.capture(&mut taking.captured.pieces));
            self.note_offset(source, &mut taking.captured);
        }
        self.taking = Some(taking);
    }

    fn capture_book(&mut self, captured: &mut Captured) -> bool {
        // The book must hold every figure that the captured streams have passed on.
        if self.bug != Some(Bug::FiguresUnderWayNotInTheBook) {
            self.fold.take_passed(usize::MAX);
        }
        let is_whole = self.fold.book.capture(&mut captured.pieces);
        let sources: Vec<SourcePartition> = self.positions.keys().filter(|source| is_entity(source.topic)).copied().collect();
        sources.into_iter().for_each(|source| self.note_offset(source, captured));
        is_whole
    }

    fn note_offset(&self, source: SourcePartition, captured: &mut Captured) {
        if let Some(next) = self.fold.next(source) {
            captured.offsets.insert((source.topic.name().to_owned(), source.partition), next);
        }
    }

    /// Whether a snapshot is captured and waits to be stored.
    pub fn is_captured(&self) -> bool {
        self.taking.as_ref().is_some_and(|taking| taking.is_done)
    }

    /// Captures all that is still to be captured of a snapshot.
    pub fn capture_all(&mut self, chance: &mut Chance) {
        while !self.is_captured() {
            self.capture(chance);
        }
    }

    /// Stores the captured snapshot, if there is one and no dead letter holds it back; says how far it is into the topics, if it is durable.
    pub fn store(&mut self) -> Option<Result<(Stored, i128), StoreError>> {
        let taking = self.taking.take_if(|taking| taking.is_done)?;
        if taking.is_torn {
            self.torn_states += 1;
            return None;
        }
        let Captured { mut pieces, offsets } = taking.captured;
        if !self.post.settle(offsets.iter().filter_map(|(key, next)| Some((named(key)?, *next)))) {
            self.held_back += 1;
            return None;
        }
        if matches!(self.bug, Some(Bug::OffsetsOfALaterMoment)) {
            self.replace_logs(&mut pieces);
        }
        if self.bug == Some(Bug::EveryMarkTrusted) {
            self.take_for_unchanged(&mut pieces);
        }
        let stored = self.keeper.store(&offsets, pieces);
        let blank = Stored { sequence: 0, pieces: 0, pieces_written: 0, bytes: 0, bytes_written: 0, segments: 0, skipped: vec![], undeleted: vec![] };
        match stored {
            Err(_) if self.bug == Some(Bug::FailedStoreTakenForStored) => Some(Ok((blank, progress(&offsets)))),
            stored => Some(stored.map(|stored| (stored, progress(&offsets)))),
        }
    }

    /// Pieces that are no longer what they were are stored as they were.
    fn take_for_unchanged(&mut self, pieces: &mut [Piece]) {
        for piece in pieces {
            *piece = self.first.entry(piece.name().to_owned()).or_insert_with(|| piece.clone()).clone();
        }
    }

    /// What the streams know of the log, of another moment than the rest of the snapshot.
    fn replace_logs(&mut self, pieces: &mut [Piece]) {
        let mut later = Vec::new();
        self.fold
            .streams
            .iter()
            .filter_map(|(source, actor)| Some((source, actor.streams().next()?.whole()?)))
            .for_each(|(source, stream)| stream.capture(&family(*source), &mut later));
        self.fold.book.capture(&mut later);
        for piece in pieces.iter_mut().filter(|piece| piece.name().ends_with("/log")) {
            if let Some(other) = later.iter().find(|other| other.name() == piece.name()) {
                *piece = other.clone();
            }
        }
    }
}
