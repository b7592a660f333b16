//! The catalogue: every KPI and companion, a row each, in the order in which they are listed. A new one is a row here and a scenario.

use panes::Measure;

use crate::{
    Money,
    Undefined::{self, *},
    definition::{
        Better::{Lower, Near},
        Cover::{self, Lagged, Mature},
        Definition,
        Grain::{Campaign, Total},
        Interval::{Garwood, Wilson},
        Ratio,
        Selection::{Community, Paid, Unmatched},
        Term, Unit,
        Weight::{self, Margin, Minus, One},
        What,
    },
};

macro_rules! catalog {
    ($($kpi:ident: $definition:expr;)+) => {
        /// A KPI in one variant, or a companion.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[allow(missing_docs, reason = "docs/kpis.md defines each by its name")]
        pub enum Kpi { $($kpi),+ }

        impl Kpi {
            /// All, in the order in which they are listed.
            pub const ALL: &'static [Kpi] = &[$(Kpi::$kpi),+];
        }

        static DEFINITIONS: [Definition; Kpi::ALL.len()] = [$($definition),+];
    };
}

const LEADS: Term = Term::count("leads", Measure::Leads);
const DISQUALIFIED: Term = Term::count("disqualified leads", Measure::DisqualifiedLeads);
const MQLS: Term = Term::count("marketing-qualified leads", Measure::Mqls);
const SQLS: Term = Term::count("sales-qualified leads", Measure::Sqls);
const CONVERTED: Term = Term::count("converted leads", Measure::Converted);
const MATURED: Term = Term::count("leads that matured", Measure::Mature);
const MATURE_CONVERTED: Term = Term::count("leads converted within the horizon", Measure::MatureConverted);
const CONVERSIONS: Term = Term::count("conversions", Measure::Conversions);

const OPENED: Term = Term::count("deals opened", Measure::Opportunities);
const OPEN: Term = Term::count("open deals", Measure::OpenDeals).standing();
const OPEN_VALUE: Term = Term::money("value of open deals", Money::Open).standing();
const WON: Term = Term::count("won deals", Measure::Wins);
const LOST: Term = Term::count("lost deals", Measure::Losses);
const WON_VALUE: Term = Term::money("won value", Money::Won);
const VALUED: Term = Term::count("won deals with an amount", Measure::ValuedWins);
const CUSTOMERS: Term = Term::count("new customers", Measure::Customers);
const LED_CUSTOMERS: Term = Term::count("new customers whose lead is known", Measure::LedCustomers);
const CYCLES: Term = Term::of("sales cycles", What::Seconds(Measure::CycleMillis));
const SPREAD: Term = Term::of("sales cycles", What::Cycles);
const CYCLE_WINS: Term = Term::count("new-business wins with a cycle", Measure::CycleWins);

const RETURN: Term = Term::money("return", Money::Return);
const RETURN_WINS: Term = Term::count("wins with a return", Measure::ReturnWins);
const COHORT_RETURN: Term = Term::money("return", Money::Cohort);
const COHORT_WINS: Term = Term::count("wins with a return", Measure::CohortWins);
const MATURE_RETURN: Term = Term::money("return", Money::Mature);
const MATURE_WINS: Term = Term::count("wins with a return", Measure::MatureWins);
const SPEND: Term = Term::money("spend", Money::Spend);
const SPEND_BEFORE: Term = SPEND.preceding();
const SPEND_ROWS: Term = Term::count("rows of spend", Measure::SpendRows);
const MEDIA_BEFORE: Term = Term::money("media spend", Money::Media).preceding();
const UNMATCHED: Term = Term::money("spend of unmatched channels", Money::Spend).only(Unmatched);
const AD_IMPRESSIONS: Term = Term::count("ad impressions", Measure::AdImpressions);
const AD_CLICKS: Term = Term::count("ad clicks", Measure::AdClicks);

const IMPRESSIONS: Term = Term::count("impressions", Measure::Impressions);
const ENGAGEMENTS: Term = Term::count("engagements", Measure::Engagements);
const INTENTS: Term = Term::count("signs of intent", Measure::Intents);
const MEMBERS: Term = Term::of("members", What::Members);
const VISITS: Term = Term::count("visits", Measure::Visits);
const VISITORS: Term = Term::of("visitors", What::Visitors);
const CONVERTING: Term = Term::of("converting visitors", What::ConvertingVisitors);
const ACTIONS: Term = Term::count("conversion actions", Measure::KnownActions);

