//! A thread of interactions: one state a source partition.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc::SyncSender},
};

use engine::{DedupLimits, Effect, Input, SourcePartition, Stream};
use kafka::Run;
use model::{EventType, Millis, Settings};
use panes::pieces::Piece;

use super::{Shared, entities::Figure, record::decoded_together, view::View, worker::Fold};
use crate::{commands::now, failure::Failure};

/// The streams of a thread.
pub struct Interactions {
    settings: Arc<Settings>,
    limits: DedupLimits,
    slots: Vec<Slot>,
    /// Streams of a snapshot that wait for their partition.
    restored: BTreeMap<SourcePartition, Stream>,
    /// To the book; gone once nothing more is read.
    figures: Option<SyncSender<Figure>>,
    figures_passed: i64,
    effects: Vec<Effect>,
}

struct Slot {
    source: SourcePartition,
    stream: Stream,
}

impl Interactions {
    /// Streams to go on with; figures of days go to the book.
    pub fn new(
        settings: Arc<Settings>,
        limits: DedupLimits,
        restored: BTreeMap<SourcePartition, Stream>,
        figures: SyncSender<Figure>,
    ) -> Interactions {
        Interactions { settings, limits, slots: Vec::new(), restored, figures: Some(figures), figures_passed: 0, effects: Vec::new() }
    }
}

impl Fold for Interactions {
    fn add(&mut self, source: SourcePartition) {
        let new = || Stream::new(Arc::clone(&self.settings), engine::keep_at(now(), &self.settings), self.limits);
        let stream = self.restored.remove(&source).unwrap_or_else(new);
        self.slots.push(Slot { source, stream });
    }

    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Failure> {
        let Some(slot) = self.slots.get_mut(run.slot) else { return Ok(()) };
        decoded_together(run, slot.source, &shared.decoder, |read, records| {
            slot.stream.handle(Input::Records(records), &mut self.effects);
            for effect in self.effects.drain(..) {
                match effect {
                    Effect::DeadLetter(at, rejection) => shared.dead_letters.send_one_of(read, at, &rejection)?,
                    Effect::Figure(at, figure) => {
                        self.figures_passed += 1;
                        let sent = self.figures.as_ref().is_some_and(|figures| figures.send((at, figure)).is_ok());
                        sent.then_some(()).ok_or_else(|| Failure::failed("the book's thread has ended"))?;
                    }
                }
            }
            Ok(())
        })
    }

    fn finish(&mut self) {
        self.figures = None;
    }

    fn next(&self, source: SourcePartition) -> Option<i64> {
        self.slots.iter().find(|slot| slot.source == source)?.stream.offsets().next(source)
    }

    fn capture(&self, out: &mut Vec<Piece>) {
        self.slots.iter().for_each(|Slot { source, stream }| stream.capture(&family(*source), out));
    }

    fn tick(&mut self, now: Millis) {
        for slot in &mut self.slots {
            slot.stream.handle(Input::Tick { now }, &mut self.effects);
        }
        self.effects.clear();
    }

    fn view(&self) -> View {
        let mut view = View { figures_passed: self.figures_passed, ..View::default() };
        for Slot { source, stream } in &self.slots {
            view.panes.push(stream.panes().clone());
            *view.counts.entry(source.topic).or_default() += *stream.counts();
            view.sources.entry(source.topic).or_default().add(stream.sources());
            if let Some(span) = stream.dedup().span_ms() {
                least(&mut view.dedup_span_ms, source.topic, span);
            }
        }
        view
    }
}

/// The family of pieces of a partition's stream.
pub fn family(source: SourcePartition) -> String {
    format!("{}/{}", source.topic.name(), source.partition)
}

/// Keeps the least of the spans of a topic.
pub fn least(spans: &mut BTreeMap<EventType, i64>, topic: EventType, span: i64) {
    spans.entry(topic).and_modify(|least| *least = span.min(*least)).or_insert(span);
}
