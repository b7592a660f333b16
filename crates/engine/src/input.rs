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
    /// Records were read, each partition's in log order. The events of one record, a batch, stand next to each other at one position and
    /// come together. Those that are in the state already are passed over.
    Records(&'a [Record<'a>]),
    /// The figures of days in a record were read by a [`Stream`](crate::Stream), which passes them to the book.
    Figure(Position, Vec<SocialInteraction<'a>>),
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
    /// The figures of days in a record, mostly one, are entities: pass them to the book.
    Figure(Position, Vec<SocialInteraction<'static>>),
}

/// How long the detail of a letter grows by the events of a batch that are refused.
const DETAIL: usize = 1000;

/// Asks for a record's letter; the events of a batch that are refused share one, which has the places of all and whose detail tells of the
/// first ones.
pub fn dead_letter(effects: &mut Vec<Effect>, at: Position, rejection: Rejection) {
    let of_same = effects.iter_mut().rev().take_while(|effect| effect.at() == at);
    let mut letters = of_same.filter_map(|effect| if let Effect::DeadLetter(_, letter) = effect { Some(letter) } else { None });
    match letters.next() {
        Some(letter) => {
            if letter.detail.len() < DETAIL {
                letter.detail = format!("{}; {rejection}", letter.detail);
            }
            letter.events.extend(rejection.events);
        }
        None => effects.push(Effect::DeadLetter(at, rejection)),
    }
}

/// Passes the figure of a day on. Those of one record go together: the book takes a position once.
pub(crate) fn pass_on(effects: &mut Vec<Effect>, at: Position, figure: SocialInteraction<'static>) {
    let of_same = effects.iter_mut().rev().take_while(|effect| effect.at() == at);
    let mut figures = of_same.filter_map(|effect| if let Effect::Figure(_, figures) = effect { Some(figures) } else { None });
    match figures.next() {
        Some(figures) => figures.push(figure),
        None => effects.push(Effect::Figure(at, vec![figure])),
    }
}

impl Effect {
    fn at(&self) -> Position {
        match self {
            Effect::DeadLetter(at, _) | Effect::Figure(at, _) => *at,
        }
    }
}
