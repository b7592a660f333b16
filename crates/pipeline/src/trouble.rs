//! Something that is tried again and again: that it fails is said at once, then now and then while it lasts, and so is its end.

use std::time::{Duration, Instant};

/// How often a trouble that lasts is said again.
const SAY_EVERY: Duration = Duration::from_secs(300);

/// A trouble, or none.
#[derive(Debug, Default)]
pub struct Trouble(Option<Lasting>);

#[derive(Debug)]
struct Lasting {
    since: Instant,
    said: Instant,
    failures: u64,
}

impl Trouble {
    /// Another failure: how many there are by now, where it is time to say so.
    pub fn failed(&mut self, now: Instant) -> Option<u64> {
        let Some(lasting) = &mut self.0 else {
            self.0 = Some(Lasting { since: now, said: now, failures: 1 });
            return Some(1);
        };
        lasting.failures += 1;
        if now.saturating_duration_since(lasting.said) < SAY_EVERY {
            return None;
        }
        lasting.said = now;
        Some(lasting.failures)
    }

    /// It went well: how many failures have come to an end, and how long they lasted.
    pub fn over(&mut self, now: Instant) -> Option<(u64, Duration)> {
        self.0.take().map(|lasting| (lasting.failures, now.saturating_duration_since(lasting.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_said_at_once_then_seldom_and_its_end_once() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut trouble = Trouble::default();
        assert_eq!(trouble.over(start), None);
        let said: Vec<u64> = (0..700).filter_map(|second| trouble.failed(at(second))).collect();
        assert_eq!(said, [1, 301, 601]);
        assert_eq!(trouble.over(at(700)), Some((700, Duration::from_secs(700))));
        assert_eq!((trouble.over(at(701)), trouble.failed(at(702))), (None, Some(1)), "the next is a new one");
    }
}
