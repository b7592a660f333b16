//! Stretches of the topics read once, outside of a running pipeline.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use source::{Partition, Reader, Record, Start};

use crate::Failure;

/// Records of a batch at most.
const BATCH: usize = 2000;
/// How long a read waits for its first record.
const WAIT: Duration = Duration::from_millis(200);
/// How long a partition may give nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// The offsets of a partition that are to be read: `from..end`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The partition.
    pub partition: Partition,
    /// The first.
    pub from: i64,
    /// The first that is not read any more.
    pub end: i64,
}

/// Reads stretches; `take` is given some records of one partition at a time, each partition's in order.
pub fn read(reader: &dyn Reader, stretches: &[Stretch], mut take: impl FnMut(&Partition, &[Record<'_>])) -> Result<(), Failure> {
    let wanted = || stretches.iter().filter(|stretch| stretch.from < stretch.end);
    let starts: Vec<(Partition, Start)> = wanted().map(|stretch| (stretch.partition.clone(), Start::At(stretch.from))).collect();
    let mut left: BTreeMap<Partition, i64> = wanted().map(|stretch| (stretch.partition.clone(), stretch.end)).collect();
    let mut lane = reader.lane(&starts)?;
    let mut heard = Instant::now();
    while !left.is_empty() {
        let batch = lane.read(BATCH, WAIT);
        if let Some(failure) = batch.failures().iter().find(|failure| failure.kind.is_final()) {
            return Err(Failure::failed(failure));
        }
        for run in batch.runs() {
            if let Some(end) = left.get(run.partition) {
                let records: Vec<Record<'_>> = run.records().take_while(|record| record.offset < *end).collect();
                take(run.partition, &records);
            }
        }
        if !batch.is_empty() {
            heard = Instant::now();
        } else if heard.elapsed() > PATIENCE {
            let first = left.keys().next().map(Partition::to_string).unwrap_or_default();
            return Err(Failure::failed(format_args!("{first}: the broker gives no records up to the offset that is asked for; try again")));
        }
        let positions: BTreeMap<Partition, i64> =
            lane.partitions().iter().cloned().zip(lane.positions()?).filter_map(|(partition, next)| Some((partition, next?))).collect();
        left.retain(|partition, end| positions.get(partition).is_none_or(|next| next < end));
    }
    Ok(())
}
