//! Topics, their partitions, and places in them.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// A partition of a topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Partition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number in its topic, from 0.
    pub number: i32,
}

/// The identity Kafka gives a topic at its creation: one that is deleted and made again has another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TopicId(pub u128);

/// A topic as the cluster knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its identity; none from brokers older than Kafka 2.8.
    pub id: Option<TopicId>,
    /// Its partitions, in order.
    pub partitions: Vec<Partition>,
    /// The broker that leads each, by its number; one that none leads at the moment can be neither read nor asked.
    pub leaders: BTreeMap<Partition, i32>,
    /// How many brokers keep each partition (the fewest of them).
    pub replication: usize,
}

/// Where the reading of a partition starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// At the oldest record that is kept.
    Beginning,
    /// At this offset: that of the next record to read.
    At(i64),
}

/// What a partition holds: the offsets in `first..end`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extent {
    /// The partition.
    pub partition: Partition,
    /// The offset of the oldest record that is kept.
    pub first: i64,
    /// The offset the next record will get.
    pub end: i64,
}

impl Extent {
    /// Whether the partition holds a record at this offset, or had one there that compaction took.
    pub fn holds(&self, offset: i64) -> bool {
        (self.first..self.end).contains(&offset)
    }
}

impl Partition {
    /// A partition by topic and number.
    pub fn new(topic: impl Into<Arc<str>>, number: i32) -> Partition {
        Partition { topic: topic.into(), number }
    }
}

impl fmt::Display for Partition {
    /// `topic/number`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.topic, self.number)
    }
}

impl fmt::Display for TopicId {
    /// As a UUID.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = [self.0 >> 96, self.0 >> 80 & 0xffff, self.0 >> 64 & 0xffff, self.0 >> 48 & 0xffff];
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:012x}", self.0 & 0xffff_ffff_ffff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_as_people_write_them() {
        assert_eq!(Partition::new("ad-spend", 3).to_string(), "ad-spend/3");
        assert_eq!(TopicId(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef).to_string(), "01234567-89ab-cdef-0123-456789abcdef");
    }
}
