//! The formulas: each KPI of one group in one window, from its parts.

use model::{Micros, channels::UNATTRIBUTED};
use panes::Measure;

use crate::{
    Config, Kpi, Number, Undefined,
    cells::{Cells, Money},
    garwood, wilson,
};

/// What the rows of one group in one window are made of. Each part is summed over the days its rows cover.
pub(crate) struct Parts<'a> {
    /// All, over the whole window.
    pub whole: &'a Cells,
    /// The community channels' part of it.
    pub community: &'a Cells,
    /// What stands at the instant.
    pub open: &'a Cells,
    /// Only in windows of days.
    pub daily: Option<Daily<'a>>,
}

/// What only windows of days have.
pub(crate) struct Daily<'a> {
    /// The days whose spend is complete.
    pub spend: Covered<'a>,
    /// Of them the spend of channels without a lead.
    pub unmatched: &'a Cells,
    /// The days that lagged spend covers, and that spend.
    pub lagged: Covered<'a>,
    pub lagged_spend: &'a Cells,
    /// The paid channels' part of both.
    pub paid: &'a Cells,
    pub paid_spend: &'a Cells,
    /// The days on which leads mature whose spend is complete, and that spend.
    pub mature: Covered<'a>,
    pub mature_spend: &'a Cells,
    /// Distinct visitors, all and converting; none where they are not kept as finely.
    pub visitors: Option<(i128, i128)>,
    pub members: i128,
}

/// Cells over the days that some ratios cover; `blocked` says why there are none.
#[derive(Clone, Copy)]
pub(crate) struct Covered<'a> {
    pub cells: &'a Cells,
    pub blocked: Option<Undefined>,
}

/// A numerator or denominator, or why it is not known.
type Part = Result<Number, Undefined>;

/// A row without its window and group.
pub(crate) struct Figures {
    pub value: Result<Number, Undefined>,
    pub numerator: Option<Number>,
    pub denominator: Option<Number>,
    pub sample_size: Option<i128>,
    pub interval: Option<(f64, f64)>,
    /// Whether a part is an amount that is not known, for want of a rate or of room, whatever the reason shown.
    pub unconvertible: bool,
}

impl Figures {
    /// No figures at all, for a reason.
    pub fn unknown(reason: Undefined) -> Figures {
        Figures { value: Err(reason), numerator: None, denominator: None, sample_size: None, interval: None, unconvertible: false }
    }

    fn count(n: i128) -> Figures {
        Figures::sum(Ok(Number::Count(n)), n)
    }

    /// A sum; unknown where it is one of amounts that cannot be converted.
    fn sum(value: Part, sample_size: i128) -> Figures {
        Figures { value, numerator: value.ok(), denominator: None, sample_size: Some(sample_size), interval: None, unconvertible: value.is_err() }
    }

    fn with_wilson(mut self) -> Figures {
        if let (Ok(_), Some(k), Some(n)) = (self.value, self.numerator, self.denominator) {
            let (k, n) = (k.as_f64(), n.as_f64());
            self.interval = (0.0 <= k && k <= n).then(|| wilson(k, n));
        }
        self
    }

    /// Garwood's interval on a count of customers, their spend fixed.
    fn with_garwood(mut self, spend: Result<Micros, Undefined>, customers: i128) -> Figures {
        if let (Ok(_), Ok(spend), Ok(n)) = (self.value, spend, u64::try_from(customers)) {
            let (lower, upper) = garwood(n);
            self.interval = Some((spend.units() / upper, spend.units() / lower));
        }
        self
    }
}

/// A ratio of parts, with the reasons that would leave it undefined.
struct Ratio {
    numerator: Option<Number>,
    denominator: Option<Number>,
    sample_size: i128,
    unconvertible: bool,
    reasons: Vec<Undefined>,
}

impl Ratio {
    fn new(numerator: Part, denominator: Part, sample_size: i128) -> Ratio {
        let reasons: Vec<Undefined> = numerator.err().into_iter().chain(denominator.err()).collect();
        Ratio { numerator: numerator.ok(), denominator: denominator.ok(), sample_size, unconvertible: !reasons.is_empty(), reasons }
    }

    fn of_counts(numerator: i128, denominator: i128, sample_size: i128) -> Ratio {
        Ratio::new(Ok(Number::Count(numerator)), Ok(Number::Count(denominator)), sample_size)
    }

    fn unless(mut self, reason: Option<Undefined>) -> Ratio {
        self.reasons.extend(reason);
        self
    }

    /// A ratio with spend is undefined where that is not above 0.
    fn needs_spend(self, spend: Result<Micros, Undefined>) -> Ratio {
        self.unless(spend.ok().filter(|spend| spend.0 <= 0).map(|_| Undefined::NoSpend))
    }

    /// The figures; `none` is the reason where the denominator is not above 0.
    fn or(self, none: Undefined) -> Figures {
        let empty = self.denominator.filter(|n| n.as_f64() <= 0.0).map(|_| none);
        let reason = self.reasons.iter().copied().chain(empty).min();
        let value = match (reason, self.numerator, self.denominator) {
            (None, Some(numerator), Some(denominator)) => Ok(Number::Real(numerator.as_f64() / denominator.as_f64())),
            (reason, ..) => Err(reason.unwrap_or(Undefined::MissingRate)),
        };
        let Ratio { numerator, denominator, sample_size, unconvertible, .. } = self;
        Figures { value, numerator, denominator, sample_size: Some(sample_size), interval: None, unconvertible }
    }
}

