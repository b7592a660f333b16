//! Targets, attainment, pace: beside each row, from the row's own value and from the facts.

use serde_json::{Map, Value, json};

use crate::{
    Options,
    dimensions::Names,
    facts::{Booked, Facts},
    groups::Group,
    money::Rates,
    windows::{Calendar, Days, Period, Window},
};

/// A target, in the configuration's own words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target {
    /// The KPI.
    pub kpi: String,
    /// Its variant, where it has several.
    pub variant: Option<String>,
    /// A channel, by any of its names.
    pub channel: Option<String>,
    /// `week`, `month`, `quarter` or `year`.
    pub period: Option<String>,
    /// The first period's name.
    pub from: Option<String>,
    /// The last period's name.
    pub until: Option<String>,
    /// A decimal.
    pub value: String,
    /// `up`, `down` or `near`.
    pub better: Option<String>,
    /// `even`, `weekday` or `previous`.
    pub profile: Option<String>,
}

/// The KPIs that add up day by day.
const ADDITIVE: &str = "leads mqls sqls opportunities customers wins losses won_value spend disqualified_leads visits impressions engagements \
    ad_impressions ad_clicks";
/// What is better low.
const BETTER_DOWN: &str = "cac cost_per_lead sales_cycle losses disqualified_leads unmatched_spend_ratio";
/// What waits for the ad platforms.
const LATE: &str = "spend ad_impressions ad_clicks";

fn is_in(list: &str, kpi: &str) -> bool {
    list.split_whitespace().any(|name| name == kpi)
}

/// Tells how rows stand.
pub struct Aims<'a> {
    pub facts: &'a Facts,
    pub calendar: &'a Calendar,
    pub rates: &'a Rates,
    pub options: &'a Options,
    pub names: Names,
}

/// A row's KPI in its group, over any days.
struct Asked<'a> {
    aims: &'a Aims<'a>,
    kpi: &'a str,
    group: &'a Group,
}

impl Aims<'_> {
    /// Adds a row's target, attainment, pace and projection to it.
    pub fn add(&self, row: &mut Value, window: &Window, group: &Group) {
        let (kpi, value) = (row["kpi"].as_str().unwrap_or_default().to_owned(), row["value"].as_f64());
        let target = window.days().and_then(|_| self.target(&kpi, row["variant"].as_str(), window, group));
        let amount = target.map(|target| target.value.parse::<f64>().unwrap_or_else(|e| panic!("{target:?}: {e}")));
        let attainment = target.zip(amount).zip(value).and_then(|((target, amount), value)| attainment(target, amount, value));
        let profile = target.and_then(|target| target.profile.as_deref()).unwrap_or("weekday");
        let projected = self.projected(&kpi, profile, window, group);
        let pace = projected.zip(amount).map(|(projected, amount)| projected / amount);
        let fields: &mut Map<String, Value> = row.as_object_mut().unwrap_or_else(|| panic!("a row is an object"));
        for (name, value) in [("target", amount), ("attainment", attainment), ("pace", pace), ("projected", projected)] {
            fields.insert(name.to_owned(), json!(value));
        }
    }

    fn target(&self, kpi: &str, variant: Option<&str>, window: &Window, group: &Group) -> Option<&Target> {
        let of_group = |target: &Target| match &target.channel {
            None => *group == Group::total(),
            Some(channel) => *group == Group::channel(&self.names.channel("", channel)),
        };
        let of_row = |target: &&Target| target.kpi == kpi && target.variant.as_deref() == variant && of_group(target);
        let all = || self.options.targets.iter().filter(of_row);
        let mut of_period: Vec<&Target> = match self.calendar.period_of_window(window) {
            Some(period) => all().filter(|target| target.period.as_deref() == Some(period.kind) && in_force(target, &period)).collect(),
            None => Vec::new(),
        };
        // The names of one kind of period sort as the periods do; none comes first.
        of_period.sort_by_key(|target| target.from.clone());
        of_period.last().copied().or_else(|| all().find(|target| target.period.is_none()))
    }

    fn projected(&self, kpi: &str, profile: &str, window: &Window, group: &Group) -> Option<f64> {
        if !is_in(ADDITIVE, kpi) {
            return None;
        }
        let (today, period) = (self.calendar.today(), self.calendar.period_of_window(window)?);
        let (days, all) = (period.days, Asked { aims: self, kpi, group });
        let through = self.facts.spend_complete_through().filter(|_| is_in(LATE, kpi));
        let finished = days.up_to(today - 1).up_to(through.unwrap_or(i64::MAX));
        if !days.has(today) || finished.is_empty() {
            return None;
        }
        let share = match profile {
            "weekday" => all.by_weekday(days, finished)?,
            "previous" => all.by_previous(&period, finished)?,
            _ => None,
        };
        let share = share.unwrap_or(finished.len() as f64 / days.len() as f64);
        let x = all.sum(finished)?;
        (share > 0.0).then(|| all.units(x) / share)
    }
}

fn in_force(target: &Target, period: &Period) -> bool {
    target.from.as_ref().is_none_or(|from| *from <= period.name) && target.until.as_ref().is_none_or(|until| period.name <= *until)
}

