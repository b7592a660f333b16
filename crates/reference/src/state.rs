//! What was left out, and counted: over all days up to the instant's.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    facts::{Deal, Facts},
    money::{Lack, Rates, cells},
    windows::Calendar,
};

pub fn data_state(facts: &Facts, calendar: &Calendar, rates: &Rates, horizon_days: i64) -> Value {
    let today = calendar.today();
    let wins = || facts.deals.iter().filter(|deal| deal.is_won() && deal.closed.is_some_and(|closed| closed.day <= today));
    let spend = facts.spend.iter().filter(|row| row.day <= today).map(|row| (row.amount.0, row.amount.1.as_str(), row.day));
    let won = wins().filter_map(|deal| Some((deal.amount.as_ref()?, deal.closed?.day))).map(|(amount, day)| (amount.0, amount.1.as_str(), day));
    let open = open_deals(facts, today).filter_map(|deal| deal.amount.as_ref()).map(|amount| (amount.0, amount.1.as_str(), today));
    let unconverted: Vec<Value> = unconverted("spend", spend.collect(), rates)
        .chain(unconverted("won_value", won.collect(), rates))
        .chain(unconverted("open_pipeline_value", open.collect(), rates))
        .collect();
    json!({
        "deals_without_amount": wins().filter(|deal| deal.amount.is_none()).count(),
        "wins_without_cycle": wins().filter(|deal| deal.new_business && deal.elapsed.is_none_or(|elapsed| elapsed < 0)).count(),
        "conversion_within_horizon": within_horizon(facts, today - horizon_days),
        "unconverted": unconverted,
    })
}

/// The deals open at the end of a day, as far as is known now.
pub fn open_deals(facts: &Facts, today: i64) -> impl Iterator<Item = &Deal> {
    facts.deals.iter().filter(move |deal| deal.status == "open" && deal.opened.is_none_or(|opened| opened.day <= today))
}

/// The share within the horizon among the conversions of leads that were mature by a day.
fn within_horizon(facts: &Facts, mature_by: i64) -> Option<f64> {
    let conversions: Vec<bool> =
        facts.leads.iter().filter(|lead| lead.maturity_day <= mature_by).filter_map(|lead| Some(lead.conversion.as_ref()?.within_horizon)).collect();
    let within = conversions.iter().filter(|within| **within).count();
    (!conversions.is_empty()).then(|| within as f64 / conversions.len() as f64)
}

fn unconverted<'a>(measure: &'static str, amounts: Vec<(i128, &'a str, i64)>, rates: &Rates) -> impl Iterator<Item = Value> + use<'a> {
    let mut missing: BTreeMap<&str, i128> = BTreeMap::new();
    for ((currency, day), micros) in cells(amounts) {
        if rates.convert(micros, currency, day) == Err(Lack::Rate) {
            *missing.entry(currency).or_default() += micros;
        }
    }
    let shown = |micros: i128| format!("{}{}.{:06}", if micros < 0 { "-" } else { "" }, micros.abs() / 1_000_000, micros.abs() % 1_000_000);
    missing
        .into_iter()
        .filter(|(_, micros)| *micros != 0)
        .map(move |(currency, micros)| json!({ "measure": measure, "currency": currency, "amount": shown(micros) }))
}