impl Parts<'_> {
    /// The figures of a KPI.
    pub fn figures(&self, kpi: Kpi, config: &Config) -> Figures {
        match &self.daily {
            None if !kpi.in_minutes() => Figures::unknown(Undefined::DailyOnly),
            Some(daily) if kpi > Kpi::OpenPipelineValue => self.daily_figures(kpi, daily, config),
            _ => self.plain_figures(kpi, config),
        }
    }

    fn plain_figures(&self, kpi: Kpi, config: &Config) -> Figures {
        let n = |measure| self.whole.count(measure);
        match kpi {
            Kpi::Leads => Figures::count(n(Measure::Leads)),
            Kpi::Mqls => Figures::count(n(Measure::Mqls)),
            Kpi::Sqls => Figures::count(n(Measure::Sqls)),
            Kpi::Opportunities => Figures::count(n(Measure::Opportunities)),
            Kpi::Customers => Figures::count(n(Measure::Customers)),
            Kpi::Wins => Figures::count(n(Measure::Wins)),
            Kpi::Losses => Figures::count(n(Measure::Losses)),
            Kpi::WinRate => {
                let closed = n(Measure::Wins) + n(Measure::Losses);
                Ratio::of_counts(n(Measure::Wins), closed, closed).or(Undefined::NoClosedDeals).with_wilson()
            }
            Kpi::WonValue => Figures::sum(self.whole.money(Money::Won, config).map(Number::Money), n(Measure::ValuedWins)),
            Kpi::AverageDealValue => {
                let (value, wins) = (self.whole.money(Money::Won, config), n(Measure::ValuedWins));
                Ratio::new(value.map(Number::Money), Ok(Number::Count(wins)), wins).or(Undefined::NoWins)
            }
            Kpi::DisqualifiedLeads => Figures::count(n(Measure::DisqualifiedLeads)),
            Kpi::Visits => Figures::count(n(Measure::Visits)),
            Kpi::Impressions => Figures::count(n(Measure::Impressions)),
            Kpi::Engagements => Figures::count(n(Measure::Engagements)),
            // OpenPipelineValue; all others are windows of days'.
            _ => Figures::sum(self.open.money(Money::Open, config).map(Number::Money), self.open.count(Measure::OpenDeals)),
        }
    }

    fn daily_figures(&self, kpi: Kpi, daily: &Daily<'_>, config: &Config) -> Figures {
        let n = |measure| self.whole.count(measure);
        match kpi {
            Kpi::ConversionCohort => {
                Ratio::of_counts(n(Measure::Converted), n(Measure::Leads), n(Measure::Leads)).or(Undefined::NoLeads).with_wilson()
            }
            Kpi::ConversionMature => {
                Ratio::of_counts(n(Measure::MatureConverted), n(Measure::Mature), n(Measure::Mature)).or(Undefined::NoLeads).with_wilson()
            }
            Kpi::ConversionPeriod => Ratio::of_counts(n(Measure::Conversions), n(Measure::Leads), n(Measure::Leads)).or(Undefined::NoLeads),
            Kpi::CycleMean => {
                let seconds = Number::Real(n(Measure::CycleMillis) as f64 / 1000.0);
                let wins = n(Measure::CycleWins);
                Ratio::new(Ok(seconds), Ok(Number::Count(wins)), wins).or(Undefined::NoWins)
            }
            Kpi::CycleP50 => self.cycle_quantile(50),
            Kpi::CycleP90 => self.cycle_quantile(90),
            Kpi::RoiPeriod => roi(daily.lagged, Money::Return, Measure::ReturnWins, daily.lagged_spend, config),
            Kpi::RoiCohort => roi(daily.spend, Money::Cohort, Measure::CohortWins, daily.spend.cells, config),
            Kpi::RoiMature => roi(daily.mature, Money::Mature, Measure::MatureWins, daily.mature_spend, config),
            Kpi::Roas => {
                let (value, spend) = (daily.lagged.cells.money(Money::Return, config), daily.lagged_spend.money(Money::Spend, config));
                let ratio = Ratio::new(value.map(Number::Money), spend.map(Number::Money), daily.lagged.cells.count(Measure::ReturnWins));
                ratio.unless(daily.lagged.blocked).or(Undefined::NoSpend)
            }
            Kpi::CacBlended => per(
                daily.lagged_spend.money(Money::Spend, config),
                daily.lagged.cells,
                Measure::Customers,
                daily.lagged.blocked,
                Undefined::NoCustomers,
                true,
            ),
            Kpi::CacPaid => {
                per(daily.paid_spend.money(Money::Media, config), daily.paid, Measure::Customers, daily.lagged.blocked, Undefined::NoCustomers, true)
            }
            Kpi::CostPerLead => {
                per(daily.spend.cells.money(Money::Spend, config), daily.spend.cells, Measure::Leads, daily.spend.blocked, Undefined::NoLeads, false)
            }
            Kpi::UnmatchedSpend => {
                let (unmatched, spend) = (daily.unmatched.money(Money::Spend, config), daily.spend.cells.money(Money::Spend, config));
                let ratio = Ratio::new(unmatched.map(Number::Money), spend.map(Number::Money), daily.spend.cells.count(Measure::SpendRows));
                ratio.unless(daily.spend.blocked).or(Undefined::NoSpend)
            }
            Kpi::Spend => Figures::sum(self.whole.money(Money::Spend, config).map(Number::Money), n(Measure::SpendRows)),
            Kpi::AdImpressions => Figures::count(n(Measure::AdImpressions)),
            Kpi::AdClicks => Figures::count(n(Measure::AdClicks)),
            Kpi::Engagement => {
                Ratio::of_counts(n(Measure::Engagements), n(Measure::Impressions), n(Measure::Impressions)).or(Undefined::NoImpressions)
            }
            _ => self.people_figures(kpi, daily),
        }
    }

    fn people_figures(&self, kpi: Kpi, daily: &Daily<'_>) -> Figures {
        let members = daily.members;
        let of_members = |n| Ratio::of_counts(n, members, members).or(Undefined::NoAudience);
        let visitors = || daily.visitors.ok_or(Undefined::NotKept);
        let of_visitors = |n: i128, visitors: i128| Ratio::of_counts(n, visitors, visitors).or(Undefined::NoVisitors);
        match (kpi, visitors()) {
            (Kpi::CommunityMembers, _) => Figures::count(members),
            (Kpi::CommunityLead, _) => of_members(self.community.count(Measure::Leads)).with_wilson(),
            (Kpi::CommunityCustomer, _) => of_members(self.community.count(Measure::LedCustomers)).with_wilson(),
            (Kpi::CommunityIntent, _) => of_members(self.whole.count(Measure::Intents)),
            (Kpi::Visitors, Ok((all, _))) => Figures::count(all),
            (Kpi::ConvertingVisitors, Ok((_, converting))) => Figures::count(converting),
            (Kpi::WebVisitors, Ok((all, converting))) => of_visitors(converting, all).with_wilson(),
            (Kpi::WebActions, Ok((all, _))) => of_visitors(self.whole.count(Measure::KnownActions), all),
            (_, Ok(_)) => Figures::unknown(Undefined::NotKept),
            (_, Err(reason)) => Figures::unknown(reason),
        }
    }

    fn cycle_quantile(&self, percent: i128) -> Figures {
        let value = self.whole.cycle_quantile(percent).map(Number::Real).ok_or(Undefined::NoWins);
        Figures {
            value,
            numerator: None,
            denominator: None,
            sample_size: Some(self.whole.count(Measure::CycleWins)),
            interval: None,
            unconvertible: false,
        }
    }
}

