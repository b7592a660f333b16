//! What a KPI is made of: which cells, of which days and channels, count how often in its numerator and its denominator.
//!
//! Not its job: the formulas. The sums of what the parts count are the row's numerator and denominator; a test holds both together.

mod interactions;
mod listing;
mod table;

use std::{collections::BTreeSet, slice, sync::Arc};

use model::{Day, Micros, Millis, Minute, Quoted, When};
use panes::{DayRange, DimsId, DimsTable, Measure, PaneId, Panes, Period};

use crate::{
    By, Config, Kpi, Money, Request, Row, Span, Undefined, UnknownSpan,
    coverage::{Coverage, Instance, instances, spend_state},
    evaluate::evaluate_instances,
    formulas::{is_paid, is_unmatched},
    groups::Grouping,
    view::{Rollup, View},
};

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

/// What a part adds up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// A count.
    Count(Measure),
    /// Money.
    Money(Money),
    /// Members of communities, a level.
    Members,
    /// Distinct visitors, who do not add up.
    Visitors,
    /// Those with a conversion action.
    ConvertingVisitors,
}

/// Some panes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stretch {
    /// Days.
    Days(DayRange),
    /// Minutes, from the first to the last.
    Minutes(Minute, Minute),
    /// What stands at a day.
    StandingAt(Day),
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
pub enum Place {
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
    let rows = evaluate_instances(folds, &request, config, spend, slice::from_ref(&instance)).rows.into_iter();
    let row = rows.into_iter().find(|row| row.kpi == *kpi && row.group.channel.as_deref() == channel.as_deref());
    let is_known = |row: &Row| !matches!(row.value, Err(Undefined::NotKept | Undefined::DailyOnly));
    let parts = match row.as_ref().is_none_or(is_known) {
        true => Maker { folds, config, today: config.zone.day_of(*as_of), instance }.parts(*kpi),
        false => Vec::new(),
    };
    Makeup { row, parts }
}

/// Makes the parts of one instance of a window.
struct Maker<'a> {
    folds: &'a [&'a Panes],
    config: &'a Config,
    today: Day,
    instance: Instance,
}

impl Instance {
    fn label(&self) -> &Arc<str> {
        match self {
            Instance::Minutes(label, ..) => label,
            Instance::Days(coverage) => &coverage.label,
        }
    }
}

impl Maker<'_> {
    /// A part over the days that `of` covers, `shift` days later, and over the whole window's.
    fn part(&self, name: &'static str, what: What, of: fn(&Coverage) -> DayRange, shift: i32) -> Part {
        let (panes, whole) = match &self.instance {
            Instance::Minutes(_, first, last) => (Stretch::Minutes(*first, *last), Stretch::Minutes(*first, *last)),
            Instance::Days(coverage) => (Stretch::Days(of(coverage).plus(shift)), Stretch::Days(coverage.whole.plus(shift))),
        };
        Part { name, what, numerator: None, denominator: false, panes, whole, channels: None }
    }

    /// The channels that are paid by the spend of some days, or that it does not match.
    fn channels_of(&self, range: DayRange, is: impl Fn(&str, &crate::cells::Cells) -> bool, are: &'static str) -> Channels {
        let view = View::new(self.folds, range);
        let total = Grouping::new(By::TOTAL, self.folds);
        let rollup: Rollup<'_> = view.rollup(&total);
        let sums = rollup.sum_by_channel(view.channels.groups.len(), range);
        let named = view.channels.groups.iter().zip(&sums).filter_map(|(group, cells)| Some((group.channel.clone()?, cells)));
        Channels { names: Arc::new(named.filter(|(channel, cells)| is(channel, cells)).map(|(channel, _)| channel).collect()), are }
    }

    fn paid(&self, part: &Part) -> Channels {
        self.channels_of(
            part.panes.days(),
            |channel, cells| is_paid(channel, cells, self.config),
            "paid: no media spend above 0 in the days of the spend",
        )
    }

    fn unmatched(&self, part: &Part) -> Channels {
        self.channels_of(part.panes.days(), is_unmatched, "without a lead in these days")
    }

    fn community(&self) -> Channels {
        let names = self.config.community_channels.iter().map(|name| Arc::from(name.as_str())).collect();
        Channels { names: Arc::new(names), are: "of a community" }
    }
}

