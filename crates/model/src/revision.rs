//! The revision rule: which of two messages about one entity is the later word.

use crate::{
    Millis,
    planted::{Plant, planted},
};

/// What orders the messages about one entity: by revision, then time, then event id, then content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stamp<'a> {
    /// The source's own revision, or `occurred_at` in milliseconds where it gives none.
    pub revision: i64,
    /// When the message says it happened.
    pub occurred_at: Millis,
    /// The message's id, unique within its source.
    pub event_id: &'a str,
    /// A fixed hash of the decoded content.
    pub content: u64,
}

/// What became of a readable event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// It is the latest word, and counts.
    Accepted,
    /// It was there before.
    Duplicate,
    /// A later word was there before.
    Stale,
}

impl Verdict {
    /// The verdict on a message about an entity of which `stored`, from `stored_source`, is the latest word so far.
    pub fn on(incoming: Stamp<'_>, source: &str, stored: Stamp<'_>, stored_source: &str) -> Verdict {
        if incoming > stored || planted(Plant::LastToComeWins) {
            Verdict::Accepted
        } else if incoming.event_id == stored.event_id && source == stored_source {
            Verdict::Duplicate
        } else {
            Verdict::Stale
        }
    }
}
