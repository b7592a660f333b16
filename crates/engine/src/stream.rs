//! The interactions of one source partition, each counted once.

use std::sync::Arc;

use model::{Counts, Interaction, Meaning, Millis, Rejection, Settings, Verdict, digest::event_identity};
use panes::{Keep, Panes};
use pieces::{Piece, PieceError, Pieces, decode};
use serde::{Deserialize, Serialize};

use crate::{
    Dedup, DedupLimits, Effect, Input, Offsets, Position, Reached, Record, SharedVisitors, SourcePartition, Sources, dedup, floors,
    input::{dead_letter, pass_on},
};

/// The state of one source partition of interactions.
#[derive(Clone, Debug)]
pub struct Stream {
    settings: Arc<Settings>,
    panes: Panes,
    dedup: Dedup,
    interactions: social::Interactions,
    visits: web::Visits,
    log: Log,
    /// Empty between inputs; kept for its room.
    identities: Vec<u128>,
    reached: Option<Position>,
}

/// What a stream knows of the log it is folded from.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
struct Log {
    offsets: Offsets,
    counts: Counts,
    sources: Sources,
}

/// A stream at one moment: what is captured of it, without what follows from that.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) panes: Arc<Panes>,
    log: Log,
    dedup: dedup::Moment,
}

impl Moment {
    /// Captures it as pieces of a family.
    pub(crate) fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        out.push(Piece::new(format!("{family}/log"), Arc::new(self.log.clone())));
        self.panes.capture(&format!("{family}/panes"), out);
        self.dedup.capture(&format!("{family}/dedup"), out);
    }

    /// The offset of the next record of a partition.
    pub(crate) fn next(&self, source: SourcePartition) -> Option<i64> {
        self.log.offsets.next(source)
    }
}

/// Records whose identities are looked up together.
const TOGETHER: usize = 256;

impl Stream {
    /// An empty stream.
    pub fn new(settings: Arc<Settings>, keep: Keep, limits: DedupLimits) -> Stream {
        Stream::of(settings, Panes::new(keep), limits)
    }

    fn of(settings: Arc<Settings>, panes: Panes, limits: DedupLimits) -> Stream {
        Stream {
            settings,
            panes,
            dedup: Dedup::new(limits),
            interactions: social::Interactions::default(),
            visits: web::Visits::default(),
            log: Log::default(),
            identities: Vec::new(),
            reached: None,
        }
    }

    /// Captures the stream as pieces of a family: clones pointers only.
    pub fn capture(&self, family: &str, out: &mut Vec<Piece>) {
        self.moment().capture(family, out);
    }

    /// The stream at this moment, as it is captured.
    pub(crate) fn moment(&self) -> Moment {
        Moment { panes: Arc::new(self.panes.clone()), log: self.log.clone(), dedup: self.dedup.moment() }
    }

    /// The stream of a family's pieces.
    pub fn restore(settings: Arc<Settings>, limits: DedupLimits, family: &str, pieces: &Pieces) -> Result<Stream, PieceError> {
        let panes = Panes::restore(&format!("{family}/panes"), pieces)?;
        let log: Log = decode(pieces, &format!("{family}/log"))?;
        Ok(Stream { dedup: Dedup::restore(limits, &format!("{family}/dedup"), pieces)?, log, ..Stream::of(settings, panes, limits) })
    }

    /// Takes in an input.
    pub fn handle(&mut self, input: Input<'_, Meaning<'_>>, effects: &mut Vec<Effect>) {
        match input {
            Input::Records(records) => {
                for of_one in records.chunk_by(|a, b| a.at.source == b.at.source) {
                    let new = self.log.offsets.pass_all(of_one);
                    new.chunks(TOGETHER).for_each(|records| self.records(records, effects));
                    self.reached = None;
                }
            }
            Input::Tick { now } => {
                let (days_from, minutes_from) = floors(now, &self.settings);
                if self.panes.advance(days_from, minutes_from) {
                    self.panes.forget_unnamed(|_| {});
                }
            }
        }
    }

    fn records(&mut self, records: &[Record<Meaning<'_>>], effects: &mut Vec<Effect>) {
        self.log.sources.note(records);
        let mut identities = std::mem::take(&mut self.identities);
        identities.extend(records.iter().map(identity));
        self.dedup.look_ahead(&identities);
        for (record, identity) in records.iter().zip(identities.drain(..)) {
            self.record(record, identity, effects);
        }
        self.identities = identities;
    }

    fn record(&mut self, record: &Record<Meaning<'_>>, identity: u128, effects: &mut Vec<Effect>) {
        let at = record.at;
        self.reached = Some(at);
        match &record.event {
            Ok(Meaning::Interaction(interaction)) => {
                if self.is_new(identity, record.timestamp) {
                    self.book(interaction);
                }
            }
            Ok(Meaning::Fact(fact)) => pass_on(effects, at, fact.clone().into_owned()),
            Err(rejection) => self.refuse(at, rejection.clone(), effects),
        }
    }

    fn book(&mut self, interaction: &Interaction<'_>) {
        match interaction {
            Interaction::Visit(visit) => self.visits.book(visit, &self.settings, &mut self.panes),
            Interaction::Social(social) => self.interactions.book(social, &self.settings, &mut self.panes),
        }
    }

    fn is_new(&mut self, identity: u128, timestamp: Option<Millis>) -> bool {
        let is_new = self.dedup.is_new(identity, timestamp);
        self.log.counts.count(if is_new { Verdict::Accepted } else { Verdict::Duplicate });
        is_new
    }

    fn refuse(&mut self, at: Position, rejection: Rejection, effects: &mut Vec<Effect>) {
        self.log.counts.reject(&rejection);
        dead_letter(effects, at, rejection);
    }

    /// Hands the visitors since the last time over to those of all partitions.
    pub fn hand_over(&mut self, visitors: &mut SharedVisitors) {
        visitors.take_over(&mut self.panes);
    }

    /// What the interactions contribute; of the visitors those since they were last handed over.
    pub fn panes(&self) -> &Panes {
        &self.panes
    }

    /// What became of the records. Figures that went to the book are counted there.
    pub fn counts(&self) -> &Counts {
        &self.log.counts
    }

    /// How far its partition is folded.
    pub fn offsets(&self) -> &Offsets {
        &self.log.offsets
    }

    /// The publishing systems.
    pub fn sources(&self) -> &Sources {
        &self.log.sources
    }

    /// The identities held.
    pub fn dedup(&self) -> &Dedup {
        &self.dedup
    }
}

impl Reached for Stream {
    fn reached(&self) -> Option<Position> {
        self.reached
    }
}

/// The identity of an interaction; that of another record is never asked for.
fn identity(record: &Record<Meaning<'_>>) -> u128 {
    match &record.event {
        Ok(Meaning::Interaction(Interaction::Visit(visit))) => event_identity(0, &visit.head.source, &visit.head.event_id),
        Ok(Meaning::Interaction(Interaction::Social(social))) => event_identity(1, &social.head.source, &social.head.event_id),
        Ok(Meaning::Fact(_)) | Err(_) => 0,
    }
}
