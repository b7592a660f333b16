//! The rows of a window: every KPI of KPIS.md, each from all facts anew.

use std::collections::BTreeSet;

use crate::{
    Options,
    dimensions::{Dimensions, Names, UNATTRIBUTED},
    facts::{Booked, Deal, Facts, Lead, Social, Spend, Visit},
    groups::Group,
    intervals::quantile,
    members::members,
    money::{self, Rates},
    parts::Part,
    row::Row,
    spending::spend_of,
    state::open_deals,
    windows::{Calendar, Days, Window},
};

/// Everything a row is made from.
pub struct Evaluator<'a> {
    facts: &'a Facts,
    calendar: &'a Calendar,
    rates: &'a Rates,
    options: &'a Options,
    /// The channels of the community, by their one spelling.
    community: Vec<String>,
    /// Millionths.
    margin: Option<i128>,
    complete_through: Option<i64>,
}

/// An evaluator in one window, for one group.
struct Scope<'a> {
    e: &'a Evaluator<'a>,
    window: &'a Window,
    group: &'a Group,
}

/// The KPIs that minute windows do not have.
const DAILY_ONLY: [(&str, Option<&str>); 26] = [
    ("lead_conversion", Some("cohort")),
    ("lead_conversion", Some("cohort_mature")),
    ("lead_conversion", Some("period")),
    ("sales_cycle", Some("mean")),
    ("sales_cycle", Some("p50")),
    ("sales_cycle", Some("p90")),
    ("roi", Some("period")),
    ("roi", Some("cohort")),
    ("roi", Some("cohort_mature")),
    ("roas", None),
    ("cac", Some("blended")),
    ("cac", Some("paid")),
    ("cost_per_lead", None),
    ("unmatched_spend_ratio", None),
    ("spend", None),
    ("ad_impressions", None),
    ("ad_clicks", None),
    ("visitors", None),
    ("converting_visitors", None),
    ("web_conversion", Some("visitors")),
    ("web_conversion", Some("actions")),
    ("engagement", None),
    ("community_members", None),
    ("community_conversion", Some("lead")),
    ("community_conversion", Some("customer")),
    ("community_conversion", Some("intent")),
];

impl<'a> Evaluator<'a> {
    pub fn new(facts: &'a Facts, calendar: &'a Calendar, rates: &'a Rates, options: &'a Options) -> Evaluator<'a> {
        let margin = options.margin.as_deref().map(|text| money::parse(text).unwrap_or_else(|| panic!("margin {text} is not a decimal")));
        let names = Names::new(options);
        let community = options.community_channels.iter().map(|name| names.channel("", name)).collect();
        Evaluator { facts, calendar, rates, options, community, margin, complete_through: facts.spend_complete_through() }
    }

    pub fn rows(&self, window: &Window, group: &Group) -> Vec<Row> {
        let scope = Scope { e: self, window, group };
        let mut rows = scope.of_every_window();
        match window.days() {
            Some(days) => rows.extend(scope.of_days(days)),
            None => rows.extend(DAILY_ONLY.map(|(kpi, variant)| Row::daily_only(kpi, variant))),
        }
        rows
    }
}

