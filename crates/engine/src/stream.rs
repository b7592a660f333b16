//! The interactions of one source partition, each counted once.

use std::sync::Arc;

use model::{Counts, Event, Reason, Rejection, Settings, Verdict, digest::event_identity};
use panes::{Keep, Panes};

use crate::{Dedup, DedupLimits, Effect, Input, Position, Record, floors};

/// The state of one source partition of interactions.
#[derive(Clone, Debug)]
pub struct Stream {
    settings: Arc<Settings>,
    panes: Panes,
    dedup: Dedup,
    interactions: social::Interactions,
    visits: web::Visits,
    counts: Counts,
}

impl Stream {
    /// An empty stream.
    pub fn new(settings: Arc<Settings>, keep: Keep, limits: DedupLimits) -> Stream {
        Stream {
            settings,
            panes: Panes::new(keep),
            dedup: Dedup::new(limits),
            interactions: social::Interactions::default(),
            visits: web::Visits::default(),
            counts: Counts::default(),
        }
    }

    /// Takes in an input.
    pub fn handle(&mut self, input: Input<'_>, effects: &mut Vec<Effect>) {
        match input {
            Input::Record(record) => self.record(&record, effects),
            Input::Figure(at, figure) => effects.push(Effect::Figure(at, Box::new((*figure).into_owned()))),
            Input::Tick { now } => {
                let (days_from, minutes_from) = floors(now, &self.settings);
                self.panes.advance(days_from, minutes_from);
            }
        }
    }

    fn record(&mut self, record: &Record<'_>, effects: &mut Vec<Effect>) {
        let (at, timestamp) = (record.at, record.timestamp);
        match &record.event {
            Ok(Event::Visit(visit)) => {
                let verdict = self.once(0, &visit.head.source, &visit.head.event_id, timestamp);
                if verdict == Verdict::Accepted {
                    self.visits.book(visit, &self.settings, &mut self.panes);
                }
                self.counts.count(verdict);
            }
            Ok(Event::Social(social)) if social.figure_day(&self.settings.zone).is_some() => {
                effects.push(Effect::Figure(at, Box::new(social.clone().into_owned())));
            }
            Ok(Event::Social(social)) => {
                let verdict = self.once(1, &social.head.source, &social.head.event_id, timestamp);
                if verdict == Verdict::Accepted {
                    self.interactions.book(social, &self.settings, &mut self.panes);
                }
                self.counts.count(verdict);
            }
            Ok(entity) => {
                self.refuse(at, Rejection::new(Reason::WrongType, format!("a {} is not an interaction", entity.event_type().name())), effects)
            }
            Err(rejection) => self.refuse(at, rejection.clone(), effects),
        }
    }

    fn once(&mut self, kind: u8, source: &str, event_id: &str, timestamp: model::Millis) -> Verdict {
        let is_new = self.dedup.is_new(event_identity(kind, source, event_id), timestamp);
        if is_new { Verdict::Accepted } else { Verdict::Duplicate }
    }

    fn refuse(&mut self, at: Position, rejection: Rejection, effects: &mut Vec<Effect>) {
        self.counts.reject(&rejection);
        effects.push(Effect::DeadLetter(at, rejection));
    }

    /// What the interactions contribute.
    pub fn panes(&self) -> &Panes {
        &self.panes
    }

    /// What became of the records. Figures that went to the book are counted there.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The identities held.
    pub fn dedup(&self) -> &Dedup {
        &self.dedup
    }
}
