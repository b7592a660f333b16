//! Records as they lie in a source's memory, a batch at a time.

use std::ops::Range;

use model::Millis;

use crate::{Failure, Partition};

/// What one read brought: records, and what went wrong with partitions. Owns the memory that its records borrow.
pub trait Batch {
    /// How many records it has.
    fn len(&self) -> usize;

    /// How many runs they are.
    fn run_count(&self) -> usize;

    /// A run by its number: its partition, the partition's slot in the lane, and which of the records it has.
    fn span(&self, run: usize) -> Option<(&Partition, usize, Range<usize>)>;

    /// A record by its number, which is of this partition.
    fn record<'a>(&'a self, number: usize, partition: &'a Partition) -> Option<Record<'a>>;

    /// What went wrong. After a final failure its partition brings no record any more.
    fn failures(&self) -> &[Failure];

    /// Whether it has no record; it may have failures still.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'b> dyn Batch + 'b {
    /// The records by partition: what is decided by partition can be decided once for a run. A partition may have several runs.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        (0..self.run_count()).filter_map(|run| {
            let (partition, slot, range) = self.span(run)?;
            Some(Run { partition, slot, batch: self, range: (range.start, range.end) })
        })
    }

    /// The records, those of a partition in the order of their offsets.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.runs().flat_map(Run::records)
    }
}

/// Records of one partition that follow each other; at least one.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The partition.
    pub partition: &'a Partition,
    /// The partition's place in [`Lane::partitions`](crate::Lane::partitions).
    pub slot: usize,
    batch: &'a (dyn Batch + 'a),
    range: (usize, usize),
}

impl<'a> Run<'a> {
    /// How many records it has.
    #[expect(clippy::len_without_is_empty, reason = "a run is never empty")]
    pub fn len(self) -> usize {
        self.range.1 - self.range.0
    }

    /// Its records, in the order of their offsets.
    pub fn records(self) -> impl Iterator<Item = Record<'a>> + Clone {
        (self.range.0..self.range.1).filter_map(move |number| self.batch.record(number, self.partition))
    }
}

/// A record.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// The partition it was read from.
    pub partition: &'a Partition,
    /// Its offset there.
    pub offset: i64,
    /// Its own timestamp: of the broker or of the publisher, as the topic is configured; none where it carries none.
    pub timestamp: Option<Millis>,
    /// Its key, where it has one.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a null value (an empty one is `Some`).
    pub payload: Option<&'a [u8]>,
    /// Its headers; none where it has none, as most have.
    pub headers: Option<&'a dyn HeaderList>,
}

/// The headers of a record, by their place.
pub trait HeaderList {
    /// Name and value of the header at a place; a name that is not UTF-8 is none.
    fn at(&self, place: usize) -> Option<(Option<&str>, Option<&[u8]>)>;
}

impl<'a> Record<'a> {
    /// Whether it has headers; most records have none, and need not be asked for each.
    pub fn has_headers(self) -> bool {
        self.headers.is_some()
    }

    /// Its headers, in order.
    pub fn headers(self) -> Headers<'a> {
        Headers { list: self.headers, next: 0 }
    }

    /// The value of the first header of a name; none where there is no such header, or it has no value.
    pub fn header(self, name: &str) -> Option<&'a [u8]> {
        self.headers().find(|(found, _)| *found == name).and_then(|(_, value)| value)
    }
}

/// The headers of a record, in order; one whose name is not UTF-8 is left out.
#[derive(Clone)]
pub struct Headers<'a> {
    list: Option<&'a dyn HeaderList>,
    next: usize,
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (name, value) = self.list?.at(self.next)?;
            self.next += 1;
            if let Some(name) = name {
                return Some((name, value));
            }
        }
    }
}
