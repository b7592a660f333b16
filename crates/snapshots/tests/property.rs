//! Lines over a store on bad days, against a naive model: what is found is always a snapshot that was attempted, byte for byte, and at
//! least as new as every acknowledged one that is still to be kept and was not spoiled.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own input is wrong")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use snapshots::{
    Blobs, Limits, Line, Offsets, Piece, Snapshot, Stored, list,
    simulated::{Faults, Simulated},
};

const FINGERPRINT: &str = "c0ffee";
const LIMITS: Limits = Limits { manifests: 3, segments: 5, segment_bytes: 2000, level: 1 };
const SEEDS: u64 = 1000;

type Pieces = BTreeMap<String, Vec<u8>>;

/// A process: its line, and the state it would snapshot.
struct Process {
    line: Line,
    instance: &'static str,
    offset: i64,
    pieces: Pieces,
    changed: BTreeSet<String>,
}

/// A snapshot that was attempted.
struct Attempt {
    instance: &'static str,
    offset: i64,
    pieces: Pieces,
    /// If it was acknowledged, with all of the instance's objects then.
    acknowledged: Option<(u64, BTreeSet<String>)>,
}

struct Run {
    seed: u64,
    random: u64,
    store: Arc<Simulated>,
    faults: Faults,
    processes: Vec<Process>,
    attempts: Vec<Attempt>,
}

fn offsets(offset: i64) -> Offsets {
    Offsets::from([(("leads".to_owned(), 0), offset), (("deals".to_owned(), 3), 7)])
}

impl Run {
    fn below(&mut self, n: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % n
    }

    fn new(seed: u64) -> Run {
        let store = Arc::new(Simulated::new(seed));
        let mut run = Run { seed, random: seed, store, faults: Faults::default(), processes: Vec::new(), attempts: Vec::new() };
        let often = [0, 30, 100][run.below(3) as usize];
        let stale = if run.below(4) == 0 { 100 } else { 0 };
        run.faults = Faults { failed: often, unacknowledged: often, torn: often, repeated: often, stale, flipped: often / 5 };
        run.store.set_faults(run.faults);
        let instances: &[&str] = if run.below(4) == 0 { &["a", "b", "a"] } else { &["a", "b"] };
        for instance in instances {
            let process = run.start(instance);
            run.processes.push(process);
        }
        run
    }

    /// A process starts from what it finds, as soon as the store lets it.
    fn start(&self, instance: &'static str) -> Process {
        let mut line = Line::open(self.store.clone(), FINGERPRINT, instance).unwrap().with_limits(LIMITS);
        let found = (0..5).find_map(|_| line.newest(&[]).ok()).unwrap_or_else(|| {
            self.store.set_faults(Faults { failed: 0, unacknowledged: 0, ..self.faults });
            let found = line.newest(&[]);
            self.store.set_faults(self.faults);
            found.unwrap()
        });
        let (offset, pieces) = found.snapshot.map_or_else(Default::default, |snapshot| self.attempted(snapshot));
        Process { line, instance, offset, pieces, changed: BTreeSet::new() }
    }

    /// A snapshot that was found is one that was attempted, and no mixture.
    fn attempted(&self, snapshot: Snapshot) -> (i64, Pieces) {
        let is_it = |attempt: &&Attempt| {
            attempt.instance == snapshot.origin.instance && offsets(attempt.offset) == snapshot.offsets && attempt.pieces == snapshot.pieces
        };
        let attempt = self.attempts.iter().find(is_it);
        let attempt = attempt.unwrap_or_else(|| panic!("seed {}: {} was never attempted", self.seed, snapshot.origin));
        (attempt.offset, attempt.pieces.clone())
    }

    fn change(&mut self, at: usize) {
        for _ in 0..=self.below(3) {
            let name = format!("piece/{}", self.below(12));
            let length = self.below(600) as usize;
            let noise = self.below(2) == 0;
            let piece = (0..length).map(|_| if noise { self.below(256) as u8 } else { 7 }).collect();
            let removed = self.below(5) == 0;
            let process = &mut self.processes[at];
            match removed {
                true => _ = process.pieces.remove(&name),
                false => _ = process.pieces.insert(name.clone(), piece),
            }
            process.changed.insert(name);
        }
        let records = 1 + self.below(5) as i64;
        self.processes[at].offset += records;
    }

    fn store(&mut self, at: usize) {
        let process = &mut self.processes[at];
        let pieces: Vec<Piece<'_>> = process.pieces.keys().map(|name| Piece { name, changed: process.changed.contains(name) }).collect();
        let stored = process.line.store(&offsets(process.offset), &pieces, &|name| process.pieces[name].clone());
        process.changed.clear();
        let folder = format!("{FINGERPRINT}/{}/", process.instance);
        let objects: BTreeSet<String> = self.store.objects().into_keys().filter(|name| name.starts_with(&folder)).collect();
        if let Ok(stored) = &stored {
            self.is_bounded(stored, &objects, &folder);
        }
        let acknowledged = stored.ok().map(|stored| (stored.sequence, objects));
        let Process { instance, offset, ref pieces, .. } = self.processes[at];
        self.attempts.push(Attempt { instance, offset, pieces: pieces.clone(), acknowledged });
    }

