//! Which interactions were there before: their identities, over a span of log time and under a bound.

use std::{collections::VecDeque, sync::Arc};

use model::{
    Millis,
    planted::{Plant, planted},
};
use panes::pieces::{Piece, PieceError, Pieces, decode};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{self, Ids},
    index::Index,
};

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
    index: Index,
    ids: Ids,
    /// The slices of log time they came in, oldest first, with how many came.
    slices: VecDeque<(i64, usize)>,
    clock: i64,
    /// Whether the bound has cut the span short since the slices last covered it.
    cut: bool,
}

/// What a capture holds beside the identities.
#[derive(Serialize, Deserialize)]
struct Head {
    slices: VecDeque<(i64, usize)>,
    clock: i64,
    cut: bool,
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
        Dedup { limits, index: Index::default(), ids: Ids::default(), slices: VecDeque::new(), clock: i64::MIN, cut: false }
    }

    /// Makes ready for asking whether these are [new](Dedup::is_new), all at once.
    pub fn look_ahead(&self, identities: &[u128]) {
        self.index.look_ahead(identities);
    }

    /// Whether an identity is new; it is held from now on.
    pub fn is_new(&mut self, identity: u128, timestamp: Millis) -> bool {
        self.pass_time(timestamp);
        if self.index.find(identity, |number| self.ids.get(number) == Some(identity)).is_some() {
            return planted(Plant::DuplicateTakenForNew);
        }
        self.index.insert(identity, self.ids.end());
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
        let mut index = Index::with_room(ids.len());
        for (number, identity) in ids.iter() {
            if !planted(Plant::IdentitiesNotFound) {
                index.insert(identity, number);
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
        let number = self.ids.begin();
        if let Some(identity) = self.ids.pop() {
            self.index.remove(identity, number);
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
