//! The actor of interactions: one state a source partition.

use std::{collections::BTreeMap, sync::Arc};

use engine::{DedupLimits, Effect, Input, KeptStream, Record, SourcePartition, Sources, Stream, Torn};
use model::{Counts, EventType, Meaning, Merge, Millis, Settings};
use panes::Panes;
use pieces::Piece;

use crate::{
    failed::FOLD_PANICKED,
    fold::{Broken, Cause, Fold, Passed},
    view::View,
    visitors::Visitors,
};

/// The streams of a thread.
pub struct Interactions {
    settings: Arc<Settings>,
    limits: DedupLimits,
    slots: Vec<Slot>,
    /// Streams of a snapshot that wait for their partition.
    restored: BTreeMap<SourcePartition, Stream>,
    /// Those of all threads, to which the streams hand theirs over.
    visitors: Arc<Visitors>,
    passed: i64,
    effects: Vec<Effect>,
}

struct Slot {
    stream: KeptStream,
    is_broken: bool,
    /// As it was last shown while it was whole.
    shown: Shown,
}

#[derive(Default)]
struct Shown {
    /// Up to which offset.
    next: Option<i64>,
    panes: Option<Arc<Panes>>,
    counts: Counts,
    sources: Sources,
    dedup_span_ms: Option<i64>,
}

impl Interactions {
    /// Streams to go on with.
    pub fn new(settings: Arc<Settings>, limits: DedupLimits, restored: BTreeMap<SourcePartition, Stream>, visitors: Arc<Visitors>) -> Interactions {
        Interactions { settings, limits, slots: Vec::new(), restored, visitors, passed: 0, effects: Vec::new() }
    }

    /// Its streams, by slot.
    pub fn streams(&self) -> impl Iterator<Item = &KeptStream> {
        self.slots.iter().map(|slot| &slot.stream)
    }

    /// Does something with the stream in a slot, unless it is torn; a panic tears it.
    pub fn with_stream<R>(&mut self, slot: usize, work: impl FnOnce(&mut Stream) -> R) -> Option<Result<R, Torn>> {
        self.slots.get_mut(slot).map(|slot| slot.stream.run(work))
    }
}

impl Shown {
    /// Whether the stream is still as it was shown: only a record changes it, or a floor.
    fn is_of(&self, stream: &Stream, next: Option<i64>) -> bool {
        self.next == next && self.panes.as_ref().is_some_and(|panes| panes.keep() == stream.panes().keep())
    }
}

/// What a torn stream is to its thread: the others go on.
fn broken(slot: usize, Torn { at }: Torn) -> Broken {
    Broken::Partition { slot, cause: Cause { reason: FOLD_PANICKED, at: at.map(|at| at.offset) } }
}

impl Fold for Interactions {
    type Event<'a> = Meaning<'a>;

    fn add(&mut self, source: SourcePartition, now: Millis) {
        let new = || Stream::new(Arc::clone(&self.settings), engine::keep_at(now, &self.settings), self.limits);
        let stream = self.restored.remove(&source).unwrap_or_else(new);
        self.slots.push(Slot { stream: KeptStream::new(stream, source, family(source)), is_broken: false, shown: Shown::default() });
    }

    fn source(&self, slot: usize) -> Option<SourcePartition> {
        self.slots.get(slot).filter(|slot| !slot.is_broken).map(|slot| slot.stream.source())
    }

    fn fold(&mut self, slot: usize, records: &[Record<Meaning<'_>>], effects: &mut Vec<Effect>) -> Result<(), Broken> {
        let Some(own) = self.slots.get_mut(slot) else { return Ok(()) };
        let before = effects.len();
        own.stream.run(|stream| stream.handle(Input::Records(records), effects)).map_err(|torn| {
            effects.truncate(before);
            broken(slot, torn)
        })?;
        let passed = effects.iter().skip(before).filter(|effect| matches!(effect, Effect::PassOn(..))).count();
        self.passed += i64::try_from(passed).unwrap_or(i64::MAX);
        Ok(())
    }

    fn give_up(&mut self, slot: usize) {
        self.slots.get_mut(slot).into_iter().for_each(|slot| slot.is_broken = true);
    }

    fn take_passed(&mut self, _: Passed) -> Result<(), Broken> {
        // They are the book's; nobody passes one on to here.
        Ok(())
    }

    fn next(&self, source: SourcePartition) -> Option<i64> {
        self.slots.iter().find(|slot| slot.stream.source() == source)?.stream.next()
    }

    fn capture(&mut self, out: &mut Vec<Piece>) -> bool {
        let slots = &mut self.slots;
        self.visitors.with(|visitors| slots.iter_mut().for_each(|slot| _ = slot.stream.capture(visitors, out)));
        true
    }

    fn tick(&mut self, now: Millis) -> Result<(), Broken> {
        self.visitors.with(|visitors| visitors.tick(now, &self.settings));
        let mut all = Ok(());
        for (number, slot) in self.slots.iter_mut().enumerate().filter(|(_, slot)| slot.stream.whole().is_some()) {
            let effects = &mut self.effects;
            let ticked = slot.stream.run(|stream| stream.handle(Input::Tick { now }, effects));
            slot.is_broken |= ticked.is_err();
            all = all.and(ticked.map_err(|torn| broken(number, torn)));
        }
        let mut new: Vec<&mut KeptStream> = self.slots.iter_mut().map(|slot| &mut slot.stream).filter(|stream| stream.has_visitors()).collect();
        if !new.is_empty() {
            self.visitors.unless_captured(|visitors| new.iter_mut().for_each(|stream| stream.hand_over(visitors)));
        }
        self.effects.clear();
        all
    }

    fn view(&mut self) -> View {
        let mut view = View { passed: self.passed, ..View::default() };
        for Slot { stream, shown, .. } in &mut self.slots {
            let next = stream.next();
            if let Some(whole) = stream.whole().filter(|whole| !shown.is_of(whole, next)) {
                *shown = Shown {
                    next,
                    panes: stream.panes(),
                    counts: *whole.counts(),
                    sources: whole.sources().clone(),
                    dedup_span_ms: whole.dedup().span_ms(),
                };
            }
            let topic = stream.source().topic;
            view.panes.extend(shown.panes.clone());
            view.counts.entry(topic).or_default().merge(&shown.counts, ());
            view.sources.entry(topic).or_default().merge(&shown.sources, ());
            if let Some(span) = shown.dedup_span_ms {
                least(&mut view.dedup_span_ms, topic, span);
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
