//! What every event has.

use std::borrow::Cow;

use crate::{Millis, Stamp, When, Zone};

/// A text of a message.
pub type Text<'a> = Cow<'a, str>;

/// What every event has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head<'a> {
    /// Unique within its source.
    pub event_id: Text<'a>,
    /// The publishing system.
    pub source: Text<'a>,
    /// When it happened.
    pub occurred_at: When,
    /// The source's revision of the entity; absent = `occurred_at` in milliseconds.
    pub revision: Option<i64>,
}

impl Head<'_> {
    /// The event's place among those about one entity.
    pub fn stamp(&self, zone: &Zone, content: u64) -> Stamp<'_> {
        let occurred_at: Millis = zone.instant(self.occurred_at);
        Stamp { revision: self.revision.unwrap_or(occurred_at.0), occurred_at, event_id: &self.event_id, source: &self.source, content }
    }
}
