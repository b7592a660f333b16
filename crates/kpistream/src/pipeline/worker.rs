//! A thread that reads some partitions and folds them.

use std::{
    sync::{Arc, atomic::Ordering, mpsc::Receiver},
    time::{Duration, Instant},
};

use engine::SourcePartition;
use kafka::{Batch, Lane, Partition, Run, Start};
use model::Millis;
use tracing::{error, warn};

use super::{Shared, view::View};
use crate::{commands::now, failure::Failure};

/// Records of a batch at most.
const BATCH: usize = 2000;
/// How long the first record of a batch is waited for.
const WAIT: Duration = Duration::from_millis(50);
/// How often the state is shown. Each showing makes the fold copy the panes it then touches.
const SHOW_EVERY: Duration = Duration::from_millis(500);

/// A state that folds records.
pub trait Fold: Send {
    /// Reads one more partition: its slot is the next.
    fn add(&mut self, source: SourcePartition);
    /// Folds records of one partition.
    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Failure>;
    /// Folds what other threads have passed on.
    fn take_in(&mut self) {}
    /// Nothing is read any more: folds what other threads still pass on.
    fn finish(&mut self) {}
    /// Time has passed.
    fn tick(&mut self, now: Millis);
    /// The state as it is, without positions.
    fn view(&self) -> View;
}

/// A lane and what folds it.
pub struct Worker<F> {
    number: usize,
    lane: Lane,
    fold: F,
    added: Receiver<Partition>,
    shared: Arc<Shared>,
    shown: Instant,
    /// The record time of the oldest record that is folded and not shown.
    unshown: Option<Millis>,
}

impl<F: Fold> Worker<F> {
    /// A worker on a lane; partitions to read beside come through `added`.
    pub fn new(number: usize, lane: Lane, mut fold: F, added: Receiver<Partition>, shared: Arc<Shared>) -> Worker<F> {
        lane.partitions().iter().filter_map(|partition| shared.source(partition)).for_each(|source| fold.add(source));
        Worker { number, lane, fold, added, shared, shown: Instant::now(), unshown: None }
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
            if self.shown.elapsed() >= SHOW_EVERY {
                self.show();
            }
        }
        self.fold.finish();
        self.show();
        Ok(())
    }

    fn show(&mut self) {
        let now = now();
        self.fold.tick(now);
        let positions = self.lane.positions().unwrap_or_else(|error| {
            warn!("{error}");
            Vec::new()
        });
        let positions = self.lane.partitions().iter().cloned().zip(positions).collect();
        self.shared.views.show(self.number, View { positions, ..self.fold.view() });
        self.shown = Instant::now();
        if let Some(since) = self.unshown.take().filter(|_| self.shared.ready.load(Ordering::Relaxed)) {
            self.shared.board.observe_freshness(Duration::from_millis(u64::try_from(now.0 - since.0).unwrap_or(0)));
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
        while let Ok(partition) = self.added.try_recv() {
            if let Some(source) = self.shared.source(&partition) {
                self.lane.add(&[(partition, Start::Beginning)])?;
                self.fold.add(source);
            }
        }
        Ok(())
    }
}
