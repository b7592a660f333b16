//! The index of identities beside a library's hash table, as the fold of interactions uses it: each identity of a batch is looked for, and
//! put in where it is new; two million are held, and for each that comes the oldest leaves.

use std::time::Duration;

use benches::{median_of, table::line, timed};
use engine::Index;
use hashbrown::{HashMap, HashTable};
use model::digest::event_identity;
use panes::hash::IdHash;

const IDENTITIES: usize = 6_000_000;
const HELD: usize = 2_000_000;
const BATCH: usize = 256;

fn main() -> std::io::Result<()> {
    let identities: Vec<u128> = (0..IDENTITIES).map(|n| event_identity(0, "web", &format!("f{n:x}"))).collect();
    let ours = measured(&identities, Index::with_room(0));
    let alone = measured(&identities, Unprepared(Index::with_room(0)));
    let table = measured(&identities, Table(HashTable::new()));
    let map = measured(&identities, Map(HashMap::default()));
    let shown = |(took, bytes): (Duration, usize)| format!("{:.0} ns, {bytes} bytes", took.as_secs_f64() * 1e9 / IDENTITIES as f64);
    let beside = format!(
        "the same one by one: {}; hashbrown's `HashTable` of marks and numbers: {}; its `HashMap` of identities: {}",
        shown(alone),
        shown(table),
        shown(map)
    );
    line("the index of identities, for each that is looked for, put in and taken out", shown(ours), beside, "")
}

/// The time for all identities, and bytes for each that is held in the end.
fn measured(identities: &[u128], empty: impl Held + Clone) -> (Duration, usize) {
    let mut bytes = 0;
    let took = median_of(3, || {
        let mut held = empty.clone();
        let ((), took) = timed(|| pass(identities, &mut held));
        bytes = held.bytes() / HELD;
        took
    });
    (took, bytes)
}

fn pass(identities: &[u128], held: &mut impl Held) {
    let mut all = (0..).zip(identities);
    let mut oldest = (0..).zip(identities);
    for batch in identities.chunks(BATCH) {
        held.look_ahead(batch);
        for (number, identity) in all.by_ref().take(batch.len()) {
            held.put(*identity, number, identities);
            if number as usize >= HELD
                && let Some((number, identity)) = oldest.next()
            {
                held.take(*identity, number);
            }
        }
    }
}

/// What holds the numbers of identities.
trait Held {
    fn look_ahead(&self, _batch: &[u128]) {}
    /// Puts a number in unless the identity has one.
    fn put(&mut self, identity: u128, number: u32, identities: &[u128]);
    fn take(&mut self, identity: u128, number: u32);
    fn bytes(&self) -> usize;
}

impl Held for Index {
    fn look_ahead(&self, batch: &[u128]) {
        Index::look_ahead(self, batch);
    }

    fn put(&mut self, identity: u128, number: u32, identities: &[u128]) {
        if self.find(identity, |number| identities[number as usize] == identity).is_none() {
            self.insert(identity, number);
        }
    }

    fn take(&mut self, identity: u128, number: u32) {
        self.remove(identity, number);
    }

    fn bytes(&self) -> usize {
        Index::bytes(self)
    }
}

/// Our index without a look ahead.
#[derive(Clone)]
struct Unprepared(Index);

impl Held for Unprepared {
    fn put(&mut self, identity: u128, number: u32, identities: &[u128]) {
        self.0.put(identity, number, identities);
    }

    fn take(&mut self, identity: u128, number: u32) {
        self.0.remove(identity, number);
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

/// The same marks and numbers in a table of hashbrown.
#[derive(Clone)]
struct Table(HashTable<(u32, u32)>);

fn mark(identity: u128) -> u32 {
    (identity >> 32) as u32
}

/// hashbrown takes its tags from the high bits and its places from the low ones.
fn spread(mark: u32) -> u64 {
    u64::from(mark) << 32 | u64::from(mark)
}

impl Held for Table {
    fn put(&mut self, identity: u128, number: u32, identities: &[u128]) {
        let mark = mark(identity);
        if self.0.find(spread(mark), |(known, number)| *known == mark && identities[*number as usize] == identity).is_none() {
            self.0.insert_unique(spread(mark), (mark, number), |(mark, _)| spread(*mark));
        }
    }

    fn take(&mut self, identity: u128, number: u32) {
        if let Ok(entry) = self.0.find_entry(spread(mark(identity)), |(_, known)| *known == number) {
            entry.remove();
        }
    }

    fn bytes(&self) -> usize {
        self.0.allocation_size()
    }
}

/// Identities and numbers in a map of hashbrown.
#[derive(Clone)]
struct Map(HashMap<u128, u32, IdHash>);

impl Held for Map {
    fn put(&mut self, identity: u128, number: u32, _: &[u128]) {
        self.0.entry(identity).or_insert(number);
    }

    fn take(&mut self, identity: u128, _: u32) {
        self.0.remove(&identity);
    }

    fn bytes(&self) -> usize {
        self.0.allocation_size()
    }
}
