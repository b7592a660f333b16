//! Which interactions were there before: their identities, over a span of log time and under a bound.

use std::{collections::VecDeque, sync::Arc};

use model::Millis;
use pieces::{Piece, PieceError, Pieces, decode};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{self, Ids, Seen},
    index::Index,
};

/// How long identities are held, and how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DedupLimits {
    /// Milliseconds of log time; none for ever.
    pub span_ms: Option<i64>,
    /// Identities at most.
    pub ids: usize,
    /// Records in a row whose median time moves the log time on.
    pub clock_records: usize,
}

/// The identities of one source partition. What is held depends on the log alone.
///
/// An interaction is a repetition where one of its identity is held whose record time lies within the span of its own. Which
/// identities are dropped is decided by the partition's log time: the highest median that any block of `clock_records` records
/// in a row had. So a record from the future, or a thousand of them, drops nothing and keeps nothing for longer than the others. KPI R3
#[derive(Clone, Debug)]
pub struct Dedup {
    limits: DedupLimits,
    /// Finds an identity in `ids`.
    index: Index,
    ids: Ids,
    /// The slices of log time they came in, oldest first, with how many came.
    slices: VecDeque<(i64, usize)>,
    clock: Option<i64>,
    /// The times of the records since the last whole block, and how many identities came with them: in which slice of log time
    /// they did is told at the block's end.
    block: Vec<i64>,
    of_block: usize,
    /// Whether the bound has cut the span short since the slices last covered it.
    cut: bool,
}

/// What is captured of the identities, at one moment: all but what finds them.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    head: Slices,
    ids: Ids,
}

impl Moment {
    /// Captures it as pieces of a family.
    pub(crate) fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        out.push(Piece::new(format!("{family}/slices"), Arc::new(self.head.clone())));
        self.ids.capture(family, out);
    }
}

/// What a capture holds beside the identities.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Slices {
    slices: VecDeque<(i64, usize)>,
    clock: Option<i64>,
    block: Vec<i64>,
    of_block: usize,
    cut: bool,
}

/// Into how many slices the span is cut; an identity is held for the span and at most one slice more.
const SLICES: i64 = 96;

impl DedupLimits {
    /// Records in a row of which an instance takes the median time.
    pub const CLOCK_RECORDS: usize = 1024;

    /// No limit at all: what a report needs.
    pub const NONE: DedupLimits = DedupLimits { span_ms: None, ids: usize::MAX, clock_records: Self::CLOCK_RECORDS };
}

impl Dedup {
    /// Holds nothing yet.
    pub fn new(limits: DedupLimits) -> Dedup {
        let limits = DedupLimits { ids: limits.ids.min(ids::AT_MOST), ..limits };
        Dedup {
            limits,
            index: Index::default(),
            ids: Ids::default(),
            slices: VecDeque::new(),
            clock: None,
            block: Vec::new(),
            of_block: 0,
            cut: false,
        }
    }

    /// Makes ready for asking whether these are [new](Dedup::is_new), all at once.
    pub fn look_ahead(&self, identities: &[u128]) {
        self.index.look_ahead(identities);
    }

    /// Whether an identity is new; it is held from now on. A record without a time of its own is taken to be of the log time.
    pub fn is_new(&mut self, identity: u128, timestamp: Option<Millis>) -> bool {
        let seen = self.seen(identity, timestamp);
        let found = self.index.find(identity, |number| self.ids.get(number).is_some_and(|held| held.is_of(seen)));
        if let Some(number) = found {
            if self.ids.get(number).is_some_and(|held| held.slices_from(seen) <= self.slices_held()) {
                return false;
            }
            // It is of another time. The old one leaves the queue in its turn; from now on the new one is found.
            self.index.remove(identity, number);
        }
        self.index.insert(identity, self.ids.end());
        self.ids.push(seen);
        self.of_block += 1;
        self.keep_bound();
        true
    }

