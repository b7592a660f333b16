//! A record of Kafka as the engine's input.

use std::collections::BTreeMap;

use engine::{Position, Record, SourcePartition};
use model::Millis;
use wire::{Decoder, Message};

use crate::{commands::now, failure::Failure};

/// Publishing systems of a topic that are told apart; more would only be folded together again.
const SOURCES: usize = exporter::SOURCES_AT_MOST;

/// A record's headers, as `wire` asks for them.
#[derive(Clone, Copy)]
struct Headers<'a>(kafka::Record<'a>);

impl<'a> wire::Headers<'a> for Headers<'a> {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.0.header(name)
    }
}

/// Decodes a record of a source partition.
fn decoded<'a>(record: kafka::Record<'a>, source: SourcePartition, decoder: &'a Decoder) -> Record<'a> {
    // Only records of Kafka before 0.10 carry no time; for them it is that of reading.
    let timestamp = record.timestamp().unwrap_or_else(now);
    let message = Message { payload: record.payload(), timestamp, headers: record.has_headers().then_some(Headers(record)) };
    let event = decoder.decode(source.topic, &message);
    Record { at: Position { source, offset: record.offset() }, timestamp, event }
}

/// Records that are decoded and folded together: as many as the processor's caches hold.
const TOGETHER: usize = 256;

/// Decodes a run some records at a time, and hands them on with the records they were made of.
pub fn decoded_together<'a>(
    run: kafka::Run<'a>,
    source: SourcePartition,
    decoder: &'a Decoder,
    mut take: impl FnMut(&[kafka::Record<'a>], &[Record<'a>]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut read = Vec::with_capacity(TOGETHER);
    let mut records = Vec::with_capacity(TOGETHER);
    let mut rest = run.records();
    loop {
        read.extend(rest.by_ref().take(TOGETHER));
        if read.is_empty() {
            return Ok(());
        }
        records.extend(read.iter().map(|read| decoded(*read, source, decoder)));
        take(&read, &records)?;
        read.clear();
        records.clear();
    }
}

/// Of each publishing system of a topic, the time of its newest record.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, Millis>);

impl Sources {
    /// Takes note of records. One after the other they mostly come from the same system.
    pub fn note(&mut self, records: &[Record<'_>]) {
        for same in records.chunk_by(|a, b| publisher(a) == publisher(b)) {
            let newest = same.iter().map(|record| record.timestamp).max();
            if let (Some(name), Some(newest)) = (same.first().and_then(publisher), newest) {
                self.note_one(name, newest);
            }
        }
    }

    fn note_one(&mut self, name: &str, at: Millis) {
        if let Some(newest) = self.0.get_mut(name) {
            *newest = at.max(*newest);
        } else if self.0.len() < SOURCES {
            self.0.insert(name.to_owned(), at);
        }
    }

    /// Adds another partition's.
    pub fn add(&mut self, other: &Sources) {
        for (name, at) in &other.0 {
            let newest = self.0.entry(name.clone()).or_insert(*at);
            *newest = (*newest).max(*at);
        }
    }

    /// All, by name.
    pub fn all(&self) -> impl Iterator<Item = (String, Millis)> {
        self.0.iter().map(|(name, at)| (name.clone(), *at))
    }
}

/// The publishing system of a record that is not refused.
fn publisher<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    record.event.as_ref().ok().map(|event| &*event.head().source)
}