const CONVERSION: &str = "Leads that became customers, as a share of leads";
const CYCLE: &str = "Time from a lead's creation to its deal";
const ROI: &str = "Margin on new business less spend, for each unit of spend";
const CAC: &str = "Spend for each new customer";
const WEB_CONVERSION: &str = "Web conversions for each distinct visitor";
const COMMUNITY: &str = "Leads, customers or signs of intent for each community member";

/// A quotient of two terms.
const fn quotient(name: &'static str, about: &'static str, of: &'static [(Weight, Term)], to: &'static [Term], none: Undefined) -> Definition {
    Definition::ratio(name, about, Ratio::new(of, to, none))
}

/// Spend for each of what it brought.
const fn cost(name: &'static str, about: &'static str, spend: &'static [(Weight, Term)], of: &'static [Term], none: Undefined) -> Definition {
    Definition::ratio(name, about, Ratio::new(spend, of, none).unless_free(NoSpend)).measured_in(Unit::Money).to(Campaign).better(Lower)
}

catalog! {
    // KPI 1.1
    Leads: Definition::count("leads", "Leads created", LEADS).in_minutes().to(Campaign);
    Mqls: Definition::count("mqls", "Leads qualified by marketing", MQLS).in_minutes();
    Sqls: Definition::count("sqls", "Leads qualified by sales", SQLS).in_minutes();
    Opportunities: Definition::count("opportunities", "Deals opened", OPENED).in_minutes();
    // KPI C1
    Customers: Definition::count("customers", "New customers won", CUSTOMERS).in_minutes().to(Campaign);
    Wins: Definition::count("wins", "Deals won", WON).in_minutes();
    Losses: Definition::count("losses", "Deals lost", LOST).in_minutes().better(Lower);
    // KPI C3
    WinRate: quotient("win_rate", "Deals won of the deals closed", &[(One, WON)], &[WON, LOST], NoClosedDeals).in_minutes().with(Wilson);
    // KPI C1
    WonValue: Definition::money("won_value", "Value of the deals won, as booked", WON_VALUE, VALUED).in_minutes().to(Campaign);
    // KPI 6.3
    AverageDealValue: quotient("average_deal_value", "Won value for each won deal that has an amount", &[(One, WON_VALUE)], &[VALUED], NoWins)
        .measured_in(Unit::Money).in_minutes();
    // KPI 1.1
    DisqualifiedLeads: Definition::count("disqualified_leads", "Leads disqualified, by their creation", DISQUALIFIED).in_minutes().better(Lower);
    // KPI 5.4
    Visits: Definition::count("visits", "Web visits, those without a known visitor too", VISITS).in_minutes();
    Impressions: Definition::count("impressions", "Times social content was shown", IMPRESSIONS).in_minutes();
    Engagements: Definition::count("engagements", "Likes, comments, shares, clicks and reactions on social content", ENGAGEMENTS)
        .in_minutes().to(Campaign);
    // KPI C2
    OpenPipelineValue: Definition::money("open_pipeline_value", "Value of the deals now open", OPEN_VALUE, OPEN).in_minutes();
    // KPI 2.2
    ConversionCohort: quotient("lead_conversion", CONVERSION, &[(One, CONVERTED)], &[LEADS], NoLeads).variant("cohort").with(Wilson);
    // KPI 2.3
    ConversionMature: quotient("lead_conversion", CONVERSION, &[(One, MATURE_CONVERTED)], &[MATURED], NoLeads)
        .variant("cohort_mature").with(Wilson);
    // KPI 2.4
    ConversionPeriod: quotient("lead_conversion", CONVERSION, &[(One, CONVERSIONS)], &[LEADS], NoLeads).variant("period");
    // KPI 3.1
    CycleMean: quotient("sales_cycle", CYCLE, &[(One, CYCLES)], &[CYCLE_WINS], NoWins).measured_in(Unit::Seconds).variant("mean").better(Lower);
    // KPI 3.2
    CycleP50: Definition::quantile("sales_cycle", CYCLE, 50, SPREAD, NoWins, CYCLE_WINS).variant("p50").better(Lower);
    CycleP90: Definition::quantile("sales_cycle", CYCLE, 90, SPREAD, NoWins, CYCLE_WINS).variant("p90").better(Lower);
    // KPI 4.1, 4.3
    RoiPeriod: quotient("roi", ROI, &[(Margin, RETURN), (Minus, SPEND_BEFORE)], &[SPEND_BEFORE], NoSpend)
        .variant("period").over(Lagged).resting_on(RETURN_WINS).to(Campaign);
    // KPI 4.4
    RoiCohort: quotient("roi", ROI, &[(Margin, COHORT_RETURN), (Minus, SPEND)], &[SPEND], NoSpend)
        .variant("cohort").over(Cover::Spend).resting_on(COHORT_WINS).to(Campaign);
    // KPI 4.5
    RoiMature: quotient("roi", ROI, &[(Margin, MATURE_RETURN), (Minus, SPEND_BEFORE)], &[SPEND_BEFORE], NoSpend)
        .variant("cohort_mature").over(Mature).resting_on(MATURE_WINS).to(Campaign);
    // KPI C5
    Roas: quotient("roas", "New-business value for each unit of spend", &[(One, RETURN)], &[SPEND_BEFORE], NoSpend)
        .over(Lagged).resting_on(RETURN_WINS);
    // KPI 6.1
    CacBlended: cost("cac", CAC, &[(One, SPEND_BEFORE)], &[CUSTOMERS], NoCustomers).variant("blended").over(Lagged).with(Garwood);
    // KPI 6.2
    CacPaid: cost("cac", CAC, &[(One, MEDIA_BEFORE.only(Paid))], &[CUSTOMERS.only(Paid)], NoCustomers).variant("paid").over(Lagged).with(Garwood);
    // KPI C4
    CostPerLead: cost("cost_per_lead", "Spend for each lead", &[(One, SPEND)], &[LEADS], NoLeads).over(Cover::Spend);
    // KPI C6
    UnmatchedSpend: quotient("unmatched_spend_ratio", "Share of spend on channels without a lead", &[(One, UNMATCHED)], &[SPEND], NoSpend)
        .over(Cover::Spend).resting_on(SPEND_ROWS).better(Lower);
    Spend: Definition::money("spend", "Marketing and sales spend", SPEND, SPEND_ROWS).to(Campaign).better(Near).late();
    AdImpressions: Definition::count("ad_impressions", "Times an ad was shown", AD_IMPRESSIONS).late();
    AdClicks: Definition::count("ad_clicks", "Clicks on ads", AD_CLICKS).late();
    Visitors: Definition::count("visitors", "Distinct web visitors", VISITORS);
    ConvertingVisitors: Definition::count("converting_visitors", "Distinct web visitors with a conversion action", CONVERTING);
    // KPI 5.1
    WebVisitors: quotient("web_conversion", WEB_CONVERSION, &[(One, CONVERTING)], &[VISITORS], NoVisitors).variant("visitors").with(Wilson);
    // KPI 5.2
    WebActions: quotient("web_conversion", WEB_CONVERSION, &[(One, ACTIONS)], &[VISITORS], NoVisitors).variant("actions");
    // KPI 7.1
    Engagement: quotient("engagement", "Engagements for each impression of social content", &[(One, ENGAGEMENTS)], &[IMPRESSIONS], NoImpressions);
    // KPI 8.4
    CommunityMembers: Definition::count("community_members", "Members of the communities on social platforms", MEMBERS);
    // KPI 8.1
    CommunityLead: quotient("community_conversion", COMMUNITY, &[(One, LEADS.only(Community))], &[MEMBERS], NoAudience)
        .variant("lead").with(Wilson).to(Total);
    // KPI 8.2
    CommunityCustomer: quotient("community_conversion", COMMUNITY, &[(One, LED_CUSTOMERS.only(Community))], &[MEMBERS], NoAudience)
        .variant("customer").with(Wilson).to(Total);
    // KPI 8.3
    CommunityIntent: quotient("community_conversion", COMMUNITY, &[(One, INTENTS)], &[MEMBERS], NoAudience).variant("intent").to(Total);
}

impl Kpi {
    /// All there is to say of it.
    pub fn definition(self) -> &'static Definition {
        let [first, ..] = &DEFINITIONS;
        DEFINITIONS.get(self as usize).unwrap_or(first)
    }

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        self.definition().name
    }

    /// The variant, of KPIs that have several.
    pub fn variant(self) -> Option<&'static str> {
        self.definition().variant
    }

    /// The unit.
    pub fn unit(self) -> Unit {
        self.definition().unit
    }

    /// The name of its metric, without prefix: the JSON name and its unit.
    pub fn metric(self) -> String {
        match self.unit() {
            Unit::Ratio if !self.name().ends_with("_ratio") => format!("{}_ratio", self.name()),
            Unit::Seconds => format!("{}_seconds", self.name()),
            _ => self.name().to_owned(),
        }
    }
}
