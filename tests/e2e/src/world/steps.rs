//! What can happen in a world, and how often.

use std::time::Duration;

use model::EventType;
use snapshots::{StoreError, Stored};

use super::{BATCH, NAMES, World, chance::Chance, letters, log::Truncated};

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// An instance reads the next records of a partition.
    Read,
    /// It goes back in one, and reads some records again.
    SeekBack,
    /// Its book folds some of the figures under way.
    Figures,
    /// Time passes for all, minutes or hours.
    Tick,
    /// Time passes for all, days or months.
    LongTick,
    /// The clock of one is set, right or wrong.
    SetClock,
    /// A snapshot is begun, or one more part of it captured.
    Capture,
    /// The snapshot that is captured is stored.
    Store,
    /// The same, and the instance is killed in the middle, before, in or after some operation of the store.
    KillWhileStoring,
    /// One instance stores what it captured, and in the middle of that another looks for what to start from; or the other way around.
    StartWhileStoring,
    /// An instance is killed and started again.
    Kill,
    /// One more is started.
    Add,
    /// One is stopped for good.
    Remove,
    /// The store's machine loses power.
    Crash,
    /// A bit of an object flips.
    Flip,
    /// The store works well for a while, or badly.
    Weather,
    /// A partition is truncated.
    Truncate,
    /// A partition is added to a topic.
    AddPartition,
    /// A topic is deleted and made anew.
    MakeAnew,
    /// Instances that start from now on have other settings.
    Upgrade,
    /// The topic of the dead letters answers for some of an instance's, and it reads some again that it had no room for.
    Letters,
    /// That topic begins to refuse them, or takes them again.
    TurnLetters,
    /// A panic tears a stream of an instance, or its book.
    Tear,
}

impl Step {
    /// How often each happens in one world: some often, some never, so that worlds differ.
    pub fn weights(chance: &mut Chance, is_compared: bool) -> Vec<(Step, usize)> {
        let mut one = |step, of: &[usize]| (step, chance.pick(of).unwrap_or_default());
        let mut weights = vec![
            one(Step::Read, &[20, 40]),
            one(Step::SeekBack, &[0, 2, 5]),
            one(Step::Figures, &[1, 10]),
            one(Step::Tick, &[0, 2]),
            one(Step::LongTick, &[0, 0, 1]),
            one(Step::SetClock, &[0, 0, 2]),
            one(Step::Capture, &[10, 40]),
            one(Step::Store, &[5, 10]),
            one(Step::KillWhileStoring, &[0, 1, 4]),
            one(Step::StartWhileStoring, &[0, 1, 2]),
            one(Step::Kill, &[0, 1, 4]),
            one(Step::Add, &[0, 1, 2]),
            one(Step::Remove, &[0, 1]),
            one(Step::Crash, &[0, 0, 1]),
            one(Step::Flip, &[0, 0, 1]),
            one(Step::Weather, &[0, 2]),
            one(Step::AddPartition, &[0, 1]),
            one(Step::Letters, &[1, 4]),
            one(Step::TurnLetters, &[0, 1, 2]),
            one(Step::Tear, &[0, 1, 4]),
        ];
        // What the log has lost, and another log, the reference knows nothing of.
        if !is_compared {
            weights.extend([one(Step::Truncate, &[0, 0, 1]), one(Step::MakeAnew, &[0, 0, 0, 1]), one(Step::Upgrade, &[0, 0, 1])]);
        }
        weights
    }
}

