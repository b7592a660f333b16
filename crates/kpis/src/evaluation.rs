//! What an evaluation yields: rows of plain numbers, each with its window, its group, and a reason where there is none.

use std::{fmt, sync::Arc};

use model::{Currency, Day, Micros, Millis};

use crate::Kpi;

/// The KPIs at an instant.
#[derive(Clone, PartialEq, Debug)]
pub struct Evaluation {
    /// The instant.
    pub as_of: Millis,
    /// The business time zone's name.
    pub time_zone: String,
    /// The reporting currency.
    pub currency: Currency,
    /// The day through which the spend of every active platform is complete; none without media spend.
    pub spend_complete_through: Option<Day>,
    /// Of each active platform, the newest day it has reported.
    pub spend_reported: Vec<(Arc<str>, Day)>,
    /// The rows: by window, grouping and group, each in the catalogue's order.
    pub rows: Rows,
    /// What moved ratios, by channel; empty where channels were not asked for.
    pub effects: Effects,
    /// What was left out, and counted.
    pub data_state: DataState,
}

/// Rows, those of one window and group together. A clone shares them.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Rows(Vec<Arc<[Row]>>);

/// A KPI in a window, of everything or of one group.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Which KPI.
    pub kpi: Kpi,
    /// The window's name.
    pub window: Arc<str>,
    /// The first covered day's first instant.
    pub start: Millis,
    /// The first instant after the last covered day.
    pub end: Millis,
    /// The group; [`Group::default`] for the total.
    pub group: Arc<Group>,
    /// The value, or why there is none.
    pub value: Result<Number, Undefined>,
    /// The numerator of a ratio, the value of a sum; none where it is not known.
    pub numerator: Option<Number>,
    /// The denominator of a ratio.
    pub denominator: Option<Number>,
    /// On how many things the value rests.
    pub sample_size: Option<i128>,
    /// The 95% interval.
    pub interval: Option<(f64, f64)>,
    /// How it stands against its target, and where its period leads.
    pub aim: Aim,
}

/// How a row stands against its target, and where its period leads. Each is none where there is no such number.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Aim {
    /// The target, in the KPI's unit.
    pub target: Option<f64>,
    /// The share of the target that is attained; of what is better low, the target as a share of the value. KPI T6
    pub attainment: Option<f64>,
    /// What the whole period is expected to bring, as a share of the target. KPI T8
    pub pace: Option<f64>,
    /// What the whole period is expected to bring, in the KPI's unit. KPI T8
    pub projected: Option<f64>,
}

/// What a channel has to do with the change of a ratio from one window to the one compared with it. KPI E1
#[derive(Clone, PartialEq, Debug)]
pub struct Effect {
    /// Which ratio.
    pub kpi: Kpi,
    /// The window.
    pub window: Arc<str>,
    /// The window it is compared with.
    pub before: Arc<str>,
    /// The channel.
    pub channel: Arc<str>,
    /// By how much the ratio moved because the channel's share moved; none where its parts are not known.
    pub mix: Option<f64>,
    /// By how much it moved because the channel's own ratio did.
    pub rate: Option<f64>,
}

/// Effects, those of one window together, in the order of the windows asked for. A clone shares them.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Effects(pub(crate) Vec<Arc<[Effect]>>);

/// A group of a breakdown; a dimension that is not broken down by is none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Group {
    /// The channel.
    pub channel: Option<Arc<str>>,
    /// The campaign.
    pub campaign: Option<Arc<str>>,
    /// The segment.
    pub segment: Option<Arc<str>>,
}

/// A number that keeps its kind.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Number {
    /// A count.
    Count(i128),
    /// An amount of the reporting currency.
    Money(Micros),
    /// A ratio, a duration in seconds, or an average.
    Real(f64),
}

/// Why a ratio has no value, in order of precedence. KPI N1, N2
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Undefined {
    /// The window reaches below what is kept.
    NotKept,
    /// Not a KPI of minute windows.
    DailyOnly,
    /// No margin is configured.
    NoMargin,
    /// No day of the window has complete spend.
    SpendIncomplete,
    /// An amount could not be converted.
    MissingRate,
    /// An amount, or a sum of amounts, is more millionths than 128 bits hold.
    OutOfRange,
    /// Spend is not above 0.
    NoSpend,
    /// The denominator is not above 0: leads.
    NoLeads,
    /// New customers.
    NoCustomers,
    /// Won deals.
    NoWins,
    /// Won and lost deals.
    NoClosedDeals,
    /// Visitors.
    NoVisitors,
    /// Impressions.
    NoImpressions,
    /// Members.
    NoAudience,
}

