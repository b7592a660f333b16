//! The book of entities: leads, deals, spend and the figures of days, whatever partition they came by.

use std::{collections::BTreeMap, sync::Arc};

use funnel::Funnel;
use model::{Counts, Event, EventType, Reason, Rejection, Settings, SocialInteraction, Verdict};
use panes::{Keep, Panes};
use social::Figures;
use spend::Spend;

use crate::{Effect, Input, Position, SourcePartition, floors};

/// The entities and what they contribute.
#[derive(Clone, Debug)]
pub struct Book {
    settings: Arc<Settings>,
    panes: Panes,
    funnel: Funnel,
    spend: Spend,
    figures: Figures,
    counts: BTreeMap<SourcePartition, Counts>,
}

impl Book {
    /// An empty book.
    pub fn new(settings: Arc<Settings>, keep: Keep) -> Book {
        Book {
            settings,
            panes: Panes::new(keep),
            funnel: Funnel::default(),
            spend: Spend::default(),
            figures: Figures::default(),
            counts: BTreeMap::new(),
        }
    }

    /// Takes in an input.
    pub fn handle(&mut self, input: Input<'_>, effects: &mut Vec<Effect>) {
        match input {
            Input::Records(records) => records.iter().for_each(|record| match &record.event {
                Ok(event) => self.fold(record.at, event, effects),
                Err(rejection) => self.refuse(record.at, rejection.clone(), effects),
            }),
            Input::Figure(at, figure) => self.fold(at, &Event::Social(*figure), effects),
            Input::Tick { now } => {
                let (days_from, minutes_from) = floors(now, &self.settings);
                if days_from > self.panes.keep().days_from {
                    self.funnel.forget_below(days_from, &self.settings.zone, self.settings.horizon_days);
                    self.spend.forget_below(days_from, &mut self.panes);
                    self.figures.forget_below(days_from);
                }
                self.panes.advance(days_from, minutes_from);
            }
        }
    }

    fn fold(&mut self, at: Position, event: &Event<'_>, effects: &mut Vec<Effect>) {
        match self.verdict(event) {
            Some(verdict) => self.counts_of(at.source).count(verdict),
            None => self.refuse(at, not_an_entity(event.event_type()), effects),
        }
    }

    fn verdict(&mut self, event: &Event<'_>) -> Option<Verdict> {
        let (settings, panes) = (&*self.settings, &mut self.panes);
        match event {
            Event::Lead(lead) => Some(self.funnel.lead(lead, settings, panes)),
            Event::Deal(deal) => Some(self.funnel.deal(deal, settings, panes)),
            Event::Spend(row) => Some(self.spend.row(row, settings, panes)),
            Event::Social(figure) => self.figure(figure),
            Event::Visit(_) => None,
        }
    }

    fn figure(&mut self, figure: &SocialInteraction<'_>) -> Option<Verdict> {
        let day = figure.figure_day(&self.settings.zone)?;
        Some(self.figures.figure(figure, day, &self.settings, &mut self.panes))
    }

    fn refuse(&mut self, at: Position, rejection: Rejection, effects: &mut Vec<Effect>) {
        self.counts_of(at.source).reject(&rejection);
        effects.push(Effect::DeadLetter(at, rejection));
    }

    fn counts_of(&mut self, source: SourcePartition) -> &mut Counts {
        self.counts.entry(source).or_default()
    }

    /// What the entities contribute.
    pub fn panes(&self) -> &Panes {
        &self.panes
    }

    /// What became of the records, by source partition.
    pub fn counts(&self) -> &BTreeMap<SourcePartition, Counts> {
        &self.counts
    }
}

/// Only a wiring fault brings a single interaction here; it is refused rather than lost.
fn not_an_entity(event_type: EventType) -> Rejection {
    Rejection::new(Reason::WrongType, format!("a single {} is not an entity", event_type.name()))
}
