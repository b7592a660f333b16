//! The state of a log, counted anew: entities by their latest facts, interactions as they come, each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Options,
    cells::{self, Key, Pane, Part, What, Who},
    dedup::{Held, Limits},
    dimensions::{Dimensions, Names},
    facts::{self, Facts},
    latest::{Latest, entity_key, event_id, source},
    line,
    message::Message,
    record::{self, Record},
    schemas::Schemas,
    time::Zone,
};

/// Distinct dimensions that the interactions of a partition may have on a day; later ones are counted under `(other)`.
const DIMENSIONS_A_DAY: usize = 10_000;
/// The same for the follows of an account on a day by interactions of a partition.
const FOLLOW_DIMENSIONS_A_DAY: usize = 1_000;

/// What is kept of a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    /// The first day.
    pub days_from: i64,
    /// The first minute.
    pub minutes_from: i64,
}

/// What of a record is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// All.
    All,
    /// The figures of days only: the book may be ahead of the interactions that came by the same partition.
    FiguresOnly,
}

/// A log being counted.
pub struct Recount {
    options: Options,
    zone: Zone,
    names: Names,
    schemas: Schemas,
    keep: Keep,
    limits: Limits,
    latest: Latest,
    held: BTreeMap<Part, Held>,
    dimensions: BTreeMap<(Part, i64), BTreeSet<Dimensions>>,
    follow_dimensions: BTreeMap<(Part, String, String, i64), BTreeSet<Dimensions>>,
    cells: BTreeMap<Key, i128>,
    visitors: BTreeMap<Key, BTreeSet<String>>,
}

/// What was counted.
pub struct Recounted {
    options: Options,
    keep: Keep,
    facts: Facts,
    /// Every number that is not 0, but for those of visitors.
    pub cells: BTreeMap<Key, i128>,
    /// The ids of visitors.
    pub visitors: BTreeMap<Key, BTreeSet<String>>,
    /// The entities of which two messages say different things under one revision, time and event id.
    pub ambiguous: BTreeSet<String>,
}

impl Recount {
    /// Nothing is counted yet.
    ///
    /// # Panics
    /// Where the options name a time zone that there is not.
    pub fn new(options: Options, keep: Keep, limits: Limits, schemas: Schemas) -> Recount {
        Recount {
            zone: Zone::named(&options.time_zone),
            names: Names::new(&options),
            options,
            schemas,
            keep,
            limits,
            latest: Latest::default(),
            held: BTreeMap::new(),
            dimensions: BTreeMap::new(),
            follow_dimensions: BTreeMap::new(),
            cells: BTreeMap::new(),
            visitors: BTreeMap::new(),
        }
    }

    /// Takes a record of a partition of the topic of a type; those of a partition come in the order of their offsets.
    pub fn record(&mut self, topic: &'static str, partition: i32, record: &Record<'_>, scope: Scope) {
        for message in record::read(topic, record, &self.schemas, &self.zone) {
            match message {
                Ok(message) => self.message(message, partition, record.timestamp, scope),
                Err(reason) if scope == Scope::All => self.count(topic, partition, reason),
                Err(_) => {}
            }
        }
    }

    /// Takes a line of a file as a record of the topic of its type; one that is refused is of none.
    pub fn line(&mut self, partition: i32, line: &[u8], now: i64) {
        if let Ok(message) = line::read(line, &self.zone, now) {
            self.message(message, partition, Some(now), Scope::All);
        }
    }

    fn message(&mut self, message: Message, partition: i32, timestamp: Option<i64>, scope: Scope) {
        let topic = message.kind;
        if let Some(key) = entity_key(&message, &self.zone) {
            self.latest.entity(key, message, &self.zone);
            self.add(Part::Book, What::Records { topic, partition, outcome: "read" }, 1);
        } else if scope == Scope::All {
            let part = Part::Partition(topic, partition);
            let identity = (source(&message).to_owned(), event_id(&message).to_owned());
            let is_new = self.held.entry(part).or_default().is_new(identity, timestamp, self.limits);
            self.count(topic, partition, if is_new { "accepted" } else { "duplicate" });
            if is_new {
                self.interaction(part, &message);
            }
        }
    }

