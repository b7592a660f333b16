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
    /// The offset that the view reaches, and since when it has been that.
    at: (i64, Instant),
}

impl Progress {
    /// Nothing is known, from now on.
    pub fn new(now: Instant) -> Progress {
        Progress { current: now, looks: VecDeque::new(), caught_up: false, at: (0, now) }
    }

    /// The broker's end was `end` at `at`.
    pub fn look(&mut self, at: Instant, end: i64) {
        // Of too many, one in the middle goes: the view then counts as older for a while, never as younger.
        if self.looks.len() >= LOOKS {
            self.looks.remove(LOOKS / 2);
        }
        self.looks.push_back((at, end));
    }

    /// The view holds all below this offset, as was seen at `now`.
    pub fn shown(&mut self, now: Instant, next: i64) {
        if next != self.at.0 {
            self.at = (next, now);
        }
        while let Some((at, end)) = self.looks.front().copied()
            && end <= next
        {
            self.looks.pop_front();
            (self.current, self.caught_up) = (at, true);
        }
    }

    /// For how long the view has stood still though the broker holds more than it does.
    pub fn stalled(&self, now: Instant) -> Duration {
        let behind_since = self.looks.iter().find(|(_, end)| *end > self.at.0).map(|(at, _)| *at);
        behind_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since.max(self.at.1)))
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
        progress.shown(start, 99);
        assert_eq!((progress.age(at(1)).as_secs(), progress.is_caught_up()), (1, false));
        progress.look(at(2), 200);
        progress.look(at(3), 200);
        progress.shown(start, 150);
        assert_eq!((progress.age(at(3)).as_secs(), progress.is_caught_up()), (2, true));
        progress.shown(start, 200);
        assert_eq!(progress.age(at(3)).as_secs(), 0);
        assert_eq!(progress.age(at(63)).as_secs(), 60, "it grows while nobody can look");
    }

    #[test]
    fn a_stalled_view_grows_old_however_long_it_stalls() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        for second in 1..10_000 {
            progress.look(start + Duration::from_secs(second), 100);
            progress.shown(start, 99);
        }
        assert_eq!(progress.age(start + Duration::from_secs(10_000)).as_secs(), 10_000);
        assert_eq!(progress.looks.len(), LOOKS);
    }

    #[test]
    fn a_view_that_stands_still_behind_the_broker_is_stalled() {
        let start = Instant::now();
        let at = |second| start + Duration::from_secs(second);
        let mut progress = Progress::new(start);
        progress.look(at(1), 100);
        progress.shown(at(1), 100);
        assert_eq!(progress.stalled(at(90)).as_secs(), 0, "nothing to read");
        progress.look(at(100), 200);
        progress.shown(at(100), 100);
        assert_eq!(progress.stalled(at(140)).as_secs(), 40);
        progress.shown(at(141), 101);
        assert_eq!(progress.stalled(at(150)).as_secs(), 9, "slow is not still");
        progress.shown(at(151), 200);
        assert_eq!(progress.stalled(at(190)).as_secs(), 0);
    }

    #[test]
    fn an_empty_partition_is_caught_up_at_once() {
        let start = Instant::now();
        let mut progress = Progress::new(start);
        progress.look(start, 0);
        progress.shown(start, 0);
        assert!(progress.is_caught_up());
    }
}
