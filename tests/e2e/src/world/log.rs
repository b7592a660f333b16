//! The log: partitions of the five topics, with the offsets of their records and how far back they still reach.

use std::collections::BTreeMap;

use engine::{Position, Record, SourcePartition};
use model::{Event, EventType, Millis, Zone};

use super::chance::Chance;

/// A log of records, decoded once.
pub struct Log<'a> {
    partitions: BTreeMap<SourcePartition, Partition<'a>>,
    /// How often each topic was made.
    ids: BTreeMap<EventType, u32>,
}

struct Partition<'a> {
    records: Vec<Record<Event<'a>>>,
    /// The first offset that is still there.
    begins: i64,
    /// Whether the partition has been added to its topic yet.
    is_there: bool,
}

/// Records that are wanted and no longer there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Truncated {
    /// Of which partition.
    pub source: SourcePartition,
    /// The offset that was wanted.
    pub wanted: i64,
    /// The first that is there.
    pub begins: i64,
}

/// Minutes between two records at most.
const MINUTES: usize = 30;

impl<'a> Log<'a> {
    /// The lines over so many partitions a topic, each with its copies in one of them, and some of them there twice.
    pub fn new(lines: &'a [String], zone: &Zone, now: Millis, partitions: usize, chance: &mut Chance) -> Log<'a> {
        let mut log = Log { partitions: BTreeMap::new(), ids: EventType::ALL.into_iter().map(|topic| (topic, 1)).collect() };
        let mut time = now.plus(-((lines.len() * MINUTES) as i64) * 60_000);
        let mut before: Vec<&str> = Vec::new();
        for line in lines.iter().map(|line| line.trim_start_matches('\u{feff}').trim()).filter(|line| !line.is_empty()) {
            before.push(line);
            let again = if chance.one_in(6) { chance.pick(&before) } else { None };
            for line in [line].into_iter().chain(again) {
                time = time.plus(chance.below(MINUTES) as i64 * 60_000);
                let event = wire::read_line(line.as_bytes(), zone, now);
                let hash = model::digest::text64(line) as usize;
                let topic = event.as_ref().map_or(EventType::ALL[hash % EventType::ALL.len()], |event| event.event_type());
                let source = SourcePartition { topic, partition: (hash / 8 % partitions) as i32 };
                // The times of a topic's records need not rise, need not be right, and need not be there.
                let hours = if chance.one_in(12) { chance.below(1000) as i64 } else { -(chance.below(3) as i64) };
                let timestamp = (!chance.one_in(30)).then(|| time.plus(hours * 3_600_000));
                log.partition(source, chance).append(source, timestamp, event, chance);
            }
        }
        log
    }

    fn partition(&mut self, source: SourcePartition, chance: &mut Chance) -> &mut Partition<'a> {
        self.partitions.entry(source).or_insert_with(|| Partition {
            records: Vec::new(),
            begins: chance.below(100) as i64,
            is_there: source.partition == 0 || !chance.one_in(3),
        })
    }

    /// The partitions that are there.
    pub fn sources(&self) -> Vec<SourcePartition> {
        self.partitions.iter().filter(|(_, partition)| partition.is_there).map(|(source, _)| *source).collect()
    }

    /// All records of a partition, those that are no longer there too.
    pub fn whole(&self, source: SourcePartition) -> &[Record<Event<'a>>] {
        self.partitions.get(&source).map(|partition| &*partition.records).unwrap_or_default()
    }

    /// So many records from an offset on.
    pub fn read(&self, source: SourcePartition, from: i64, most: usize) -> Result<&[Record<Event<'a>>], Truncated> {
        let Some(partition) = self.partitions.get(&source) else { return Ok(&[]) };
        if from < partition.begins {
            return Err(Truncated { source, wanted: from, begins: partition.begins });
        }
        let first = partition.records.partition_point(|record| record.at.offset < from);
        let rest = partition.records.get(first..).unwrap_or_default();
        Ok(rest.get(..most).unwrap_or(rest))
    }

    /// The first offset a partition ever had.
    pub fn origin(&self, source: SourcePartition) -> i64 {
        self.whole(source).first().map_or(0, |record| record.at.offset)
    }

    /// The first offset that is still there.
    pub fn begins(&self, source: SourcePartition) -> i64 {
        self.partitions.get(&source).map_or(0, |partition| partition.begins)
    }

    /// Which making of a topic this is.
    pub fn id(&self, topic: EventType) -> u32 {
        self.ids.get(&topic).copied().unwrap_or_default()
    }

    /// Forgets what lies before some offset of a partition.
    pub fn truncate(&mut self, source: SourcePartition, chance: &mut Chance) {
        if let Some(partition) = self.partitions.get_mut(&source) {
            let kept = chance.below(partition.records.len() + 1);
            let begins = partition.records.get(kept).map(|record| record.at.offset);
            partition.begins = begins.unwrap_or(partition.begins).max(partition.begins);
        }
    }

    /// Adds a partition to its topic; false where all are there.
    pub fn add_partition(&mut self, chance: &mut Chance) -> bool {
        let waiting: Vec<SourcePartition> = self.partitions.iter().filter(|(_, of)| !of.is_there).map(|(source, _)| *source).collect();
        let added = chance.pick(&waiting).and_then(|source| self.partitions.get_mut(&source));
        added.map(|partition| partition.is_there = true).is_some()
    }

    /// Deletes a topic and makes it anew, with other records under the same offsets.
    pub fn make_anew(&mut self, topic: EventType, chance: &mut Chance) {
        *self.ids.entry(topic).or_default() += 1;
        for (source, partition) in self.partitions.iter_mut().filter(|(source, _)| source.topic == topic) {
            let mut records = std::mem::take(&mut partition.records);
            chance.shuffle(&mut records);
            records.truncate(1 + chance.below(records.len()));
            partition.begins = chance.below(10) as i64;
            records.into_iter().for_each(|record| partition.append(*source, record.timestamp, record.event, chance));
        }
    }
}

impl<'a> Partition<'a> {
    fn append(&mut self, source: SourcePartition, timestamp: Option<Millis>, event: Result<Event<'a>, model::Rejection>, chance: &mut Chance) {
        let gap = if chance.one_in(8) { chance.below(4) } else { 0 };
        let offset = self.records.last().map_or(self.begins, |last| last.at.offset + 1 + gap as i64);
        self.records.push(Record { at: Position { source, offset }, timestamp, event });
    }
}
