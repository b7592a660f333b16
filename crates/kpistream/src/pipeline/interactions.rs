//! A thread of interactions: one state a source partition.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc::SyncSender},
};

use engine::{DedupLimits, Effect, Input, SourcePartition, Stream};
use kafka::Run;
use model::{EventType, Millis, Settings};

use super::{
    Shared,
    entities::Figure,
    record::{Sources, decoded_together},
    view::View,
    worker::Fold,
};
use crate::{commands::now, failure::Failure};

/// The streams of a thread.
pub struct Interactions {
    settings: Arc<Settings>,
    limits: DedupLimits,
    slots: Vec<Slot>,
    figures: SyncSender<Figure>,
    figures_passed: i64,
    effects: Vec<Effect>,
}

struct Slot {
    source: SourcePartition,
    stream: Stream,
    sources: Sources,
}

impl Interactions {
    /// No streams yet; figures of days go to the book.
    pub fn new(settings: Arc<Settings>, limits: DedupLimits, figures: SyncSender<Figure>) -> Interactions {
        Interactions { settings, limits, slots: Vec::new(), figures, figures_passed: 0, effects: Vec::new() }
    }
}

impl Fold for Interactions {
    fn add(&mut self, source: SourcePartition) {
        let keep = engine::keep_at(now(), &self.settings);
        let stream = Stream::new(Arc::clone(&self.settings), keep, self.limits);
        self.slots.push(Slot { source, stream, sources: Sources::default() });
    }

    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Failure> {
        let Some(slot) = self.slots.get_mut(run.slot) else { return Ok(()) };
        decoded_together(run, slot.source, &shared.decoder, |read, records| {
            slot.sources.note(records);
            slot.stream.handle(Input::Records(records), &mut self.effects);
            for effect in self.effects.drain(..) {
                match effect {
                    Effect::DeadLetter(at, rejection) => shared.dead_letters.send_one_of(read, at, &rejection)?,
                    Effect::Figure(at, figure) => {
                        self.figures_passed += 1;
                        self.figures.send((at, figure)).map_err(|_| Failure::failed("the book's thread has ended"))?;
                    }
                }
            }
            Ok(())
        })
    }

    fn tick(&mut self, now: Millis) {
        for slot in &mut self.slots {
            slot.stream.handle(Input::Tick { now }, &mut self.effects);
        }
        self.effects.clear();
    }

    fn view(&self) -> View {
        let mut view = View { figures_passed: self.figures_passed, ..View::default() };
        for Slot { source, stream, sources } in &self.slots {
            view.panes.push(stream.panes().clone());
            *view.counts.entry(source.topic).or_default() += *stream.counts();
            view.sources.entry(source.topic).or_default().add(sources);
            if let Some(span) = stream.dedup().span_ms() {
                least(&mut view.dedup_span_ms, source.topic, span);
            }
        }
        view
    }
}

/// Keeps the least of the spans of a topic.
pub fn least(spans: &mut BTreeMap<EventType, i64>, topic: EventType, span: i64) {
    spans.entry(topic).and_modify(|least| *least = span.min(*least)).or_insert(span);
}
