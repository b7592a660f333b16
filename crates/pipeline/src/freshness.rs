//! From a record to its being seen: when the threads that fold show their state, and how old by then is what was not shown before.
//!
//! A view is shown shortly before each evaluation, which is when it is looked at: so it is never much older than it need be, and the
//! fold copies the panes it touches no more often than somebody looks.

use std::{
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use model::Millis;

/// What the threads that fold and the one that evaluates tell each other.
#[derive(Debug, Default)]
pub struct Freshness {
    /// How often views were asked for.
    asked: AtomicU64,
    /// How many threads have shown theirs since that was last done.
    answers: Mutex<usize>,
    answered: Condvar,
    /// The record time of the oldest record that a thread has shown for the first time, for each such showing since the last
    /// evaluation.
    shown: Mutex<Vec<Millis>>,
}

impl Freshness {
    /// Asks every thread that folds to show its state.
    pub fn ask(&self) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        self.asked.fetch_add(1, Ordering::Release);
    }

    /// How often that was asked; a thread that last showed its state at another number is to show it.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// A thread has shown its state, as it was asked to.
    pub fn answer(&self) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.answered.notify_all();
    }

    /// Waits until so many threads have answered, but not for ever: one may be in the middle of a long batch.
    pub fn await_answers(&self, threads: usize, at_most: Duration) {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.answered.wait_timeout_while(answers, at_most, |answers| *answers < threads));
    }

    /// A view that holds a record of this time is shown, and no view before it held it.
    pub fn shown(&self, oldest: Millis) {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).push(oldest);
    }

    /// What was shown since this was last called: what any view holds that is looked at from now on.
    pub fn take(&self) -> Vec<Millis> {
        std::mem::take(&mut self.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_taken_once_and_each_asking_is_another() {
        let freshness = Freshness::default();
        let before = freshness.asked();
        freshness.ask();
        assert_ne!(freshness.asked(), before);
        freshness.shown(Millis(1));
        freshness.shown(Millis(2));
        assert_eq!((freshness.take(), freshness.take()), (vec![Millis(1), Millis(2)], vec![]));
    }

    #[test]
    fn who_waits_for_answers_goes_on_with_the_last_of_them() {
        let freshness = Freshness::default();
        freshness.answer();
        freshness.ask();
        std::thread::scope(|threads| {
            threads.spawn(|| (0..2).for_each(|_| freshness.answer()));
            freshness.await_answers(2, Duration::from_secs(60));
        });
        freshness.ask();
        // Nobody answers.
        freshness.await_answers(1, Duration::from_millis(1));
    }
}
