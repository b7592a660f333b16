//! What goes into the engine, and what comes out of it.

use model::{Event, EventType, Fact, Foldable, Millis, Rejection, Zone};
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

/// A record, decoded or refused, for a state that folds `E`s.
#[derive(Clone, PartialEq, Debug)]
pub struct Record<E> {
    /// Where it stands.
    pub at: Position,
    /// The record's own time, by the broker or the producer; none where it carries none.
    pub timestamp: Option<Millis>,
    /// What it says.
    pub event: Result<E, Rejection>,
}

impl<'a> Record<Event<'a>> {
    /// The record, for a state that folds `E`s; a zone decides of which day an audience is.
    pub fn read<E: Foldable<'a>>(self, zone: &Zone) -> Record<E> {
        Record { at: self.at, timestamp: self.timestamp, event: self.event.and_then(|event| E::of(event, zone)) }
    }
}

/// All that can happen to a state that folds `E`s.
#[derive(Clone, PartialEq, Debug)]
pub enum Input<'a, E> {
    /// Records were read, each partition's in log order. The events of one record, a batch, stand next to each other at one position and
    /// come together. Those that are in the state already are passed over.
    Records(&'a [Record<E>]),
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
    /// The facts in a record of interactions, mostly one: pass them to the book.
    PassOn(Position, Vec<Fact<'static>>),
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

/// Passes a fact on. Those of one record go together: the book takes a position once.
pub(crate) fn pass_on(effects: &mut Vec<Effect>, at: Position, fact: Fact<'static>) {
    let of_same = effects.iter_mut().rev().take_while(|effect| effect.at() == at);
    let mut passed = of_same.filter_map(|effect| if let Effect::PassOn(_, facts) = effect { Some(facts) } else { None });
    match passed.next() {
        Some(facts) => facts.push(fact),
        None => effects.push(Effect::PassOn(at, vec![fact])),
    }
}

impl Effect {
    fn at(&self) -> Position {
        match self {
            Effect::DeadLetter(at, _) | Effect::PassOn(at, _) => *at,
        }
    }
}
