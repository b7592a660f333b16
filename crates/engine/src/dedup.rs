//! Which interactions were there before: their identities, over a span of log time and under a bound.

use std::{collections::VecDeque, sync::Arc};

use hashbrown::{HashTable, hash_table};
use model::{
    Millis,
    planted::{Plant, planted},
};
use panes::pieces::{Piece, PieceError, Pieces, decode};
use serde::{Deserialize, Serialize};

use crate::ids::{self, Ids};

/// How long identities are held, and how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DedupLimits {
    /// Milliseconds of log time; none for ever.
    pub span_ms: Option<i64>,
    /// Identities at most.
    pub ids: usize,
}

/// The identities of one source partition. What is held depends on the log alone: its clock is the latest record time seen.
#[derive(Clone, Debug)]
pub struct Dedup {
    limits: DedupLimits,
    /// Finds an identity in `ids`.
    index: HashTable<Entry>,
    ids: Ids,
    /// The slices of log time they came in, oldest first, with how many came.
    slices: VecDeque<(i64, usize)>,
    clock: i64,
    /// Whether the bound has cut the span short since the slices last covered it.
    cut: bool,
}

/// Where an identity lies. Small, since the index is what a look-up waits for; `mark` makes it seldom look further in vain.
#[derive(Clone, Copy, Debug)]
struct Entry {
    mark: u32,
    at: u32,
}

/// What a capture holds beside the identities.
#[derive(Serialize, Deserialize)]
struct Head {
    slices: VecDeque<(i64, usize)>,
    clock: i64,
    cut: bool,
}

impl Entry {
    fn new(identity: u128, at: u32) -> Entry {
        Entry { mark: identity as u32, at }
    }

    /// The table takes its place from the low bits and what it compares first from the high ones.
    fn hash(self) -> u64 {
        u64::from(self.mark) << 32 | u64::from(self.mark)
    }
}

/// Into how many slices the span is cut; an identity is held for the span and at most one slice more.
const SLICES: i64 = 96;

impl DedupLimits {
    /// No limit at all: what a report needs.
    pub const NONE: DedupLimits = DedupLimits { span_ms: None, ids: usize::MAX };
}

impl Dedup {
    /// Holds nothing yet.
    pub fn new(limits: DedupLimits) -> Dedup {
        let limits = DedupLimits { ids: limits.ids.min(ids::AT_MOST), ..limits };
        Dedup { limits, index: HashTable::new(), ids: Ids::default(), slices: VecDeque::new(), clock: i64::MIN, cut: false }
    }

    /// Looks identities up ahead of [`is_new`](Dedup::is_new), which then finds the index in the processor's cache: one after the other
    /// each would wait for memory, together they wait at the same time.
    pub fn look_ahead(&self, identities: &[u128]) {
        let found = |identity: &u128| {
            let entry = Entry::new(*identity, 0);
            self.index.find(entry.hash(), |held| held.mark == entry.mark).is_some()
        };
        std::hint::black_box(identities.iter().filter(|identity| found(identity)).count());
    }

    /// Whether an identity is new; it is held from now on.
    pub fn is_new(&mut self, identity: u128, timestamp: Millis) -> bool {
        self.pass_time(timestamp);
        let entry = Entry::new(identity, self.ids.end());
        let ids = &self.ids;
        let is_it = |held: &Entry| held.mark == entry.mark && ids.get(held.at) == Some(identity);
        let hash_table::Entry::Vacant(vacant) = self.index.entry(entry.hash(), is_it, |held| held.hash()) else {
            return planted(Plant::DuplicateTakenForNew);
        };
        vacant.insert(entry);
        self.ids.push(identity);
        if let Some((_, n)) = self.slices.back_mut() {
            *n += 1;
        }
        self.keep_bound();
        true
    }

