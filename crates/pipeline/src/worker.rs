//! A thread that reads some partitions, and takes the steps of what folds them.

use std::{
    mem,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, SyncSender},
    },
    time::{Duration, Instant},
};

use engine::{Effect, Position};
use model::Millis;
use source::{Batch, Lane, Partition, Run, Start};
use tracing::warn;

use crate::{
    Failure,
    failed::{At, BOOK_TORN},
    fold::{Broken, Cause, Fold, Passed},
    mailbox::{Captured, Inbox},
    now,
    record::decoded_together,
    shared::Shared,
    view::View,
};

/// Records of a batch at most.
const BATCH: usize = 2000;
/// How long the first record of a batch is waited for, and with it whoever wants the state.
const WAIT: Duration = Duration::from_millis(50);
/// How long where what others pass on is waited for too.
const WAIT_BESIDE_PASSED: Duration = Duration::from_millis(20);
/// How often a lane is asked how far it has read beyond the last record.
const POSITIONS: Duration = Duration::from_millis(250);
/// What is passed on between the threads.
pub enum Passing {
    /// To the book's; it waits where there are too many under way.
    To(SyncSender<Passed>),
    /// From the interactions'.
    From(Receiver<Passed>),
    /// None come or go any more.
    Over,
}

/// Why a worker does not go on with some records.
enum Stopped {
    /// Its fold is broken.
    Broken(Broken),
    /// The thread that they are passed on to is gone.
    BookGone,
}

impl From<Broken> for Stopped {
    fn from(broken: Broken) -> Stopped {
        Stopped::Broken(broken)
    }
}

/// A lane and what folds it.
pub struct Worker<F> {
    number: usize,
    lane: Box<dyn Lane>,
    fold: F,
    passing: Passing,
    effects: Vec<Effect>,
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
    pub fn new(number: usize, lane: Box<dyn Lane>, mut fold: F, passing: Passing, inbox: Inbox, shared: Arc<Shared>) -> Worker<F> {
        lane.partitions().iter().filter_map(|partition| shared.source(partition)).for_each(|source| fold.add(source, now()));
        let effects = Vec::new();
        Worker { number, lane, fold, passing, effects, inbox, shared, shown_at: 0, read: Vec::new(), asked: None, unshown: None }
    }

    /// Reads and folds until the pipeline stops.
    pub fn run(mut self) -> Result<(), Failure> {
        self.show();
        let wait = if matches!(self.passing, Passing::From(_)) { WAIT_BESIDE_PASSED } else { WAIT };
        while !self.shared.stop.is_set() {
            let batch = self.lane.read(BATCH, wait);
            self.note_failures(&*batch);
            for run in batch.runs() {
                match self.fold_run(run) {
                    Ok(()) => {}
                    Err(Stopped::Broken(broken)) => self.leave(broken, Some(run)),
                    Err(Stopped::BookGone) => return Err(Failure::failed("the book's thread has ended")),
                }
            }
            self.unshown = self.unshown.or_else(|| batch.records().find_map(|record| record.timestamp));
            if self.take_in() || batch.records().next().is_some() {
                self.shared.freshness.has_news(self.number);
            }
            self.add_partitions()?;
            while let Ok(reply) = self.inbox.wanted.try_recv() {
                self.capture(&reply);
            }
            // Each showing makes the fold copy the panes it then touches.
            if self.shown_at != self.shared.freshness.asked() {
                self.show();
            }
        }
        self.finish();
        self.show();
        // The last snapshot is of what is folded now; who takes it says when it is done by going away.
        while let Ok(reply) = self.inbox.wanted.recv() {
            self.capture(&reply);
        }
        Ok(())
    }

    /// Decodes and folds a run, and does what is to be done for it.
    fn fold_run(&mut self, run: Run<'_>) -> Result<(), Stopped> {
        let Worker { fold, passing, effects, shared, .. } = self;
        let Some(source) = fold.source(run.slot) else { return Ok(()) };
        let folded = decoded_together(run, source, &shared.decoder, |read, records| {
            fold.fold(run.slot, records, effects)?;
            for effect in effects.drain(..) {
                match effect {
                    Effect::DeadLetter(at, rejection) => shared.dead_letters.send_one_of(read, at, &rejection),
                    Effect::PassOn(at, facts) => {
                        let sent = matches!(passing, Passing::To(book) if book.send((at, facts)).is_ok());
                        sent.then_some(()).ok_or(Stopped::BookGone)?;
                    }
                }
            }
            Ok(())
        });
        if let Err(Stopped::Broken(Broken::Partition { slot, .. })) = &folded {
            fold.give_up(*slot);
        }
        folded
    }

    /// Folds what has come from other threads, and says whether there was anything.
    fn take_in(&mut self) -> bool {
        let mut any = false;
        // One that tears the book is told once; those who pass on more must not wait for it.
        while let Passing::From(arriving) = &self.passing
            && let Ok(passed) = arriving.try_recv()
        {
            self.fold_passed(passed);
            any = true;
        }
        any
    }

    /// Nothing is read any more: passes nothing on, and folds what others pass on until the last of them has ended.
    fn finish(&mut self) {
        if let Passing::From(arriving) = mem::replace(&mut self.passing, Passing::Over) {
            arriving.into_iter().for_each(|passed| self.fold_passed(passed));
        }
    }

    fn fold_passed(&mut self, passed: Passed) {
        if let Err(broken) = self.fold.take_passed(passed) {
            self.leave(broken, None);
        }
    }

    /// Ends the reading of what is broken; it goes on with the rest.
    fn leave(&mut self, broken: Broken, run: Option<Run<'_>>) {
        let (slots, at, Cause { reason, at: offset }, passed) = match broken {
            Broken::Partition { slot, cause } => (slot..slot + 1, Some(slot), cause, None),
            Broken::All { slot, cause, passed } => (0..self.lane.partitions().len(), slot, cause, passed),
        };
        let by = match (at.and_then(|slot| self.lane.partitions().get(slot)), passed) {
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
    }

    fn capture(&mut self, reply: &Sender<Captured>) {
        // The streams are captured before the book, and what they passed on until then is under way: without it the book would be
        // behind them, and a start from this snapshot would never hear of it.
        self.take_in();
        let mut pieces = Vec::new();
        let is_whole = self.fold.capture(&mut pieces);
        let next = |partition: &Partition| Some((partition.clone(), self.next(partition)?));
        let offsets = self.lane.partitions().iter().filter_map(next).collect();
        // Whoever has given up waiting takes the next.
        let _ = reply.send(Captured { pieces, offsets, is_whole });
    }

    fn next(&self, partition: &Partition) -> Option<i64> {
        self.shared.source(partition).and_then(|source| self.fold.next(source))
    }

    fn show(&mut self) {
        self.shown_at = self.shared.freshness.asked();
        if let Err(broken) = self.fold.tick(now()) {
            self.leave(broken, None);
        }
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
        self.shared.freshness.has_shown(self.number);
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
                self.fold.add(source, now());
            }
        }
        Ok(())
    }
}
