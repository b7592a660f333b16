//! Records as they lie in librdkafka's memory, a batch at a time.

use std::{ops::Range, sync::Arc};

use model::Millis;
use source::{Failure, HeaderList, Partition, Record, Run};

use crate::native::{Consumer, RawMessage};

/// What one read brought: records, and what went wrong with partitions. Owns the memory that its records borrow.
///
/// A batch may be sent to another thread, but not shared between two.
pub struct Batch {
    messages: Vec<RawMessage>,
    runs: Vec<Span>,
    partitions: Arc<[Partition]>,
    failures: Vec<Failure>,
    // Last, so dropped last: the messages are the client's.
    _client: Arc<Consumer>,
}

/// A run as indices: the partition's slot in its lane, and where the run lies in the messages.
pub(crate) struct Span {
    pub(crate) slot: usize,
    pub(crate) range: Range<usize>,
}

impl Batch {
    pub(crate) fn new(
        messages: Vec<RawMessage>,
        runs: Vec<Span>,
        partitions: Arc<[Partition]>,
        failures: Vec<Failure>,
        client: Arc<Consumer>,
    ) -> Batch {
        Batch { messages, runs, partitions, failures, _client: client }
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether it has no record; it may have failures still.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// What went wrong. After a final failure its partition brings no record any more.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The records by partition. A partition may have several runs.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        (self as &dyn source::Batch).runs()
    }

    /// The records, those of a partition in the order of their offsets.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        (self as &dyn source::Batch).records()
    }
}

impl source::Batch for Batch {
    fn len(&self) -> usize {
        self.messages.len()
    }

    fn run_count(&self) -> usize {
        self.runs.len()
    }

    fn span(&self, run: usize) -> Option<(&Partition, usize, Range<usize>)> {
        let span = self.runs.get(run)?;
        Some((self.partitions.get(span.slot)?, span.slot, span.range.clone()))
    }

    fn record<'a>(&'a self, number: usize, partition: &'a Partition) -> Option<Record<'a>> {
        let message = self.messages.get(number)?;
        Some(Record {
            partition,
            offset: message.offset(),
            timestamp: message.timestamp().map(Millis),
            key: message.key(),
            payload: message.payload(),
            headers: message.headers().is_some().then_some(message as &dyn HeaderList),
        })
    }

    fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl HeaderList for RawMessage {
    fn at(&self, place: usize) -> Option<(Option<&str>, Option<&[u8]>)> {
        let (name, value) = self.headers()?.get(place)?;
        Some((name.to_str().ok(), value))
    }
}