    /// Captures the identities as pieces of a family.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        let head = Head { slices: self.slices.clone(), clock: self.clock, cut: self.cut };
        out.push(Piece::new(format!("{family}/slices"), Arc::new(head)));
        self.ids.capture(family, out);
    }

    /// The identities of a family's pieces.
    pub fn restore(limits: DedupLimits, family: &str, pieces: &Pieces) -> Result<Dedup, PieceError> {
        let head: Head = decode(pieces, &format!("{family}/slices"))?;
        let ids = Ids::restore(family, pieces)?;
        let mut index = HashTable::with_capacity(ids.len());
        for (at, identity) in ids.iter() {
            let entry = Entry::new(identity, at);
            if !planted(Plant::IdentitiesNotFound) {
                index.insert_unique(entry.hash(), entry, |held| held.hash());
            }
        }
        let clock = if planted(Plant::DedupClockNotRestored) { i64::MIN } else { head.clock };
        Ok(Dedup { index, ids, slices: head.slices, clock, cut: head.cut, ..Dedup::new(limits) })
    }

    /// Milliseconds of log time over which duplicates are found now; none for ever.
    pub fn span_ms(&self) -> Option<i64> {
        let span = self.limits.span_ms?;
        let held_since = self.slices.front().map_or(self.clock, |(slice, _)| *slice * slice_ms(span));
        Some(if self.cut { (self.clock - held_since).min(span) } else { span })
    }

    /// How many identities are held.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    fn pass_time(&mut self, timestamp: Millis) {
        let Some(span) = self.limits.span_ms else { return };
        if timestamp.0 <= self.clock {
            return;
        }
        self.clock = timestamp.0;
        let slice = timestamp.0.div_euclid(slice_ms(span));
        if self.slices.back().is_none_or(|(newest, _)| *newest < slice) {
            self.slices.push_back((slice, 0));
        }
        while let Some((oldest, n)) = self.slices.front().copied()
            && (oldest + 1) * slice_ms(span) <= timestamp.0 - span
        {
            self.slices.pop_front();
            (0..n).for_each(|_| self.drop_oldest());
            self.cut = false;
        }
    }

    fn keep_bound(&mut self) {
        while self.ids.len() > self.limits.ids {
            self.cut = true;
            while self.slices.len() > 1 && self.slices.front().is_some_and(|(_, n)| *n == 0) {
                self.slices.pop_front();
            }
            if let Some((_, n)) = self.slices.front_mut() {
                *n = n.saturating_sub(1);
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let at = self.ids.begin();
        let Some(identity) = self.ids.pop() else { return };
        if let Ok(found) = self.index.find_entry(Entry::new(identity, at).hash(), |held| held.at == at) {
            found.remove();
        }
    }
}

fn slice_ms(span: i64) -> i64 {
    (span / SLICES).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn daily(ids: usize) -> Dedup {
        Dedup::new(DedupLimits { span_ms: Some(24 * HOUR), ids })
    }

    #[test]
    fn an_identity_is_held_for_the_span_of_log_time() {
        let mut dedup = daily(1000);
        assert!(dedup.is_new(7, Millis(0)));
        assert!(!dedup.is_new(7, Millis(24 * HOUR)));
        assert!(!dedup.is_new(7, Millis(0)), "a record that is older than the clock does not turn it back");
        assert!(dedup.is_new(7, Millis(25 * HOUR)));
        assert_eq!(dedup.len(), 1);
    }

    #[test]
    fn a_bound_cuts_the_span_and_says_so() {
        let mut dedup = daily(10);
        for n in 0..30u128 {
            assert!(dedup.is_new(n, Millis(n as i64 * HOUR / 4)));
        }
        assert_eq!(dedup.len(), 10);
        assert!(dedup.span_ms().is_some_and(|span| span > 2 * HOUR && span < 3 * HOUR), "{:?}", dedup.span_ms());
        assert!(!dedup.is_new(25, Millis(8 * HOUR)) && dedup.is_new(5, Millis(8 * HOUR)));
    }

    #[test]
    fn without_limits_all_are_held() {
        let mut dedup = Dedup::new(DedupLimits::NONE);
        assert!((0..1000u128).all(|n| dedup.is_new(n, Millis(n as i64 * HOUR))));
        assert!((0..1000u128).all(|n| !dedup.is_new(n, Millis(2000 * HOUR))));
    }
}