    fn interaction(&mut self, part: Part, message: &Message) {
        let mut added = Vec::new();
        if message.kind == "web-visit" {
            let mut visit = facts::visit(message, &self.names, &self.zone, &self.options);
            visit.at = self.capped(part, visit.on.day, visit.at);
            cells::of_visit(&visit, &mut |what, n| added.push((what, n)));
            if let Some(visitor) = visit.visitor {
                self.visitor(visit.on.day, &visit.at.channel, visitor, visit.is_conversion);
            }
        } else {
            let mut one = facts::social(message, &self.names, &self.zone);
            let own = one.at.clone();
            one.at = self.capped(part, one.on.day, one.at);
            cells::of_social(&one, &mut |what, n| added.push((what, n)));
            for (what, _) in &mut added {
                if let What::Follows { platform, account, day, at } = what {
                    let known = self.follow_dimensions.entry((part, platform.clone(), account.clone(), *day)).or_default();
                    *at = within(known, FOLLOW_DIMENSIONS_A_DAY, own.clone());
                }
            }
        }
        added.into_iter().for_each(|(what, n)| self.add(part, what, n));
    }

    /// The dimensions under which an interaction is counted: its own, or `(other)` where the day has its fill.
    fn capped(&mut self, part: Part, day: i64, at: Dimensions) -> Dimensions {
        if day < self.keep.days_from {
            return at;
        }
        within(self.dimensions.entry((part, day)).or_default(), DIMENSIONS_A_DAY, at)
    }

    fn visitor(&mut self, day: i64, channel: &str, visitor: String, is_converting: bool) {
        let key = |who| Key { part: Part::Partitions("web-visit"), what: What::Visitors { day, channel: channel.to_owned(), who } };
        if day < self.keep.days_from {
            return;
        }
        if is_converting {
            self.visitors.entry(key(Who::Converting)).or_default().insert(visitor.clone());
        }
        self.visitors.entry(key(Who::All)).or_default().insert(visitor);
    }

    fn count(&mut self, topic: &'static str, partition: i32, outcome: &'static str) {
        let part = if matches!(topic, "social-interaction" | "web-visit") { Part::Partition(topic, partition) } else { Part::Book };
        self.add(part, What::Records { topic, partition, outcome }, 1);
    }

    fn add(&mut self, part: Part, what: What, n: i128) {
        if self.keep.has(&what) {
            *self.cells.entry(Key { part, what }).or_default() += n;
        }
    }

    /// All was taken: what the entities add is added.
    pub fn finish(self) -> Recounted {
        let facts = Facts::of(&self.latest, &self.zone, &self.options);
        let Recount { options, keep, cells, visitors, latest, .. } = self;
        let mut counted = Recounted { options, keep, facts, cells, visitors, ambiguous: latest.ambiguous };
        let mut cells = std::mem::take(&mut counted.cells);
        counted.each(|_, key, n| *cells.entry(key).or_default() += n);
        cells.retain(|_, n| *n != 0);
        Recounted { cells, ..counted }
    }
}

/// Dimensions, or `(other)` where they are not among those that came first.
fn within(known: &mut BTreeSet<Dimensions>, most: usize, at: Dimensions) -> Dimensions {
    if known.contains(&at) || known.len() < most {
        known.insert(at.clone());
        return at;
    }
    Dimensions::other()
}

impl Recounted {
    /// Tells what each entity adds to what is kept, by the entity's name.
    pub fn each(&self, mut tell: impl FnMut(&str, Key, i128)) {
        let mut kept = |entity: &str, what: What, n: i128| {
            if n != 0 && self.keep.has(&what) {
                tell(entity, Key { part: Part::Book, what }, n);
            }
        };
        cells::of_entities(&self.facts, &self.options, self.keep.days_from, &mut kept);
    }
}

impl Keep {
    /// All that there is.
    pub const ALL: Keep = Keep { days_from: i64::MIN, minutes_from: i64::MIN };

    /// Whether a number is kept.
    pub fn has(self, what: &What) -> bool {
        match what {
            What::Cell { pane: Pane::Day(day), .. } | What::Visitors { day, .. } => *day >= self.days_from,
            What::Cell { pane: Pane::Minute(minute), .. } => *minute >= self.minutes_from,
            What::Follows { .. } | What::Members { .. } => true,
            What::Cell { pane: Pane::Standing(_), .. } | What::Reported { .. } | What::Records { .. } => true,
        }
    }
}
