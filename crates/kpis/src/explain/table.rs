//! The parts of every KPI.

use model::Micros;
use panes::{DayRange, Measure};

use super::{Maker, Part, Stretch, What};
use crate::{
    Kpi, Money,
    coverage::{Coverage, Instance},
};

const ONE: Micros = Micros(1_000_000);

impl Part {
    fn in_numerator(self) -> Part {
        self.times(Some(ONE))
    }

    fn in_denominator(self) -> Part {
        Part { denominator: true, ..self }
    }

    fn times(self, numerator: Option<Micros>) -> Part {
        Part { numerator, ..self }
    }
}

fn whole(coverage: &Coverage) -> DayRange {
    coverage.whole
}

fn spend_days(coverage: &Coverage) -> DayRange {
    coverage.spend
}

fn lagged(coverage: &Coverage) -> DayRange {
    coverage.lagged
}

fn mature(coverage: &Coverage) -> DayRange {
    coverage.mature
}

impl Maker<'_> {
    /// The parts of a KPI.
    pub(super) fn parts(&self, kpi: Kpi) -> Vec<Part> {
        let lag = -self.config.lag_days;
        match kpi {
            Kpi::WinRate => vec![
                self.whole("won deals", What::Count(Measure::Wins)).in_numerator().in_denominator(),
                self.whole("lost deals", What::Count(Measure::Losses)).in_denominator(),
            ],
            Kpi::AverageDealValue => vec![
                self.whole("won value", What::Money(Money::Won)).in_numerator(),
                self.whole("won deals with an amount", What::Count(Measure::ValuedWins)).in_denominator(),
            ],
            Kpi::OpenPipelineValue => {
                let part = self.whole("value of open deals", What::Money(Money::Open)).in_numerator();
                let standing = Stretch::StandingAt(self.today);
                vec![Part { panes: standing, whole: standing, ..part }]
            }
            Kpi::ConversionCohort => self.ratio(("converted leads", Measure::Converted), ("leads", Measure::Leads)),
            Kpi::ConversionMature => {
                self.ratio(("leads converted within the horizon", Measure::MatureConverted), ("leads that matured", Measure::Mature))
            }
            Kpi::ConversionPeriod => self.ratio(("conversions", Measure::Conversions), ("leads", Measure::Leads)),
            Kpi::CycleMean => self.ratio(("sales cycles", Measure::CycleMillis), ("new-business wins with a cycle", Measure::CycleWins)),
            Kpi::CycleP50 | Kpi::CycleP90 => vec![self.whole("sales cycles", What::Count(Measure::CycleMillis))],
            Kpi::RoiPeriod => self.roi(Money::Return, lagged, lag),
            Kpi::RoiCohort => self.roi(Money::Cohort, spend_days, 0),
            Kpi::RoiMature => self.roi(Money::Mature, mature, -self.config.horizon_days),
            Kpi::Roas => vec![
                self.part("return", What::Money(Money::Return), lagged, 0).in_numerator(),
                self.part("spend", What::Money(Money::Spend), lagged, lag).in_denominator(),
            ],
            Kpi::CacBlended => vec![
                self.part("spend", What::Money(Money::Spend), lagged, lag).in_numerator(),
                self.part("new customers", What::Count(Measure::Customers), lagged, 0).in_denominator(),
            ],
            Kpi::CacPaid => {
                let spend = self.part("media spend", What::Money(Money::Media), lagged, lag).in_numerator();
                let customers = self.part("new customers", What::Count(Measure::Customers), lagged, 0).in_denominator();
                let paid = Some(self.paid(&spend));
                vec![Part { channels: paid.clone(), ..spend }, Part { channels: paid, ..customers }]
            }
            Kpi::CostPerLead => vec![
                self.part("spend", What::Money(Money::Spend), spend_days, 0).in_numerator(),
                self.part("leads", What::Count(Measure::Leads), spend_days, 0).in_denominator(),
            ],
            Kpi::UnmatchedSpend => {
                let spend = self.part("spend", What::Money(Money::Spend), spend_days, 0);
                let unmatched = Part { name: "spend of unmatched channels", channels: Some(self.unmatched(&spend)), ..spend.clone() };
                vec![unmatched.in_numerator(), spend.in_denominator()]
            }
            Kpi::WebVisitors => vec![
                self.whole("converting visitors", What::ConvertingVisitors).in_numerator(),
                self.whole("visitors", What::Visitors).in_denominator(),
            ],
            Kpi::WebActions => vec![
                self.whole("conversion actions", What::Count(Measure::KnownActions)).in_numerator(),
                self.whole("visitors", What::Visitors).in_denominator(),
            ],
            Kpi::Engagement => self.ratio(("engagements", Measure::Engagements), ("impressions", Measure::Impressions)),
            Kpi::CommunityLead | Kpi::CommunityCustomer => {
                let (name, measure) =
                    if kpi == Kpi::CommunityLead { ("leads", Measure::Leads) } else { ("new customers whose lead is known", Measure::LedCustomers) };
                let part = self.whole(name, What::Count(measure)).in_numerator();
                vec![Part { channels: Some(self.community()), ..part }, self.whole("members", What::Members).in_denominator()]
            }
            Kpi::CommunityIntent => vec![
                self.whole("signs of intent", What::Count(Measure::Intents)).in_numerator(),
                self.whole("members", What::Members).in_denominator(),
            ],
            _ => single(kpi).into_iter().map(|(name, what)| self.whole(name, what).in_numerator()).filter(|_| self.has(kpi)).collect(),
        }
    }

    fn has(&self, kpi: Kpi) -> bool {
        kpi.in_minutes() || matches!(self.instance, Instance::Days(_))
    }

    fn whole(&self, name: &'static str, what: What) -> Part {
        self.part(name, what, whole, 0)
    }

    fn ratio(&self, numerator: (&'static str, Measure), denominator: (&'static str, Measure)) -> Vec<Part> {
        vec![self.whole(numerator.0, What::Count(numerator.1)).in_numerator(), self.whole(denominator.0, What::Count(denominator.1)).in_denominator()]
    }

    /// (margin x value - spend) / spend; without a margin there is no numerator.
    fn roi(&self, value: Money, days: fn(&Coverage) -> DayRange, shift: i32) -> Vec<Part> {
        let margin = self.config.margin;
        vec![
            self.part("return", What::Money(value), days, 0).times(margin),
            self.part("spend", What::Money(Money::Spend), days, shift).times(margin.map(|_| Micros(-ONE.0))).in_denominator(),
        ]
    }
}

