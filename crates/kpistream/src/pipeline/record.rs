//! A record of Kafka as the engine's input.

use engine::{Position, Record, SourcePartition};
use model::Millis;
use wire::{Decoder, Message};

use crate::failure::Failure;

/// A record's headers, as `wire` asks for them.
#[derive(Clone, Copy)]
struct Headers<'a>(kafka::Record<'a>);

impl<'a> wire::Headers<'a> for Headers<'a> {
    fn each(&self, mut tell: impl FnMut(&str, Option<&'a [u8]>)) {
        self.0.headers().for_each(|(name, value)| tell(name, value));
    }
}

/// Decodes a record of a source partition: one event of the engine's, or those of a batch, all at the record's position.
pub fn decode<'a>(record: kafka::Record<'a>, source: SourcePartition, decoder: &'a Decoder, out: &mut Vec<Record<'a>>) {
    let timestamp = record.timestamp();
    // Nothing lies ahead of a record that carries no time: the time of reading would make the state depend on it.
    let message = Message {
        payload: record.payload(),
        timestamp: timestamp.unwrap_or(Millis::LATEST),
        headers: record.has_headers().then_some(Headers(record)),
    };
    let at = Position { source, offset: record.offset() };
    decoder.each(source.topic, &message, |event| out.push(Record { at, timestamp, event }));
}

/// Events that are decoded and folded together, but for the rest of a batch: as many as the processor's caches hold.
const TOGETHER: usize = 256;

/// Decodes a run some events at a time, and hands them on with the records they were made of. The events of a record stay together.
pub fn decoded_together<'a>(
    run: kafka::Run<'a>,
    source: SourcePartition,
    decoder: &'a Decoder,
    mut take: impl FnMut(&[kafka::Record<'a>], &[Record<'a>]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut read = Vec::with_capacity(TOGETHER);
    let mut events = Vec::with_capacity(TOGETHER);
    let mut rest = run.records().peekable();
    while let Some(record) = rest.next() {
        decode(record, source, decoder, &mut events);
        read.push(record);
        if events.len() >= TOGETHER || rest.peek().is_none() {
            take(&read, &events)?;
            read.clear();
            events.clear();
        }
    }
    Ok(())
}
