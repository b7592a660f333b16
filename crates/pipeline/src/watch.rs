//! The thread that watches: how far behind the broker the views are, whether all is caught up, what became of the topics.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use exporter::Partition as Stands;
use source::{Extent, Partition, Reader};
use tracing::{info, warn};

use crate::{
    Failure,
    mailbox::Lanes,
    progress::Progress,
    shared::{Shared, is_entity},
};

/// How often the broker is asked for the partitions' ends.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often it is asked for new partitions and for the topics' identity.
const DISCOVER_EVERY: Duration = Duration::from_secs(10);
/// How long a partition may stand still while the broker holds more of it, before that is said.
const STALL: Duration = Duration::from_secs(30);
/// How long an answer is waited for.
const ANSWER: Duration = Duration::from_secs(5);
/// The same of one broker, where not all answer.
const ANSWER_APART: Duration = Duration::from_secs(1);

/// What is watched.
pub struct Watch {
    reader: Arc<dyn Reader>,
    shared: Arc<Shared>,
    lanes: Lanes,
    partitions: Vec<Partition>,
    progress: BTreeMap<Partition, Progress>,
    discovered: Instant,
    /// The broker did not answer last time; that is said once.
    is_silent: bool,
    /// The partitions of which it is said that they stand still.
    stalled: BTreeSet<Partition>,
    /// Which broker leads each partition, as was last heard.
    leaders: BTreeMap<Partition, i32>,
    /// Not all can be asked together.
    is_apart: bool,
    /// Why not.
    last_error: String,
}

impl Watch {
    /// Watches what the reader reads; `lanes` take new partitions.
    pub fn new(reader: Arc<dyn Reader>, shared: Arc<Shared>, lanes: Lanes) -> Watch {
        let now = Instant::now();
        let partitions: Vec<Partition> = reader.partitions();
        let progress = partitions.iter().map(|partition| (partition.clone(), Progress::new(now))).collect();
        Watch {
            reader,
            shared,
            lanes,
            partitions,
            progress,
            discovered: now,
            is_silent: false,
            stalled: BTreeSet::new(),
            leaders: BTreeMap::new(),
            is_apart: false,
            last_error: String::new(),
        }
    }

    /// Watches until the pipeline stops.
    pub fn run(mut self) -> Result<(), Failure> {
        let mut next = Instant::now();
        while !self.shared.stop.is_set() {
            if let Err(complaint) = self.reader.serve(Duration::from_millis(50)) {
                warn!("{complaint}");
            }
            if Instant::now() >= next {
                self.look();
                next = Instant::now() + LOOK_EVERY;
            }
            if self.discovered.elapsed() >= DISCOVER_EVERY {
                self.discover();
                self.discovered = Instant::now();
            }
        }
        Ok(())
    }

    /// Asks for the ends and sets the views beside them.
    fn look(&mut self) {
        // The time before asking: the ends are at least as new.
        let at = Instant::now();
        let Some(extents) = self.extents() else { return };
        let views = self.shared.views.all();
        let shown: BTreeMap<&Partition, Option<i64>> =
            views.iter().flat_map(|view| &view.positions).map(|(partition, next)| (partition, *next)).collect();
        for extent in &extents {
            let next = shown.get(&extent.partition).copied().flatten();
            self.account(at, extent, next);
        }
        let settled = views.iter().map(|view| view.passed).sum::<i64>() == 0;
        let all = self.progress.values().all(Progress::is_caught_up) && !self.shared.failed.any();
        if all && settled && !self.shared.ready.swap(true, Ordering::AcqRel) {
            info!("caught up with the broker; ready");
            self.shared.board.set_ready(true);
        }
        if self.shared.failed.any() && self.shared.ready.swap(false, Ordering::AcqRel) {
            self.shared.board.set_ready(false);
        }
    }

