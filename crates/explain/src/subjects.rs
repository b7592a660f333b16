//! The things that a KPI counts, and how each is shown.

use funnel::entries::{DealEntry, LeadEntry};
use kpis::explain::{Account, Cell, Hit};
use ledger::Latest;
use model::{Currency, Micros, When};
use panes::{Dims, DimsId, DimsTable, PaneId};
use social::FigureEntry;
use spend::SpendEntry;

/// Something that counts, or could.
pub struct Found<'a> {
    /// What it is.
    pub subject: Subject<'a>,
    /// How it is left out; none where it counts.
    pub left_out: Option<LeftOut>,
}

/// How a thing is left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeftOut {
    /// Its channel is not among those that count.
    OtherChannel,
    /// It lies in the window, but on a day whose spend is not complete.
    NotCovered,
    /// By its facts, although this date of it lies in the window.
    ByFacts(When),
}

/// A thing that a KPI counts.
pub enum Subject<'a> {
    Lead(LeadEntry<'a>),
    Deal(DealEntry<'a>),
    Row(SpendEntry<'a>),
    Figure(FigureEntry<'a>),
    Account(Account),
    /// Interactions, summed up.
    Interactions,
}

/// How a thing is shown.
pub struct Shown {
    pub key: String,
    pub amount: Option<(Micros, Currency)>,
    pub dims: Option<Dims>,
}

impl<'a> Found<'a> {
    /// Something that counts.
    pub fn counts(subject: Subject<'a>) -> Found<'a> {
        Found { subject, left_out: None }
    }
}

impl<'a> Subject<'a> {
    pub fn entity(&self) -> &'static str {
        match self {
            Subject::Lead(_) => "lead",
            Subject::Deal(_) => "deal",
            Subject::Row(_) => "ad_spend",
            Subject::Figure(_) => "daily_figure",
            Subject::Account(_) => "account",
            Subject::Interactions => "interactions",
        }
    }

    pub fn latest(&self) -> Option<Latest<'a>> {
        match self {
            Subject::Lead(lead) => lead.latest(),
            Subject::Deal(deal) => deal.latest(),
            Subject::Row(row) => row.latest(),
            Subject::Figure(figure) => figure.latest(),
            Subject::Account(_) | Subject::Interactions => None,
        }
    }

    pub fn shown(&self, hit: &Hit<'_, Found<'_>>, dims: &DimsTable) -> Shown {
        let cell = hit.cell.as_ref();
        let dims_of = |own: DimsId| cell.map(|cell| cell.dims.clone()).or_else(|| dims.dims(own).cloned());
        match self {
            Subject::Lead(lead) => Shown { key: text(lead.id()), amount: None, dims: dims_of(lead.lead.dims) },
            Subject::Deal(deal) => Shown { key: text(deal.id()), amount: deal.deal.amount, dims: dims_of(deal.context.dims) },
            Subject::Row(row) => Shown { key: row.key_text(), amount: Some((row.facts.amount, row.facts.currency)), dims: dims_of(row.facts.dims) },
            Subject::Figure(figure) => Shown { key: figure.key_text(), amount: None, dims: dims_of(figure.facts.dims) },
            Subject::Account(account) => {
                let name = if account.account.is_empty() { "-" } else { &account.account };
                let what = account.figure_of.map_or_else(|| "follows".to_owned(), |day| format!("figure of {day}"));
                Shown { key: format!("{} / {name} / {what}", account.platform), amount: None, dims: Some(account.dims.clone()) }
            }
            Subject::Interactions => {
                let on = cell.and_then(|cell| booked_on(cell.pane)).unwrap_or_default();
                let key = cell.map(|cell| [&*on, &*cell.dims.channel, &*cell.dims.campaign].map(str::to_owned)).unwrap_or_default();
                let named = key.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>();
                Shown { key: named.join(" / "), amount: None, dims: cell.map(|cell| cell.dims.clone()) }
            }
        }
    }
}

/// An account's members.
pub fn account<'a>(account: Account) -> Hit<'a, Found<'a>> {
    let pane = PaneId::Standing(account.figure_of);
    let key = format!("{}\0{}\0{:?}", account.platform, account.account, account.figure_of).into_bytes();
    let cell = Cell { pane, dims: account.dims.clone(), amount: account.members, money: None };
    Hit::counts(Found::counts(Subject::Account(account)), key, cell)
}

/// The day or the minute of a pane.
pub fn booked_on(pane: PaneId) -> Option<String> {
    match pane {
        PaneId::Day(day) => Some(day.to_string()),
        PaneId::Minute(minute) => Some(minute.start().to_string()),
        PaneId::Standing(since) => since.map(|day| day.to_string()),
    }
}

/// An id, which came in as text.
pub fn text(id: &[u8]) -> String {
    String::from_utf8_lossy(id).into_owned()
}
