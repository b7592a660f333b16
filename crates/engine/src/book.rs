//! The book of entities: leads, deals, spend and the figures of days, whatever partition they came by.

use std::{collections::BTreeMap, sync::Arc};

use funnel::Funnel;
use ledger::Census;
use model::{Counts, Fact, Millis, Rejection, Ruling, Settings};
use panes::{Keep, Panes};
use pieces::{Piece, PieceError, Pieces, decode};
use serde::{Deserialize, Serialize};
use social::DailyFigures;
use spend::Spend;

use crate::{Effect, Input, Offsets, Position, Reached, Record, SourcePartition, Sources, floors, input::dead_letter};

const LOG: &str = "book/log";
const PANES: &str = "book/panes";

/// The entities and what they contribute.
#[derive(Clone, Debug)]
pub struct Book {
    settings: Arc<Settings>,
    panes: Panes,
    funnel: Funnel,
    spend: Spend,
    figures: DailyFigures,
    log: Log,
    reached: Option<Position>,
}

/// What the book knows of the log it is folded from.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Log {
    offsets: Offsets,
    counts: BTreeMap<SourcePartition, Counts>,
    sources: BTreeMap<SourcePartition, Sources>,
}

impl Book {
    /// An empty book.
    pub fn new(settings: Arc<Settings>, keep: Keep) -> Book {
        Book {
            settings,
            panes: Panes::new(keep),
            funnel: Funnel::default(),
            spend: Spend::default(),
            figures: DailyFigures::default(),
            log: Log::default(),
            reached: None,
        }
    }

    /// Captures the book as pieces of a snapshot: clones pointers only.
    pub fn capture(&self, out: &mut Vec<Piece>) {
        out.push(Piece::new(LOG, Arc::new(self.log.clone())));
        self.panes.capture(PANES, out);
        self.funnel.capture(out);
        self.spend.capture(out);
        self.figures.capture(out);
    }

    /// The book of a snapshot's pieces.
    pub fn restore(settings: Arc<Settings>, pieces: &Pieces) -> Result<Book, PieceError> {
        let panes = Panes::restore(PANES, pieces)?;
        Ok(Book {
            funnel: Funnel::restore(pieces, &settings, panes.dims())?,
            spend: Spend::restore(pieces, panes.dims())?,
            figures: DailyFigures::restore(pieces, panes.dims())?,
            log: decode(pieces, LOG)?,
            reached: None,
            settings,
            panes,
        })
    }

    /// Takes in an input.
    pub fn handle(&mut self, input: Input<'_, Fact<'_>>, effects: &mut Vec<Effect>) {
        match input {
            Input::Records(records) => {
                for of_one in records.chunk_by(|a, b| a.at.source == b.at.source) {
                    let new = self.log.offsets.pass_all(of_one);
                    self.records(new, effects);
                }
            }
            Input::Tick { now } => {
                let (days_from, minutes_from) = floors(now, &self.settings);
                if days_from > self.panes.keep().days_from {
                    self.settle(now);
                } else {
                    self.panes.advance(days_from, minutes_from);
                    if self.panes.has_many_new_dims() {
                        self.forget_unnamed();
                    }
                }
            }
        }
    }

    /// Takes in the facts of a record that a [`Stream`](crate::Stream) has read and passed on.
    pub fn take_passed(&mut self, at: Position, facts: &[Fact<'_>]) {
        if self.log.offsets.pass(at) {
            facts.iter().for_each(|fact| self.fold(at, fact));
        }
    }

    /// Forgets what lies below the floors of an instant, late arrivals since the floors last moved too. Only what is of its own
    /// day alone is forgotten, rows of spend and daily figures: below the floor nothing that comes later makes them count again.
    pub fn settle(&mut self, now: Millis) {
        let (days_from, minutes_from) = floors(now, &self.settings);
        self.spend.forget_below(days_from, &self.settings, &mut self.panes);
        self.figures.forget_below(days_from, &self.settings, &mut self.panes);
        self.panes.advance(days_from, minutes_from);
        self.forget_unnamed();
    }

    /// Forgets the dimensions that nothing is booked under any more and no entity names.
    fn forget_unnamed(&mut self) {
        let Book { funnel, spend, figures, panes, .. } = self;
        let renumbered = panes.forget_unnamed(|named| {
            funnel.note_dims(named);
            spend.note_dims(named);
            figures.note_dims(named);
        });
        if let Some(numbers) = renumbered {
            funnel.renumber_dims(&numbers);
            spend.renumber_dims(&numbers);
            figures.renumber_dims(&numbers);
        }
    }

    fn records(&mut self, records: &[Record<Fact<'_>>], effects: &mut Vec<Effect>) {
        if let Some(first) = records.first() {
            self.log.sources.entry(first.at.source).or_default().note(records);
        }
        for record in records {
            match &record.event {
                Ok(fact) => self.fold(record.at, fact),
                Err(rejection) => self.refuse(record.at, rejection.clone(), effects),
            }
        }
    }

    fn fold(&mut self, at: Position, fact: &Fact<'_>) {
        self.reached = Some(at);
        let ruling = self.ruling(fact);
        self.counts_of(at.source).count_ruled(ruling);
        self.reached = None;
    }

    fn ruling(&mut self, fact: &Fact<'_>) -> Ruling {
        let (settings, panes) = (&*self.settings, &mut self.panes);
        match fact {
            Fact::Lead(lead) => self.funnel.lead(lead, settings, panes),
            Fact::Deal(deal) => self.funnel.deal(deal, settings, panes),
            Fact::Spend(row) => self.spend.take(row, settings, panes),
            Fact::Figure(figure) => self.figures.take(figure, settings, panes),
        }
    }

    fn refuse(&mut self, at: Position, rejection: Rejection, effects: &mut Vec<Effect>) {
        self.counts_of(at.source).reject(&rejection);
        dead_letter(effects, at, rejection);
    }

    fn counts_of(&mut self, source: SourcePartition) -> &mut Counts {
        self.log.counts.entry(source).or_default()
    }

    /// What the entities contribute.
    pub fn panes(&self) -> &Panes {
        &self.panes
    }

    /// The entities themselves, to be looked at.
    pub fn entities(&self) -> (&Funnel, &Spend, &DailyFigures) {
        (&self.funnel, &self.spend, &self.figures)
    }

    /// Each table of entities in one number, by name.
    pub fn censuses(&self) -> impl Iterator<Item = (&'static str, Census)> {
        self.funnel.censuses().into_iter().chain([self.spend.census(), self.figures.census()])
    }

    /// What became of the records, by source partition.
    pub fn counts(&self) -> &BTreeMap<SourcePartition, Counts> {
        &self.log.counts
    }

    /// How far each partition is folded; of those of interactions, up to which figure.
    pub fn offsets(&self) -> &Offsets {
        &self.log.offsets
    }

    /// The publishing systems, by source partition.
    pub fn sources(&self) -> &BTreeMap<SourcePartition, Sources> {
        &self.log.sources
    }
}

impl Reached for Book {
    fn reached(&self) -> Option<Position> {
        self.reached
    }
}
