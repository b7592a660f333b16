//! Which interactions of a partition were there before: their identities, each held for a span of log time and under a bound.

use std::collections::{BTreeSet, VecDeque};

/// How long identities are held, and how many.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Milliseconds of log time; none for ever.
    pub span_ms: Option<i64>,
    /// Identities at most.
    pub ids: usize,
}

/// What tells an interaction from others of its type: its source and its id there.
pub type Identity = (String, String);

/// The identities of one partition, oldest first, each with the slice of log time it came in.
#[derive(Default)]
pub struct Held {
    queue: VecDeque<(i64, Identity)>,
    known: BTreeSet<Identity>,
    /// The latest record time so far.
    clock: Option<i64>,
}

/// A slice is this part of the span: an identity leaves with the slice it came in, once all of that is older than the span.
const SLICES: i64 = 96;

impl Held {
    /// Whether an interaction is new; from now on it is held.
    pub fn is_new(&mut self, identity: Identity, timestamp: i64, limits: Limits) -> bool {
        let clock = self.clock.map_or(timestamp, |clock| clock.max(timestamp));
        self.clock = Some(clock);
        let slice_ms = limits.span_ms.map_or(i64::MAX, |span| (span / SLICES).max(1));
        let is_past = |slice: i64| limits.span_ms.is_some_and(|span| (slice + 1).saturating_mul(slice_ms) <= clock.saturating_sub(span));
        while self.queue.front().is_some_and(|(slice, _)| is_past(*slice)) {
            self.forget_oldest();
        }
        if !self.known.insert(identity.clone()) {
            return false;
        }
        self.queue.push_back((clock.div_euclid(slice_ms), identity));
        while self.queue.len() > limits.ids {
            self.forget_oldest();
        }
        true
    }

    fn forget_oldest(&mut self) {
        if let Some((_, identity)) = self.queue.pop_front() {
            self.known.remove(&identity);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn an_identity_is_held_for_the_span_and_under_the_bound() {
        let limits = Limits { span_ms: Some(24 * HOUR), ids: 2 };
        let mut held = Held::default();
        let mut is_new = |id: &str, at| held.is_new(("web".to_owned(), id.to_owned()), at, limits);
        assert!(is_new("a", 0) && !is_new("a", 24 * HOUR) && is_new("a", 25 * HOUR));
        assert!(is_new("b", 0), "an older record does not turn the clock back");
        assert!(is_new("c", 26 * HOUR) && is_new("a", 26 * HOUR), "two are held at most");
    }
}