    /// Captures the identities as pieces of a family.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        self.moment().capture(family, out);
    }

    /// The identities at this moment, as they are captured.
    pub(crate) fn moment(&self) -> Moment {
        let head = Slices { slices: self.slices.clone(), clock: self.clock, block: self.block.clone(), of_block: self.of_block, cut: self.cut };
        Moment { head, ids: self.ids.clone() }
    }

    /// The identities of a family's pieces.
    pub fn restore(limits: DedupLimits, family: &str, pieces: &Pieces) -> Result<Dedup, PieceError> {
        let head: Slices = decode(pieces, &format!("{family}/slices"))?;
        let ids = Ids::restore(family, pieces)?;
        let mut index = Index::with_room(ids.len());
        for (number, seen) in ids.iter() {
            let identity = seen.identity();
            if let Some(before) = index.find(identity, |number| ids.get(number).is_some_and(|held| held.is_of(seen))) {
                index.remove(identity, before);
            }
            index.insert(identity, number);
        }
        Ok(Dedup {
            index,
            ids,
            slices: head.slices,
            clock: head.clock,
            block: head.block,
            of_block: head.of_block,
            cut: head.cut,
            ..Dedup::new(limits)
        })
    }

    /// Milliseconds of log time over which duplicates are found now; none for ever.
    pub fn span_ms(&self) -> Option<i64> {
        let span = self.limits.span_ms?;
        let ends = self.ids.get(self.ids.begin()).zip(self.ids.get(self.ids.end().wrapping_sub(1)));
        let held = ends.map_or(0, |(oldest, newest)| i64::from(oldest.slices_from(newest)) * slice_ms(span));
        Some(if self.cut { held.min(span) } else { span })
    }

    /// How many identities are held.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// An identity as it is held: with the time of its record, which also moves the log time on.
    fn seen(&mut self, identity: u128, timestamp: Option<Millis>) -> Seen {
        let Some(span) = self.limits.span_ms else { return Seen::new(identity, 0) };
        if let Some(at) = timestamp {
            self.note_time(at.0, span);
        }
        let at = timestamp.map(|at| at.0).or(self.clock).unwrap_or_default();
        Seen::new(identity, at.div_euclid(slice_ms(span)))
    }

    /// How many slices apart the records of two repetitions are at most.
    fn slices_held(&self) -> u32 {
        let slices = self.limits.span_ms.map_or(0, |span| (span + slice_ms(span) - 1) / slice_ms(span));
        u32::try_from(slices).unwrap_or(u32::MAX)
    }

    fn note_time(&mut self, at: i64, span: i64) {
        self.block.push(at);
        if self.block.len() < self.limits.clock_records {
            return;
        }
        let middle = self.block.len() / 2;
        let (_, median, _) = self.block.select_nth_unstable(middle);
        let median = *median;
        self.block.clear();
        self.pass_to(self.clock.map_or(median, |clock| clock.max(median)), span);
    }

    /// Moves the log time on, which what came in the block came at, and drops what is older than the span.
    fn pass_to(&mut self, clock: i64, span: i64) {
        self.clock = Some(clock);
        let slice = clock.div_euclid(slice_ms(span));
        let of_block = std::mem::take(&mut self.of_block);
        match self.slices.back_mut() {
            Some((newest, n)) if *newest >= slice => *n += of_block,
            _ => self.slices.push_back((slice, of_block)),
        }
        while let Some((oldest, n)) = self.slices.front().copied()
            && (oldest + 1).saturating_mul(slice_ms(span)) <= clock.saturating_sub(span)
        {
            self.slices.pop_front();
            (0..n).for_each(|_| self.drop_oldest());
            self.cut = false;
        }
    }

    fn keep_bound(&mut self) {
        while self.ids.len() > self.limits.ids {
            self.cut = true;
            while self.slices.front().is_some_and(|(_, n)| *n == 0) {
                self.slices.pop_front();
            }
            let oldest = self.slices.front_mut().map_or(&mut self.of_block, |(_, n)| n);
            *oldest = oldest.saturating_sub(1);
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let number = self.ids.begin();
        if let Some(seen) = self.ids.pop() {
            self.index.remove(seen.identity(), number);
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
        Dedup::new(DedupLimits { span_ms: Some(24 * HOUR), ids, clock_records: 4 })
    }

    /// An identity by a number: its low bits are not kept.
    fn id(n: u128) -> u128 {
        n << 32
    }

    fn at(hours: i64) -> Option<Millis> {
        Some(Millis(hours * HOUR))
    }

    #[test]
    fn an_identity_is_told_for_the_span_of_log_time() {
        let mut dedup = daily(1000);
        assert!(dedup.is_new(id(7), at(0)));
        assert!(!dedup.is_new(id(7), at(24)));
        assert!(!dedup.is_new(id(7), at(0)), "a record that is older than the one before");
        assert!(!dedup.is_new(id(7), None), "a record without a time");
        assert!(dedup.is_new(id(7), at(25)));
        assert!(!dedup.is_new(id(7), at(48)) && dedup.is_new(id(8), at(48)));
    }

    #[test]
    fn records_from_the_future_drop_nothing_and_stay_no_longer() {
        let mut dedup = daily(1000);
        let future = 24 * 365 * 70;
        for n in 0..40 {
            // Of any four in a row one is of the future.
            assert!(dedup.is_new(id(n), at(if n % 4 == 1 { future } else { n as i64 / 8 })), "{n}");
        }
        assert!((0..40).all(|n| !dedup.is_new(id(n), at(if n % 4 == 1 { future } else { 6 }))), "all are told");
        assert_eq!(dedup.len(), 40);
        assert!((40..60).all(|n| dedup.is_new(id(n), at(48))) && (40..60).all(|n| !dedup.is_new(id(n), at(49))), "after a pause too");
        assert_eq!(dedup.len(), 20, "what is older than the span is dropped, of whatever time it said it was");
    }

    #[test]
    fn what_is_restored_goes_on_as_the_original() {
        let mut dedup = daily(50);
        for step in 0..500u128 {
            if step % 7 == 0 {
                let mut captured = Vec::new();
                dedup.capture("d", &mut captured);
                let pieces: Pieces = captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect();
                let mut restored = Dedup::restore(dedup.limits, "d", &pieces).unwrap();
                for n in step..step + 40 {
                    let (identity, time) = (id(n * n % 31), at((n * 5 % 64) as i64));
                    assert_eq!(restored.is_new(identity, time), dedup.is_new(identity, time));
                }
            }
            dedup.is_new(id(step * step % 31), at((step * 7 % 90) as i64));
        }
    }

    #[test]
    fn a_bound_cuts_the_span_and_says_so() {
        let mut dedup = daily(10);
        for n in 0..30u128 {
            assert!(dedup.is_new(id(n), Some(Millis(n as i64 * HOUR / 4))));
        }
        assert_eq!(dedup.len(), 10);
        assert!(dedup.span_ms().is_some_and(|span| span > 2 * HOUR && span < 3 * HOUR), "{:?}", dedup.span_ms());
        assert!(!dedup.is_new(id(25), at(8)) && dedup.is_new(id(5), at(8)));
    }

    #[test]
    fn without_limits_all_are_held() {
        let mut dedup = Dedup::new(DedupLimits::NONE);
        assert!((0..1000u128).all(|n| dedup.is_new(id(n), at(n as i64))));
        assert!((0..1000u128).all(|n| !dedup.is_new(id(n), at(2000))));
    }
}
