//! Which interactions of a partition were there before: their identities, each held for a span of log time and under a bound.

use std::collections::{BTreeMap, VecDeque};

/// How long identities are held, and how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Milliseconds of log time; none for ever.
    pub span_ms: Option<i64>,
    /// Identities at most.
    pub ids: usize,
    /// Interactions in a row whose median time is the log time.
    pub clock_records: usize,
}

/// What tells an interaction from others of its type: its source and its id there.
pub type Identity = (String, String);

/// One that is held.
struct One {
    identity: Identity,
    /// How many came before it.
    number: u64,
    /// The slice of log time at which it came; none before that is looked at.
    came: Option<i64>,
}

/// The identities of one partition, oldest first.
#[derive(Default)]
pub struct Held {
    queue: VecDeque<One>,
    /// By identity: the number of the latest, and the slice of time of its own record.
    known: BTreeMap<Identity, (u64, i64)>,
    numbers: u64,
    /// The times of the interactions since the log time was last looked at.
    times: Vec<i64>,
    /// The highest median so far.
    clock: Option<i64>,
}

/// A slice is this part of the span: an identity leaves with the slice it came in, once all of that is older than the span.
const SLICES: i64 = 96;

impl Held {
    /// Whether an interaction is new; from now on it is held.
    pub fn is_new(&mut self, identity: Identity, timestamp: Option<i64>, limits: Limits) -> bool {
        let slice_ms = limits.span_ms.map_or(i64::MAX, |span| (span / SLICES).max(1));
        if let (Some(span), Some(at)) = (limits.span_ms, timestamp) {
            self.times.push(at);
            if self.times.len() == limits.clock_records {
                self.pass(slice_ms, span);
            }
        }
        let own = timestamp.or(self.clock).unwrap_or(0).div_euclid(slice_ms);
        let slices = limits.span_ms.map_or(i64::MAX, |span| (span + slice_ms - 1) / slice_ms);
        if self.known.get(&identity).is_some_and(|(_, before)| (before - own).abs() <= slices) {
            return false;
        }
        self.numbers += 1;
        self.known.insert(identity.clone(), (self.numbers, own));
        self.queue.push_back(One { identity, number: self.numbers, came: None });
        while self.queue.len() > limits.ids {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.queue.pop_front() else { return };
        if self.known.get(&oldest.identity).is_some_and(|(number, _)| *number == oldest.number) {
            self.known.remove(&oldest.identity);
        }
    }

    /// The log time is the median of what has come since, unless that is earlier.
    fn pass(&mut self, slice_ms: i64, span: i64) {
        self.times.sort_unstable();
        let median = self.times[self.times.len() / 2];
        self.times.clear();
        let clock = self.clock.map_or(median, |clock| clock.max(median));
        self.clock = Some(clock);
        for held in self.queue.iter_mut().rev().take_while(|held| held.came.is_none()) {
            held.came = Some(clock.div_euclid(slice_ms));
        }
        let is_past = |held: &One| held.came.is_some_and(|came| (came + 1).saturating_mul(slice_ms) <= clock.saturating_sub(span));
        while self.queue.front().is_some_and(is_past) {
            self.forget_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn an_identity_is_held_for_the_span_and_under_the_bound() {
        let limits = Limits { span_ms: Some(24 * HOUR), ids: 2, clock_records: 3 };
        let mut held = Held::default();
        let mut is_new = |id: &str, at| held.is_new(("web".to_owned(), id.to_owned()), Some(at), limits);
        assert!(is_new("a", 0) && !is_new("a", 24 * HOUR) && is_new("a", 25 * HOUR));
        assert!(is_new("b", 0) && !is_new("b", 2 * HOUR), "what counts is the time between two records");
        assert!(is_new("c", 26 * HOUR) && is_new("a", 26 * HOUR), "two are held at most");
    }
}
