//! What an evaluation yields: series, each with its level, its scores and its alarms, or the reason why there is none.

use std::{fmt, sync::Arc};

use model::{Currency, Day, Millis};

use crate::Step;

/// The drift of all that is watched, at an instant.
#[derive(Clone, PartialEq, Debug)]
pub struct Drift {
    /// The instant.
    pub as_of: Millis,
    /// The business time zone's name.
    pub time_zone: String,
    /// The reporting currency.
    pub currency: Currency,
    /// By KPI, the total first, then channels by name.
    pub series: Arc<[Series]>,
}

/// A KPI that is watched.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Watched {
    /// The cost of a customer (blended): what spend lets expect, against the customers that come.
    Cac,
    /// The conversion of leads: what leads let expect, against those that convert.
    LeadConversion,
}

/// One series: a KPI in total or of a channel.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    /// Which KPI.
    pub kpi: Watched,
    /// The channel; none for the total.
    pub channel: Option<Arc<str>>,
    /// Against what it is held.
    pub baseline: Level,
    /// The worsening it detects.
    pub detect: f64,
    /// How it stands, or why that cannot be told.
    pub state: Result<State, Reason>,
}

/// The level of a baseline; what is not configured and cannot be worked out is none.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Level {
    /// Its first day.
    pub from: Option<Day>,
    /// Its last day.
    pub until: Option<Day>,
    /// The cost of a customer, or the share of leads that convert.
    pub value: Option<f64>,
    /// What was put in: spend, or leads.
    pub put_in: Option<f64>,
    /// The customers, or conversions, that came of it.
    pub customers: Option<i128>,
}

/// How a series stands.
#[derive(Clone, PartialEq, Debug)]
pub struct State {
    /// In what steps it is scored.
    pub step: Step,
    /// How much more its counts vary than chance alone would have them.
    pub dispersion: f64,
    /// The score that is an alarm.
    pub threshold: f64,
    /// The first day that may be scored.
    pub first: Day,
    /// The last day scored.
    pub through: Day,
    /// The score for worse.
    pub worse: f64,
    /// The score for better.
    pub better: f64,
    /// By the day raised, worse first.
    pub alarms: Vec<Alarm>,
    /// The steps scored.
    pub steps: Vec<Scored>,
}

/// A step and the scores at its end.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scored {
    /// Its first day.
    pub first: Day,
    /// Its last day.
    pub last: Day,
    /// Customers that came.
    pub observed: i128,
    /// Customers that were to be expected.
    pub expected: f64,
    /// The score for worse.
    pub worse: f64,
    /// The score for better.
    pub better: f64,
}

/// Which way something drifts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Direction {
    /// Fewer customers than expected.
    Worse,
    /// More.
    Better,
}

/// A score that reached its threshold.
#[derive(Clone, PartialEq, Debug)]
pub struct Alarm {
    /// Which one.
    pub direction: Direction,
    /// The first day of the first step after the score was last 0.
    pub onset: Day,
    /// The last day of the step that reached the threshold.
    pub raised: Day,
    /// The last day of the step that brought the score back to 0.
    pub cleared: Option<Day>,
    /// Customers that came from the onset on.
    pub observed: i128,
    /// Customers that were to be expected.
    pub expected: f64,
    /// Their quotient.
    pub relative: Option<f64>,
    /// The level that they amount to.
    pub level: Option<f64>,
    /// Of a total: what each channel has to do with it, by name.
    pub moved: Vec<Moved>,
}

/// What a channel has to do with an alarm of the total, in customers.
#[derive(Clone, PartialEq, Debug)]
pub struct Moved {
    /// The channel.
    pub channel: Arc<str>,
    /// Customers that came by it.
    pub observed: i128,
    /// What was to be expected of it, and how the gap came about; none where an amount of it has no rate.
    pub gap: Option<Gap>,
}

/// How a channel's gap came about.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gap {
    /// Customers that were to be expected of the channel.
    pub expected: f64,
    /// By money or leads that moved to where they bring more or less.
    pub mix: f64,
    /// By the channel itself.
    pub rate: f64,
}

/// Why a series has no drift, in order of precedence.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// Neither days nor a level and a start are configured.
    NoBaseline,
    /// A day that is needed is not kept.
    NotKept,
    /// Leads of the baseline may still convert.
    BaselineNotMature,
    /// An amount could not be converted.
    MissingRate,
    /// The baseline has too few customers or leads, or no spend.
    BaselineTooSmall,
    /// The spend that brought the baseline's customers is not known.
    BaselineTooEarly,
    /// A step could be scored, were its spend complete.
    SpendIncomplete,
    /// No step is over yet.
    NotBegun,
}

impl Drift {
    /// The series of a KPI in total.
    pub fn total(&self, kpi: Watched) -> Option<&Series> {
        self.series.iter().find(|series| series.kpi == kpi && series.channel.is_none())
    }
}

impl Watched {
    /// Both.
    pub const ALL: [Watched; 2] = [Watched::Cac, Watched::LeadConversion];

    /// Its name in JSON and labels.
    pub fn name(self) -> &'static str {
        match self {
            Watched::Cac => "cac",
            Watched::LeadConversion => "lead_conversion",
        }
    }
}

impl Direction {
    /// Its name in JSON and labels.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Worse => "worse",
            Direction::Better => "better",
        }
    }
}

impl State {
    /// The alarm that stands in a direction.
    pub fn standing(&self, direction: Direction) -> Option<&Alarm> {
        self.alarms.iter().rev().find(|alarm| alarm.direction == direction && alarm.cleared.is_none())
    }
}

impl Reason {
    /// All of them, in order of precedence.
    pub const ALL: [Reason; 8] = [
        Reason::NoBaseline,
        Reason::NotKept,
        Reason::BaselineNotMature,
        Reason::MissingRate,
        Reason::BaselineTooSmall,
        Reason::BaselineTooEarly,
        Reason::SpendIncomplete,
        Reason::NotBegun,
    ];

    /// The reason's code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::NoBaseline => "no_baseline",
            Reason::NotKept => "not_kept",
            Reason::BaselineNotMature => "baseline_not_mature",
            Reason::MissingRate => "missing_rate",
            Reason::BaselineTooSmall => "baseline_too_small",
            Reason::BaselineTooEarly => "baseline_too_early",
            Reason::SpendIncomplete => "spend_incomplete",
            Reason::NotBegun => "not_begun",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
