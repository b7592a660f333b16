//! What the reference is given: the configuration as it stands, and the records up to the offsets of a state.

use std::collections::BTreeMap;

use engine::SourcePartition;
use kafka::{Extent, Partition, Reader};
use model::{EventType, Millis, ReturnOn, Zone};
use pipeline::{
    replay::Stretch,
    state::{self, State},
};
use reference::{Options, Record, Schemas};
use verify::Reach;

use crate::{
    commands::state::ANSWER,
    config::{JSON, Loaded},
    failure::Failure,
    output::count,
};

/// The partitions of a state, and what was read of them.
pub struct Source {
    zone: Zone,
    partitions: BTreeMap<SourcePartition, FoldedPartition>,
}

/// How a partition is folded in a state.
struct FoldedPartition {
    extent: Extent,
    /// Up to where all records are.
    next: i64,
    /// Up to where the figures of days are, which may be further.
    end: i64,
    /// The time of the first record that was read.
    first: Option<Millis>,
    records: u64,
}

impl Source {
    /// The partitions of which a state has anything.
    pub fn new(state: &State<'_>, loaded: &Loaded, reader: &Reader) -> Result<Source, Failure> {
        let partitions: Vec<Partition> = reader.partitions().cloned().collect();
        let mut folded = BTreeMap::new();
        for extent in reader.extents(&partitions, ANSWER)? {
            let Some(source) = state::source(&loaded.setup, &extent.partition) else { continue };
            let (next, figures) = (state.next(source), state.book().offsets().next(source));
            let Some(end) = next.max(figures) else { continue };
            if end > extent.end {
                return Err(Failure::failed(format_args!(
                    "{} ends at offset {}, the state at {end}: the topic was cut, or is another than the state is of",
                    extent.partition, extent.end
                )));
            }
            folded.insert(source, FoldedPartition { extent, next: next.unwrap_or(0), end, first: None, records: 0 });
        }
        Ok(Source { zone: loaded.setup.settings.zone.clone(), partitions: folded })
    }

    /// What is to be read: all that is left, up to where the state is.
    pub fn stretches(&self) -> Vec<Stretch> {
        let stretch = |folded: &FoldedPartition| Stretch { partition: folded.extent.partition.clone(), from: folded.extent.first, end: folded.end };
        self.partitions.values().map(stretch).collect()
    }

    /// A record was read; whether it lies beyond what the state has of its partition but for figures.
    pub fn heard(&mut self, source: SourcePartition, record: kafka::Record<'_>) -> bool {
        let Some(folded) = self.partitions.get_mut(&source) else { return true };
        folded.first = folded.first.or(record.timestamp);
        let is_beyond = record.offset >= folded.next;
        folded.records += u64::from(!is_beyond);
        is_beyond
    }

    /// How far back the topics reach, and for people where they do not reach their beginning.
    pub fn reach(&self) -> (Reach, Vec<String>) {
        let (mut reach, mut lost) = (Reach::default(), Vec::new());
        for (source, FoldedPartition { extent, first, .. }) in self.partitions.iter().filter(|(_, folded)| folded.extent.first > 0) {
            reach.lost(source.topic.name(), *first, &self.zone);
            let since = first.map_or_else(|| "of the state's none is left".to_owned(), |first| format!("the oldest that is left is of {first}"));
            lost.push(format!("{}: the records before offset {} are gone; {since}", extent.partition, count(extent.first.unsigned_abs())));
        }
        (reach, lost)
    }

    /// How many records were counted, by topic.
    pub fn records(&self) -> BTreeMap<&'static str, u64> {
        let mut records = BTreeMap::new();
        for (source, folded) in &self.partitions {
            *records.entry(source.topic.name()).or_default() += folded.records;
        }
        records
    }
}

/// A record of Kafka as the reference reads it.
pub fn record(record: kafka::Record<'_>) -> Record<'_> {
    let headers = if record.has_headers() { record.headers().collect() } else { Vec::new() };
    Record { value: record.payload, timestamp: record.timestamp.map(|at| at.0), headers }
}

/// What is configured, for the reference to make its own of.
pub fn options(loaded: &Loaded) -> Options {
    let (settings, aliases) = (&loaded.setup.settings, &loaded.aliases);
    Options {
        time_zone: settings.zone.name().to_owned(),
        horizon_days: settings.horizon_days.into(),
        conversion_actions: settings.conversion_actions.iter().cloned().collect(),
        all_wins: settings.return_on == ReturnOn::AllWins,
        aliases: aliases.names.clone(),
        aliases_of: aliases.of_sources.clone(),
        of_platform: aliases.of_platforms.clone(),
        ..Options::default()
    }
}

/// The writers' schemas, by their texts.
pub fn schemas(loaded: &Loaded) -> Result<Schemas, Failure> {
    let mut schemas = Schemas::new(EventType::ALL.map(wire::embedded_schema)).map_err(Failure::failed)?;
    for (id, text) in wire::known_schemas() {
        schemas.insert_ours(id, text).map_err(Failure::failed)?;
    }
    for (id, text) in &loaded.schema_texts {
        let id = match id {
            wire::SchemaId::Number(number) => reference::SchemaId::Number(*number),
            wire::SchemaId::Guid(guid) => reference::SchemaId::Guid(*guid),
        };
        if text == JSON {
            schemas.insert_json(id);
        } else {
            schemas.insert(id, text).map_err(Failure::failed)?;
        }
    }
    Ok(schemas)
}
