//! How far behind the broker a partition's view is: a pure account of what the broker's end was, when, and what is shown.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Looks at the broker's end that are remembered while the view has not reached them.
const LOOKS: usize = 128;

/// The account of one partition.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The view holds all that the broker held at this time.
    current: Instant,
    /// Later looks: when, and where the broker's end was.
    looks: VecDeque<(Instant, i64)>,
    /// The view has once held all that there was at the first look.
    caught_up: bool,
}

impl Progress {
    /// Nothing is known, from now on.
    pub fn new(now: Instant) -> Progress {
        Progress { current: now, looks: VecDeque::new(), caught_up: false }
    }

    /// The broker's end was `end` at `at`.
    pub fn look(&mut self, at: Instant, end: i64) {
        // Of too many, one in the middle goes: the view then counts as older for a while, never as younger.
        if self.looks.len() >= LOOKS {
            self.looks.remove(LOOKS / 2);
        }
        self.looks.push_back((at, end));
    }

    /// The view holds all below this offset.
    pub fn shown(&mut self, next: i64) {
        while let Some((at, end)) = self.looks.front().copied()
            && end <= next
        {
            self.looks.pop_front();
            (self.current, self.caught_up) = (at, true);
        }
    }

    /// How old the view is.
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.current)
    }

    /// Whether the view has once held all that there was when it was first looked at.
    pub fn is_caught_up(&self) -> bool {
        self.caught_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_as_old_as_the_last_end_it_reached() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut progress = Progress::new(start);
        progress.look(at(1), 100);
        progress.shown(99);
        assert_eq!((progress.age(at(1)).as_secs(), progress.is_caught_up()), (1, false));
        progress.look(at(2), 200);
        progress.look(at(3), 200);
        progress.shown(150);
        assert_eq!((progress.age(at(3)).as_secs(), progress.is_caught_up()), (2, true));
        progress.shown(200);
        assert_eq!(progress.age(at(3)).as_secs(), 0);
        assert_eq!(progress.age(at(63)).as_secs(), 60, "it grows while nobody can look");
    }

    #[test]
    fn a_stalled_view_grows_old_however_long_it_stalls() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        for second in 1..10_000 {
            progress.look(start + Duration::from_secs(second), 100);
            progress.shown(99);
        }
        assert_eq!(progress.age(start + Duration::from_secs(10_000)).as_secs(), 10_000);
        assert_eq!(progress.looks.len(), LOOKS);
    }

    #[test]
    fn an_empty_partition_is_caught_up_at_once() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        progress.look(start, 0);
        progress.shown(0);
        assert!(progress.is_caught_up());
    }
}
