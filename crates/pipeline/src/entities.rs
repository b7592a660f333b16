//! The actor of the book: all entities, whatever partition they came by.

use std::{collections::BTreeMap, sync::Arc};

use engine::{Book, Effect, Guarded, Input, Offsets, Record, SourcePartition, Sources, Torn};
use model::{Counts, EventType, Fact, Merge, Millis};
use pieces::Piece;

use crate::{
    failed::{BOOK_TORN, FOLD_PANICKED},
    fold::{Broken, Cause, Fold, Passed},
    view::View,
};

/// The book and the partitions it is folded from.
///
/// Entities meet in it whatever partition they came by. So a panic in the middle of one breaks all partitions of entities: what is shown
/// of the book is of before, and a snapshot cannot be had of it.
pub struct Entities {
    book: Guarded<Book>,
    slots: Vec<Slot>,
    passed_taken: i64,
    effects: Vec<Effect>,
    /// As it was last shown.
    shown: Shown,
}

/// A book as it was shown, and after which records and how many that were passed on.
struct Shown {
    view: View,
    offsets: Offsets,
    passed: i64,
}

struct Slot {
    source: SourcePartition,
    is_broken: bool,
}

impl Entities {
    /// A book to go on with.
    pub fn new(book: Book) -> Entities {
        let shown = Shown { view: View::default(), offsets: book.offsets().clone(), passed: 0 };
        Entities { book: Guarded::new(book), slots: Vec::new(), passed_taken: 0, effects: Vec::new(), shown }
    }

    /// The book; none once a panic has torn it.
    pub fn book(&self) -> Option<&Book> {
        self.book.whole()
    }

    /// Does something with the book, unless it is torn; a panic tears it.
    pub fn with_book<R>(&mut self, work: impl FnOnce(&mut Book) -> R) -> Result<R, Torn> {
        self.book.run(work)
    }

    /// By a record of one of its partitions, or by one that was passed on, or it was torn before.
    fn torn(&self, Torn { at }: Torn) -> Broken {
        let slot = at.and_then(|at| self.slots.iter().position(|slot| slot.source == at.source));
        let reason = if slot.is_some() { FOLD_PANICKED } else { BOOK_TORN };
        Broken::All { slot, cause: Cause { reason, at: at.map(|at| at.offset) }, passed: at.filter(|_| slot.is_none()) }
    }
}

impl Fold for Entities {
    type Event<'a> = Fact<'a>;

    fn add(&mut self, source: SourcePartition, _: Millis) {
        self.slots.push(Slot { source, is_broken: false });
    }

    fn source(&self, slot: usize) -> Option<SourcePartition> {
        self.slots.get(slot).filter(|slot| !slot.is_broken).map(|slot| slot.source)
    }

    fn fold(&mut self, _: usize, records: &[Record<Fact<'_>>], effects: &mut Vec<Effect>) -> Result<(), Broken> {
        let before = effects.len();
        self.book.run(|book| book.handle(Input::Records(records), effects)).map_err(|torn| {
            effects.truncate(before);
            self.torn(torn)
        })
    }

    fn give_up(&mut self, slot: usize) {
        self.slots.get_mut(slot).into_iter().for_each(|slot| slot.is_broken = true);
    }

    fn take_passed(&mut self, (at, facts): Passed) -> Result<(), Broken> {
        self.passed_taken += 1;
        self.book.run(|book| book.take_passed(at, &facts)).map_err(|torn| self.torn(torn))
    }

    fn tick(&mut self, now: Millis) -> Result<(), Broken> {
        if self.book.whole().is_none() {
            return Ok(());
        }
        let Entities { book, effects, .. } = self;
        let ticked = book.run(|book| book.handle(Input::Tick { now }, effects));
        effects.clear();
        ticked.map_err(|torn| self.torn(torn))
    }

    fn next(&self, source: SourcePartition) -> Option<i64> {
        self.book.whole().map_or(&self.shown.offsets, Book::offsets).next(source)
    }

    fn capture(&mut self, out: &mut Vec<Piece>) -> bool {
        self.book.whole().map(|book| book.capture(out)).is_some()
    }

    fn view(&mut self) -> View {
        if let Some(book) = self.book.whole().filter(|book| !self.shown.is_of(book, self.passed_taken)) {
            self.shown = Shown { view: view(book), offsets: book.offsets().clone(), passed: self.passed_taken };
        }
        View { passed: -self.passed_taken, ..self.shown.view.clone() }
    }
}

impl Shown {
    /// Whether the book is still as it was shown: only a record changes it, its own or one passed on, or a floor.
    fn is_of(&self, book: &Book, passed: i64) -> bool {
        let keeps = |panes: &Arc<panes::Panes>| panes.keep() == book.panes().keep();
        self.passed == passed && self.view.panes.first().is_some_and(keeps) && self.offsets == *book.offsets()
    }
}

fn view(book: &Book) -> View {
    let mut counts: BTreeMap<EventType, Counts> = BTreeMap::new();
    for (source, own) in book.counts() {
        counts.entry(source.topic).or_default().merge(own, ());
    }
    let mut sources: BTreeMap<EventType, Sources> = BTreeMap::new();
    for (source, own) in book.sources() {
        sources.entry(source.topic).or_default().merge(own, ());
    }
    View { panes: vec![Arc::new(book.panes().clone())], counts, sources, ..View::default() }
}
