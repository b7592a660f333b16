//! A thread that reads some partitions and folds them.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    time::Duration,
};

use engine::SourcePartition;
use kafka::{Batch, Lane, Partition, Run, Start};
use model::Millis;
use panes::pieces::Piece;
use tracing::{error, warn};

use super::{Shared, view::View};
use crate::{commands::now, failure::Failure};

/// Records of a batch at most.
const BATCH: usize = 2000;
/// How long the first record of a batch is waited for.
const WAIT: Duration = Duration::from_millis(50);
/// How long a thread is waited for that is to capture its state: it does so between two batches.
pub const CAPTURE: Duration = Duration::from_secs(10);

/// A state that folds records.
pub trait Fold: Send {
    /// Reads one more partition: its slot is the next.
    fn add(&mut self, source: SourcePartition);
    /// Folds records of one partition.
    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Failure>;
    /// Folds what other threads have passed on.
    fn take_in(&mut self) {}
    /// Nothing is read any more: folds what other threads still pass on, and passes on nothing itself.
    fn finish(&mut self);
    /// Time has passed.
    fn tick(&mut self, now: Millis);
    /// The state as it is, without positions.
    fn view(&self) -> View;
    /// The offset of the next record of each partition; none where nothing is folded yet.
    fn next(&self, source: SourcePartition) -> Option<i64>;
    /// The state as pieces of a snapshot.
    fn capture(&self, out: &mut Vec<Piece>);
}

/// A state at one moment, for a snapshot or an explanation.
#[derive(Default)]
pub struct Captured {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// How far its partitions are folded.
    pub offsets: Vec<(Partition, i64)>,
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
    lane: Lane,
    fold: F,
    inbox: Inbox,
    shared: Arc<Shared>,
    /// At which asking the state was last shown.
    shown_at: u64,
    /// The record time of the oldest record that is folded and not shown.
    unshown: Option<Millis>,
}

impl<F: Fold> Worker<F> {
    /// A worker on a lane.
    pub fn new(number: usize, lane: Lane, mut fold: F, inbox: Inbox, shared: Arc<Shared>) -> Worker<F> {
        lane.partitions().iter().filter_map(|partition| shared.source(partition)).for_each(|source| fold.add(source));
        Worker { number, lane, fold, inbox, shared, shown_at: 0, unshown: None }
    }

    /// Reads and folds until the pipeline stops.
    pub fn run(mut self) -> Result<(), Failure> {
        self.show();
        while !self.shared.is_stopping() {
            let batch = self.lane.read(BATCH, WAIT);
            self.note_failures(&batch);
            for run in batch.runs() {
                self.fold.fold(run, &self.shared)?;
            }
            self.unshown = self.unshown.or_else(|| batch.records().find_map(kafka::Record::timestamp));
            self.fold.take_in();
            self.add_partitions()?;
            while let Ok(reply) = self.inbox.wanted.try_recv() {
                self.capture(&reply);
            }
            // Each showing makes the fold copy the panes it then touches.
            if self.shown_at != self.shared.freshness.asked() {
                self.show();
            }
        }
        self.fold.finish();
        self.show();
        // The last snapshot is of what is folded now; who takes it says when it is done by going away.
        while let Ok(reply) = self.inbox.wanted.recv() {
            self.capture(&reply);
        }
        Ok(())
    }

    fn capture(&mut self, reply: &Sender<Captured>) {
        // The streams are captured before the book, and what they passed on until then is under way: without it the book would be
        // behind them, and a start from this snapshot would never hear of it.
        self.fold.take_in();
        let next = |partition: &Partition| Some((partition.clone(), self.next(partition)?));
        let mut captured = Captured { offsets: self.lane.partitions().iter().filter_map(next).collect(), pieces: Vec::new() };
        self.fold.capture(&mut captured.pieces);
        // Whoever has given up waiting takes the next.
        let _ = reply.send(captured);
    }

    fn next(&self, partition: &Partition) -> Option<i64> {
        self.shared.source(partition).and_then(|source| self.fold.next(source))
    }

    fn show(&mut self) {
        self.shown_at = self.shared.freshness.asked();
        self.fold.tick(now());
        // What lies between the last record and the end of the log, if anything, is no record: the lane knows.
        let read = self.lane.positions().unwrap_or_else(|error| {
            warn!("{error}");
            Vec::new()
        });
        let partitions = self.lane.partitions().iter();
        let positions =
            partitions.enumerate().map(|(slot, partition)| (partition.clone(), read.get(slot).copied().flatten().max(self.next(partition))));
        let positions = positions.collect();
        self.shared.views.show(self.number, View { positions, ..self.fold.view() });
        if let Some(oldest) = self.unshown.take() {
            self.shared.freshness.shown(oldest);
        }
    }

    fn note_failures(&self, batch: &Batch) {
        for failure in batch.failures() {
            match &failure.partition {
                Some(partition) if failure.kind.is_final() => {
                    error!("{failure}: this partition is not read any more, and its numbers are not complete");
                    self.shared.failed.insert(partition.clone(), failure.kind.label());
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
