//! What has been decided but not yet published: messages in the order of their publishing, with the faults of a real wire.

use std::{cmp::Reverse, collections::BinaryHeap};

use model::{Event, Millis, When, event::Head};

use crate::{calendar::HOUR_MS, chance::Chance};

/// Share of messages published twice: publishers retry.
const TWICE: f64 = 0.004;
/// Share of messages that hang in some queue, where later ones may overtake them.
const HELD_UP: f64 = 0.006;
/// For how long at most.
const HELD_UP_MS: i64 = 40 * HOUR_MS;

/// Messages that wait for their moment.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    waiting: BinaryHeap<Reverse<Waiting>>,
    chance: Chance,
    ids: u64,
    order: u64,
}

#[derive(Clone, Debug)]
struct Waiting {
    at: Millis,
    /// Keeps messages of one moment in the order in which they were decided.
    order: u64,
    event: Event<'static>,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Waiting) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl Outbox {
    pub(crate) fn new(chance: Chance) -> Outbox {
        Outbox { waiting: BinaryHeap::new(), chance, ids: 0, order: 0 }
    }

    /// The common fields of a message of a source that numbers no revisions.
    pub(crate) fn head(&mut self, source: &'static str, at: Millis) -> Head<'static> {
        self.ids += 1;
        Head { event_id: format!("{source}-{:08}", self.ids).into(), source: source.into(), occurred_at: When::At(at), revision: None }
    }

    /// The common fields of a message whose revision is the time of the last change.
    pub(crate) fn revised(&mut self, source: &'static str, at: Millis) -> Head<'static> {
        Head { revision: Some(at.0), ..self.head(source, at) }
    }

    /// Publishes an event a moment after it happened; a few are held up, a few go out twice.
    pub(crate) fn send(&mut self, event: Event<'static>) {
        let When::At(happened) = event.head().occurred_at else { return };
        let mut at = happened.plus(self.chance.below(3_000) as i64);
        if self.chance.happens(HELD_UP) {
            at = at.plus(self.chance.below(HELD_UP_MS as u64) as i64);
        }
        if self.chance.happens(TWICE) {
            let again = at.plus(500 + self.chance.below(60_000) as i64);
            self.push(again, event.clone());
        }
        self.push(at, event);
    }

    fn push(&mut self, at: Millis, event: Event<'static>) {
        self.order += 1;
        self.waiting.push(Reverse(Waiting { at, order: self.order, event }));
    }

    /// The next message, where it is due before `limit`.
    pub(crate) fn due_before(&mut self, limit: Millis) -> Option<Event<'static>> {
        let next = self.waiting.peek_mut().filter(|next| next.0.at < limit)?;
        Some(std::collections::binary_heap::PeekMut::pop(next).0.event)
    }

    /// All that waits, in no order.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &Event<'static>> {
        self.waiting.iter().map(|w| &w.0.event)
    }
}