impl Scope<'_> {
    fn of_every_window(&self) -> Vec<Row> {
        let has = |booked: Option<Booked>| booked.is_some_and(|booked| self.window.has(booked));
        let leads = |date: fn(&Lead) -> Option<Booked>| Part::count(self.leads().filter(|lead| has(date(lead))).count());
        let closed: Vec<&Deal> = self.deals().filter(|deal| has(deal.closed)).collect();
        let wins = closed.iter().filter(|deal| deal.is_won()).count();
        let losses = closed.iter().filter(|deal| deal.status == "lost").count();
        let customers = closed.iter().filter(|deal| deal.new_customer).count();
        let won: Vec<&Deal> = closed.into_iter().filter(|deal| deal.is_won()).collect();
        let (won_value, priced) = (self.value(won.iter().copied()), won.iter().filter(|deal| deal.amount.is_some()).count());
        let open: Vec<&Deal> = open_deals(self.e.facts, self.e.calendar.today()).filter(|deal| self.group.has(&deal.at)).collect();
        let social = |kinds: &[&str]| Part::Count(self.social(kinds).filter(|one| self.window.has(one.on)).map(|one| i128::from(one.count)).sum());
        vec![
            Row::count("leads", leads(|lead| Some(lead.created))),
            Row::count("mqls", leads(|lead| lead.mql)),
            Row::count("sqls", leads(|lead| lead.sql)),
            Row::count("opportunities", Part::count(self.deals().filter(|deal| has(deal.opened)).count())),
            Row::count("customers", Part::count(customers)),
            Row::count("wins", Part::count(wins)),
            Row::count("losses", Part::count(losses)),
            Row::ratio("win_rate", Part::count(wins), Part::count(wins + losses), "no_closed_deals").sample(wins + losses).wilson(),
            Row::sum("won_value", won_value, priced),
            Row::ratio("average_deal_value", won_value, Part::count(priced), "no_wins").sample(priced),
            Row::count(
                "disqualified_leads",
                Part::count(self.e.facts.disqualified.iter().filter(|lead| self.in_group(&lead.at) && has(Some(lead.created))).count()),
            ),
            Row::count("visits", Part::count(self.visits().filter(|visit| self.window.has(visit.on)).count())),
            Row::count("impressions", social(IMPRESSIONS)),
            Row::count("engagements", social(ENGAGEMENTS)),
            Row::sum("open_pipeline_value", self.pipeline(&open), open.len()),
        ]
    }

    fn of_days(&self, days: Days) -> Vec<Row> {
        let lag = self.e.options.lag_days;
        let through = self.e.complete_through;
        let covered = self.covered(through);
        let lagged = self.covered(through.map(|day| day + lag));
        [
            self.conversion(days),
            self.cycle(days),
            self.roi(covered, lagged),
            self.cac(covered, lagged),
            self.spend_sums(days),
            self.web(days),
            self.community(days),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn conversion(&self, days: Days) -> Vec<Row> {
        let created: Vec<&Lead> = self.leads().filter(|lead| days.has(lead.created.day)).collect();
        let mature: Vec<&Lead> = self.leads().filter(|lead| days.has(lead.maturity_day)).collect();
        let converted = created.iter().filter(|lead| lead.conversion.is_some()).count();
        let within = mature.iter().filter(|lead| lead.conversion.as_ref().is_some_and(|conversion| conversion.within_horizon)).count();
        let conversions = self.leads().filter(|lead| lead.conversion.as_ref().is_some_and(|conversion| days.has(conversion.day))).count();
        let row = |variant, n: usize, leads: usize| {
            Row::ratio("lead_conversion", Part::count(n), Part::count(leads), "no_leads").variant(variant).sample(leads)
        };
        vec![
            row("cohort", converted, created.len()).wilson(),
            row("cohort_mature", within, mature.len()).wilson(),
            row("period", conversions, created.len()),
        ]
    }

    fn cycle(&self, days: Days) -> Vec<Row> {
        let elapsed: Vec<i64> =
            self.closed(days).filter(|deal| deal.new_business).filter_map(|deal| deal.elapsed).filter(|elapsed| *elapsed >= 0).collect();
        let total = elapsed.iter().copied().map(i128::from).sum();
        let wins = elapsed.len();
        let quantile_row = |variant, percent| match quantile(&elapsed, percent) {
            Some(seconds) => Row::quotient("sales_cycle", seconds, wins).variant(variant),
            None => Row::undefined("sales_cycle", "no_wins").variant(variant),
        };
        vec![
            Row::ratio("sales_cycle", Part::Milliseconds(total), Part::count(wins), "no_wins").variant("mean").sample(wins),
            quantile_row("p50", 50),
            quantile_row("p90", 90),
        ]
    }

    fn roi(&self, covered: Days, lagged: Days) -> Vec<Row> {
        let horizon = self.e.options.horizon_days;
        let mature = self.covered(self.e.complete_through.map(|day| day + horizon));
        let returns = |deal: &&Deal| deal.returns(self.e.options);
        let period: Vec<&Deal> = self.closed(lagged).filter(returns).collect();
        let of_leads = |leads: Vec<&Lead>| {
            leads.into_iter().flat_map(|lead| &lead.wins).map(|place| &self.e.facts.deals[*place]).filter(returns).collect::<Vec<_>>()
        };
        let cohort = of_leads(self.leads().filter(|lead| covered.has(lead.created.day)).collect());
        let mut mature_cohort = of_leads(self.leads().filter(|lead| mature.has(lead.maturity_day)).collect());
        mature_cohort.retain(|deal| deal.within_horizon);
        let spend = |days: Days| Part::money(spend_of(self.spend(days), self.e.rates));
        let row = |variant, wins: &[&Deal], days: Days, spend: Part| {
            let numerator = self.profit(self.value(wins.iter().copied()), spend);
            let no_margin = self.e.margin.is_none().then_some("no_margin");
            Row::ratio("roi", numerator, spend, "no_spend").variant(variant).sample(wins.len()).cut(days).because(no_margin)
        };
        let value = self.value(period.iter().copied());
        vec![
            row("period", &period, lagged, spend(lagged.back(self.e.options.lag_days))),
            row("cohort", &cohort, covered, spend(covered)),
            row("cohort_mature", &mature_cohort, mature, spend(mature.back(horizon))),
            Row::ratio("roas", value, spend(lagged.back(self.e.options.lag_days)), "no_spend").sample(period.len()).cut(lagged),
        ]
    }

    fn cac(&self, covered: Days, lagged: Days) -> Vec<Row> {
        let spend_days = lagged.back(self.e.options.lag_days);
        let customers: Vec<&Deal> = self.closed(lagged).filter(|deal| deal.new_customer).collect();
        let blended = Part::money(spend_of(self.spend(spend_days), self.e.rates));
        let paid_channels = self.e.facts.paid_channels(spend_days, self.e.rates);
        let is_paid = |at: &Dimensions| paid_channels.contains(at.channel.as_str());
        let paid = Part::money(spend_of(self.spend(spend_days).filter(|row| row.media && is_paid(&row.at)), self.e.rates));
        let paid_customers = customers.iter().filter(|deal| is_paid(&deal.at)).count();
        let leads = self.leads().filter(|lead| covered.has(lead.created.day)).count();
        let with_leads: BTreeSet<&str> =
            self.e.facts.leads.iter().filter(|lead| covered.has(lead.created.day)).map(|lead| lead.at.channel.as_str()).collect();
        let rows: Vec<&Spend> = self.spend(covered).collect();
        let spend = Part::money(spend_of(rows.iter().copied(), self.e.rates));
        let is_unmatched = |row: &&Spend| row.at.channel == UNATTRIBUTED || !with_leads.contains(row.at.channel.as_str());
        let unmatched = Part::money(spend_of(rows.iter().copied().filter(is_unmatched), self.e.rates));
        vec![
            Row::cost("cac", blended, customers.len(), "no_customers").variant("blended").cut(lagged).garwood(),
            Row::cost("cac", paid, paid_customers, "no_customers").variant("paid").cut(lagged).garwood(),
            Row::cost("cost_per_lead", spend, leads, "no_leads").cut(covered),
            Row::ratio("unmatched_spend_ratio", unmatched, spend, "no_spend").sample(rows.len()).cut(covered),
        ]
    }

    fn spend_sums(&self, days: Days) -> Vec<Row> {
        let rows: Vec<&Spend> = self.spend(days).collect();
        let sum = |count: fn(&Spend) -> i64| Part::Count(rows.iter().map(|row| i128::from(count(row))).sum());
        vec![
            Row::sum("spend", Part::money(spend_of(rows.iter().copied(), self.e.rates)), rows.len()),
            Row::count("ad_impressions", sum(|row| row.impressions)),
            Row::count("ad_clicks", sum(|row| row.clicks)),
        ]
    }

    fn web(&self, days: Days) -> Vec<Row> {
        let known: Vec<(&str, bool)> =
            self.visits().filter(|visit| days.has(visit.on.day)).filter_map(|visit| Some((visit.visitor.as_deref()?, visit.is_conversion))).collect();
        let visitors = known.iter().map(|(visitor, _)| visitor).collect::<BTreeSet<_>>().len();
        let converting = known.iter().filter(|(_, is_conversion)| *is_conversion).map(|(visitor, _)| visitor).collect::<BTreeSet<_>>().len();
        let actions = known.iter().filter(|(_, is_conversion)| *is_conversion).count();
        let ratio = |variant, n| Row::ratio("web_conversion", Part::count(n), Part::count(visitors), "no_visitors").variant(variant).sample(visitors);
        vec![
            Row::count("visitors", Part::count(visitors)),
            Row::count("converting_visitors", Part::count(converting)),
            ratio("visitors", converting).wilson(),
            ratio("actions", actions),
        ]
    }

    fn community(&self, days: Days) -> Vec<Row> {
        let sum = |kinds: &[&str]| self.social(kinds).filter(|one| days.has(one.on.day)).map(|one| i128::from(one.count)).sum::<i128>();
        let members = members(self.e.facts, self.group, days.last);
        let is_community = |at: &Dimensions| self.e.community.contains(&at.channel);
        let leads = self.leads().filter(|lead| days.has(lead.created.day) && is_community(&lead.at)).count();
        let customers = self.closed(days).filter(|deal| deal.new_customer && is_community(&deal.at)).count();
        let row = |variant, n: i128| Row::per("community_conversion", n, members, "no_audience").variant(variant);
        vec![
            Row::per("engagement", sum(ENGAGEMENTS), sum(IMPRESSIONS), "no_impressions"),
            Row::count("community_members", Part::Count(members)),
            row("lead", leads as i128).wilson(),
            row("customer", customers as i128).wilson(),
            row("intent", sum(&["intent"])),
        ]
    }

    /// The margin times a value, less the spend.
    fn profit(&self, value: Part, spend: Part) -> Part {
        match (self.e.margin, value, spend) {
            (None, ..) => Part::Absent,
            (Some(margin), Part::Money(value), Part::Money(spend)) => Part::Money(margin * (value / 1_000_000) - spend),
            _ => Part::Unconverted,
        }
    }

    fn covered(&self, through: Option<i64>) -> Days {
        self.window.covered(through).unwrap_or_else(|| panic!("{} has no days", self.window.name))
    }

    /// What deals were sold for, by the rates of their closing days.
    fn value<'d>(&self, deals: impl IntoIterator<Item = &'d Deal>) -> Part {
        let amounts: Vec<(i128, &str, i64)> = deals
            .into_iter()
            .filter_map(|deal| deal.amount.as_ref().zip(deal.closed))
            .map(|(amount, closed)| (amount.0, amount.1.as_str(), closed.day))
            .collect();
        Part::money(self.e.rates.sum(amounts))
    }

    /// What open deals are worth, by the rates of the instant's day.
    fn pipeline(&self, deals: &[&Deal]) -> Part {
        let today = self.e.calendar.today();
        Part::money(self.e.rates.sum(deals.iter().filter_map(|deal| deal.amount.as_ref()).map(|amount| (amount.0, amount.1.as_str(), today))))
    }

    fn in_group(&self, at: &Dimensions) -> bool {
        self.group.has(at)
    }

    fn leads(&self) -> impl Iterator<Item = &Lead> {
        self.e.facts.leads.iter().filter(|lead| self.in_group(&lead.at))
    }

    fn deals(&self) -> impl Iterator<Item = &Deal> {
        self.e.facts.deals.iter().filter(|deal| self.in_group(&deal.at))
    }

    fn closed(&self, days: Days) -> impl Iterator<Item = &Deal> {
        self.deals().filter(move |deal| deal.closed.is_some_and(|closed| days.has(closed.day)))
    }

    fn spend(&self, days: Days) -> impl Iterator<Item = &Spend> {
        self.e.facts.spend.iter().filter(move |row| days.has(row.day) && self.in_group(&row.at))
    }

    fn social(&self, kinds: &[&str]) -> impl Iterator<Item = &Social> {
        self.e.facts.social.iter().filter(|one| kinds.contains(&one.kind.as_str()) && self.in_group(&one.at))
    }

    fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.e.facts.visits.iter().filter(|visit| self.in_group(&visit.at))
    }
}

const IMPRESSIONS: &[&str] = &["impression"];
const ENGAGEMENTS: &[&str] = &["like", "comment", "share", "click", "reaction"];
