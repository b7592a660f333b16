//! The state at given offsets, outside of a running pipeline: a snapshot, and what the topics have after it.

use std::{collections::BTreeMap, sync::Arc};

use engine::{Book, Effect, Input, SharedVisitors, SourcePartition, Stream};
use model::{Foldable, Millis};
use source::{Extent, Partition, Reader};
use wire::Decoder;

use crate::{
    Failure, Setup,
    record::decode,
    replay::{self, Stretch},
    shared::is_entity,
    snapshots::Restored,
};

/// A book and the streams of all partitions.
pub struct State<'a> {
    setup: &'a Setup,
    book: Book,
    streams: BTreeMap<SourcePartition, Stream>,
    visitors: SharedVisitors,
    effects: Vec<Effect>,
}

impl<'a> State<'a> {
    /// A restored state, or an empty one.
    pub fn new(setup: &'a Setup, restored: Restored, now: Millis) -> State<'a> {
        let settings = Arc::new(setup.settings.clone());
        let book = restored.book.unwrap_or_else(|| Book::new(Arc::clone(&settings), engine::keep_at(now, &settings)));
        let visitors = restored.visitors.unwrap_or_else(|| SharedVisitors::new(engine::keep_at(now, &settings)));
        State { setup, book, streams: restored.streams, visitors, effects: Vec::new() }
    }

    /// Reads and folds what lies between the state and these ends.
    pub fn read_to(&mut self, reader: &dyn Reader, extents: &[Extent], now: Millis) -> Result<(), Failure> {
        let stretch = |extent: &Extent| {
            let next = source(self.setup, &extent.partition).and_then(|source| self.next(source));
            Stretch { partition: extent.partition.clone(), from: next.unwrap_or(extent.first), end: extent.end }
        };
        let stretches: Vec<Stretch> = extents.iter().map(stretch).collect();
        let decoder = Decoder::new(self.setup.settings.zone.clone(), self.setup.schemas.clone());
        replay::read(reader, &stretches, |partition, records| {
            if let Some(source) = source(self.setup, partition) {
                for record in records {
                    self.fold(*record, source, &decoder, now);
                }
                self.streams.get_mut(&source).into_iter().for_each(|stream| stream.hand_over(&mut self.visitors));
            }
        })
    }

    /// Folds a record by itself: a batch may be of many events.
    fn fold(&mut self, record: source::Record<'_>, source: SourcePartition, decoder: &Decoder, now: Millis) {
        if is_entity(source.topic) {
            self.book.handle(Input::Records(&decoded(record, source, decoder)), &mut self.effects);
        } else {
            let settings = &self.setup.settings;
            let new = || Stream::new(Arc::new(settings.clone()), engine::keep_at(now, settings), self.setup.dedup);
            let stream = self.streams.entry(source).or_insert_with(new);
            stream.handle(Input::Records(&decoded(record, source, decoder)), &mut self.effects);
        }
        for effect in self.effects.drain(..) {
            if let Effect::PassOn(at, facts) = effect {
                self.book.take_passed(at, &facts);
            }
        }
    }

    /// The state as text, with the floors of an instant.
    pub fn dump(&mut self, now: Millis) -> String {
        self.settle(now);
        engine::dump(&self.book, self.streams(), &self.visitors)
    }

    /// Forgets what lies below the floors of an instant.
    pub fn settle(&mut self, now: Millis) {
        self.book.settle(now);
        self.visitors.tick(now, &self.setup.settings);
        for stream in self.streams.values_mut() {
            stream.handle(Input::Tick { now }, &mut self.effects);
        }
    }

    /// The entities.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The interactions, by partition in order.
    pub fn streams(&self) -> impl Iterator<Item = (SourcePartition, &Stream)> {
        self.streams.iter().map(|(source, stream)| (*source, stream))
    }

    /// The visitors of all partitions.
    pub fn visitors(&self) -> &SharedVisitors {
        &self.visitors
    }

    /// Whether nothing of a partition is folded yet.
    pub fn begins(&self, partition: &Partition) -> bool {
        source(self.setup, partition).and_then(|source| self.next(source)).is_none()
    }

    /// How far a partition is folded.
    pub fn next(&self, source: SourcePartition) -> Option<i64> {
        if is_entity(source.topic) { self.book.offsets().next(source) } else { self.streams.get(&source)?.offsets().next(source) }
    }
}

fn decoded<'a, E: Foldable<'a>>(record: source::Record<'a>, source: SourcePartition, decoder: &'a Decoder) -> Vec<engine::Record<E>> {
    let mut events = Vec::new();
    decode(record, source, decoder, &mut events);
    events
}

/// A partition by the type of its topic's events.
pub fn source(setup: &Setup, partition: &Partition) -> Option<SourcePartition> {
    let topic = setup.topics.type_of(&partition.topic)?;
    Some(SourcePartition { topic, partition: partition.number })
}
