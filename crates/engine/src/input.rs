//! What goes into the engine, and what comes out of it.

use model::{Event, EventType, Millis, Rejection, SocialInteraction};
use serde::{Deserialize, Serialize};

/// A partition of a source topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SourcePartition {
    /// The topic, by the type of its events.
    pub topic: EventType,
    /// The partition.
    pub partition: i32,
}

/// Where a record stands in the log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// The partition.
    pub source: SourcePartition,
    /// The offset in it.
    pub offset: i64,
}

/// A record, decoded or refused.
#[derive(Clone, PartialEq, Debug)]
pub struct Record<'a> {
    /// Where it stands.
    pub at: Position,
    /// The record's own time, by the broker or the producer; none where it carries none.
    pub timestamp: Option<Millis>,
    /// What it says.
    pub event: Result<Event<'a>, Rejection>,
}

/// All that can happen to the engine.
#[derive(Clone, PartialEq, Debug)]
pub enum Input<'a> {
    /// Records were read, each partition's in log order. Those that are in the state already are passed over.
    Records(&'a [Record<'a>]),
    /// The figure of a day was read by a [`Stream`](crate::Stream), which passes it to the book.
    Figure(Position, Box<SocialInteraction<'a>>),
    /// Time has passed; what lies below the floors is forgotten.
    Tick {
        /// What time it is.
        now: Millis,
    },
}

/// All that the engine asks of the world.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// The record is refused: keep its bytes with the reason.
    DeadLetter(Position, Rejection),
    /// The figure of a day is an entity: pass it to the book.
    Figure(Position, Box<SocialInteraction<'static>>),
}
