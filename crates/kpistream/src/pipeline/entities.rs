//! The thread of the book: all entities, whatever partition they came by.

use std::{collections::BTreeMap, sync::mpsc::Receiver};

use engine::{Book, Effect, Input, Position, SourcePartition, Sources};
use kafka::Run;
use model::{Counts, EventType, Millis, SocialInteraction};
use panes::pieces::Piece;

use super::{Shared, record::decoded_together, view::View, worker::Fold};
use crate::failure::Failure;

/// The figures of days in a record, on their way to the book.
pub type Figure = (Position, Vec<SocialInteraction<'static>>);

/// The book and the partitions it is folded from.
pub struct Entities {
    book: Book,
    slots: Vec<SourcePartition>,
    figures: Receiver<Figure>,
    figures_taken: i64,
    effects: Vec<Effect>,
}

impl Entities {
    /// A book to go on with; figures come from the interactions' threads.
    pub fn new(book: Book, figures: Receiver<Figure>) -> Entities {
        Entities { book, slots: Vec::new(), figures, figures_taken: 0, effects: Vec::new() }
    }

    fn figure(&mut self, (at, figure): Figure) {
        self.book.handle(Input::Figure(at, figure), &mut self.effects);
        self.figures_taken += 1;
        // Figures are refused, if at all, where they are decoded.
        self.effects.clear();
    }
}

impl Fold for Entities {
    fn add(&mut self, source: SourcePartition) {
        self.slots.push(source);
    }

    fn fold(&mut self, run: Run<'_>, shared: &Shared) -> Result<(), Failure> {
        let Some(source) = self.slots.get(run.slot) else { return Ok(()) };
        decoded_together(run, *source, &shared.decoder, |read, records| {
            self.book.handle(Input::Records(records), &mut self.effects);
            for effect in self.effects.drain(..) {
                if let Effect::DeadLetter(at, rejection) = effect {
                    shared.dead_letters.send_one_of(read, at, &rejection)?;
                }
            }
            Ok(())
        })
    }

    fn take_in(&mut self) {
        while let Ok(figure) = self.figures.try_recv() {
            self.figure(figure);
        }
    }

    fn finish(&mut self) {
        // Until the last of the interactions' threads has ended.
        while let Ok(figure) = self.figures.recv() {
            self.figure(figure);
        }
    }

    fn tick(&mut self, now: Millis) {
        self.book.handle(Input::Tick { now }, &mut self.effects);
        self.effects.clear();
    }

    fn next(&self, source: SourcePartition) -> Option<i64> {
        self.book.offsets().next(source)
    }

    fn capture(&self, out: &mut Vec<Piece>) {
        self.book.capture(out);
    }

    fn view(&self) -> View {
        let mut counts: BTreeMap<EventType, Counts> = BTreeMap::new();
        for (source, own) in self.book.counts() {
            *counts.entry(source.topic).or_default() += *own;
        }
        let mut sources: BTreeMap<EventType, Sources> = BTreeMap::new();
        for (source, own) in self.book.sources() {
            sources.entry(source.topic).or_default().add(own);
        }
        View { panes: vec![self.book.panes().clone()], counts, sources, figures_passed: -self.figures_taken, ..View::default() }
    }
}
