//! The state at given offsets, outside of a running pipeline: a snapshot, and what the topics have after it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use engine::{Book, Effect, Input, SourcePartition, Stream};
use kafka::{Extent, Partition, Reader, Start};
use model::{EventType, Millis};
use wire::Decoder;

use super::{is_entity, record::decoded, snapshots::Restored};
use crate::{config::Loaded, failure::Failure};

/// Records of a batch at most.
const BATCH: usize = 2000;
/// How long a read waits for its first record.
const WAIT: Duration = Duration::from_millis(200);
/// How long a partition may give nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// A book and the streams of all partitions.
pub struct State<'a> {
    loaded: &'a Loaded,
    book: Book,
    streams: BTreeMap<SourcePartition, Stream>,
    effects: Vec<Effect>,
}

impl<'a> State<'a> {
    /// A restored state, or an empty one.
    pub fn new(loaded: &'a Loaded, restored: Restored, now: Millis) -> State<'a> {
        let settings = Arc::new(loaded.settings.clone());
        let book = restored.book.unwrap_or_else(|| Book::new(Arc::clone(&settings), engine::keep_at(now, &settings)));
        State { loaded, book, streams: restored.streams, effects: Vec::new() }
    }

    /// Reads and folds what lies between the state and these ends.
    pub fn read_to(&mut self, reader: &Reader, extents: &[Extent], now: Millis) -> Result<(), Failure> {
        let mut left: BTreeMap<Partition, i64> = BTreeMap::new();
        let mut starts = Vec::new();
        for Extent { partition, first, end } in extents {
            let next = self.source(partition).and_then(|source| self.next(source));
            if next.unwrap_or(*first) < *end {
                starts.push((partition.clone(), Start::At(next.unwrap_or(*first))));
                left.insert(partition.clone(), *end);
            }
        }
        let decoder = Decoder::new(self.loaded.settings.zone.clone(), self.loaded.schemas.clone());
        let mut lane = reader.lane(&starts)?;
        let mut heard = Instant::now();
        while !left.is_empty() {
            let batch = lane.read(BATCH, WAIT);
            if let Some(failure) = batch.failures().iter().find(|failure| failure.kind.is_final()) {
                return Err(Failure::failed(failure));
            }
            for run in batch.runs() {
                let Some(partition) = lane.partitions().get(run.slot).cloned() else { continue };
                let (Some(source), Some(end)) = (self.source(&partition), left.get(&partition).copied()) else { continue };
                let records: Vec<_> = run.records().filter(|record| record.offset() < end).map(|record| decoded(record, source, &decoder)).collect();
                self.fold(source, &records, now);
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

    fn fold(&mut self, source: SourcePartition, records: &[engine::Record<'_>], now: Millis) {
        if is_entity(source.topic) {
            self.book.handle(Input::Records(records), &mut self.effects);
        } else {
            let settings = &self.loaded.settings;
            let new = || Stream::new(Arc::new(settings.clone()), engine::keep_at(now, settings), self.loaded.dedup);
            self.streams.entry(source).or_insert_with(new).handle(Input::Records(records), &mut self.effects);
        }
        for effect in std::mem::take(&mut self.effects) {
            if let Effect::Figure(at, figure) = effect {
                self.book.handle(Input::Figure(at, figure), &mut self.effects);
            }
        }
        self.effects.clear();
    }

    /// The state as text, with the floors of an instant.
    pub fn dump(&mut self, now: Millis) -> String {
        self.book.settle(now);
        for stream in self.streams.values_mut() {
            stream.handle(Input::Tick { now }, &mut self.effects);
        }
        engine::dump(&self.book, self.streams.iter().map(|(source, stream)| (*source, stream)))
    }

    /// Whether nothing of a partition is folded yet.
    pub fn begins(&self, partition: &Partition) -> bool {
        self.source(partition).and_then(|source| self.next(source)).is_none()
    }

    /// How far a partition is folded.
    pub fn next(&self, source: SourcePartition) -> Option<i64> {
        if is_entity(source.topic) { self.book.offsets().next(source) } else { self.streams.get(&source)?.offsets().next(source) }
    }

    fn source(&self, partition: &Partition) -> Option<SourcePartition> {
        let topic = EventType::ALL.into_iter().find(|of| *self.loaded.topics.of(*of) == *partition.topic)?;
        Some(SourcePartition { topic, partition: partition.number })
    }
}
