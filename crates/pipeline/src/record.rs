//! A record of Kafka as the engine's input.

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{Position, Record, SourcePartition};
use model::{Foldable, Millis};
use wire::{Decoder, Message};

use crate::{
    failed::DECODER_PANICKED,
    fold::{Broken, Cause},
};

/// A record's headers, as `wire` asks for them.
#[derive(Clone, Copy)]
struct Headers<'a>(source::Record<'a>);

impl<'a> wire::Headers<'a> for Headers<'a> {
    fn each(&self, mut tell: impl FnMut(&str, Option<&'a [u8]>)) {
        self.0.headers().for_each(|(name, value)| tell(name, value));
    }
}

/// Decodes a record of a source partition: one event of the engine's, or those of a batch, all at the record's position.
pub fn decode<'a, E: Foldable<'a>>(record: source::Record<'a>, source: SourcePartition, decoder: &'a Decoder, out: &mut Vec<Record<E>>) {
    let timestamp = record.timestamp;
    // Nothing lies ahead of a record that carries no time: the time of reading would make the state depend on it.
    let message =
        Message { payload: record.payload, timestamp: timestamp.unwrap_or(Millis::LATEST), headers: record.has_headers().then_some(Headers(record)) };
    let at = Position { source, offset: record.offset };
    decoder.each(source.topic, &message, |event| out.push(Record { at, timestamp, event }.read(decoder.zone())));
}

/// Events that are decoded and folded together, but for the rest of a batch: as many as the processor's caches hold.
const TOGETHER: usize = 256;

/// Decodes a run some events at a time, and hands them on with the records they were made of. The events of a record stay together. A panic
/// of the decoder is one of its partition, after the records before it.
pub fn decoded_together<'a, E: Foldable<'a>, W: From<Broken>>(
    run: source::Run<'a>,
    source: SourcePartition,
    decoder: &'a Decoder,
    mut take: impl FnMut(&[source::Record<'a>], &[Record<E>]) -> Result<(), W>,
) -> Result<(), W> {
    let mut read = Vec::with_capacity(TOGETHER);
    let mut events = Vec::with_capacity(TOGETHER);
    let mut rest = run.records().peekable();
    while rest.peek().is_some() {
        let mut whole = 0;
        // The decoder keeps nothing from record to record.
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            while events.len() < TOGETHER
                && let Some(record) = rest.peek()
            {
                decode(*record, source, decoder, &mut events);
                whole = events.len();
                read.extend(rest.next());
            }
        }));
        events.truncate(whole);
        take(&read, &events)?;
        if decoded.is_err() {
            let at = rest.peek().map(|record| record.offset);
            return Err(Broken::Partition { slot: run.slot, cause: Cause { reason: DECODER_PANICKED, at } }.into());
        }
        read.clear();
        events.clear();
    }
    Ok(())
}
