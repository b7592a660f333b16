//! What a KPI is made of: which cells, of which days and channels, count how often in its numerator and its denominator.
//!
//! Not its job: the formulas. The sums of what the parts count are the row's numerator and denominator; a test holds both together.

mod interactions;
mod listing;

use std::{collections::BTreeSet, sync::Arc};

use model::{Day, Micros, Millis, Quoted};
use panes::{DimsId, DimsTable, Measure, PaneId, Panes, Period};

use crate::{
    By, Config, Kpi, Money, Request, Row, Span, Undefined, UnknownSpan,
    coverage::{Instance, instances, spend_state},
    definition::{Days, Formula, Selection, Term, Weight},
    evaluate::{evaluate_instance, selected},
    reach::Reach,
};

pub use crate::{definition::What, stretch::Stretch};
pub use interactions::{Account, accounts, interactions, visitors};
pub use listing::{Cell, Hit, Listing};

/// Which KPI, where and when.
#[derive(Clone, Debug)]
pub struct Question {
    /// The KPI.
    pub kpi: Kpi,
    /// The window.
    pub window: WindowName,
    /// One channel only.
    pub channel: Option<String>,
    /// The instant.
    pub as_of: Millis,
}

/// The name of a window that a report can have: of a window, `all`, or of one calendar period such as `2018-03`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WindowName {
    name: String,
    span: Span,
}

/// What a KPI is made of.
#[derive(Clone, Debug)]
pub struct Makeup {
    /// The row that a report shows; none where the channel has no row there: all its parts are 0.
    pub row: Option<Row>,
    /// The parts; none where the row has none either.
    pub parts: Vec<Part>,
}

/// A part of a KPI.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it counts, for people.
    pub name: &'static str,
    /// The measure.
    pub what: What,
    /// By what its sum is multiplied in the numerator, in millionths; none where it is not in it.
    pub numerator: Option<Micros>,
    /// Whether its sum is in the denominator.
    pub denominator: bool,
    /// The panes whose cells count.
    pub panes: Stretch,
    /// The panes of the whole window, of which a ratio with spend covers the first.
    pub whole: Stretch,
    /// The channels that count, where not all do.
    pub channels: Option<Channels>,
}

/// Some channels, and what they have in common.
#[derive(Clone, Debug)]
pub struct Channels {
    /// Their names.
    pub names: Arc<BTreeSet<Arc<str>>>,
    /// What the others are not, for people: `paid`.
    pub are: &'static str,
}

/// How a part takes a cell of its measure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Taken {
    /// It counts.
    Counts,
    /// Its channel is not among those that count.
    OtherChannel,
    /// It lies in the window, but on a day whose spend is not complete.
    NotCovered,
    /// It lies elsewhere.
    Elsewhere,
}

/// There is no KPI of these names.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnknownKpi {
    /// The name is no KPI's.
    #[error("unknown KPI {}: use one of {}", Quoted(.0), names())]
    Name(String),
    /// The KPI has no such variant.
    #[error("{kpi} {what}: use one of {variants}")]
    Variant {
        /// The KPI.
        kpi: String,
        /// What is wrong with the variant.
        what: String,
        /// Those that it has.
        variants: String,
    },
    /// The KPI has no variants.
    #[error("{0} has no variants: leave it out")]
    NoVariants(String),
}

/// The KPI of a name and a variant in JSON.
///
/// ```
/// use kpis::{Kpi, explain::kpi_named};
/// assert_eq!(kpi_named("cac", Some("paid")), Ok(Kpi::CacPaid));
/// assert_eq!(kpi_named("cac", None).unwrap_err().to_string(), "cac has several variants: use one of blended, paid");
/// ```
pub fn kpi_named(name: &str, variant: Option<&str>) -> Result<Kpi, UnknownKpi> {
    let named: Vec<Kpi> = Kpi::ALL.iter().copied().filter(|kpi| kpi.name() == name).collect();
    if let Some(kpi) = named.iter().find(|kpi| kpi.variant() == variant) {
        return Ok(*kpi);
    }
    let variants: Vec<&str> = named.iter().filter_map(|kpi| kpi.variant()).collect();
    let what = variant.map_or_else(|| "has several variants".to_owned(), |variant| format!("has no variant {}", Quoted(variant)));
    Err(match (named.is_empty(), variants.is_empty()) {
        (true, _) => UnknownKpi::Name(name.to_owned()),
        (_, true) => UnknownKpi::NoVariants(name.to_owned()),
        _ => UnknownKpi::Variant { kpi: name.to_owned(), what, variants: variants.join(", ") },
    })
}

