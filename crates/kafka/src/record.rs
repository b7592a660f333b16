//! Records as they lie in librdkafka's memory, a batch at a time.

use std::{ops::Range, sync::Arc};

use model::Millis;

use crate::{
    Failure, Partition,
    native::{Consumer, RawHeaders, RawMessage},
};

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

/// Records of one partition that follow each other.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The partition.
    pub partition: &'a Partition,
    /// The partition's place in [`Lane::partitions`](crate::Lane::partitions).
    pub slot: usize,
    messages: &'a [RawMessage],
}

/// A record.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The partition it was read from.
    pub partition: &'a Partition,
    message: &'a RawMessage,
}

/// The headers of a record, in order; one whose name is not UTF-8 is left out.
#[derive(Clone)]
pub struct Headers<'a> {
    headers: Option<RawHeaders<'a>>,
    next: usize,
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

    /// The records by partition: what is decided by partition can be decided once for a run. A partition may have several runs.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.runs.iter().filter_map(|span| {
            let (partition, messages) = (self.partitions.get(span.slot)?, self.messages.get(span.range.clone())?);
            Some(Run { partition, slot: span.slot, messages })
        })
    }

    /// The records, those of a partition in the order of their offsets.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.runs().flat_map(Run::records)
    }

    /// What went wrong. After a final failure its partition brings no record any more.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl<'a> Run<'a> {
    /// How many records it has: at least one.
    #[expect(clippy::len_without_is_empty, reason = "a run is never empty")]
    pub fn len(self) -> usize {
        self.messages.len()
    }

    /// Its records, in the order of their offsets.
    pub fn records(self) -> impl ExactSizeIterator<Item = Record<'a>> + Clone {
        self.messages.iter().map(move |message| Record { partition: self.partition, message })
    }
}

impl<'a> Record<'a> {
    /// Its offset in the partition.
    pub fn offset(self) -> i64 {
        self.message.offset()
    }

    /// Its own timestamp: of the broker or of the publisher, as the topic is configured; none where it carries none.
    pub fn timestamp(self) -> Option<Millis> {
        self.message.timestamp().map(Millis)
    }

    /// Its value; none is a null value (an empty one is `Some`).
    pub fn payload(self) -> Option<&'a [u8]> {
        self.message.payload()
    }

    /// Its key, where it has one.
    pub fn key(self) -> Option<&'a [u8]> {
        self.message.key()
    }

    /// Whether it has headers; most records have none, and need not be asked for each.
    pub fn has_headers(self) -> bool {
        self.message.headers().is_some()
    }

    /// Its headers. They are parsed when first asked for.
    pub fn headers(self) -> Headers<'a> {
        Headers { headers: self.message.headers(), next: 0 }
    }

    /// The value of the first header of a name; none where there is no such header, or it has no value.
    pub fn header(self, name: &str) -> Option<&'a [u8]> {
        self.headers().find(|(found, _)| *found == name).and_then(|(_, value)| value)
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (name, value) = self.headers?.get(self.next)?;
            self.next += 1;
            if let Ok(name) = name.to_str() {
                return Some((name, value));
            }
        }
    }
}