    /// After a snapshot there is little more than it needs.
    fn is_bounded(&self, stored: &Stored, objects: &BTreeSet<String>, folder: &str) {
        let seed = self.seed;
        if !stored.undeleted.is_empty() || self.faults.stale > 0 {
            return;
        }
        let entries = list(&self.store.at_rest()).unwrap();
        let mine: Vec<_> = entries.iter().filter(|entry| folder.contains(&format!("/{}/", entry.origin.instance))).collect();
        assert!(mine.len() <= LIMITS.manifests, "seed {seed}: {} manifests", mine.len());
        if !mine.iter().all(|entry| entry.contents.is_ok()) {
            return;
        }
        let named: BTreeSet<&str> = mine.iter().flat_map(|e| &e.contents.as_ref().unwrap().segments).map(|(name, _)| name.as_str()).collect();
        let there: BTreeSet<&str> = objects.iter().map(String::as_str).filter(|name| name.ends_with(".segment")).collect();
        assert_eq!(there, named, "seed {seed}: what is there and what is named");
        let newest = mine.iter().find(|entry| entry.origin.sequence == stored.sequence).unwrap().contents.as_ref().unwrap();
        let bytes: u64 = newest.segments.iter().map(|(_, length)| length).sum();
        assert!(bytes <= 2 * newest.stored_bytes, "seed {seed}: {bytes} bytes in segments for {}", newest.stored_bytes);
        let full = newest.stored_bytes / (LIMITS.segment_bytes as u64 / 2) + 2;
        assert!(newest.segments.len() as u64 <= LIMITS.segments as u64 + full, "seed {seed}: {} segments", newest.segments.len());
    }

    fn restart(&mut self, at: usize) {
        self.processes[at] = self.start(self.processes[at].instance);
    }

    /// The least offset that must be found.
    fn floor(&self) -> i64 {
        let spoiled = self.store.spoiled();
        // Where lists may show the past, an instance may start from before its newest, and replaces the older ones after that.
        let kept = if self.faults.stale > 0 { 1 } else { LIMITS.manifests };
        let of = |instance: &str| -> Option<i64> {
            let attempts: Vec<&Attempt> = self.attempts.iter().filter(|attempt| attempt.instance == instance).collect();
            let newest = attempts.iter().rposition(|attempt| attempt.acknowledged.is_some())?;
            let safe = (0..=newest).filter(|at| at + kept >= attempts.len() || *at == newest).map(|at| attempts[at]);
            let sound = safe.filter(|attempt| attempt.acknowledged.as_ref().is_some_and(|(_, objects)| objects.is_disjoint(&spoiled)));
            sound.map(|attempt| attempt.offset).max()
        };
        ["a", "b"].into_iter().filter_map(of).max().unwrap_or(-1)
    }

    fn verify(&self) {
        let found = Line::open(Arc::new(self.store.at_rest()), FINGERPRINT, "observer").unwrap().newest(&[]).unwrap();
        let skipped = found.skipped;
        let offset = found.snapshot.map_or(-1, |snapshot| self.attempted(snapshot).0);
        assert!(offset >= self.floor(), "seed {}: found {offset}, acknowledged {}, skipped {skipped:?}", self.seed, self.floor());
    }

    fn crash(&mut self) {
        self.store.crash();
        (0..self.processes.len()).for_each(|at| self.restart(at));
    }

    fn step(&mut self) {
        let at = self.below(self.processes.len() as u64) as usize;
        match self.below(20) {
            0 => self.restart(at),
            1 => self.crash(),
            2 => {
                let operations = self.below(12);
                self.change(at);
                self.store.cut_power_after(operations);
                self.store(at);
                self.crash();
            }
            3 if self.below(4) == 0 => _ = self.store.flip_any(),
            _ => {
                self.change(at);
                self.store(at);
            }
        }
        self.verify();
    }
}

#[test]
fn what_is_found_was_attempted_and_is_no_older_than_what_was_acknowledged() {
    let (mut acknowledged, mut failed) = (0, 0);
    for seed in 0..SEEDS {
        let mut run = Run::new(seed);
        let steps = 10 + run.below(20);
        (0..steps).for_each(|_| run.step());
        let (good, bad): (Vec<_>, Vec<_>) = run.attempts.iter().partition(|attempt| attempt.acknowledged.is_some());
        (acknowledged, failed) = (acknowledged + good.len(), failed + bad.len());
    }
    // Neither all nor nothing goes wrong, or the test shows little.
    assert!(acknowledged > failed && failed > 2 * SEEDS as usize, "{acknowledged} acknowledged, {failed} failed");
}

#[test]
fn a_seed_repeats_what_it_did() {
    let objects = |seed| {
        let mut run = Run::new(seed);
        (0..20).for_each(|_| run.step());
        run.store.objects()
    };
    assert!((0..50).all(|seed| objects(seed) == objects(seed)));
    assert_ne!(objects(1), objects(2));
    assert!(Simulated::new(1).list("").unwrap().is_empty());
}