impl World<'_> {
    /// Lets a step happen.
    pub(super) fn take(&mut self, step: Step) -> Result<(), String> {
        let at = self.chance.below(self.instances.len());
        let name = self.instances.get(at).map(|instance| instance.name.clone());
        self.note(|| format!("{step:?} {}", name.unwrap_or_default()));
        match step {
            Step::Add => return self.add(),
            Step::Crash => self.crash(),
            Step::Flip => self.tally.flips += u64::from(self.store.flip_any().is_some()),
            Step::Weather => self.store.set_faults(if self.chance.one_in(2) { self.faults } else { Default::default() }),
            Step::Truncate => {
                if let Some(source) = self.chance.pick(&self.log.sources()) {
                    self.log.truncate(source, &mut self.chance);
                }
            }
            Step::AddPartition => self.tally.partitions_added += u64::from(self.log.add_partition(&mut self.chance)),
            Step::Tick => {
                let minutes = self.minutes_that_pass();
                self.clocks.pass(minutes * 60_000);
            }
            Step::LongTick => {
                self.clocks.pass_long(&mut self.chance);
                self.tally.long_ticks += 1;
            }
            Step::SetClock => {
                self.clocks.set_one(&mut self.chance);
                self.tally.clocks_set += 1;
            }
            Step::MakeAnew => return self.make_anew(),
            Step::TurnLetters => self.tally.letters_refused += u64::from(letters::turn(&self.letters, &mut self.chance)),
            Step::Upgrade => {
                self.setup = 1 - self.setup;
                self.tally.upgrades += 1;
            }
            _ if self.instances.is_empty() => {}
            Step::Read => self.read(at),
            Step::SeekBack => self.seek_back(at),
            Step::Figures => {
                let most = 1 + self.chance.below(4);
                self.instances[at].fold.take_passed(most);
                let now = self.clocks.of(&self.instances[at].name);
                self.instances[at].fold.tick(now);
            }
            Step::Capture => self.instances[at].capture(&mut self.chance),
            Step::Store => self.store_snapshot(at),
            Step::KillWhileStoring => return self.kill_while_storing(at),
            Step::StartWhileStoring => return self.start_while_storing(at),
            Step::Kill => return self.kill(at),
            Step::Letters => {
                let (answers, seconds) = (self.chance.below(4), self.chance.below(12));
                self.instances[at].post.serve(answers, Duration::from_secs(seconds as u64));
                self.instances[at].post.read_again(&self.log);
            }
            Step::Tear => self.tear(at),
            Step::Remove => {
                if self.instances.len() > 1 {
                    self.instances.swap_remove(at);
                }
            }
        }
        Ok(())
    }

    /// Often so many that the oldest minute that is kept just falls below the floor.
    fn minutes_that_pass(&mut self) -> i64 {
        let floor = engine::keep_at(self.clocks.now(), &self.setups[self.setup].settings).minutes_from;
        let panes = self.instances.iter().flat_map(|instance| instance.fold.panes());
        let oldest = panes.filter_map(|panes| panes.minutes().keys().find(|minute| **minute >= floor).copied()).min();
        match oldest {
            Some(oldest) if self.chance.one_in(2) => oldest.0 + 1 - floor.0,
            _ => self.chance.below(150) as i64,
        }
    }

    fn read(&mut self, at: usize) {
        let most = 1 + self.chance.below(BATCH);
        let instance = &mut self.instances[at];
        let now = self.clocks.of(&instance.name);
        instance.find_partitions(&self.log);
        let Some(source) = self.chance.pick(&self.log.sources()) else { return };
        if let Err(gone) = instance.read(&self.log, source, most, now) {
            self.say_truncated(at, gone);
        }
    }

    fn tear(&mut self, at: usize) {
        let most = 2 + self.chance.below(BATCH);
        if let Some(source) = self.chance.pick(&self.log.sources()) {
            self.tally.torn += u64::from(self.instances[at].tear(&self.log, source, most));
        }
    }

    /// The instance says that the log does not reach back, and its numbers are not shown: it is as good as gone.
    pub(super) fn say_truncated(&mut self, at: usize, gone: Truncated) {
        self.note(|| format!("  the log does not reach back: {gone:?}"));
        self.tally.said_truncated += 1;
        self.instances.swap_remove(at);
    }

    fn seek_back(&mut self, at: usize) {
        if let Some(source) = self.chance.pick(&self.log.sources()) {
            let by = 1 + self.chance.below(12);
            self.instances[at].seek_back(&self.log, source, by as i64);
            self.tally.read_again += 1;
        }
    }

    /// Stores what is captured, if anything is.
    pub(super) fn store_snapshot(&mut self, at: usize) {
        let instance = &mut self.instances[at];
        let key = (instance.fingerprint.clone(), instance.name.clone());
        let outcome = instance.store();
        self.tally.held_back += std::mem::take(&mut instance.held_back);
        self.tally.torn_states += std::mem::take(&mut instance.torn_states);
        if let Some(outcome) = outcome {
            self.stored(key, outcome);
        }
    }

    fn stored(&mut self, key: (String, String), outcome: Result<(Stored, i128), StoreError>) {
        match outcome {
            Ok((stored, progress)) => {
                self.note(|| format!("  {} is stored at {progress}", stored.sequence));
                self.tally.stored += 1;
                self.stored.insert(key, progress);
            }
            Err(wrong) => {
                self.note(|| format!("  {wrong}"));
                self.tally.failed += 1;
                self.tally.conflicts += u64::from(matches!(wrong, StoreError::Conflict { .. }));
            }
        }
    }

    /// Of what one stores meanwhile the other may find that or what was there before, but not nothing.
    fn start_while_storing(&mut self, at: usize) -> Result<(), String> {
        let Some(name) = self.free_name() else { return Ok(()) };
        self.instances[at].capture_all(&mut self.chance);
        let mut storing = self.instances.swap_remove(at);
        let key = (storing.fingerprint.clone(), storing.name.clone());
        let store = self.beside();
        let mut line = self.starting(name, &store).line(&self.log)?;
        let operations = self.chance.below(14);
        let (storing, outcome, line, found) = if self.chance.one_in(2) {
            let search = move || (line.newest(&[]), line);
            let ((found, line), outcome) = storing.store.clone().meanwhile(operations, search, || storing.store())?;
            (storing, outcome, line, found)
        } else {
            let ((outcome, storing), found) = store.meanwhile(operations, move || (storing.store(), storing), || line.newest(&[]))?;
            (storing, outcome, line, found)
        };
        self.tally.starts_while_storing += 1;
        self.begin(name, &store, line, found, None)?;
        self.instances.push(storing);
        if let Some(outcome) = outcome {
            self.stored(key, outcome);
        }
        Ok(())
    }

    fn kill_while_storing(&mut self, at: usize) -> Result<(), String> {
        self.instances[at].capture_all(&mut self.chance);
        self.store.cut_power_after(self.chance.below(12) as u64);
        self.store_snapshot(at);
        self.crash();
        self.tally.kills_while_storing += 1;
        self.kill(at)
    }

    fn kill(&mut self, at: usize) -> Result<(), String> {
        self.tally.kills += 1;
        self.restart(at)
    }

    /// An instance ends without a word, and one of the same name starts.
    pub(super) fn restart(&mut self, at: usize) -> Result<(), String> {
        let dead = self.instances.swap_remove(at);
        self.start(&dead.name, Some(dead.positions))
    }

    fn crash(&mut self) {
        self.store.crash();
        self.tally.crashes += 1;
    }

    /// Mostly under a name of its own; now and then under one that is taken.
    fn add(&mut self) -> Result<(), String> {
        let any = self.chance.pick(&NAMES).unwrap_or("a");
        let name = if self.chance.one_in(6) { any } else { self.free_name().unwrap_or(any) };
        if self.instances.len() < NAMES.len() { self.start(name, None) } else { Ok(()) }
    }

    fn free_name(&mut self) -> Option<&'static str> {
        let is_taken = |name: &str| self.instances.iter().any(|instance| instance.name == name);
        let free: Vec<&str> = NAMES.into_iter().filter(|name| !is_taken(name)).collect();
        self.chance.pick(&free)
    }

    /// All who read the topic say so and stop; those that start thereafter are of another fingerprint.
    fn make_anew(&mut self) -> Result<(), String> {
        let Some(topic) = self.chance.pick(&EventType::ALL) else { return Ok(()) };
        self.log.make_anew(topic, &mut self.chance);
        self.tally.made_anew += 1;
        let stopped: Vec<String> = std::mem::take(&mut self.instances).into_iter().map(|instance| instance.name).collect();
        stopped.iter().try_for_each(|name| self.start(name, None))
    }
}
