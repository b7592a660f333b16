//! The visitors of all partitions, which the threads hand theirs over to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{SharedVisitors, keep_at};
use model::{Millis, Settings};
use panes::Panes;
use pieces::Piece;

/// The visitors that are handed over.
#[derive(Debug)]
pub struct Visitors(Mutex<State>);

#[derive(Debug)]
struct State {
    visitors: SharedVisitors,
    /// Of the threads some are captured and others are not: nobody hands over but by being captured.
    is_captured: bool,
}

impl Visitors {
    /// None yet.
    pub fn new(now: Millis, settings: &Settings) -> Visitors {
        Visitors(Mutex::new(State { visitors: SharedVisitors::new(keep_at(now, settings)), is_captured: false }))
    }

    /// Goes on from those of a snapshot.
    pub fn restore(&self, restored: SharedVisitors) {
        self.lock().visitors = restored;
    }

    /// What a thread does that is captured.
    pub fn with<R>(&self, work: impl FnOnce(&mut SharedVisitors) -> R) -> R {
        work(&mut self.lock().visitors)
    }

    /// What a thread does of its own accord; not while a snapshot is captured, which would then have some visitors of later records.
    pub fn unless_captured(&self, work: impl FnOnce(&mut SharedVisitors)) {
        let mut state = self.lock();
        if !state.is_captured {
            work(&mut state.visitors);
        }
    }

    /// The threads are captured from now on.
    pub fn begin_capture(&self) {
        self.lock().is_captured = true;
    }

    /// All threads are captured, or are no longer waited for: captures the visitors that they handed over.
    pub fn end_capture(&self, out: &mut Vec<Piece>) {
        let mut state = self.lock();
        state.is_captured = false;
        state.visitors.capture(out);
    }

    /// A fold of them, to be looked at beside the views that were taken before.
    pub fn panes(&self) -> Arc<Panes> {
        self.lock().visitors.panes().clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panics here ends the process.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
