//! How the process fares: what it has read, how far behind it is, what failed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use model::{Day, Millis, Reason};

use crate::{
    EventCounts, FailedPartition,
    exposition::Exposition,
    fold::{OTHER, is_label},
    names,
};

/// Publishing systems of a topic that keep their names.
pub const SOURCES_AT_MOST: usize = 50;

/// How the reading of a partition stands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Partition {
    /// Records in the broker that are not yet folded.
    pub lag: u64,
    /// How far behind the broker what is shown is, at the time of telling; it is taken to grow until told anew.
    pub view_age: Duration,
    /// Why it is no longer read, where it is not: a code, in few values.
    pub failed: Option<&'static str>,
}

/// When the publishing systems of a topic were last heard of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sources {
    /// The time of each one's newest record.
    pub newest: BTreeMap<String, Millis>,
    /// How many more there are, and the time of the newest record of them all.
    pub unnamed: Option<(usize, Millis)>,
}

/// How the exchange rates stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RatesState {
    /// The newest date that has a rate.
    pub last_date: Option<Day>,
    /// When they were read, where they were now; none leaves it as it was.
    pub read_at: Option<Millis>,
    /// Whether the file as it is now is of no use, so that those read before stay in use.
    pub is_refused: bool,
}

/// The state of the process half of `/metrics`.
#[derive(Default)]
pub(crate) struct Process {
    pub(crate) events: BTreeMap<String, EventCounts>,
    pub(crate) partitions: BTreeMap<(String, i32), (Partition, Instant)>,
    /// Partitions of which it was told in full why they are no longer read.
    pub(crate) failed: BTreeMap<(String, i32), FailedPartition>,
    pub(crate) history: BTreeMap<(String, i32), Millis>,
    pub(crate) sources: BTreeMap<String, Sources>,
    pub(crate) dedup_span: BTreeMap<String, Duration>,
    pub(crate) rates: Option<RatesState>,
    pub(crate) snapshot_stored: Option<Millis>,
    pub(crate) snapshot_failures: u64,
    /// Dead letters that are not in their topic, by reason.
    pub(crate) undelivered: BTreeMap<&'static str, u64>,
    pub(crate) letters_cut: u64,
}

impl Process {
    /// The age of the oldest partition's view.
    pub(crate) fn view_age(&self, now: Instant) -> Duration {
        self.partitions.values().map(|told| age(told, now)).max().unwrap_or_default()
    }

    /// Records that are left to be read; none where no partition has told yet.
    pub(crate) fn lag(&self) -> Option<u64> {
        self.partitions.values().map(|(stands, _)| stands.lag).reduce(u64::saturating_add)
    }

    /// The partitions that are no longer read.
    pub(crate) fn failed_partitions(&self) -> Vec<FailedPartition> {
        let told = self.partitions.iter().filter_map(|((topic, partition), (stands, _))| {
            let reason = stands.failed?;
            Some(FailedPartition { topic: topic.clone(), partition: *partition, reason, detail: String::new() })
        });
        let mut all: BTreeMap<(String, i32), FailedPartition> = told.map(|failed| ((failed.topic.clone(), failed.partition), failed)).collect();
        all.extend(self.failed.clone());
        all.into_values().collect()
    }

    pub(crate) fn expose(&self, out: &mut Exposition, now: Instant) {
        self.expose_events(out);
        self.expose_partitions(out, now);
        self.expose_sources(out);
        for (topic, span) in &self.dedup_span {
            out.put(&names::DEDUP_SPAN, &[("topic", topic)], span.as_secs_f64());
        }
        if let Some(rates) = self.rates {
            rates.last_date.iter().for_each(|day| out.put(&names::RATES_LAST, &[], f64::from(day.0) * 86_400.0));
            rates.read_at.iter().for_each(|at| out.put(&names::RATES_READ, &[], seconds(*at)));
            out.put(&names::RATES_REFUSED, &[], f64::from(u8::from(rates.is_refused)));
        }
        if let Some(at) = self.snapshot_stored {
            out.put(&names::SNAPSHOT_LAST, &[], seconds(at));
        }
        out.put(&names::SNAPSHOT_FAILURES, &[], self.snapshot_failures as f64);
        for (reason, count) in &self.undelivered {
            out.put(&names::UNDELIVERED, &[("reason", reason)], *count as f64);
        }
        out.put(&names::LETTERS_CUT, &[], self.letters_cut as f64);
    }

    fn expose_events(&self, out: &mut Exposition) {
        for (topic, counts) in &self.events {
            for (outcome, n) in counts.by_outcome() {
                out.put(&names::EVENTS, &[("topic", topic), ("outcome", outcome)], n as f64);
            }
            out.put(&names::CONFLICTS, &[("topic", topic)], counts.conflicting as f64);
            for (reason, n) in counts.by_reason() {
                out.put(&names::DEAD_LETTERS, &[("topic", topic), ("reason", Reason::code(reason))], n as f64);
            }
        }
    }

    fn expose_partitions(&self, out: &mut Exposition, now: Instant) {
        for ((topic, number), told) in &self.partitions {
            let number = number.to_string();
            let labels = [("topic", topic.as_str()), ("partition", number.as_str())];
            out.put(&names::LAG, &labels, told.0.lag as f64);
            out.put(&names::VIEW_AGE, &labels, age(told, now).as_secs_f64());
        }
        for FailedPartition { topic, partition, reason, .. } in self.failed_partitions() {
            out.put(&names::FAILED, &[("topic", &topic), ("partition", &partition.to_string()), ("reason", reason)], 1.0);
        }
        for ((topic, number), since) in &self.history {
            out.put(&names::HISTORY_START, &[("topic", topic), ("partition", &number.to_string())], seconds(*since));
        }
    }

    fn expose_sources(&self, out: &mut Exposition) {
        let mut folded = 0;
        for (topic, sources) in &self.sources {
            let is_named = |(name, _): &(&String, &Millis)| is_label(name);
            let named: Vec<(&String, &Millis)> = sources.newest.iter().filter(is_named).take(SOURCES_AT_MOST).collect();
            for (source, at) in &named {
                out.put(&names::SOURCE_LAST, &[("topic", topic), ("source", source)], seconds(**at));
            }
            let is_kept = |name: &String| named.binary_search_by_key(&name, |(kept, _)| kept).is_ok();
            let rest: Vec<&Millis> = sources.newest.iter().filter(|(name, _)| !is_kept(name)).map(|(_, at)| at).collect();
            let (unnamed, newest) = sources.unnamed.unzip();
            folded += rest.len() + unnamed.unwrap_or(0);
            if let Some(at) = rest.into_iter().copied().chain(newest).max() {
                out.put(&names::SOURCE_LAST, &[("topic", topic), ("source", OTHER)], seconds(at));
            }
        }
        out.put(&names::FOLDED, &[("label", "source")], folded as f64);
    }
}

fn age((partition, told_at): &(Partition, Instant), now: Instant) -> Duration {
    partition.view_age.saturating_add(now.saturating_duration_since(*told_at))
}

pub(crate) fn seconds(at: Millis) -> f64 {
    at.0 as f64 / 1000.0
}
