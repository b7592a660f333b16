//! A record of Kafka as the engine's input.

use std::collections::BTreeMap;

use engine::{Position, Record, SourcePartition};
use model::Millis;
use wire::{Decoder, Message};

use crate::commands::now;

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
pub fn decoded<'a>(record: kafka::Record<'a>, source: SourcePartition, decoder: &'a Decoder) -> Record<'a> {
    // Only records of Kafka before 0.10 carry no time; for them it is that of reading.
    let timestamp = record.timestamp().unwrap_or_else(now);
    let message = Message { payload: record.payload(), timestamp, headers: record.has_headers().then_some(Headers(record)) };
    let event = decoder.decode(source.topic, &message);
    Record { at: Position { source, offset: record.offset() }, timestamp, event }
}

/// Of each publishing system of a topic, the time of its newest record.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, Millis>);

impl Sources {
    /// Takes note of a record.
    pub fn note(&mut self, record: &Record<'_>) {
        let Ok(event) = &record.event else { return };
        let name: &str = &event.head().source;
        if let Some(newest) = self.0.get_mut(name) {
            *newest = record.timestamp.max(*newest);
        } else if self.0.len() < SOURCES {
            self.0.insert(name.to_owned(), record.timestamp);
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
