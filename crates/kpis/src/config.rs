//! What is asked, and the settings that a KPI depends on beside the panes.

use std::collections::BTreeSet;

use model::{Currency, Micros, Millis, Quoted, Settings, Zone};
use panes::{Period, Window, window::UnknownWindow};

use crate::{Rates, Targets};

/// The settings that change a KPI, but not the fold.
#[derive(Clone, Debug)]
pub struct Config {
    /// The business time zone, as the fold has it.
    pub(crate) zone: Zone,
    /// The reporting currency.
    pub currency: Currency,
    /// The share of a sale's value that is margin, in millionths; without one `roi` is undefined.
    pub margin: Option<Micros>,
    /// Days after which a lead is mature, as the fold has it.
    pub(crate) horizon_days: i32,
    /// Days by which spend precedes what it brings.
    pub lag_days: i32,
    /// The channels that are communities.
    pub community_channels: BTreeSet<String>,
    /// Exchange rates.
    pub rates: Rates,
    /// Targets of the KPIs.
    pub targets: Targets,
}

/// What to evaluate.
#[derive(Clone, Debug)]
pub struct Request {
    /// The instant.
    pub as_of: Millis,
    /// The spans, in the order of their rows.
    pub spans: Vec<Span>,
    /// The breakdowns beside the total.
    pub by: Vec<By>,
}

/// Days or minutes to sum up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    /// A named window.
    Window(Window),
    /// All days in which anything is booked, up to the instant's.
    All,
    /// Each calendar period of a kind, up to the instant's day.
    Each(Period),
}

/// A breakdown: the dimensions by which it groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct By {
    /// By channel.
    pub channel: bool,
    /// By campaign.
    pub campaign: bool,
    /// By segment.
    pub segment: bool,
}

/// The name is not a span's.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnknownSpan {
    /// Not a window.
    #[error("{0}, or all")]
    Window(#[from] UnknownWindow),
    /// Not a period.
    #[error("unknown period {}: use day, week, month or quarter", Quoted(.0))]
    Period(String),
    /// Not a dimension.
    #[error("unknown dimension {}: use channel, campaign or segment, several with commas between", Quoted(.0))]
    Dimension(String),
    /// A dimension that one breakdown names twice.
    #[error("{0} is named twice in one breakdown")]
    Twice(String),
}

impl Config {
    /// A configuration with the zone and the horizon of the fold, and with nothing else that is not so by default.
    pub fn new(settings: &Settings, currency: Currency) -> Config {
        Config {
            zone: settings.zone.clone(),
            currency,
            margin: None,
            horizon_days: settings.horizon_days,
            lag_days: 0,
            community_channels: BTreeSet::new(),
            rates: Rates::default(),
            targets: Targets::default(),
        }
    }

    /// The business time zone.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Days after which a lead is mature.
    pub fn horizon_days(&self) -> i32 {
        self.horizon_days
    }
}

impl Span {
    /// A named window, or `all`.
    pub fn parse(name: &str) -> Result<Span, UnknownSpan> {
        if name == "all" { Ok(Span::All) } else { Ok(Span::Window(name.parse()?)) }
    }

    /// Each calendar `day`, `week`, `month` or `quarter`.
    pub fn period(name: &str) -> Result<Span, UnknownSpan> {
        let period = match name {
            "day" => Period::Day,
            "week" => Period::Week,
            "month" => Period::Month,
            "quarter" => Period::Quarter,
            _ => return Err(UnknownSpan::Period(name.to_owned())),
        };
        Ok(Span::Each(period))
    }
}

impl By {
    /// The total.
    pub const TOTAL: By = By { channel: false, campaign: false, segment: false };

    /// The breakdown by channel alone.
    pub const CHANNEL: By = By { channel: true, campaign: false, segment: false };

    /// A breakdown by dimensions with commas between: `channel,campaign`.
    pub fn parse(names: &str) -> Result<By, UnknownSpan> {
        let mut by = By::TOTAL;
        for name in names.split(',').map(str::trim) {
            let chosen = match name {
                "channel" => &mut by.channel,
                "campaign" => &mut by.campaign,
                "segment" => &mut by.segment,
                _ => return Err(UnknownSpan::Dimension(name.to_owned())),
            };
            if std::mem::replace(chosen, true) {
                return Err(UnknownSpan::Twice(name.to_owned()));
            }
        }
        Ok(by)
    }
}
