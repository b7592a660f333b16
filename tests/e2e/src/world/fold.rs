//! What one instance folds: the pipeline's own actors, each partition of interactions with one of its own, and the facts on their way from
//! these to the book's.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Debug,
    sync::Arc,
};

use engine::{Book, DedupLimits, Effect, Input, Position, Record, SharedVisitors, SourcePartition, Stream};
use model::{Counts, Event, EventType, Foldable, Merge, Millis, Reason, Rejection, Settings};
use panes::{Canonical, Keep, Panes};
use pieces::{Piece, PieceError};
use pipeline::{Entities, Fold as _, Interactions, Passed, Topics, Visitors, snapshots};

/// What a fold is configured with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The settings.
    pub settings: Arc<Settings>,
    /// How duplicates are found.
    pub limits: DedupLimits,
    /// Whether everything is kept, as a report keeps it, or what a running instance keeps.
    pub keeps_all: bool,
}

/// A state that is folded.
pub struct Fold {
    setup: Setup,
    pub(super) book: Entities,
    pub(super) streams: BTreeMap<SourcePartition, Interactions>,
    pub(super) visitors: Arc<Visitors>,
    pub(super) passed: VecDeque<Passed>,
}

/// Records passed on and under way at most.
pub const PASSED_UNDER_WAY: usize = 4;

impl Setup {
    /// What is kept by a fold that begins at an instant.
    pub fn keep(&self, now: Millis) -> Keep {
        if self.keeps_all { Keep::ALL } else { engine::keep_at(now, &self.settings) }
    }

    /// Records of the log, for what folds them.
    fn read<'a, E: Foldable<'a>>(&self, records: &[Record<Event<'a>>]) -> Vec<Record<E>> {
        records.iter().map(|record| record.clone().read(&self.settings.zone)).collect()
    }
}

/// What a stream knows of the interactions that were there before, as it is stored.
fn identities(stream: &Stream) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    stream.dedup().capture("identities", &mut pieces);
    pieces.iter().map(Piece::encode).collect()
}

/// What is in one of two maps and not in the other, each in a line.
fn entries<'a, K: Ord + Debug, V: PartialEq + Debug>(what: &str, is: &'a BTreeMap<K, V>, should: &'a BTreeMap<K, V>) -> impl Iterator<Item = String> {
    let only = |one: &'a BTreeMap<K, V>, two: &'a BTreeMap<K, V>| one.iter().filter(|(key, value)| two.get(key) != Some(value));
    let line = |verb: &str| format!("\n  {what} {verb} ");
    let (verb_is, verb_should) = (line("is"), line("should be"));
    let are = only(is, should).map(move |entry| format!("{verb_is}{entry:?}"));
    are.chain(only(should, is).map(move |entry| format!("{verb_should}{entry:?}")))
}

/// Whether a topic's events are entities.
pub fn is_entity(topic: EventType) -> bool {
    matches!(topic, EventType::LeadCreated | EventType::DealClosed | EventType::AdSpend)
}

/// The family of pieces of a partition's stream.
pub fn family(source: SourcePartition) -> String {
    format!("{}/{}", source.topic.name(), source.partition)
}

/// Panes as they are evaluated.
pub fn refs(panes: &[Arc<Panes>]) -> Vec<&Panes> {
    panes.iter().map(|panes| &**panes).collect()
}

/// The topics by the names of their events.
fn topics() -> Topics {
    Topics { names: EventType::ALL.map(|of| of.name().to_owned()), dead_letters: "dead-letters".to_owned() }
}

impl Fold {
    /// Nothing folded yet.
    pub fn new(setup: &Setup, now: Millis) -> Fold {
        let book = Entities::new(Book::new(setup.settings.clone(), setup.keep(now)));
        let visitors = Visitors::new(now, &setup.settings);
        visitors.restore(SharedVisitors::new(setup.keep(now)));
        Fold { setup: setup.clone(), book, streams: BTreeMap::new(), visitors: Arc::new(visitors), passed: VecDeque::new() }
    }

