//! Which entities a part counts, and which it leaves out although a date of theirs lies in its window.

use std::iter;

use funnel::entries::{DealEntry, LeadEntry};
use kpis::{
    Money,
    explain::{Hit, Part, Taken, What},
};
use model::{Category, Day, DealStatus, When};
use panes::{Contribution, DimsId, Measure};

use super::{
    Explainer,
    subjects::{Found, LeftOut, Subject},
};

/// What a part counts and what it leaves out, one by one: there may be millions.
pub type Hits<'a> = Box<dyn Iterator<Item = Hit<'a, Found<'a>>> + 'a>;

/// An entity with what decides whether a part counts it.
struct Candidate<'a> {
    subject: Subject<'a>,
    key: &'a [u8],
    dims: DimsId,
    /// By what it is ordered where it does not count.
    size: i128,
    /// The dates by which it would count.
    dates: Vec<When>,
}

impl Explainer<'_> {
    /// The leads that a part counts or leaves out.
    pub(super) fn leads<'s>(&'s self, part: &'s Part, channel: Option<&'s str>) -> Hits<'s> {
        let (funnel, ..) = self.book.entities();
        let mut cells = Contribution::default();
        let hit = move |lead: LeadEntry<'s>| {
            lead.contribution(self.settings, &mut cells);
            let dates = lead_dates(&lead, part.what, self.settings.horizon_days);
            let candidate = Candidate { subject: Subject::Lead(lead), key: lead.id(), dims: lead.lead.dims, size: 0, dates };
            self.take(part, channel, &cells, candidate)
        };
        if is_of_leads(part.what) { Box::new(funnel.live_leads().filter_map(hit)) } else { Box::new(iter::empty()) }
    }

    /// The deals that a part counts or leaves out.
    pub(super) fn deals<'s>(&'s self, part: &'s Part, channel: Option<&'s str>) -> Hits<'s> {
        let (funnel, ..) = self.book.entities();
        let mut cells = Contribution::default();
        let hit = move |deal: DealEntry<'s>| {
            deal.contribution(self.settings, &mut cells);
            let lead = deal.lead().filter(|_| matches!(part.what, What::Money(Money::Cohort | Money::Mature)));
            let candidate = Candidate {
                subject: Subject::Deal(deal),
                key: deal.id(),
                dims: lead.map_or(deal.context.dims, |lead| lead.lead.dims),
                size: deal.deal.amount.map_or(0, |(amount, _)| amount.0),
                dates: deal_dates(&deal, part.what, self.settings.horizon_days),
            };
            self.take(part, channel, &cells, candidate)
        };
        if is_of_leads(part.what) { Box::new(iter::empty()) } else { Box::new(funnel.live_deals().filter_map(hit)) }
    }

    /// The rows of spend that a part counts or leaves out.
    pub(super) fn rows<'s>(&'s self, part: &'s Part, channel: Option<&'s str>) -> Hits<'s> {
        let (_, spend, _) = self.book.entities();
        let mut cells = Contribution::default();
        let hit = move |entry: spend::SpendEntry<'s>| {
            entry.contribution(&mut cells);
            let is_other = part.what == What::Money(Money::Media) && entry.facts.category != Category::Media;
            let dates = if is_other { vec![When::On(entry.facts.day)] } else { Vec::new() };
            let candidate = Candidate { subject: Subject::Row(entry), key: entry.key(), dims: entry.facts.dims, size: entry.facts.amount.0, dates };
            self.take(part, channel, &cells, candidate)
        };
        Box::new(spend.live().filter_map(hit))
    }

    /// The figures of days that a part counts.
    pub(super) fn figures<'s>(&'s self, part: &'s Part, channel: Option<&'s str>) -> Hits<'s> {
        let (.., figures) = self.book.entities();
        let mut cells = Contribution::default();
        let hit = move |figure: social::FigureEntry<'s>| {
            figure.contribution(&mut cells);
            let candidate = Candidate { subject: Subject::Figure(figure), key: figure.key(), dims: figure.facts.dims, size: 0, dates: Vec::new() };
            self.take(part, channel, &cells, candidate)
        };
        Box::new(figures.live().filter_map(hit))
    }

    fn take<'a>(&self, part: &Part, channel: Option<&str>, cells: &Contribution, candidate: Candidate<'a>) -> Option<Hit<'a, Found<'a>>> {
        let Candidate { subject, key, dims, size, dates } = candidate;
        let table = self.book.panes().dims();
        let is_asked = |of: &str| channel.is_none_or(|channel| channel == of);
        let left_out = |subject, how, size| Hit::left_out(Found { subject, left_out: Some(how) }, key, size);
        match part.cell(cells.cells(), table, self.config) {
            Some((Taken::Counts, cell)) => is_asked(&cell.dims.channel).then(|| Hit::counts(Found::counts(subject), key, cell)),
            Some((Taken::OtherChannel, cell)) => is_asked(&cell.dims.channel).then(|| left_out(subject, LeftOut::OtherChannel, cell.amount)),
            Some((Taken::NotCovered, cell)) => is_asked(&cell.dims.channel).then(|| left_out(subject, LeftOut::NotCovered, cell.amount)),
            Some((Taken::Elsewhere, _)) | None => {
                let date = dates.into_iter().find(|date| part.panes.has_time(*date, &self.settings.zone))?;
                let of = &table.dims(dims)?.channel;
                (is_asked(of) && part.allows(of)).then(|| left_out(subject, LeftOut::ByFacts(date), size))
            }
        }
    }
}