/// The only part of a KPI that is a sum.
fn single(kpi: Kpi) -> Option<(&'static str, What)> {
    let count = |name, measure| Some((name, What::Count(measure)));
    match kpi {
        Kpi::Leads => count("leads", Measure::Leads),
        Kpi::Mqls => count("marketing-qualified leads", Measure::Mqls),
        Kpi::Sqls => count("sales-qualified leads", Measure::Sqls),
        Kpi::Opportunities => count("deals opened", Measure::Opportunities),
        Kpi::Customers => count("new customers", Measure::Customers),
        Kpi::Wins => count("won deals", Measure::Wins),
        Kpi::Losses => count("lost deals", Measure::Losses),
        Kpi::WonValue => Some(("won value", What::Money(Money::Won))),
        Kpi::DisqualifiedLeads => count("disqualified leads", Measure::DisqualifiedLeads),
        Kpi::Visits => count("visits", Measure::Visits),
        Kpi::Impressions => count("impressions", Measure::Impressions),
        Kpi::Engagements => count("engagements", Measure::Engagements),
        Kpi::Spend => Some(("spend", What::Money(Money::Spend))),
        Kpi::AdImpressions => count("ad impressions", Measure::AdImpressions),
        Kpi::AdClicks => count("ad clicks", Measure::AdClicks),
        Kpi::Visitors => Some(("visitors", What::Visitors)),
        Kpi::ConvertingVisitors => Some(("converting visitors", What::ConvertingVisitors)),
        Kpi::CommunityMembers => Some(("members", What::Members)),
        _ => None,
    }
}
