//! The end of a pipeline: who sleeps until then, or until something else is due, is woken by it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Whether a pipeline is to stop.
#[derive(Debug, Default)]
pub struct Stop {
    is_set: Mutex<bool>,
    set: Condvar,
}

impl Stop {
    /// Stops it, and wakes all who sleep.
    pub fn set(&self) {
        *self.lock() = true;
        self.set.notify_all();
    }

    /// Whether it is to stop.
    pub fn is_set(&self) -> bool {
        *self.lock()
    }

    /// Sleeps until an instant, or until it is to stop. Says whether the pipeline goes on.
    pub fn sleep_until(&self, at: Instant) -> bool {
        let left = at.saturating_duration_since(Instant::now());
        let waited = self.set.wait_timeout_while(self.lock(), left, |is_set| !*is_set);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_stop_ends_every_sleep() {
        let stop = Stop::default();
        assert!(stop.sleep_until(Instant::now()) && !stop.is_set());
        std::thread::scope(|threads| {
            threads.spawn(|| stop.set());
            assert!(!stop.sleep_until(Instant::now() + Duration::from_secs(600)));
        });
        assert!(stop.is_set() && !stop.sleep_until(Instant::now()));
    }
}
