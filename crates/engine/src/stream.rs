//! The interactions of one source partition, each counted once.

use std::sync::Arc;

use model::{Counts, Event, Millis, Reason, Rejection, Settings, Verdict, digest::event_identity};
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
    /// Empty between inputs; kept for its room.
    identities: Vec<u128>,
}

/// Records whose identities are looked up together.
const TOGETHER: usize = 256;

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
            identities: Vec::new(),
        }
    }

    /// Takes in an input.
    pub fn handle(&mut self, input: Input<'_>, effects: &mut Vec<Effect>) {
        match input {
            Input::Records(records) => records.chunks(TOGETHER).for_each(|records| self.records(records, effects)),
            Input::Figure(at, figure) => effects.push(Effect::Figure(at, Box::new((*figure).into_owned()))),
            Input::Tick { now } => {
                let (days_from, minutes_from) = floors(now, &self.settings);
                self.panes.advance(days_from, minutes_from);
            }
        }
    }

    fn records(&mut self, records: &[Record<'_>], effects: &mut Vec<Effect>) {
        let mut identities = std::mem::take(&mut self.identities);
        identities.extend(records.iter().map(identity));
        self.dedup.look_ahead(&identities);
        for (record, identity) in records.iter().zip(identities.drain(..)) {
            self.record(record, identity, effects);
        }
        self.identities = identities;
    }

    fn record(&mut self, record: &Record<'_>, identity: u128, effects: &mut Vec<Effect>) {
        let at = record.at;
        match &record.event {
            Ok(Event::Visit(visit)) => {
                if self.is_new(identity, record.timestamp) {
                    self.visits.book(visit, &self.settings, &mut self.panes);
                }
            }
            Ok(Event::Social(social)) if social.figure_day(&self.settings.zone).is_some() => {
                effects.push(Effect::Figure(at, Box::new(social.clone().into_owned())));
            }
            Ok(Event::Social(social)) => {
                if self.is_new(identity, record.timestamp) {
                    self.interactions.book(social, &self.settings, &mut self.panes);
                }
            }
            Ok(entity) => {
                self.refuse(at, Rejection::new(Reason::WrongType, format!("a {} is not an interaction", entity.event_type().name())), effects)
            }
            Err(rejection) => self.refuse(at, rejection.clone(), effects),
        }
    }

    fn is_new(&mut self, identity: u128, timestamp: Millis) -> bool {
        let is_new = self.dedup.is_new(identity, timestamp);
        self.counts.count(if is_new { Verdict::Accepted } else { Verdict::Duplicate });
        is_new
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

/// The identity of an interaction; that of another record is never asked for.
fn identity(record: &Record<'_>) -> u128 {
    match &record.event {
        Ok(Event::Visit(visit)) => event_identity(0, &visit.head.source, &visit.head.event_id),
        Ok(Event::Social(social)) => event_identity(1, &social.head.source, &social.head.event_id),
        _ => 0,
    }
}
