//! What an actor that folds is: a state, and a step for each thing that happens to it. It has no thread, channel, clock or socket of its own;
//! a worker's thread takes the steps in the running pipeline, and a seed does in the simulation.

use engine::{Effect, Position, Record, SourcePartition};
use model::{Fact, Foldable, Millis};
use pieces::Piece;

use crate::view::View;

/// The facts in a record of interactions, the figures of days, on their way to the book.
pub type Passed = (Position, Vec<Fact<'static>>);

/// What a fold cannot go on with.
#[derive(Clone, PartialEq, Eq, Debug)]
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
        /// The record that did it, where another actor has passed on what is in it.
        passed: Option<Position>,
    },
}

/// What broke a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Why, as a code.
    pub reason: &'static str,
    /// The offset of the record that did it, where it was one.
    pub at: Option<i64>,
}

/// A state that folds records. What is torn by a panic is not shown and not captured: what is, is of before.
pub trait Fold: Send {
    /// What it folds of events.
    type Event<'a>: Foldable<'a>;

    /// Takes one more partition: its slot is the next.
    fn add(&mut self, source: SourcePartition, now: Millis);
    /// The partition in a slot; none where it is broken.
    fn source(&self, slot: usize) -> Option<SourcePartition>;
    /// Folds records of the partition in a slot, and adds what is to be done for them. Where it breaks, nothing is.
    fn fold(&mut self, slot: usize, records: &[Record<Self::Event<'_>>], effects: &mut Vec<Effect>) -> Result<(), Broken>;
    /// Folds no more of the partition in a slot.
    fn give_up(&mut self, slot: usize);
    /// Folds facts that another has passed on.
    fn take_passed(&mut self, passed: Passed) -> Result<(), Broken>;
    /// Time has passed.
    fn tick(&mut self, now: Millis) -> Result<(), Broken>;
    /// The state as it is, without positions.
    fn view(&mut self) -> View;
    /// The offset of the next record of each partition; none where nothing is folded yet.
    fn next(&self, source: SourcePartition) -> Option<i64>;
    /// The state as pieces of a snapshot; false where it is torn and cannot be had.
    fn capture(&mut self, out: &mut Vec<Piece>) -> bool;
}