/// (margin x value - spend) / spend.
fn roi(covered: Covered<'_>, value: Money, wins: Measure, spend: &Cells, config: &Config) -> Figures {
    let (value, spend) = (covered.cells.money(value, config), spend.money(Money::Spend, config));
    let amounts = value.and_then(|value| Ok((value, spend?)));
    let gain = match config.margin {
        None => Err(Undefined::NoMargin),
        Some(margin) => amounts.and_then(|(value, spend)| gain(margin, value, spend).ok_or(Undefined::OutOfRange)),
    };
    let no_room = gain == Err(Undefined::OutOfRange);
    let ratio = Ratio::new(gain.map(Number::Real), spend.map(Number::Money), covered.cells.count(wins));
    let figures = ratio.unless(covered.blocked).or(Undefined::NoSpend);
    Figures { unconvertible: no_room || value.is_err() || spend.is_err(), ..figures }
}

/// margin x value - spend. Margin and amounts are in millionths, so the product is in millionths of millionths.
fn gain(margin: Micros, value: Micros, spend: Micros) -> Option<f64> {
    let gain = margin.0.checked_mul(value.0)?.checked_sub(spend.0.checked_mul(1_000_000)?)?;
    Some(gain as f64 / 1e12)
}

/// Spend per thing counted.
fn per(spend: Result<Micros, Undefined>, cells: &Cells, measure: Measure, blocked: Option<Undefined>, none: Undefined, interval: bool) -> Figures {
    let n = cells.count(measure);
    let figures = Ratio::new(spend.map(Number::Money), Ok(Number::Count(n)), n).unless(blocked).needs_spend(spend).or(none);
    if interval { figures.with_garwood(spend, n) } else { figures }
}

/// Whether a channel's spend has no lead to meet.
pub(crate) fn is_unmatched(channel: &str, cells: &Cells) -> bool {
    channel == UNATTRIBUTED || cells.count(Measure::Leads) == 0
}

/// Whether a channel is paid: media spend above 0, or not known to be otherwise.
pub(crate) fn is_paid(channel: &str, spend: &Cells, config: &Config) -> bool {
    channel != UNATTRIBUTED && spend.money(Money::Media, config).map_or(true, |spend| spend.0 > 0)
}
