//! How far each partition is folded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Position, Record, SourcePartition};

/// The offset vector of a state: by partition the offset up to which, itself excluded, all records are in the state.
///
/// It is part of the state and moves with it. So the two are always of one moment, and a record that is read twice is folded once.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Offsets(BTreeMap<SourcePartition, i64>);

impl Offsets {
    /// The offset of the next record of a partition; none where nothing is folded yet.
    pub fn next(&self, source: SourcePartition) -> Option<i64> {
        self.0.get(&source).copied()
    }

    /// All partitions, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SourcePartition, i64)> {
        self.0.iter().map(|(source, next)| (*source, *next))
    }

    /// Passes a position; false where that was done before.
    pub(crate) fn pass(&mut self, at: Position) -> bool {
        let next = self.0.entry(at.source).or_insert(i64::MIN);
        let is_new = at.offset >= *next;
        if is_new {
            *next = at.offset + 1;
        }
        is_new
    }

    /// Passes records that are of one partition and in order, and gives those of them that were not passed before.
    pub(crate) fn pass_all<'a, E>(&mut self, records: &'a [Record<E>]) -> &'a [Record<E>] {
        let Some(last) = records.last() else { return records };
        let next = self.0.entry(last.at.source).or_insert(i64::MIN);
        let known = records.partition_point(|record| record.at.offset < *next);
        *next = (last.at.offset + 1).max(*next);
        records.get(known..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use model::{EventType, Reason, Rejection};

    use super::*;

    const SOURCE: SourcePartition = SourcePartition { topic: EventType::WebVisit, partition: 3 };

    fn records(offsets: std::ops::Range<i64>) -> Vec<Record<()>> {
        let refused = || Err(Rejection::new(Reason::Undecodable, "a test's"));
        offsets.map(|offset| Record { at: Position { source: SOURCE, offset }, timestamp: None, event: refused() }).collect()
    }

    #[test]
    fn what_was_passed_is_not_passed_again() {
        let mut offsets = Offsets::default();
        assert_eq!(offsets.pass_all(&records(5..10)).len(), 5);
        assert_eq!(offsets.pass_all(&records(5..10)).len(), 0);
        assert_eq!(offsets.pass_all(&records(0..12)), records(10..12));
        assert_eq!((offsets.next(SOURCE), offsets.iter().count()), (Some(12), 1));
        assert!(!offsets.pass(Position { source: SOURCE, offset: 11 }) && offsets.pass(Position { source: SOURCE, offset: 20 }));
        assert_eq!(offsets.pass_all(&records(12..22)), records(21..22), "an offset that was jumped over never comes");
    }
}
