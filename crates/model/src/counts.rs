//! What became of the records read: accepted + duplicate + stale + rejected = read.

use serde::{Deserialize, Serialize};

use crate::{Merge, Reason, Rejection, Ruling, Verdict};

/// Records by what became of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Counts {
    /// The latest word, counted.
    pub accepted: u64,
    /// There before.
    pub duplicate: u64,
    /// Later words were there before.
    pub stale: u64,
    /// Of the three above, those that gave the revision of the word before them and said something else.
    pub conflicting: u64,
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

    /// Counts a message about an entity.
    pub fn count_ruled(&mut self, ruling: Ruling) {
        self.count(ruling.verdict);
        self.conflicting += u64::from(ruling.conflicting);
    }

    /// Counts a refused record.
    pub fn reject(&mut self, rejection: &Rejection) {
        for (reason, n) in Reason::ALL.iter().zip(&mut self.rejected) {
            *n += u64::from(*reason == rejection.reason);
        }
    }

    /// The refused ones by reason, zeros too.
    pub fn by_reason(&self) -> impl Iterator<Item = (Reason, u64)> {
        Reason::ALL.into_iter().zip(self.rejected)
    }

    /// All by what became of them.
    pub fn by_outcome(&self) -> [(&'static str, u64); 4] {
        [("accepted", self.accepted), ("duplicate", self.duplicate), ("stale", self.stale), ("rejected", self.rejected.iter().sum())]
    }

    /// All that were read.
    pub fn read(&self) -> u64 {
        self.by_outcome().iter().map(|(_, n)| n).sum()
    }
}

impl Merge for Counts {
    type Bound = ();

    fn merge(&mut self, more: &Counts, (): ()) {
        self.accepted += more.accepted;
        self.duplicate += more.duplicate;
        self.stale += more.stale;
        self.conflicting += more.conflicting;
        self.rejected.iter_mut().zip(more.rejected).for_each(|(sum, n)| *sum += n);
    }
}
