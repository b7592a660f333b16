//! A record of Kafka as the engine's input.

use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::{Position, Record, SourcePartition};
use model::Millis;
use wire::{Decoder, Message};

use super::{
    failed::DECODER_PANICKED,
    worker::{Broken, Cause},
};

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
    let timestamp = record.timestamp();
    // Nothing lies ahead of a record that carries no time: the time of reading would make the state depend on it.
    let message = Message {
        payload: record.payload(),
        timestamp: timestamp.unwrap_or(Millis::LATEST),
        headers: record.has_headers().then_some(Headers(record)),
    };
    let event = decoder.decode(source.topic, &message);
    Record { at: Position { source, offset: record.offset() }, timestamp, event }
}

/// Records that are decoded and folded together: as many as the processor's caches hold.
const TOGETHER: usize = 256;

/// Decodes a run some records at a time, and hands them on with the records they were made of. A panic of the decoder is one of its
/// partition, after the records before it.
pub fn decoded_together<'a>(
    run: kafka::Run<'a>,
    source: SourcePartition,
    decoder: &'a Decoder,
    mut take: impl FnMut(&[kafka::Record<'a>], &[Record<'a>]) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut read = Vec::with_capacity(TOGETHER);
    let mut records = Vec::with_capacity(TOGETHER);
    let mut rest = run.records();
    loop {
        read.extend(rest.by_ref().take(TOGETHER));
        if read.is_empty() {
            return Ok(());
        }
        let mut decode = || read.iter().for_each(|read| records.push(decoded(*read, source, decoder)));
        // The decoder keeps nothing from record to record.
        let is_decoded = catch_unwind(AssertUnwindSafe(&mut decode)).is_ok();
        let whole = read.get(..records.len()).unwrap_or_default();
        take(whole, &records)?;
        if !is_decoded {
            let at = read.get(records.len()).map(|record| record.offset());
            return Err(Broken::Partition { slot: run.slot, cause: Cause { reason: DECODER_PANICKED, at } });
        }
        read.clear();
        records.clear();
    }
}
