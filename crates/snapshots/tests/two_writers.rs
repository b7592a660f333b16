//! Two processes that take themselves for one instance, interleaved operation by operation as a seed says: whoever is told that its
//! snapshot is stored has one that is whole, as long as it is not replaced by newer ones, and the newest of these is whole.

#![allow(clippy::unwrap_used, reason = "a test may stop where its own input is wrong")]

use std::{
    sync::{Arc, Condvar, Mutex},
    thread,
};

use bytes::Bytes;
use snapshots::{BlobError, Blobs, Line, Listed, Offsets, Piece, StoreError, check, simulated::Simulated};

const FINGERPRINT: &str = "0a";
const SEEDS: u64 = 2000;

/// Whose turn it is to do one operation.
struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    random: u64,
    turn: usize,
    done: [bool; 2],
}

impl Turns {
    fn new(seed: u64) -> Turns {
        Turns { state: Mutex::new(State { random: seed, turn: 0, done: [false; 2] }), changed: Condvar::new() }
    }

    /// Waits for the turn, does an operation, and passes the turn on.
    fn take<T>(&self, who: usize, operation: impl FnOnce() -> T) -> T {
        let mut state = self.changed.wait_while(self.state.lock().unwrap(), |state| state.turn != who).unwrap();
        let result = operation();
        state.next();
        self.changed.notify_all();
        result
    }

    /// Takes no more turns.
    fn leave(&self, who: usize) {
        let mut state = self.changed.wait_while(self.state.lock().unwrap(), |state| state.turn != who).unwrap();
        state.done[who] = true;
        state.turn = 1 - who;
        self.changed.notify_all();
    }
}

impl State {
    /// Often one goes on for long while the other stands still.
    fn next(&mut self) {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let other = 1 - self.turn;
        if (self.random >> 33).is_multiple_of(8) && !self.done[other] {
            self.turn = other;
        }
    }
}

/// The store as one of the two sees it.
struct View {
    store: Arc<Simulated>,
    turns: Arc<Turns>,
    who: usize,
}

impl Blobs for View {
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.turns.take(self.who, || self.store.put_new(name, bytes))
    }

    fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        self.turns.take(self.who, || self.store.get(name))
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError> {
        self.turns.take(self.who, || self.store.list(folder))
    }

    fn delete(&self, name: &str) -> Result<(), BlobError> {
        self.turns.take(self.who, || self.store.delete(name))
    }
}

/// One that panics leaves too, or the other would wait for ever.
struct Leaves(Arc<Turns>, usize);

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

/// Tries `most` snapshots, each of an offset of its own; says which were stored as which sequence.
fn write(view: View, seed: u64, most: i64) -> Vec<(u64, i64)> {
    let who = view.who;
    let _leaves = Leaves(view.turns.clone(), who);
    let mut line = Line::open(Arc::new(view), FINGERPRINT, "a").unwrap();
    line.newest(&[]).unwrap();
    let mut told = Vec::new();
    for n in 0..most {
        let offset = 10 * n + who as i64 + 2;
        let pieces = [Piece { name: "x", changed: false }, Piece { name: "y", changed: (seed >> n) & 1 == 0 }];
        match line.store(&Offsets::from([(("t".to_owned(), 0), offset)]), &pieces, &|name| format!("{name}{who}{n}").into_bytes()) {
            Ok(stored) => told.push((stored.sequence, offset)),
            Err(StoreError::Conflict { .. }) => {}
            Err(wrong) => panic!("{wrong}"),
        }
    }
    told
}

#[test]
fn of_two_writers_of_one_instance_none_is_told_what_is_not_so() {
    let (mut stored, mut refused) = (0, 0);
    for seed in 0..SEEDS {
        let store = Arc::new(Simulated::new(seed));
        let before = Offsets::from([(("t".to_owned(), 0), 1)]);
        let pieces = ["x", "y"].map(|name| Piece { name, changed: true });
        Line::open(store.clone(), FINGERPRINT, "a").unwrap().store(&before, &pieces, &|_| b"x".to_vec()).unwrap();
        let turns = Arc::new(Turns::new(seed));
        let view = |who| View { store: store.clone(), turns: turns.clone(), who };
        let (one, other) = (view(0), view(1));
        let most = [1 + seed as i64 % 6, 1 + seed as i64 / 6 % 6];
        let told = thread::scope(|scope| {
            let one = scope.spawn(move || write(one, seed, most[0]));
            let mut told = write(other, seed >> 6, most[1]);
            told.extend(one.join().unwrap());
            told
        });
        let entries = check(&*store).unwrap();
        let whole = |(sequence, offset): (u64, i64)| {
            let entry = entries.iter().find(|entry| entry.origin.sequence == sequence)?;
            entry.contents.as_ref().ok().filter(|contents| contents.offsets.values().eq([&offset]))
        };
        let newest = told.iter().max();
        for told in &told {
            let newer = || entries.iter().filter(|entry| entry.origin.sequence > told.0);
            let is_replaced = Some(told) != newest && newer().count() >= 3 && newer().any(|entry| entry.contents.is_ok());
            assert!(whole(*told).is_some() || is_replaced, "seed {seed}: {told:?} of {entries:?}");
        }
        (stored, refused) = (stored + told.len(), refused + (most[0] + most[1]) as usize - told.len());
    }
    assert!(stored > refused && refused > SEEDS as usize, "{stored} stored, {refused} refused");
}
