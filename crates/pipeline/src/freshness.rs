//! From a record to its being seen: when the threads that fold show their state, and how old by then is what was not shown before.
//!
//! A thread that has folded something says so. Then all are asked to show their state, and those that have said so are waited for: so a
//! view is never much older than it need be, and the fold copies the panes it touches no more often than somebody looks.

use std::{
    collections::BTreeSet,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
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
    /// The threads that have folded what they have not shown, by their numbers.
    news: Mutex<BTreeSet<usize>>,
    /// There is some where there was none, or none any more.
    turned: Condvar,
    /// The record time of the oldest record that a thread has shown for the first time, for each such showing since the last
    /// evaluation.
    shown: Mutex<Vec<Millis>>,
}

impl Freshness {
    /// Asks every thread that folds to show its state.
    pub fn ask(&self) {
        self.asked.fetch_add(1, Ordering::Release);
    }

    /// How often that was asked; a thread that last showed its state at another number is to show it.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// A thread has folded something.
    pub fn has_news(&self, thread: usize) {
        let mut news = self.news();
        if news.insert(thread) && news.len() == 1 {
            self.turned.notify_all();
        }
    }

    /// A thread has shown all that it has folded.
    pub fn has_shown(&self, thread: usize) {
        let mut news = self.news();
        if news.remove(&thread) && news.is_empty() {
            self.turned.notify_all();
        }
    }

    /// Waits until a thread has news.
    pub fn await_news(&self, at_most: Duration) {
        drop(self.turned.wait_timeout_while(self.news(), at_most, |news| news.is_empty()));
    }

    /// Waits until all that is new is shown.
    pub fn await_shown(&self, at_most: Duration) {
        drop(self.turned.wait_timeout_while(self.news(), at_most, |news| !news.is_empty()));
    }

    fn news(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn who_waits_goes_on_with_the_first_news_and_with_the_last_view() {
        const LONG: Duration = Duration::from_secs(600);
        let freshness = Freshness::default();
        std::thread::scope(|threads| {
            threads.spawn(|| [1, 2].map(|thread| freshness.has_news(thread)));
            freshness.await_news(LONG);
        });
        std::thread::scope(|threads| {
            threads.spawn(|| [2, 3, 1].map(|thread| freshness.has_shown(thread)));
            freshness.await_shown(LONG);
        });
        assert!(freshness.news().is_empty());
        // There is none, and none comes.
        freshness.await_news(Duration::from_millis(1));
    }
}