    /// The state of a snapshot.
    pub fn restore(setup: &Setup, now: Millis, snapshot: &::snapshots::Snapshot) -> Result<Fold, PieceError> {
        let ::snapshots::Snapshot { offsets, pieces, .. } = snapshot;
        let restored = snapshots::state_of(offsets, pieces, &setup.settings, setup.limits, &topics())?;
        let mut fold = Fold::new(setup, now);
        fold.book = Entities::new(restored.book.ok_or_else(|| PieceError::Missing("book".to_owned()))?);
        restored.visitors.into_iter().for_each(|visitors| fold.visitors.restore(visitors));
        for (source, stream) in restored.streams {
            fold.begin(source, Some(stream), now);
        }
        Ok(fold)
    }

    /// Begins with a partition of interactions.
    fn begin(&mut self, source: SourcePartition, stream: Option<Stream>, now: Millis) {
        let Setup { settings, limits, .. } = &self.setup;
        let stream = stream.unwrap_or_else(|| Stream::new(settings.clone(), self.setup.keep(now), *limits));
        let mut actor = Interactions::new(settings.clone(), *limits, BTreeMap::from([(source, stream)]), self.visitors.clone());
        actor.add(source, now);
        self.streams.insert(source, actor);
    }

    /// Folds records of one partition; those that are refused are given back.
    pub fn take(&mut self, records: &[Record<Event<'_>>], now: Millis) -> Vec<Position> {
        let Some(source) = records.first().map(|record| record.at.source) else { return Vec::new() };
        let (mut effects, mut refused) = (Vec::new(), Vec::new());
        // A torn one is not read any more.
        let _ = if is_entity(source.topic) {
            self.book.fold(0, &self.setup.read(records), &mut effects)
        } else {
            if !self.streams.contains_key(&source) {
                self.begin(source, None, now);
            }
            let records = self.setup.read(records);
            self.streams.get_mut(&source).map_or(Ok(()), |actor| actor.fold(0, &records, &mut effects))
        };
        for effect in effects {
            match effect {
                Effect::DeadLetter(at, _) => refused.push(at),
                Effect::PassOn(at, facts) => {
                    // Whoever passes one on waits while there are too many.
                    self.take_passed(usize::from(self.passed.len() >= PASSED_UNDER_WAY));
                    self.passed.push_back((at, facts));
                }
            }
        }
        refused
    }

    /// Folds records of one partition, and panics in the middle: of the last half it is as if nothing were in them.
    pub fn tear(&mut self, source: SourcePartition, records: &[Record<Event<'_>>]) -> bool {
        let mut torn = records.to_vec();
        for record in torn.iter_mut().skip(records.len() / 2) {
            record.event = Err(Rejection::new(Reason::Undecodable, "torn"));
        }
        let panic = || std::panic::resume_unwind(Box::new("in the middle of a fold"));
        if is_entity(source.topic) {
            let torn = self.setup.read(&torn);
            let fold = |book: &mut Book| {
                book.handle(Input::Records(&torn), &mut Vec::new());
                panic();
            };
            return self.book.with_book(fold).is_err();
        }
        let torn = self.setup.read(&torn);
        let fold = |stream: &mut Stream| {
            stream.handle(Input::Records(&torn), &mut Vec::new());
            panic();
        };
        self.streams.get_mut(&source).and_then(|actor| actor.with_stream(0, fold)).is_some_and(|done| done.is_err())
    }

    /// The streams that no panic has torn.
    fn whole(&self) -> impl Iterator<Item = (SourcePartition, &Stream)> {
        self.streams.iter().filter_map(|(source, actor)| Some((*source, actor.streams().next()?.whole()?)))
    }

    /// The book of an instance in which nothing is torn.
    fn book(&self) -> &Book {
        self.book.book().unwrap_or_else(|| panic!("a torn book is looked at"))
    }

    /// The book folds so many of the records that have been passed on.
    pub fn take_passed(&mut self, most: usize) {
        for _ in 0..most.min(self.passed.len()) {
            if let Some(passed) = self.passed.pop_front() {
                let _ = self.book.take_passed(passed);
            }
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Millis) {
        if !self.setup.keeps_all {
            let _ = self.book.tick(now);
            self.streams.values_mut().for_each(|actor| _ = actor.tick(now));
        }
    }

    /// Time has passed, and what the book got too late to be kept is forgotten at once, not at the next midnight.
    pub fn settle(&mut self, now: Millis) {
        self.tick(now);
        if !self.setup.keeps_all {
            let _ = self.book.with_book(|book| book.settle(now));
        }
    }

    /// The offset of the next record of a partition; none where nothing is folded yet.
    pub fn next(&self, source: SourcePartition) -> Option<i64> {
        if is_entity(source.topic) { self.book.next(source) } else { self.streams.get(&source)?.next(source) }
    }

    /// What became of all records.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.book
            .book()
            .into_iter()
            .flat_map(|book| book.counts().values())
            .chain(self.whole().map(|(_, stream)| stream.counts()))
            .for_each(|counts| sum.merge(counts, ()));
        sum
    }

    /// All panes.
    pub fn panes(&self) -> Vec<Arc<Panes>> {
        let streams = self.whole().map(|(_, stream)| Arc::new(stream.panes().clone()));
        self.book.book().map(|book| Arc::new(book.panes().clone())).into_iter().chain([self.visitors.panes()]).chain(streams).collect()
    }

    /// Whether a pane lies below the floor, where nothing is kept.
    pub fn has_below_floor(&self) -> bool {
        let is_below = |panes: &Arc<Panes>| {
            let keep = panes.keep();
            panes.minutes().keys().next().is_some_and(|first| *first < keep.minutes_from)
                || panes.days().keys().chain(panes.visitors().keys()).any(|day| *day < keep.days_from)
        };
        self.panes().iter().any(is_below)
    }

    /// What is not as in another fold of the same log.
    pub fn differences(&self, other: &Fold) -> Vec<String> {
        let mut found = Vec::new();
        let mut differ = |what: &str, is_same: bool| found.extend((!is_same).then(|| what.to_owned()));
        differ("the book's offsets", self.book().offsets() == other.book().offsets());
        differ("the book's publishing systems", self.book().sources() == other.book().sources());
        differ("the book's counts", self.counts_of_book() == other.counts_of_book());
        differ("the partitions of interactions", self.streams.keys().eq(other.streams.keys()));
        for ((source, one), (_, two)) in self.whole().zip(other.whole()) {
            let family = family(source);
            differ(&format!("the offsets of {family}"), one.offsets() == two.offsets());
            differ(&format!("the counts of {family}"), one.counts() == two.counts());
            differ(&format!("the publishing systems of {family}"), one.sources() == two.sources());
            differ(&format!("the identities of {family}"), identities(one) == identities(two));
        }
        let [one, two] = [self, other].map(|fold| Canonical::of(fold.panes().iter().map(|panes| &**panes)));
        let lines = entries("cell", &one.cells, &two.cells)
            .chain(entries("visitors", &one.visitors, &two.visitors))
            .chain(entries("follows", &one.follows, &two.follows))
            .chain(entries("figure", &one.figures, &two.figures))
            .chain(entries("reported", &one.reported, &two.reported));
        found.extend((one != two).then(|| format!("the panes{}", lines.take(8).collect::<String>())));
        found
    }

    /// Of each partition: how many were read, and how many of them refused. Which of two messages is the stale one depends on the order.
    fn counts_of_book(&self) -> BTreeMap<SourcePartition, (u64, [u64; Reason::ALL.len()])> {
        self.book().counts().iter().map(|(source, counts)| (*source, (counts.read(), counts.rejected))).collect()
    }
}
