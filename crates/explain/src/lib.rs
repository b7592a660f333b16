//! Why a KPI is what it is: its numerator and its denominator, entity by entity.
//!
//! Not its job: what counts. An entity counts by the cells of its contribution that lie in the panes the KPI sums up
//! (`kpis::explain`); only why one does not is told from its facts (`why`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod hits;
mod subjects;
mod why;

use engine::Book;
use exporter::explain::{Entry, ExplainedPart, Explanation};
use kpis::{
    Config, Money,
    explain::{Hit, Listing, Part, Question, What, accounts, interactions, makeup, visitors},
};
use model::Settings;
use panes::{Measure, Panes};

use hits::Hits;
use subjects::{Found, LeftOut, Subject};

/// Interactions are folded as they come: what is left of them is their sums.
const SUMMED_UP: &str = "single interactions are not kept one by one: they are listed by day or minute, channel and campaign";
const NOT_ADDITIVE: &str = "distinct visitors do not add up: one who comes on two days, or by two channels, is one visitor";
const PER_ACCOUNT: &str = "members are listed by account: the latest figure, and the follows less the unfollows since";

/// What is explained, and from what.
pub struct Explainer<'a> {
    /// The entities and what they contribute.
    pub book: &'a Book,
    /// What single interactions and visits add up to.
    pub streams: &'a [&'a Panes],
    /// The settings of the fold.
    pub settings: &'a Settings,
    /// The settings of the KPIs.
    pub config: &'a Config,
}

impl Explainer<'_> {
    /// Explains a KPI; at most `limit` entries are listed for each of its parts.
    pub fn explain(&self, question: &Question, limit: usize) -> Explanation {
        let mut folds = vec![self.book.panes()];
        folds.extend(self.streams);
        let makeup = makeup(question, &folds, self.config);
        let parts: Vec<ExplainedPart> = makeup.parts.iter().map(|part| self.part(part, question.channel.as_deref(), &folds, limit)).collect();
        let has = |is: fn(&What) -> bool| makeup.parts.iter().any(|part| is(&part.what));
        let notes = [
            (SUMMED_UP, has(of_interactions as fn(&What) -> bool)),
            (NOT_ADDITIVE, has(|what| matches!(what, What::Visitors | What::ConvertingVisitors))),
            (PER_ACCOUNT, has(|what| *what == What::Members)),
        ];
        Explanation {
            kpi: question.kpi.name(),
            variant: question.kpi.variant(),
            window: question.window.as_str().to_owned(),
            channel: question.channel.clone(),
            as_of: question.as_of,
            time_zone: self.config.zone().name().to_owned(),
            currency: self.config.currency,
            row: makeup.row,
            notes: notes.into_iter().filter(|(_, is)| *is).map(|(note, _)| note).collect(),
            parts,
        }
    }

    fn part(&self, part: &Part, channel: Option<&str>, folds: &[&Panes], limit: usize) -> ExplainedPart {
        let hits = self.hits(part, channel, folds);
        let listing = Listing::new(part, hits, self.config, limit);
        let adds_up = !matches!(part.what, What::Visitors | What::ConvertingVisitors);
        ExplainedPart {
            part: part.name,
            numerator_times: part.numerator,
            in_denominator: part.denominator,
            sum: listing.sum.filter(|_| adds_up),
            counted: listing.counted,
            left_out: listing.left_out,
            entries: listing.first.iter().map(|hit| self.entry(part, hit)).collect(),
        }
    }

    fn hits<'s>(&'s self, part: &'s Part, channel: Option<&'s str>, folds: &[&Panes]) -> Hits<'s> {
        let cells =
            |cells: Vec<kpis::explain::Cell>| cells.into_iter().map(|cell| Hit::counts(Found::counts(Subject::Interactions), Vec::new(), cell));
        match part.what {
            What::Visitors | What::ConvertingVisitors => Box::new(cells(visitors(part, folds, channel))),
            What::Members => Box::new(accounts(part, folds, channel).into_iter().map(subjects::account)),
            What::Count(Measure::Visits | Measure::KnownActions) => Box::new(cells(interactions(part, self.streams, channel, self.config))),
            What::Count(Measure::Impressions | Measure::Engagements | Measure::Intents) => {
                Box::new(cells(interactions(part, self.streams, channel, self.config)).chain(self.figures(part, channel)))
            }
            What::Money(Money::Spend | Money::Media) | What::Count(Measure::AdImpressions | Measure::AdClicks) => self.rows(part, channel),
            What::Money(_) | What::Count(_) | What::Seconds(_) | What::Cycles => Box::new(self.leads(part, channel).chain(self.deals(part, channel))),
        }
    }

    fn entry(&self, part: &Part, hit: &Hit<'_, Found<'_>>) -> Entry {
        let cell = hit.cell.as_ref();
        let why = why::of(part, hit, self);
        let shown = hit.of.subject.shown(hit, self.book.panes().dims());
        let latest = hit.of.subject.latest();
        Entry {
            entity: hit.of.subject.entity(),
            key: shown.key,
            counts: cell.is_some(),
            adds: hit.adds.map(|adds| part.number(adds)),
            amount: shown.amount.map(|(amount, _)| amount),
            currency: shown.amount.map(|(_, currency)| currency),
            booked_on: cell.and_then(|cell| subjects::booked_on(cell.pane)).or_else(|| self.date(hit.of.left_out)),
            channel: shown.dims.as_ref().map(|dims| dims.channel.to_string()),
            campaign: shown.dims.as_ref().map(|dims| dims.campaign.to_string()).filter(|name| !name.is_empty()),
            segment: shown.dims.as_ref().map(|dims| dims.segment.to_string()).filter(|name| !name.is_empty()),
            revision: latest.as_ref().map(|latest| latest.revision),
            event_id: latest.as_ref().map(|latest| latest.event_id.clone().into_owned()),
            source: latest.as_ref().map(|latest| latest.source.to_owned()),
            occurred_at: latest.as_ref().map(|latest| latest.occurred_at),
            reason: why.as_ref().and_then(|why| why.reason()),
            why: why.map(|why| why.to_string()),
        }
    }

    /// The date by which something is left out.
    fn date(&self, left_out: Option<LeftOut>) -> Option<String> {
        match left_out? {
            LeftOut::ByFacts(when) => Some(self.settings.zone.day(when).to_string()),
            LeftOut::OtherChannel | LeftOut::NotCovered => None,
        }
    }
}

fn of_interactions(what: &What) -> bool {
    use Measure::{Engagements, Impressions, Intents, KnownActions, Visits};
    matches!(what, What::Count(Engagements | Impressions | Intents | KnownActions | Visits))
}