/// What was left out of the KPIs, over all days up to the instant's. KPI H3
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DataState {
    /// Won deals without an amount.
    pub deals_without_amount: i128,
    /// New-business wins whose cycle is negative or unknown.
    pub wins_without_cycle: i128,
    /// Share within the horizon among the conversions of leads long mature.
    pub conversion_within_horizon: Option<f64>,
    /// Amounts for which there is no rate.
    pub unconverted: Vec<Unconverted>,
}

/// An amount for which there is no rate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unconverted {
    /// The KPI that lacks it.
    pub measure: &'static str,
    /// Its currency.
    pub currency: Currency,
    /// The amount in that currency.
    pub amount: Micros,
}

impl Rows {
    pub(crate) fn of(groups: Vec<Arc<[Row]>>) -> Rows {
        Rows(groups)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.0.iter().flat_map(|rows| rows.iter())
    }

    /// Those of each window and group.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Arc<[Row]>> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|rows| rows.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps those of which something holds.
    pub fn retain(&mut self, is_kept: impl Fn(&Row) -> bool) {
        for rows in &mut self.0 {
            if !rows.iter().all(&is_kept) {
                *rows = rows.iter().filter(|row| is_kept(row)).cloned().collect();
            }
        }
        self.0.retain(|rows| !rows.is_empty());
    }

    /// Keeps those of groups of which something holds.
    pub fn retain_groups(&mut self, is_kept: impl Fn(&Group) -> bool) {
        self.0.retain(|rows| rows.first().is_some_and(|row| is_kept(&row.group)));
    }

    /// Whether they are the very same, not only equal ones: clones of one evaluation's, or of one that found nothing changed.
    pub fn are_shared_with(&self, other: &Rows) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, two)| Arc::ptr_eq(one, two))
    }

    /// Puts others behind them.
    pub fn append(&mut self, others: Rows) {
        self.0.extend(others.0);
    }
}

impl Effects {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Effect> {
        self.0.iter().flat_map(|effects| effects.iter())
    }

    /// Whether they are the very same, not only equal ones.
    pub fn are_shared_with(&self, other: &Effects) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(one, two)| Arc::ptr_eq(one, two))
    }
}

impl FromIterator<Effect> for Effects {
    fn from_iter<I: IntoIterator<Item = Effect>>(effects: I) -> Effects {
        Effects(vec![effects.into_iter().collect()])
    }
}

impl From<Vec<Row>> for Rows {
    fn from(rows: Vec<Row>) -> Rows {
        Rows(rows.chunk_by(|one, next| (&one.window, &one.group) == (&next.window, &next.group)).map(Arc::from).collect())
    }
}

impl Number {
    /// The number as a float, for formulas and machine formats.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Count(n) => n as f64,
            Number::Money(amount) => amount.units(),
            Number::Real(x) => x,
        }
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.as_f64() == 0.0
    }
}

impl Undefined {
    /// All of them, in order of precedence.
    pub const ALL: [Undefined; 14] = [
        Undefined::NotKept,
        Undefined::DailyOnly,
        Undefined::NoMargin,
        Undefined::SpendIncomplete,
        Undefined::MissingRate,
        Undefined::OutOfRange,
        Undefined::NoSpend,
        Undefined::NoLeads,
        Undefined::NoCustomers,
        Undefined::NoWins,
        Undefined::NoClosedDeals,
        Undefined::NoVisitors,
        Undefined::NoImpressions,
        Undefined::NoAudience,
    ];

    /// The reason's code.
    pub fn code(self) -> &'static str {
        match self {
            Undefined::NotKept => "not_kept",
            Undefined::DailyOnly => "daily_only",
            Undefined::NoMargin => "no_margin",
            Undefined::SpendIncomplete => "spend_incomplete",
            Undefined::MissingRate => "missing_rate",
            Undefined::OutOfRange => "out_of_range",
            Undefined::NoSpend => "no_spend",
            Undefined::NoLeads => "no_leads",
            Undefined::NoCustomers => "no_customers",
            Undefined::NoWins => "no_wins",
            Undefined::NoClosedDeals => "no_closed_deals",
            Undefined::NoVisitors => "no_visitors",
            Undefined::NoImpressions => "no_impressions",
            Undefined::NoAudience => "no_audience",
        }
    }
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
