//! What became of the messages: every one read is accepted, duplicate, stale or rejected.

use model::Reason;

/// Messages by what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EventCounts {
    /// Taken into the state.
    pub accepted: u64,
    /// Seen before.
    pub duplicate: u64,
    /// Older than what is known of the entity.
    pub stale: u64,
    /// Refused, by reason in the order of [`Reason::ALL`].
    pub rejected: [u64; Reason::ALL.len()],
}

impl EventCounts {
    /// Each reason with its count, zeros too.
    pub fn by_reason(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.rejected)
    }

    /// Each outcome with its count.
    pub fn by_outcome(&self) -> [(&'static str, u64); 4] {
        let rejected = self.rejected.iter().fold(0, |sum: u64, n| sum.saturating_add(*n));
        [("accepted", self.accepted), ("duplicate", self.duplicate), ("stale", self.stale), ("rejected", rejected)]
    }

    /// All messages read.
    pub fn read(&self) -> u64 {
        self.by_outcome().iter().fold(0, |sum, (_, n)| sum.saturating_add(*n))
    }
}

impl std::ops::AddAssign for EventCounts {
    fn add_assign(&mut self, more: EventCounts) {
        let add = |sum: &mut u64, n: u64| *sum = sum.saturating_add(n);
        add(&mut self.accepted, more.accepted);
        add(&mut self.duplicate, more.duplicate);
        add(&mut self.stale, more.stale);
        self.rejected.iter_mut().zip(more.rejected).for_each(|(sum, n)| add(sum, n));
    }
}
