//! The revision rule: which of two messages about one entity is the later word.

use crate::Millis;

/// What orders the messages about one entity: by revision, then time, then event id, then source and content. So whatever decides what a
/// message contributes has a part in the order, the source too, since each may have its own names for channels. KPI R1
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Stamp<'a> {
    /// The source's own revision, or `occurred_at` in milliseconds where it gives none.
    pub revision: i64,
    /// When the message says it happened.
    pub occurred_at: Millis,
    /// The message's id, unique within its source.
    pub event_id: &'a str,
    /// The publishing system.
    pub source: &'a str,
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

/// The verdict on a message about an entity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ruling {
    /// What became of it.
    pub verdict: Verdict,
    /// Whether it and the word before it give one revision and say different things, so that something else than their source decides
    /// which of them counts: mostly rows that are finer than the entity's key.
    pub conflicting: bool,
}

impl Ruling {
    /// The ruling on a message about an entity of which `stored` is the latest word so far, where there is one.
    pub fn on(incoming: Stamp<'_>, stored: Option<Stamp<'_>>) -> Ruling {
        let Some(stored) = stored else { return Ruling { verdict: Verdict::Accepted, conflicting: false } };
        Ruling { verdict: Verdict::on(incoming, stored), conflicting: incoming.revision == stored.revision && incoming.content != stored.content }
    }

    /// Whether the message is the latest word.
    pub fn is_accepted(self) -> bool {
        self.verdict == Verdict::Accepted
    }
}

impl Verdict {
    /// The verdict on a message about an entity of which `stored` is the latest word so far.
    fn on(incoming: Stamp<'_>, stored: Stamp<'_>) -> Verdict {
        if is_later(incoming, stored) {
            Verdict::Accepted
        } else if (incoming.event_id, incoming.source) == (stored.event_id, stored.source) {
            Verdict::Duplicate
        } else {
            Verdict::Stale
        }
    }
}

fn is_later(incoming: Stamp<'_>, stored: Stamp<'_>) -> bool {
    incoming > stored
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: Stamp<'_> = Stamp { revision: 2, occurred_at: Millis(10), event_id: "e", source: "crm", content: 7 };

    fn check(incoming: Stamp<'_>, verdict: Verdict, conflicting: bool) {
        assert_eq!(Ruling::on(incoming, Some(STORED)), Ruling { verdict, conflicting }, "{incoming:?}");
    }

    #[test]
    fn one_revision_with_two_contents_is_a_conflict() {
        check(STORED, Verdict::Duplicate, false);
        check(Stamp { content: 8, ..STORED }, Verdict::Accepted, true);
        check(Stamp { content: 6, ..STORED }, Verdict::Duplicate, true);
        check(Stamp { event_id: "d", content: 8, ..STORED }, Verdict::Stale, true);
        check(Stamp { occurred_at: Millis(11), content: 6, ..STORED }, Verdict::Accepted, true);
        check(Stamp { event_id: "f", ..STORED }, Verdict::Accepted, false);
        check(Stamp { source: "crm-2", ..STORED }, Verdict::Accepted, false);
        check(Stamp { revision: 3, content: 6, ..STORED }, Verdict::Accepted, false);
        check(Stamp { revision: 1, event_id: "d", content: 9, ..STORED }, Verdict::Stale, false);
        assert_eq!(Ruling::on(STORED, None), Ruling { verdict: Verdict::Accepted, conflicting: false });
    }
}
