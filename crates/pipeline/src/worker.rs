//! A thread that reads some partitions and folds them.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    time::{Duration, Instant},
};

use engine::{Position, SourcePartition};
use model::Millis;
use panes::pieces::Piece;
use source::{Batch, Lane, Partition, Run, Start};
use tracing::warn;

use crate::{
    Failure,
    failed::{At, BOOK_TORN},
    now,
    shared::Shared,
    view::View,
};

/// Records of a batch at most.
const BATCH: usize = 2000;
/// How long the first record of a batch is waited for.
const WAIT: Duration = Duration::from_millis(20);
/// How often a lane is asked how far it has read beyond the last record.
const POSITIONS: Duration = Duration::from_millis(250);
/// How long a thread is waited for that is to capture its state: it does so between two batches.
pub const CAPTURE: Duration = Duration::from_secs(10);

/// What a fold cannot go on with.
pub enum Broken {
    /// One of its partitions; the others go on.
    Partition {
        /// The partition's slot.
        slot: usize,
        /// What broke it.
        cause: Cause,
    },
    /// Any of its partitions, by a record of the one in this slot, or by no record of theirs.
    All {
        /// The partition's slot.
        slot: Option<usize>,
        /// What broke them.
        cause: Cause,
        /// The figure that did it, which came from another thread.
        figure: Option<Position>,
    },
    /// The process.
    Process(Failure),
}

/// What broke a partition.
pub struct Cause {
    /// Why, as a code.
    pub reason: &'static str,
    /// The offset of the record that did it, where it was one.
    pub at: Option<i64>,
}

/// A state that folds records. What is torn by a panic is not shown and not captured: what is, is of before.
pub trait Fold: Send {
    /// Reads one more partition: its slot is the next.
    fn add(&mut self, source: SourcePartition);
    /// Folds records of one partition; those of one that is broken are passed over.
    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Broken>;
    /// Folds what other threads have passed on.
    fn take_in(&mut self) -> Result<(), Broken> {
        Ok(())
    }
    /// Nothing is read any more: folds what other threads still pass on, and passes on nothing itself.
    fn finish(&mut self) -> Result<(), Broken>;
    /// Time has passed.
    fn tick(&mut self, now: Millis) -> Result<(), Broken>;
    /// The state as it is, without positions.
    fn view(&mut self) -> View;
    /// The offset of the next record of each partition; none where nothing is folded yet.
    fn next(&self, source: SourcePartition) -> Option<i64>;
    /// The state as pieces of a snapshot; false where it is torn and cannot be had.
    fn capture(&mut self, out: &mut Vec<Piece>) -> bool;
}

/// A state at one moment, for a snapshot or an explanation.
pub struct Captured {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// How far its partitions are folded.
    pub offsets: Vec<(Partition, i64)>,
    /// Whether it is a state: one that a panic has torn is none.
    pub is_whole: bool,
}

/// What reaches a worker beside records.
pub struct Inbox {
    /// Partitions to read too.
    pub added: Receiver<Partition>,
    /// Who wants the state captured.
    pub wanted: Receiver<Sender<Captured>>,
}

/// A lane and what folds it.
pub struct Worker<F> {
    number: usize,
    lane: Box<dyn Lane>,
    fold: F,
    inbox: Inbox,
    shared: Arc<Shared>,
    /// At which asking the state was last shown.
    shown_at: u64,
    /// How far the lane had read when it was last asked, and when that was.
    read: Vec<Option<i64>>,
    asked: Option<Instant>,
    /// The record time of the oldest record that is folded and not shown.
    unshown: Option<Millis>,
}

impl<F: Fold> Worker<F> {
    /// A worker on a lane.
    pub fn new(number: usize, lane: Box<dyn Lane>, mut fold: F, inbox: Inbox, shared: Arc<Shared>) -> Worker<F> {
        lane.partitions().iter().filter_map(|partition| shared.source(partition)).for_each(|source| fold.add(source));
        Worker { number, lane, fold, inbox, shared, shown_at: 0, read: Vec::new(), asked: None, unshown: None }
    }

    /// Reads and folds until the pipeline stops.
    pub fn run(mut self) -> Result<(), Failure> {
        self.show()?;
        while !self.shared.is_stopping() {
            let batch = self.lane.read(BATCH, WAIT);
            self.note_failures(&*batch);
            for run in batch.runs() {
                let folded = self.fold.fold(run, &self.shared);
                self.go_on_after(folded, Some(run))?;
            }
            self.unshown = self.unshown.or_else(|| batch.records().find_map(|record| record.timestamp));
            let taken_in = self.fold.take_in();
            self.go_on_after(taken_in, None)?;
            self.add_partitions()?;
            while let Ok(reply) = self.inbox.wanted.try_recv() {
                self.capture(&reply)?;
            }
            // Each showing makes the fold copy the panes it then touches.
            if self.shown_at != self.shared.freshness.asked() {
                self.show()?;
            }
        }
        let finished = self.fold.finish();
        self.go_on_after(finished, None)?;
        self.show()?;
        // The last snapshot is of what is folded now; who takes it says when it is done by going away.
        while let Ok(reply) = self.inbox.wanted.recv() {
            self.capture(&reply)?;
        }
        Ok(())
    }

