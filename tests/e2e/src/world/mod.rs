//! A world without broker, threads or clock, in which a seed decides all that happens: instances read a log, take snapshots into a
//! store that fails, are killed and started again, and in the end must all hold what one clean fold of the log gives.
//!
//! It is wired as the binary is: streams are captured one by one and then the book, which has folded the figures they passed on;
//! a start goes on from the newest snapshot of any instance, and says it where the log no longer reaches back to that.

mod beside;
mod bugs;
mod chance;
mod clocks;
mod fold;
mod instance;
mod letters;
mod log;
mod shown;
mod steps;
mod tally;

use std::{collections::BTreeMap, sync::Arc};

use engine::{DedupLimits, SourcePartition};
use model::Millis;
use snapshots::{
    BlobError, Blobs, Found, Line,
    simulated::{Faults, Simulated},
};
use testkit::{compare_regardless_of_order, reference, streams::Case};

pub use bugs::Bug;
pub use tally::Tally;

use crate::product;
use beside::Beside;
use bugs::Buggy;
use chance::Chance;
use clocks::Clocks;
use fold::{Fold, Setup, refs};
use instance::{Instance, Origins, Start};
use letters::SharedTopic;
use log::Log;
use steps::Step;

/// One seed in so many is held against the naive reference too, which is slow; the properties do little else.
const REFERENCE_EVERY: u64 = 8;
/// Of long runs, one in so many beyond the first ten thousand.
const REFERENCE_SELDOM: (u64, u64) = (10_000, 64);
/// The names instances have; two may come to have one.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// Records of a batch at most.
const BATCH: usize = 6;

/// Everything there is.
struct World<'a> {
    chance: Chance,
    log: Log<'a>,
    store: Arc<Simulated>,
    setups: [Setup; 2],
    /// The setup of instances that are started now.
    setup: usize,
    /// What a KPI is worked out with.
    configs: [kpis::Config; 2],
    clocks: Clocks,
    instances: Vec<Instance>,
    faults: Faults,
    /// By fingerprint and name: how far into the topics the latest snapshot is that was said to be stored.
    stored: BTreeMap<(String, String), i128>,
    bug: Option<Bug>,
    tally: Tally,
    trace: Option<Vec<String>>,
    letters: SharedTopic,
}

/// Runs the world of a seed to its end; an error says what is wrong.
pub fn run(seed: u64, bug: Option<Bug>) -> Result<Tally, String> {
    run_of(seed, bug, false)
}

/// The same, and with an error all that happened on the way.
pub fn explain(seed: u64, bug: Option<Bug>) -> Result<Tally, String> {
    run_of(seed, bug, true)
}

fn run_of(seed: u64, bug: Option<Bug>, traced: bool) -> Result<Tally, String> {
    let case = Case::generate(seed);
    let mut chance = Chance::new(seed);
    let is_compared = seed.is_multiple_of(if seed < REFERENCE_SELDOM.0 { REFERENCE_EVERY } else { REFERENCE_SELDOM.1 });
    let zone = product::zone(&case.options);
    let now = Millis(case.options.now);
    let partitions = if is_compared { 1 } else { 1 + chance.below(3) };
    let log = Log::new(&case.lines, &zone, now, partitions, &mut chance);
    let mut world = World::new(&case, chance, log, bug, is_compared);
    world.trace = traced.then(Vec::new);
    let outcome = world.live(is_compared).and_then(|()| if is_compared { world.compare(&case) } else { Ok(()) });
    let trace = world.trace.map(|trace| format!("{}\n", trace.join("\n"))).unwrap_or_default();
    outcome.map(|()| world.tally).map_err(|wrong| format!("{trace}{wrong}"))
}