fn attainment(target: &Target, amount: f64, value: f64) -> Option<f64> {
    let by_default = if is_in(BETTER_DOWN, &target.kpi) { "down" } else { "up" };
    let better = target.better.as_deref().unwrap_or(by_default);
    if better != "down" || is_in(ADDITIVE, &target.kpi) {
        return Some(value / amount);
    }
    (value > 0.0).then(|| amount / value)
}

impl Asked<'_> {
    /// The share of the finished days by the weekdays of the 56 days before: nothing where those are not all there or weigh nothing, none
    /// where one cannot be converted.
    fn by_weekday(&self, days: Days, finished: Days) -> Option<Option<f64>> {
        let first = days.first - 56;
        if self.begins_after(first) {
            return Some(None);
        }
        let weight = |weekday: i64| -> Option<i128> {
            let same: Vec<i128> =
                (first..days.first).filter(|day| day.rem_euclid(7) == weekday).map(|day| self.sum(Days::new(day, day))).collect::<Option<_>>()?;
            Some(same.into_iter().sum::<i128>().max(0))
        };
        let of_weekdays: Vec<i128> = (0..7).map(weight).collect::<Option<_>>()?;
        let weights: Vec<(i64, i128)> = (days.first..=days.last).map(|day| (day, of_weekdays[day.rem_euclid(7) as usize])).collect();
        let whole: i128 = weights.iter().map(|(_, weight)| weight).sum();
        let done: i128 = weights.iter().filter(|(day, _)| finished.has(*day)).map(|(_, weight)| weight).sum();
        Some((whole > 0).then(|| done as f64 / whole as f64))
    }

    /// The share that the period before had by then.
    fn by_previous(&self, period: &Period, finished: Days) -> Option<Option<f64>> {
        let before = period.before();
        if self.begins_after(before.first) {
            return Some(None);
        }
        let (k, m, n) = (finished.len(), before.len(), period.days.len());
        let of_days: Vec<i128> = (before.first..=before.last).map(|day| self.sum(Days::new(day, day))).collect::<Option<_>>()?;
        let whole: i128 = of_days.iter().sum();
        // In n-ths of a day: each day has n, and the first k m of all n m are over.
        let over = |at: usize| (k * m - at as i64 * n).clamp(0, n);
        let done: i128 = of_days.iter().enumerate().map(|(at, sum)| sum * i128::from(over(at))).sum();
        Some((whole > 0).then(|| done as f64 / (whole as f64 * n as f64)))
    }

    fn begins_after(&self, day: i64) -> bool {
        self.aims.calendar.first_booked().is_none_or(|first| day < first)
    }

    /// What is booked in some days: a number, or millionths of the reporting currency.
    fn sum(&self, days: Days) -> Option<i128> {
        let facts = self.aims.facts;
        let leads = |date: fn(&crate::facts::Lead) -> Option<Booked>| {
            let leads = facts.leads.iter().filter(|lead| self.group.has(&lead.at));
            leads.filter(|lead| date(lead).is_some_and(|booked| days.has(booked.day))).count() as i128
        };
        let deals = || facts.deals.iter().filter(|deal| self.group.has(&deal.at));
        let closed = || deals().filter(|deal| deal.closed.is_some_and(|closed| days.has(closed.day)));
        let spend = || facts.spend.iter().filter(|row| self.group.has(&row.at) && days.has(row.day));
        let social = |kinds: &[&str]| {
            let of = facts.social.iter().filter(|one| self.group.has(&one.at) && days.has(one.on.day) && kinds.contains(&one.kind.as_str()));
            of.map(|one| i128::from(one.count)).sum::<i128>()
        };
        let money = |amounts: Vec<(i128, &str, i64)>| self.aims.rates.sum(amounts).ok();
        Some(match self.kpi {
            "leads" => leads(|lead| Some(lead.created)),
            "mqls" => leads(|lead| lead.mql),
            "sqls" => leads(|lead| lead.sql),
            "opportunities" => deals().filter(|deal| deal.opened.is_some_and(|opened| days.has(opened.day))).count() as i128,
            "customers" => closed().filter(|deal| deal.new_customer).count() as i128,
            "wins" => closed().filter(|deal| deal.is_won()).count() as i128,
            "losses" => closed().filter(|deal| deal.status == "lost").count() as i128,
            "won_value" => {
                let won = closed().filter(|deal| deal.is_won()).filter_map(|deal| Some((deal.amount.as_ref()?, deal.closed?.day)));
                money(won.map(|(amount, day)| (amount.0, amount.1.as_str(), day)).collect())?
            }
            "spend" => money(spend().map(|row| (row.amount.0, row.amount.1.as_str(), row.day)).collect())?,
            "ad_impressions" => spend().map(|row| i128::from(row.impressions)).sum(),
            "ad_clicks" => spend().map(|row| i128::from(row.clicks)).sum(),
            "disqualified_leads" => facts.disqualified.iter().filter(|lead| self.group.has(&lead.at) && days.has(lead.created.day)).count() as i128,
            "visits" => facts.visits.iter().filter(|visit| self.group.has(&visit.at) && days.has(visit.on.day)).count() as i128,
            "impressions" => social(&["impression"]),
            "engagements" => social(&["like", "comment", "share", "click", "reaction"]),
            other => panic!("{other} does not add up"),
        })
    }

    fn units(&self, sum: i128) -> f64 {
        if is_in("won_value spend", self.kpi) { sum as f64 / 1e6 } else { sum as f64 }
    }
}