    /// The ends of the partitions that can be asked for theirs. Of one that has failed, or that no broker leads, or whose leader does not
    /// answer, nothing is known, and the others need not wait for it: so these are asked leader by leader.
    fn extents(&mut self) -> Option<Vec<Extent>> {
        let asked = |of: &&Partition| self.shared.failed.reason(of).is_none();
        let asked: Vec<Partition> = self.partitions.iter().filter(asked).cloned().collect();
        if !self.is_apart {
            match self.reader.extents(&asked, ANSWER) {
                Ok(extents) => return Some(self.heard(extents)),
                Err(error) => self.last_error = error.to_string(),
            }
        }
        self.discover();
        let mut by_leader: BTreeMap<i32, Vec<Partition>> = BTreeMap::new();
        for partition in asked.iter().filter(|of| self.shared.failed.reason(of).is_none()) {
            if let Some(leader) = self.leaders.get(partition) {
                by_leader.entry(*leader).or_default().push(partition.clone());
            }
        }
        let answers = by_leader.values().map(|partitions| self.reader.extents(partitions, ANSWER_APART));
        let extents: Vec<Extent> = answers.filter_map(Result::ok).flatten().collect();
        self.is_apart = extents.len() < asked.len();
        if !extents.is_empty() || asked.is_empty() {
            return Some(self.heard(extents));
        }
        if !self.is_silent {
            warn!("{}; what is shown grows old until the broker answers", self.last_error);
            self.is_silent = true;
        }
        None
    }

    fn heard(&mut self, extents: Vec<Extent>) -> Vec<Extent> {
        self.is_silent = false;
        extents
    }

    fn account(&mut self, at: Instant, extent: &Extent, next: Option<i64>) {
        let Some(progress) = self.progress.get_mut(&extent.partition) else { return };
        // Where nothing is kept there is nothing to read, and so no position.
        let next = next.unwrap_or(extent.first);
        progress.look(at, extent.end);
        progress.shown(at, next);
        let stalled = progress.stalled(at);
        if stalled < STALL {
            self.stalled.remove(&extent.partition);
        } else if self.stalled.insert(extent.partition.clone()) {
            let (partition, behind, seconds) = (&extent.partition, extent.end - next, stalled.as_secs());
            warn!(
                "{partition} is {behind} records behind and none of them has come for {seconds} s, though the broker answers: restart, and look at the broker's log"
            );
        }
        let stands = Stands { lag: u64::try_from(extent.end - next).unwrap_or(0), view_age: progress.age(Instant::now()), failed: None };
        self.shared.board.set_partition(&extent.partition.topic, extent.partition.number, stands);
    }

    /// Looks for new partitions, and for topics that are gone or made anew: their records are others under the same offsets.
    fn discover(&mut self) {
        let found = match self.reader.discover(ANSWER) {
            Ok(found) => found,
            Err(error) => {
                if !self.is_silent {
                    warn!("{error}");
                }
                return;
            }
        };
        self.note_leaders(found.values().flatten().flat_map(|topic| topic.leaders.clone()).collect());
        let known: Vec<_> = self.reader.topics().to_vec();
        for topic in known {
            match found.get(&*topic.name) {
                Some(Some(now)) if topic.id.is_none() || now.id == topic.id => self.add(&now.partitions),
                Some(Some(_)) => self.fail(&topic.name, "topic_made_anew"),
                Some(None) => self.fail(&topic.name, "topic_deleted"),
                None => {}
            }
        }
    }

    /// Says which partitions no broker leads any more: they grow old alone.
    fn note_leaders(&mut self, leaders: BTreeMap<Partition, i32>) {
        for partition in self.leaders.keys().filter(|partition| !leaders.contains_key(*partition)) {
            warn!("{partition}: no broker leads it: what is shown of it grows old until one does; look at the brokers that keep it");
        }
        self.leaders = leaders;
    }

    fn add(&mut self, partitions: &[Partition]) {
        for partition in partitions {
            if self.progress.contains_key(partition) {
                continue;
            }
            info!("{partition} is new; it is read from its beginning");
            let entity = self.shared.source(partition).is_some_and(|source| is_entity(source.topic));
            let least = self.lanes.interactions.iter_mut().min_by_key(|(_, partitions)| *partitions);
            let sent = match least {
                Some((lane, partitions)) if !entity => {
                    *partitions += 1;
                    lane.send(partition.clone())
                }
                _ => self.lanes.entities.send(partition.clone()),
            };
            if sent.is_ok() {
                self.progress.insert(partition.clone(), Progress::new(Instant::now()));
                self.partitions.push(partition.clone());
            }
        }
    }

    fn fail(&self, topic: &str, reason: &'static str) {
        for partition in self.partitions.iter().filter(|partition| *partition.topic == *topic) {
            self.shared.failed.note(partition, reason, &"");
        }
    }
}