    /// Ends the reading of what is broken, and goes on with the rest.
    fn go_on_after(&mut self, done: Result<(), Broken>, run: Option<Run<'_>>) -> Result<(), Failure> {
        let (slots, at, Cause { reason, at: offset }, figure) = match done {
            Ok(()) => return Ok(()),
            Err(Broken::Process(failure)) => return Err(failure),
            Err(Broken::Partition { slot, cause }) => (slot..slot + 1, Some(slot), cause, None),
            Err(Broken::All { slot, cause, figure }) => (0..self.lane.partitions().len(), slot, cause, figure),
        };
        let by = match (at.and_then(|slot| self.lane.partitions().get(slot)), figure) {
            (Some(partition), _) => format!("by a record of {partition}"),
            (None, Some(Position { source, offset })) => {
                format!("by the {} of partition {} at offset {offset}", source.topic.name(), source.partition)
            }
            (None, None) => String::new(),
        };
        let record = run.and_then(|run| run.records().find(|record| Some(record.offset) == offset));
        for slot in slots {
            let Some(partition) = self.lane.partitions().get(slot) else { continue };
            if at == Some(slot) {
                self.shared.failed.note(partition, reason, &At { offset, key: record.and_then(|record| record.key) });
            } else {
                self.shared.failed.note(partition, BOOK_TORN, &by);
            }
            self.lane.stop(slot);
        }
        Ok(())
    }

    fn capture(&mut self, reply: &Sender<Captured>) -> Result<(), Failure> {
        // The streams are captured before the book, and what they passed on until then is under way: without it the book would be
        // behind them, and a start from this snapshot would never hear of it.
        let taken_in = self.fold.take_in();
        self.go_on_after(taken_in, None)?;
        let mut pieces = Vec::new();
        let is_whole = self.fold.capture(&mut pieces);
        let next = |partition: &Partition| Some((partition.clone(), self.next(partition)?));
        let offsets = self.lane.partitions().iter().filter_map(next).collect();
        // Whoever has given up waiting takes the next.
        let _ = reply.send(Captured { pieces, offsets, is_whole });
        Ok(())
    }

    fn next(&self, partition: &Partition) -> Option<i64> {
        self.shared.source(partition).and_then(|source| self.fold.next(source))
    }

    fn show(&mut self) -> Result<(), Failure> {
        self.shown_at = self.shared.freshness.asked();
        let ticked = self.fold.tick(now());
        self.go_on_after(ticked, None)?;
        self.ask_positions();
        let read = &self.read;
        let position = |(slot, partition): (usize, &Partition)| {
            // Of one that has failed what was read beyond is not folded.
            let read = read.get(slot).copied().flatten().filter(|_| self.shared.failed.reason(partition).is_none());
            (partition.clone(), read.max(self.next(partition)))
        };
        let positions = self.lane.partitions().iter().enumerate().map(position).collect();
        self.shared.views.show(self.number, View { positions, ..self.fold.view() });
        if let Some(oldest) = self.unshown.take() {
            self.shared.freshness.shown(oldest);
        }
        Ok(())
    }

    /// What lies between the last record and the end of the log, if anything, is no record: the lane knows.
    fn ask_positions(&mut self) {
        if self.asked.is_some_and(|asked| asked.elapsed() < POSITIONS) {
            return;
        }
        self.asked = Some(Instant::now());
        self.read = self.lane.positions().unwrap_or_else(|error| {
            warn!("{error}");
            Vec::new()
        });
    }

    fn note_failures(&self, batch: &dyn Batch) {
        for failure in batch.failures() {
            match &failure.partition {
                Some(partition) if failure.kind.is_final() => {
                    let detail = failure.offset.map(|offset| format!("offset {offset}")).unwrap_or_default();
                    warn!("{failure}: this partition is not read any more");
                    self.shared.failed.note(partition, failure.kind.label(), &detail);
                }
                _ => warn!("{failure}"),
            }
        }
    }

    fn add_partitions(&mut self) -> Result<(), Failure> {
        while let Ok(partition) = self.inbox.added.try_recv() {
            if let Some(source) = self.shared.source(&partition) {
                self.lane.add(&[(partition, Start::Beginning)])?;
                self.fold.add(source);
            }
        }
        Ok(())
    }
}