fn is_of_leads(what: What) -> bool {
    use Measure::{Conversions, Converted, DisqualifiedLeads, Leads, Mature, MatureConverted, Mqls, Sqls};
    matches!(what, What::Count(Leads | DisqualifiedLeads | Mqls | Sqls | Converted | Conversions | Mature | MatureConverted))
}

/// The dates by which a lead would be counted.
fn lead_dates(entry: &LeadEntry<'_>, what: What, horizon: i32) -> Vec<When> {
    let lead = entry.lead;
    match what {
        What::Count(Measure::Leads | Measure::Converted) => vec![lead.created_at()],
        What::Count(Measure::Mqls) => lead.mql_at().into_iter().collect(),
        What::Count(Measure::Sqls) => lead.sql_at().into_iter().collect(),
        // One that came in is looked for, though it matures later.
        What::Count(Measure::Mature) => vec![lead.maturity(horizon), lead.created_at()],
        What::Count(Measure::MatureConverted) => vec![lead.maturity(horizon)],
        What::Count(Measure::Conversions) => entry.deals().filter_map(|deal| deal.deal.won_at()).collect(),
        _ => Vec::new(),
    }
}

/// The dates by which a deal would be counted.
fn deal_dates(entry: &DealEntry<'_>, what: What, horizon: i32) -> Vec<When> {
    let won_at = || entry.deal.won_at();
    let of_lead = |date: fn(&LeadEntry<'_>, i32) -> When| entry.lead().map(|lead| date(&lead, horizon));
    let date = match what {
        What::Count(Measure::Customers | Measure::LedCustomers | Measure::ValuedWins | Measure::CycleWins) => won_at(),
        What::Seconds(_) | What::Cycles => won_at(),
        What::Money(Money::Won | Money::Return) => won_at(),
        What::Money(Money::Cohort) => won_at().and_then(|won_at| of_lead(|lead, _| lead.lead.created_at()).or(Some(won_at))),
        What::Money(Money::Mature) => won_at().and_then(|won_at| of_lead(|lead, horizon| lead.lead.maturity(horizon)).or(Some(won_at))),
        // It is open whenever it was opened.
        What::Money(Money::Open) => (entry.deal.status == DealStatus::Open).then_some(When::On(Day::EARLIEST)),
        _ => None,
    };
    date.into_iter().collect()
}
