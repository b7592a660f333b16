//! Connections: how many there are at most, and which goes where one more comes.
//!
//! A connection that waits for its request costs a file descriptor and nobody an answer. Where all places are taken, the one that has waited
//! longest makes room: so however many half-sent requests there are, a probe that sends its own at once is answered.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use rustix::process::{Resource, getrlimit};
use tokio::task::AbortHandle;

/// Connections at most, however many file descriptors there may be.
const AT_MOST: u64 = 256;
/// The fewest with which the port is of use.
const AT_LEAST: u64 = 16;

/// The connections that are open.
#[derive(Clone, Default)]
pub(super) struct Connections(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    next: u64,
    by_number: BTreeMap<u64, Connection>,
}

struct Connection {
    /// Since when it has waited for a request; none while one is answered.
    waiting: Option<Instant>,
    task: Option<AbortHandle>,
}

/// A place among the connections, free again when dropped.
pub(super) struct Seat {
    number: u64,
    connections: Connections,
}

/// How many connections there may be: a quarter of the file descriptors, so that Kafka and the snapshots have theirs.
pub(super) fn at_most() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from((descriptors / 4).clamp(AT_LEAST, AT_MOST)).unwrap_or(0)
}

impl Connections {
    /// A place for one more; none where all are taken by connections that are being answered.
    pub(super) fn place(&self, at_most: usize, now: Instant) -> Option<Seat> {
        let mut open = self.open();
        if open.by_number.len() >= at_most {
            open.close_longest_waiting()?;
        }
        let number = open.next;
        open.next += 1;
        open.by_number.insert(number, Connection { waiting: Some(now), task: None });
        Some(Seat { number, connections: self.clone() })
    }

    /// Closes the connection that has waited longest for its request, if any waits.
    pub(super) fn make_room(&self) {
        self.open().close_longest_waiting();
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn close_longest_waiting(&mut self) -> Option<()> {
        let waiting = self.by_number.iter().filter_map(|(number, connection)| Some((connection.waiting?, *number)));
        let (_, number) = waiting.min()?;
        if let Some(task) = self.by_number.remove(&number).and_then(|connection| connection.task) {
            task.abort();
        }
        Some(())
    }
}

impl Seat {
    /// The task that serves it: it is ended where the place is taken away.
    pub(super) fn is_served_by(&self, task: AbortHandle) {
        match self.connections.open().by_number.get_mut(&self.number) {
            Some(connection) => connection.task = Some(task),
            // Taken away before anything was served, or done already.
            None => task.abort(),
        }
    }

    /// A request has come whole and is answered.
    pub(super) fn answers(&self) {
        self.set(None);
    }

    /// The next request is waited for.
    pub(super) fn waits(&self, now: Instant) {
        self.set(Some(now));
    }

    fn set(&self, waiting: Option<Instant>) {
        if let Some(connection) = self.connections.open().by_number.get_mut(&self.number) {
            connection.waiting = waiting;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.open().by_number.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_one_that_has_waited_longest_makes_room_and_none_that_is_answered() {
        let (connections, start) = (Connections::default(), Instant::now());
        let at = |second| start + Duration::from_secs(second);
        let numbers = || connections.open().by_number.keys().copied().collect::<Vec<_>>();
        let places: Vec<Seat> = (0..3).filter_map(|second| connections.place(3, at(second))).collect();
        places[0].answers();
        let fourth = connections.place(3, at(3));
        assert_eq!(numbers(), [0, 2, 3]);
        places[0].waits(at(4));
        let fifth = connections.place(3, at(5));
        assert_eq!(numbers(), [0, 3, 4], "it is from the end of its last answer on that it waits");
        for place in [&places[0], fourth.as_ref().unwrap_or(&places[0]), fifth.as_ref().unwrap_or(&places[0])] {
            place.answers();
        }
        assert!(connections.place(3, at(6)).is_none());
        drop(places);
        assert_eq!(numbers(), [3, 4], "a place that is left is free");
    }
}
