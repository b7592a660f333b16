//! What became of the records read: accepted + duplicate + stale + rejected = read.

use model::{Reason, Rejection, Verdict};

/// Records by what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// The latest word, counted.
    pub accepted: u64,
    /// There before.
    pub duplicate: u64,
    /// Later words were there before.
    pub stale: u64,
    /// Refused, by reason in the order of [`Reason::ALL`].
    pub rejected: [u64; Reason::ALL.len()],
}

impl Counts {
    /// Counts a readable event.
    pub fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accepted => self.accepted += 1,
            Verdict::Duplicate => self.duplicate += 1,
            Verdict::Stale => self.stale += 1,
        }
    }

    /// Counts a refused record.
    pub fn reject(&mut self, rejection: &Rejection) {
        for (reason, n) in Reason::ALL.iter().zip(&mut self.rejected) {
            *n += u64::from(*reason == rejection.reason);
        }
    }

    /// All that were refused.
    pub fn rejected_in_all(&self) -> u64 {
        self.rejected.iter().sum()
    }

    /// All that were read.
    pub fn read(&self) -> u64 {
        self.accepted + self.duplicate + self.stale + self.rejected_in_all()
    }

    /// Adds another's.
    pub fn add(&mut self, other: &Counts) {
        self.accepted += other.accepted;
        self.duplicate += other.duplicate;
        self.stale += other.stale;
        for (ours, theirs) in self.rejected.iter_mut().zip(other.rejected) {
            *ours += theirs;
        }
    }
}