impl Stretch {
    /// Its days; of other panes none.
    pub fn days(self) -> DayRange {
        match self {
            Stretch::Days(range) => range,
            Stretch::Minutes(..) | Stretch::StandingAt(_) => DayRange::new(Day(0), Day(-1)),
        }
    }

    /// Whether a pane is one of these.
    pub fn has(self, pane: PaneId) -> bool {
        match (self, pane) {
            (Stretch::Days(range), PaneId::Day(day)) => range.first <= day && day <= range.last,
            (Stretch::Minutes(first, last), PaneId::Minute(minute)) => first <= minute && minute <= last,
            (Stretch::StandingAt(day), PaneId::Standing(since)) => since <= Some(day),
            _ => false,
        }
    }

    /// Whether a time lies in these panes, had it been booked.
    pub fn has_time(self, when: When, zone: &model::Zone) -> bool {
        match (self, when) {
            (Stretch::Days(_), when) => self.has(PaneId::Day(zone.day(when))),
            (Stretch::Minutes(..), When::At(at)) => self.has(PaneId::Minute(at.minute())),
            (Stretch::Minutes(..), When::On(_)) => false,
            (Stretch::StandingAt(day), when) => zone.day(when) <= day,
        }
    }

    /// Whether a pane is of the kind in which this one's cells lie.
    fn is_kind(self, pane: PaneId) -> bool {
        matches!(
            (self, pane),
            (Stretch::Days(_), PaneId::Day(_)) | (Stretch::Minutes(..), PaneId::Minute(_)) | (Stretch::StandingAt(_), PaneId::Standing(_))
        )
    }

    /// The day at whose rates a pane's money is converted.
    fn rate_day(self, pane: PaneId, zone: &model::Zone) -> Day {
        match (self, pane) {
            (Stretch::StandingAt(day), _) => day,
            (_, PaneId::Day(day)) => day,
            (_, PaneId::Minute(minute)) => zone.day_of(minute.start()),
            (_, PaneId::Standing(since)) => since.unwrap_or(Day(i32::MIN)),
        }
    }
}

impl Part {
    /// The cell of a contribution that the part looks at, and how it takes it; of several the one that counts.
    pub fn cell(&self, cells: &[(PaneId, DimsId, Measure, i128)], dims: &DimsTable, config: &Config) -> Option<(Place, Cell)> {
        let seen = cells.iter().filter(|(pane, ..)| self.panes.is_kind(*pane)).filter_map(|(pane, id, measure, amount)| {
            let money = self.money_of(*measure, self.panes.rate_day(*pane, &config.zone))?;
            let dims = dims.dims(*id)?;
            Some((self.place(*pane, &dims.channel), *pane, dims, *amount, money))
        });
        let (place, pane, dims, amount, money) = seen.min_by_key(|(place, ..)| *place)?;
        Some((place, Cell { pane, dims: dims.clone(), amount, money }))
    }

    /// How a cell of the part's measure is taken.
    pub fn place(&self, pane: PaneId, channel: &str) -> Place {
        match self.panes.has(pane) {
            true if self.allows(channel) => Place::Counts,
            true => Place::OtherChannel,
            false if self.whole.has(pane) => Place::NotCovered,
            false => Place::Elsewhere,
        }
    }

    /// Whether a channel is among those that count.
    pub fn allows(&self, channel: &str) -> bool {
        self.channels.as_ref().is_none_or(|channels| channels.names.contains(channel))
    }

    /// Of a measure that the part adds up: nothing, or the currency and the day of its rate.
    fn money_of(&self, measure: Measure, day: Day) -> Option<Option<(model::Currency, Day)>> {
        match self.what {
            What::Count(counted) => (counted == measure).then_some(None),
            What::Money(kind) => {
                let (found, currency, day) = Money::of(measure, day)?;
                (found == kind).then_some(Some((currency, day)))
            }
            What::Members | What::Visitors | What::ConvertingVisitors => None,
        }
    }
}
