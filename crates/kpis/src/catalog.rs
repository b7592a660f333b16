//! The names: every KPI and companion with its variant and unit, in the order in which they are listed.

/// What a KPI is measured in; it ends a metric's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A share or quotient; 0.05 is 5%.
    Ratio,
    /// A duration.
    Seconds,
    /// Units of the reporting currency.
    Money,
}

macro_rules! catalog {
    ($($kpi:ident: $name:literal, $variant:expr, $unit:ident;)+) => {
        /// A KPI in one variant, or a companion.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs, reason = "KPIS.md in docs/ defines each by its name")]
        pub enum Kpi { $($kpi),+ }

        impl Kpi {
            /// All, in the order in which they are listed.
            pub const ALL: &'static [Kpi] = &[$(Kpi::$kpi),+];

            /// The name in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Kpi::$kpi => $name),+ }
            }

            /// The variant, of KPIs that have several.
            pub fn variant(self) -> Option<&'static str> {
                match self { $(Kpi::$kpi => $variant),+ }
            }

            /// The unit.
            pub fn unit(self) -> Unit {
                match self { $(Kpi::$kpi => Unit::$unit),+ }
            }
        }
    };
}

catalog! {
    Leads: "leads", None, Count;
    Mqls: "mqls", None, Count;
    Sqls: "sqls", None, Count;
    Opportunities: "opportunities", None, Count;
    Customers: "customers", None, Count;
    Wins: "wins", None, Count;
    Losses: "losses", None, Count;
    WinRate: "win_rate", None, Ratio;
    WonValue: "won_value", None, Money;
    AverageDealValue: "average_deal_value", None, Money;
    DisqualifiedLeads: "disqualified_leads", None, Count;
    Visits: "visits", None, Count;
    Impressions: "impressions", None, Count;
    Engagements: "engagements", None, Count;
    OpenPipelineValue: "open_pipeline_value", None, Money;
    ConversionCohort: "lead_conversion", Some("cohort"), Ratio;
    ConversionMature: "lead_conversion", Some("cohort_mature"), Ratio;
    ConversionPeriod: "lead_conversion", Some("period"), Ratio;
    CycleMean: "sales_cycle", Some("mean"), Seconds;
    CycleP50: "sales_cycle", Some("p50"), Seconds;
    CycleP90: "sales_cycle", Some("p90"), Seconds;
    RoiPeriod: "roi", Some("period"), Ratio;
    RoiCohort: "roi", Some("cohort"), Ratio;
    RoiMature: "roi", Some("cohort_mature"), Ratio;
    Roas: "roas", None, Ratio;
    CacBlended: "cac", Some("blended"), Money;
    CacPaid: "cac", Some("paid"), Money;
    CostPerLead: "cost_per_lead", None, Money;
    UnmatchedSpend: "unmatched_spend_ratio", None, Ratio;
    Spend: "spend", None, Money;
    AdImpressions: "ad_impressions", None, Count;
    AdClicks: "ad_clicks", None, Count;
    Visitors: "visitors", None, Count;
    ConvertingVisitors: "converting_visitors", None, Count;
    WebVisitors: "web_conversion", Some("visitors"), Ratio;
    WebActions: "web_conversion", Some("actions"), Ratio;
    Engagement: "engagement", None, Ratio;
    CommunityMembers: "community_members", None, Count;
    CommunityLead: "community_conversion", Some("lead"), Ratio;
    CommunityCustomer: "community_conversion", Some("customer"), Ratio;
    CommunityIntent: "community_conversion", Some("intent"), Ratio;
}

impl Kpi {
    /// The name of its metric, without prefix: the JSON name and its unit.
    pub fn metric(self) -> String {
        match self.unit() {
            Unit::Ratio if !self.name().ends_with("_ratio") => format!("{}_ratio", self.name()),
            Unit::Seconds => format!("{}_seconds", self.name()),
            _ => self.name().to_owned(),
        }
    }

    /// Whether it adds up: the parts of a total sum to it.
    pub fn is_additive(self) -> bool {
        use Kpi::*;
        !matches!(self, Visitors | ConvertingVisitors)
            && matches!(self.unit(), Unit::Count | Unit::Money)
            && !matches!(self, AverageDealValue | CacBlended | CacPaid | CostPerLead)
    }

    /// Whether the minute windows have it.
    pub fn in_minutes(self) -> bool {
        self <= Kpi::OpenPipelineValue
    }
}