fn names() -> String {
    let mut names: Vec<&str> = Kpi::ALL.iter().map(|kpi| kpi.name()).collect();
    names.dedup();
    names.join(", ")
}

impl WindowName {
    /// The window of a name.
    ///
    /// ```
    /// use kpis::explain::WindowName;
    /// assert!(["7d", "all", "2018-03-05", "2018-W10", "2018-03", "2018-Q1"].iter().all(|name| WindowName::parse(name).is_ok()));
    /// assert!(["8d", "2018", "2018-3", "20180305xx"].iter().all(|name| WindowName::parse(name).is_err()));
    /// ```
    pub fn parse(name: &str) -> Result<WindowName, UnknownSpan> {
        let shape: String = name.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        let span = match &*shape {
            "0000-00-00" => Span::Each(Period::Day),
            "0000-W00" => Span::Each(Period::Week),
            "0000-00" => Span::Each(Period::Month),
            "0000-Q0" => Span::Each(Period::Quarter),
            _ => Span::parse(name)?,
        };
        Ok(WindowName { name: name.to_owned(), span })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

/// What the KPI asked for is made of.
pub fn makeup(question: &Question, folds: &[&Panes], config: &Config) -> Makeup {
    let Question { kpi, window, channel, as_of } = question;
    let by = By { channel: channel.is_some(), ..By::TOTAL };
    let request = Request { as_of: *as_of, spans: vec![window.span], by: vec![by] };
    let spend = spend_state(folds);
    let instance = instances(&request, config, folds, spend.complete_through).find(|instance| **instance.label() == *window.name);
    // Of a calendar period that one alone: a report of each would be the more work the longer the history.
    let Some(instance) = instance else { return Makeup { row: None, parts: Vec::new() } };
    let rows = evaluate_instance(folds, &request, config, spend, &instance).rows;
    let row = rows.iter().find(|row| row.kpi == *kpi && row.group.channel.as_deref() == channel.as_deref()).cloned();
    let is_known = |row: &Row| !matches!(row.value, Err(Undefined::NotKept | Undefined::DailyOnly));
    let parts = match row.as_ref().is_none_or(is_known) {
        true => Maker { folds, config, request: &request, instance: &instance }.parts(*kpi),
        false => Vec::new(),
    };
    Makeup { row, parts }
}

/// Makes the parts of one instance of a window.
struct Maker<'a> {
    folds: &'a [&'a Panes],
    config: &'a Config,
    request: &'a Request,
    instance: &'a Instance,
}

