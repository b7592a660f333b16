//! A thread of interactions: one state a source partition.

use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc::SyncSender},
};

use engine::{DedupLimits, Effect, Input, KeptStream, SourcePartition, Sources, Stream, Torn};
use model::{Counts, EventType, Millis, Settings};
use panes::{Panes, pieces::Piece};
use source::Run;

use crate::{
    Failure,
    entities::Figure,
    failed::FOLD_PANICKED,
    now,
    record::decoded_together,
    shared::Shared,
    view::View,
    worker::{Broken, Cause, Fold},
};

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
    fn add(&mut self, source: SourcePartition) {
        let new = || Stream::new(Arc::clone(&self.settings), engine::keep_at(now(), &self.settings), self.limits);
        let stream = self.restored.remove(&source).unwrap_or_else(new);
        self.slots.push(Slot { stream: KeptStream::new(stream, source, family(source)), is_broken: false, shown: Shown::default() });
    }

    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Broken> {
        let Some(slot) = self.slots.get_mut(run.slot).filter(|slot| !slot.is_broken) else { return Ok(()) };
        let (effects, figures, passed) = (&mut self.effects, &self.figures, &mut self.figures_passed);
        let folded = decoded_together(run, slot.stream.source(), &shared.decoder, |read, records| {
            if let Err(torn) = slot.stream.run(|stream| stream.handle(Input::Records(records), effects)) {
                effects.clear();
                return Err(broken(run.slot, torn));
            }
            for effect in effects.drain(..) {
                match effect {
                    Effect::DeadLetter(at, rejection) => shared.dead_letters.send_one_of(read, at, &rejection),
                    Effect::Figure(at, figure) => {
                        *passed += 1;
                        let sent = figures.as_ref().is_some_and(|figures| figures.send((at, figure)).is_ok());
                        sent.then_some(()).ok_or_else(|| Broken::Process(Failure::failed("the book's thread has ended")))?;
                    }
                }
            }
            Ok(())
        });
        slot.is_broken |= folded.is_err();
        folded
    }

    fn finish(&mut self) -> Result<(), Broken> {
        self.figures = None;
        Ok(())
    }

    fn next(&self, source: SourcePartition) -> Option<i64> {
        self.slots.iter().find(|slot| slot.stream.source() == source)?.stream.next()
    }

    fn capture(&mut self, out: &mut Vec<Piece>) -> bool {
        for slot in &mut self.slots {
            slot.stream.capture(out);
        }
        true
    }

    fn tick(&mut self, now: Millis) -> Result<(), Broken> {
        let mut all = Ok(());
        for (number, slot) in self.slots.iter_mut().enumerate().filter(|(_, slot)| slot.stream.whole().is_some()) {
            let effects = &mut self.effects;
            let ticked = slot.stream.run(|stream| stream.handle(Input::Tick { now }, effects));
            slot.is_broken |= ticked.is_err();
            all = all.and(ticked.map_err(|torn| broken(number, torn)));
        }
        self.effects.clear();
        all
    }

    fn view(&mut self) -> View {
        let mut view = View { figures_passed: self.figures_passed, ..View::default() };
        for Slot { stream, shown, .. } in &mut self.slots {
            let next = stream.next();
            if let Some(whole) = stream.whole().filter(|whole| !shown.is_of(whole, next)) {
                *shown = Shown {
                    next,
                    panes: Some(Arc::new(whole.panes().clone())),
                    counts: *whole.counts(),
                    sources: whole.sources().clone(),
                    dedup_span_ms: whole.dedup().span_ms(),
                };
            }
            let topic = stream.source().topic;
            view.panes.extend(shown.panes.clone());
            *view.counts.entry(topic).or_default() += shown.counts;
            view.sources.entry(topic).or_default().add(&shown.sources);
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