impl<'a> World<'a> {
    fn new(case: &Case, mut chance: Chance, log: Log<'a>, bug: Option<Bug>, keeps_all: bool) -> World<'a> {
        let settings = product::settings(&case.options, product::zone(&case.options));
        let limits = match chance.below(3) {
            _ if keeps_all => DedupLimits::NONE,
            0 => DedupLimits { span_ms: Some(4 * 3_600_000), ids: usize::MAX, clock_records: 3 },
            1 => DedupLimits { span_ms: Some(24 * 3_600_000), ids: 5, clock_records: 8 },
            _ => DedupLimits { span_ms: Some(24 * 3_600_000), ids: usize::MAX, clock_records: 1 },
        };
        let other = model::Settings { horizon_days: settings.horizon_days + 1, ..settings.clone() };
        let setups = [settings, other].map(|settings| Setup { settings: Arc::new(settings), limits, keeps_all });
        let configs = setups.each_ref().map(|setup| product::config(&case.options, &setup.settings));
        let now = product::as_of(&case.options, &setups[0].settings.zone).plus(chance.below(24 * 60) as i64 * 60_000);
        // In some worlds what is kept begins in the middle of what there is.
        let later = if chance.one_in(4) { chance.below(900) as i64 * 86_400_000 } else { 0 };
        let store = Arc::new(Simulated::new(chance.number()));
        World {
            log,
            store,
            setups,
            setup: 0,
            configs,
            clocks: Clocks::new(now.plus(later)),
            instances: Vec::new(),
            faults: faults(&mut chance),
            stored: BTreeMap::new(),
            bug,
            tally: Tally::default(),
            trace: None,
            letters: SharedTopic::default(),
            chance,
        }
    }

    fn live(&mut self, is_compared: bool) -> Result<(), String> {
        let weights = Step::weights(&mut self.chance, is_compared);
        self.store.set_faults(self.faults);
        self.start("a", None)?;
        for _ in 0..20 + self.chance.below(100) {
            let Some(step) = self.chance.weighed(&weights) else { break };
            self.tally.steps += 1;
            self.take(step)?;
        }
        self.settle()
    }

    /// All is delivered, and every instance holds what a clean fold does; so it is after one more snapshot and start.
    fn settle(&mut self) -> Result<(), String> {
        self.store.set_faults(Faults::default());
        if self.instances.is_empty() {
            self.start("a", None)?;
        }
        self.mend()?;
        self.deliver();
        self.hold()?;
        self.all_letters_there()?;
        if self.chance.one_in(2) && !self.instances.is_empty() {
            let at = self.chance.below(self.instances.len());
            self.instances[at].capture_all(&mut self.chance);
            self.store_snapshot(at);
            self.restart(at)?;
            self.deliver();
            self.hold()?;
        }
        if self.chance.one_in(4) {
            self.clocks.pass(self.chance.below(700) as i64 * 86_400_000);
            self.hold()?;
        }
        Ok(())
    }

    /// Whatever has panicked is mended and starts again, and the topic of the dead letters takes them.
    fn mend(&mut self) -> Result<(), String> {
        letters::locked(&self.letters).refuses = None;
        while let Some(at) = self.instances.iter().position(|instance| !instance.failed.is_empty()) {
            self.restart(at)?;
        }
        Ok(())
    }

    /// Where an instance has come to the end, every refused record has its letter.
    fn all_letters_there(&mut self) -> Result<(), String> {
        for instance in &mut self.instances {
            instance.post.deliver(&self.log);
        }
        if self.instances.is_empty() { Ok(()) } else { letters::locked(&self.letters).has_all_of(&self.log) }
    }

    /// Every instance reads to the end; those that cannot say so and are gone.
    fn deliver(&mut self) {
        let mut at = 0;
        while at < self.instances.len() {
            self.instances[at].find_partitions(&self.log);
            let sources: Vec<SourcePartition> = self.log.sources();
            let gone = sources.into_iter().find_map(|source| {
                loop {
                    let now = self.clocks.of(&self.instances[at].name);
                    match self.instances[at].read(&self.log, source, BATCH, now) {
                        Ok(true) => {}
                        Ok(false) => break None,
                        Err(gone) => break Some(gone),
                    }
                }
            });
            self.instances[at].fold.take_passed(usize::MAX);
            match gone {
                None => at += 1,
                Some(gone) => self.say_truncated(at, gone),
            }
        }
    }

    /// Every instance holds what a clean fold of the whole log does.
    fn hold(&mut self) -> Result<(), String> {
        for (number, setup) in self.setups.iter().enumerate() {
            if !self.instances.iter().any(|instance| instance.setup == number) {
                continue;
            }
            let earliest = self.clocks.earliest();
            let mut clean = Fold::new(setup, earliest);
            for source in self.log.sources() {
                clean.take(self.log.whole(source), earliest);
                clean.take_passed(usize::MAX);
            }
            clean.settle(self.clocks.now());
            // Evaluations take longer than all the rest.
            let is_shown = self.chance.one_in(4);
            for instance in self.instances.iter_mut().filter(|instance| is_shown && instance.setup == number) {
                instance.fold.tick(self.clocks.of(&instance.name));
                let shown = shown::differences(&instance.fold, &clean, &self.configs[number], self.clocks.now());
                if !shown.is_empty() {
                    return Err(format!("instance {} does not show what a clean fold does: {}", instance.name, shown.join("; ")));
                }
            }
            clean.settle(self.clocks.latest());
            for instance in self.instances.iter_mut().filter(|instance| instance.setup == number) {
                instance.fold.settle(self.clocks.latest());
                self.tally.held += 1;
                if instance.fold.has_below_floor() {
                    return Err(format!("instance {} keeps what lies below the floor", instance.name));
                }
                let differences = instance.fold.differences(&clean);
                if !differences.is_empty() {
                    return Err(format!("instance {} is not what a clean fold is: {}", instance.name, differences.join("; ")));
                }
            }
        }
        Ok(())
    }

    /// Every instance gives the rows that the naive reference does.
    fn compare(&mut self, case: &Case) -> Result<(), String> {
        let lines: Vec<&str> = case.lines.iter().map(|line| line.trim_start_matches('\u{feff}')).collect();
        let wanted = reference::report(&[lines.join("\n").as_bytes()], &case.options);
        for instance in &self.instances {
            let config = product::config(&case.options, &self.setups[0].settings);
            let got = product::report(&refs(&instance.fold.panes()), &case.options, &config, &instance.fold.counts());
            let differences = compare_regardless_of_order(&got, &wanted);
            if !differences.is_empty() {
                return Err(format!("instance {} is not what the reference is:\n{}\n{case}", instance.name, differences.join("\n")));
            }
            self.tally.compared += 1;
        }
        Ok(())
    }

    /// Starts an instance, which replaces a dead one where its positions are given.
    fn start(&mut self, name: &str, dead: Option<BTreeMap<SourcePartition, i64>>) -> Result<(), String> {
        let store = self.beside();
        let mut line = self.starting(name, &store).line(&self.log)?;
        let found = line.newest(&[]);
        self.begin(name, &store, line, found, dead)
    }

    /// The store as one more instance sees it.
    fn beside(&self) -> Arc<Beside> {
        let blobs: Arc<dyn Blobs> = match self.bug {
            Some(bug) => Arc::new(Buggy::new(self.store.clone(), bug)),
            None => self.store.clone(),
        };
        Arc::new(Beside::new(blobs))
    }

    fn starting<'w>(&'w self, name: &'w str, store: &Arc<Beside>) -> Start<'w> {
        Start {
            name,
            setup: self.setup,
            of: &self.setups[self.setup],
            store: store.clone(),
            now: self.clocks.of(name),
            bug: self.bug,
            letters: self.letters.clone(),
        }
    }

    /// An instance begins with what its search has found.
    fn begin(
        &mut self,
        name: &str,
        store: &Arc<Beside>,
        line: Line,
        found: Result<Found, BlobError>,
        dead: Option<BTreeMap<SourcePartition, i64>>,
    ) -> Result<(), String> {
        let (mut instance, origins) = self.starting(name, store).begin(&self.log, line, found)?;
        self.tally.starts += 1;
        self.not_lost(&instance.fingerprint, &origins)?;
        match origins {
            Origins::Away => self.tally.starts_without_store += 1,
            Origins::Nothing => {}
            Origins::Snapshot(progress) => {
                self.tally.restores += 1;
                self.note(|| format!("  {name} goes on from a snapshot at {progress}"));
            }
        }
        if let (Some(positions), Some(Bug::ReadsOnWhereTheDeadStopped)) = (dead, self.bug) {
            instance.positions = positions;
        }
        self.instances.push(instance);
        Ok(())
    }

    /// A snapshot that was said to be stored is found again, or a newer one, unless somebody spoiled it.
    fn not_lost(&self, fingerprint: &str, origins: &Origins) -> Result<(), String> {
        let found = match origins {
            // A list of long ago shows what was there long ago.
            Origins::Away => return Ok(()),
            _ if self.faults.stale > 0 => return Ok(()),
            Origins::Nothing => 0,
            Origins::Snapshot(progress) => *progress,
        };
        let spoiled = self.store.spoiled();
        let is_spoiled = |name: &str| spoiled.iter().any(|object| object.starts_with(&format!("{fingerprint}/{name}/")));
        let stored = self.stored.iter().filter(|((of, name), _)| of == fingerprint && !is_spoiled(name));
        match stored.max_by_key(|(_, progress)| **progress) {
            Some(((_, name), progress)) if *progress > found => {
                Err(format!("a start found a snapshot at {found}, and one at {progress} was said to be stored by {name}"))
            }
            _ => Ok(()),
        }
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(what());
        }
    }
}

/// What goes wrong in the store of a world; in some nothing does.
fn faults(chance: &mut Chance) -> Faults {
    let often = [0, 0, 0, 30, 150];
    let mut some = || chance.pick(&often).unwrap_or_default();
    let (failed, unacknowledged, torn, repeated) = (some(), some(), some(), some());
    let rarely = |n: u32| if n == 150 { 100 } else { 0 };
    Faults { failed, unacknowledged, torn, repeated, stale: rarely(some()), flipped: rarely(some()) }
}
