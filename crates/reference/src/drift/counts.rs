//! What came and what was put in, day by day, each from all facts.

use super::World;
use crate::{dimensions::Dimensions, spending::spend_of};

/// What each day from a first on has.
pub struct Daily {
    pub first: i64,
    pub of: Vec<f64>,
}

impl Daily {
    pub fn on(&self, day: i64) -> f64 {
        usize::try_from(day - self.first).ok().and_then(|at| self.of.get(at)).copied().unwrap_or(0.0)
    }

    pub fn sum(&self, (first, last): (i64, i64)) -> f64 {
        (first..=last).map(|day| self.on(day)).sum()
    }
}

fn is_of(at: &Dimensions, channel: Option<&str>) -> bool {
    channel.is_none_or(|channel| at.channel == channel)
}

impl World<'_> {
    /// Customers, or conversions, that count on each of some days.
    pub fn came(&self, kpi: &str, channel: Option<&str>, (first, last): (i64, i64)) -> Daily {
        let mut of = vec![0.0; (last - first + 1).max(0) as usize];
        let mut count = |day: i64| {
            if (first..=last).contains(&day) {
                of[(day - first) as usize] += 1.0;
            }
        };
        if kpi == "cac" {
            let new = self.facts.deals.iter().filter(|deal| deal.new_customer && is_of(&deal.at, channel));
            new.filter_map(|deal| deal.closed).for_each(|closed| count(closed.day));
        } else {
            self.converted(channel).for_each(|(created, age)| count(created + age));
        }
        Daily { first, of }
    }

    /// Leads that converted in time: their day, and how old they were.
    pub fn converted(&self, channel: Option<&str>) -> impl Iterator<Item = (i64, i64)> {
        let leads = self.facts.leads.iter().filter(move |lead| is_of(&lead.at, channel));
        leads.filter_map(|lead| Some((lead.created.day, lead.conversion.as_ref()?.age.max(0)))).filter(|(_, age)| *age <= self.horizon)
    }

    /// The age of the lead of each new customer of some days, where it is known.
    pub fn ages(&self, (first, last): (i64, i64)) -> Vec<i64> {
        let of_days =
            self.facts.deals.iter().filter(|deal| deal.new_customer && deal.closed.is_some_and(|closed| (first..=last).contains(&closed.day)));
        of_days.filter_map(|deal| Some(deal.lead_age?.clamp(0, self.horizon))).collect()
    }

    /// Leads created on each of some days.
    pub fn leads(&self, channel: Option<&str>, (first, last): (i64, i64)) -> Daily {
        let mut of = vec![0.0; (last - first + 1).max(0) as usize];
        for lead in self.facts.leads.iter().filter(|lead| is_of(&lead.at, channel) && (first..=last).contains(&lead.created.day)) {
            of[(lead.created.day - first) as usize] += 1.0;
        }
        Daily { first, of }
    }

    /// Spend of a day; none where there is no rate.
    pub fn spend(&self, channel: Option<&str>, day: i64) -> Option<f64> {
        let rows = self.facts.spend.iter().filter(|row| row.day == day && is_of(&row.at, channel));
        spend_of(rows, self.rates).ok().map(|micros| micros as f64 / 1e6)
    }

    /// Spread spend of each of some days; none where an amount that one takes in has no rate.
    pub fn arriving(&self, channel: Option<&str>, shares: &[f64], (first, last): (i64, i64)) -> Option<Daily> {
        let mut known = std::collections::BTreeMap::new();
        let mut of = Vec::new();
        for day in first..=last {
            let mut sum = 0.0;
            for (age, share) in shares.iter().enumerate().filter(|(_, share)| **share != 0.0) {
                let on = day - self.lag - age as i64;
                sum += share * (*known.entry(on).or_insert_with(|| self.spend(channel, on)))?;
            }
            of.push(sum);
        }
        Some(Daily { first, of })
    }

    /// By the total's baseline, the share of its customers' leads of each age.
    pub fn shares(&self) -> Vec<f64> {
        let days = self.baseline("cac", None).days.filter(|_| self.drift.spread_spend);
        let ages = days.map(|days| self.ages(days)).unwrap_or_default();
        if ages.is_empty() {
            return vec![1.0];
        }
        (0..=self.horizon).map(|age| ages.iter().filter(|own| **own == age).count() as f64 / ages.len() as f64).collect()
    }

    /// The leads of some days, how many of them converted, and the share that did at each age.
    pub fn cohort(&self, channel: Option<&str>, (first, last): (i64, i64)) -> (f64, f64, Vec<f64>) {
        let leads = self.leads(channel, (first, last)).sum((first, last));
        let ages: Vec<i64> = self.converted(channel).filter(|(created, _)| (first..=last).contains(created)).map(|(_, age)| age).collect();
        let share = |age| if leads > 0.0 { ages.iter().filter(|own| **own == age).count() as f64 / leads } else { 0.0 };
        (leads, ages.len() as f64, (0..=self.horizon).map(share).collect())
    }

    /// Conversions that leads let expect on each of some days, by shares.
    pub fn ripening(&self, channel: Option<&str>, shares: &[f64], (first, last): (i64, i64)) -> Daily {
        let leads = self.leads(channel, (first - self.horizon, last));
        let on = |day: i64| shares.iter().enumerate().map(|(age, share)| leads.on(day - age as i64) * share).sum();
        Daily { first, of: (first..=last).map(on).collect() }
    }
}