impl Maker<'_> {
    /// The parts of a KPI: its terms, each once, with how it counts above and below the line.
    fn parts(&self, kpi: Kpi) -> Vec<Part> {
        let definition = kpi.definition();
        if !definition.in_minutes && matches!(self.instance, Instance::Minutes(..)) {
            return Vec::new();
        }
        let mut parts: Vec<(&Term, Part)> = Vec::new();
        for term in definition.terms() {
            if !parts.iter().any(|(known, _)| known.is_same_sum(term)) {
                parts.extend(self.part(term, Reach::of(term, definition.cover)).map(|part| (term, part)));
            }
        }
        for (term, part) in &mut parts {
            (part.numerator, part.denominator) = self.counts(term, &definition.formula);
        }
        parts.into_iter().map(|(_, part)| part).collect()
    }

    /// By what a term is multiplied in the numerator, and whether it is in the denominator.
    fn counts(&self, term: &Term, formula: &Formula) -> (Option<Micros>, bool) {
        const ONE: Micros = Micros(1_000_000);
        match formula {
            Formula::Sum(_) => (Some(ONE), false),
            Formula::Quantile { .. } => (None, false),
            Formula::Ratio(ratio) => {
                let weighs_margin = ratio.numerator.iter().any(|(weight, _)| *weight == Weight::Margin);
                // Without a margin there is no numerator.
                let is_known = !weighs_margin || self.config.margin.is_some();
                let weight = ratio.numerator.iter().find(|(_, own)| own.is_same_sum(term)).filter(|_| is_known).map(|(weight, _)| *weight);
                let numerator = weight.map(|weight| match weight {
                    Weight::One => ONE,
                    Weight::Minus => Micros(-ONE.0),
                    Weight::Margin => self.config.margin.unwrap_or(ONE),
                });
                (numerator, ratio.denominator.iter().any(|own| own.is_same_sum(term)))
            }
        }
    }

    /// A term over the days that the KPI covers, beside those of the whole window.
    fn part(&self, term: &Term, reach: Reach) -> Option<Part> {
        let today = self.config.zone.day_of(self.request.as_of);
        let panes = reach.stretch(self.instance, today, self.config)?;
        let whole = match (self.instance, reach.days) {
            (Instance::Days(coverage), Days::Covered) => Stretch::Days(coverage.whole),
            (Instance::Days(coverage), Days::Preceding) => Stretch::Days(coverage.whole.plus(-self.config.days_before(reach.cover))),
            _ => panes,
        };
        Some(Part { name: term.name, what: term.what, numerator: None, denominator: false, panes, whole, channels: self.channels(term.of) })
    }

    /// The channels that a term selects.
    fn channels(&self, selection: Selection) -> Option<Channels> {
        let are = match selection {
            Selection::All => return None,
            Selection::Community => "of a community",
            Selection::Paid => "paid: no media spend above 0 in the days of the spend",
            Selection::Unmatched => "without a lead in these days",
        };
        let names = selected(selection, self.folds, self.request, self.config, self.instance);
        Some(Channels { names: Arc::new(names), are })
    }
}

impl Term {
    /// Whether another term adds up the same.
    fn is_same_sum(&self, other: &Term) -> bool {
        (self.what, self.days, self.of) == (other.what, other.days, other.of)
    }
}

impl Part {
    /// The cell of a contribution that the part looks at, and how it takes it; of several the one that counts.
    pub fn cell(&self, cells: &[(PaneId, DimsId, Measure, i128)], dims: &DimsTable, config: &Config) -> Option<(Taken, Cell)> {
        let seen = cells.iter().filter(|(pane, ..)| self.panes.is_kind(*pane)).filter_map(|(pane, id, measure, amount)| {
            let money = self.money_of(*measure, self.panes.rate_day(*pane, &config.zone))?;
            let dims = dims.dims(*id)?;
            Some((self.taken(*pane, &dims.channel), *pane, dims, *amount, money))
        });
        let (place, pane, dims, amount, money) = seen.min_by_key(|(place, ..)| *place)?;
        Some((place, Cell { pane, dims: dims.clone(), amount, money }))
    }

    /// How a cell of the part's measure is taken.
    pub fn taken(&self, pane: PaneId, channel: &str) -> Taken {
        match self.panes.has(pane) {
            true if self.allows(channel) => Taken::Counts,
            true => Taken::OtherChannel,
            false if self.whole.has(pane) => Taken::NotCovered,
            false => Taken::Elsewhere,
        }
    }

    /// Whether a channel is among those that count.
    pub fn allows(&self, channel: &str) -> bool {
        self.channels.as_ref().is_none_or(|channels| channels.names.contains(channel))
    }

    /// Of a measure that the part adds up: nothing, or the currency and the day of its rate.
    fn money_of(&self, measure: Measure, day: Day) -> Option<Option<(model::Currency, Day)>> {
        match self.what {
            What::Count(counted) | What::Seconds(counted) => (counted == measure).then_some(None),
            What::Cycles => (measure == Measure::CycleMillis).then_some(None),
            What::Money(kind) => {
                let (found, currency, day) = Money::of(measure, day)?;
                (found == kind).then_some(Some((currency, day)))
            }
            What::Members | What::Visitors | What::ConvertingVisitors => None,
        }
    }
}
