//! The distinct visitors of all partitions, kept once, not once for each.
//!
//! A set of visitors and a sketch of one are what was added, in whatever order and by whatever way: so the partitions' visitors are one
//! union. Each stream has those since it last handed them over, and what all have handed over is here. A stream hands over when it is
//! shown and when it is captured, and what is here is captured after the last stream, while nobody else hands over: so a snapshot has the
//! visitors of exactly the records before its offsets. A stream that a panic tears takes with it what it had not handed over, as it takes
//! all else, and what a snapshot takes of it is of when it last did.

use std::sync::Arc;

use model::{Millis, Settings};
use panes::{Keep, Panes};
use pieces::{Piece, PieceError, Pieces};

use crate::floors;

/// The visitors that all streams have handed over, by day and channel.
#[derive(Clone, Debug)]
pub struct SharedVisitors(Arc<Panes>);

const FAMILY: &str = "visitors";

impl SharedVisitors {
    /// None yet.
    pub fn new(keep: Keep) -> SharedVisitors {
        SharedVisitors(Arc::new(Panes::new(keep)))
    }

    /// Captures them as pieces of a snapshot: clones pointers only.
    pub fn capture(&self, out: &mut Vec<Piece>) {
        self.0.capture(FAMILY, out);
    }

    /// Those of a snapshot's pieces.
    pub fn restore(pieces: &Pieces) -> Result<SharedVisitors, PieceError> {
        Panes::restore(FAMILY, pieces).map(|panes| SharedVisitors(Arc::new(panes)))
    }

    /// Time has passed: what lies below the floors is forgotten.
    pub fn tick(&mut self, now: Millis, settings: &Settings) {
        let (days_from, minutes_from) = floors(now, settings);
        let keep = self.0.keep();
        if days_from > keep.days_from || minutes_from > keep.minutes_from {
            let panes = Arc::make_mut(&mut self.0);
            if panes.advance(days_from, minutes_from) {
                panes.forget_unnamed(|_| {});
            }
        }
    }

    /// A fold of nothing but these visitors, to be looked at beside the others.
    pub fn panes(&self) -> &Arc<Panes> {
        &self.0
    }

    /// Takes over the visitors that a stream's panes have.
    pub(crate) fn take_over(&mut self, panes: &mut Panes) {
        if !panes.visitors().is_empty() {
            Arc::make_mut(&mut self.0).take_visitors_of(panes);
        }
    }
}
