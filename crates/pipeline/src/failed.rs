//! Partitions that are no longer read, each with its reason: said once, shown as long as the process lives.

use std::{fmt, sync::Arc};

use dashmap::DashMap;
use exporter::{Board, FailedPartition};
use source::Partition;
use tracing::error;

/// Bytes of a record's key that are told: enough to find it, not a place for whatever may stand there.
const KEY_AT_MOST: usize = 64;

/// A fold panicked in the middle of a record: of its state nothing is known.
pub const FOLD_PANICKED: &str = "fold_panicked";
/// The decoder panicked over a record, which is in no state then.
pub const DECODER_PANICKED: &str = "decoder_panicked";
/// The book, which is folded from all partitions of entities, is torn by a record of another one.
pub const BOOK_TORN: &str = "book_torn";

/// The failed partitions.
pub struct FailedPartitions {
    reasons: DashMap<Partition, &'static str>,
    board: Arc<Board>,
}

/// The record that a partition has failed at.
#[derive(Clone, Copy, Default)]
pub struct At<'a> {
    /// Its offset.
    pub offset: Option<i64>,
    /// Its key.
    pub key: Option<&'a [u8]>,
}

impl FailedPartitions {
    /// None yet; they are shown on a board.
    pub fn new(board: Arc<Board>) -> FailedPartitions {
        FailedPartitions { reasons: DashMap::new(), board }
    }

    /// Whether there is any.
    pub fn any(&self) -> bool {
        !self.reasons.is_empty()
    }

    /// Why a partition has failed, if it has.
    pub fn reason(&self, partition: &Partition) -> Option<&'static str> {
        self.reasons.get(partition).map(|reason| *reason)
    }

    /// A partition is no longer read: said and shown, with the first reason only.
    pub fn note(&self, partition: &Partition, reason: &'static str, detail: &impl fmt::Display) {
        if self.reasons.insert(partition.clone(), reason).is_some() {
            return;
        }
        let detail = detail.to_string();
        let told = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
        error!("{partition}: {reason}{told}: it is not read any more, and no KPIs are shown, since they would lack it");
        let failed = FailedPartition { topic: partition.topic.to_string(), partition: partition.number, reason, detail };
        self.board.fail_partition(failed);
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(offset) = self.offset else { return Ok(()) };
        write!(f, "offset {offset}")?;
        let Some(key) = self.key else { return Ok(()) };
        let (told, more) = match key.get(..KEY_AT_MOST) {
            Some(start) if key.len() > KEY_AT_MOST => (start, "..."),
            _ => (key, ""),
        };
        write!(f, ", key \"{}{more}\"", told.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_escaped_and_no_longer_than_it_needs() {
        let told = |key: &[u8]| At { offset: Some(7), key: Some(key) }.to_string();
        assert_eq!(told(b"D-1\n"), "offset 7, key \"D-1\\n\"");
        assert_eq!(told(&[b'x'; 65]), format!("offset 7, key \"{}...\"", "x".repeat(64)));
        assert_eq!(At { offset: Some(7), key: None }.to_string(), "offset 7");
        assert_eq!(At::default().to_string(), "");
    }
}
