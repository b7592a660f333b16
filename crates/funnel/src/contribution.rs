//! What a lead and a deal contribute: pure functions of the latest facts.

use model::{DealStatus, Settings, When};
use panes::{Contribution, Measure, PaneId, cycle};

use crate::facts::{Context, Deal, Lead};

/// What a live lead contributes; `conversion` is when its earliest new-business win closed.
pub fn lead_contribution(lead: &Lead, conversion: Option<When>, settings: &Settings, out: &mut Contribution) {
    let (zone, horizon, dims) = (&settings.zone, settings.horizon_days, lead.dims);
    if lead.disqualified {
        out.add_at(lead.created_at(), zone, dims, Measure::DisqualifiedLeads, 1);
        return;
    }
    let matures_on = zone.day(lead.maturity(horizon));
    out.add_at(lead.created_at(), zone, dims, Measure::Leads, 1);
    out.add_day(matures_on, dims, Measure::Mature, 1);
    for (when, measure) in [(lead.mql_at(), Measure::Mqls), (lead.sql_at(), Measure::Sqls)] {
        if let Some(when) = when {
            out.add_at(when, zone, dims, measure, 1);
        }
    }
    if let Some(closed_at) = conversion {
        out.add_day(zone.day(lead.created_at()), dims, Measure::Converted, 1);
        out.add_day(zone.day(closed_at), dims, Measure::Conversions, 1);
        // KPI F3
        let age = lead.age_on(zone.day(closed_at), zone);
        if age <= horizon {
            out.add_day(zone.day(lead.created_at()).plus(age), dims, Measure::ConversionsOfAge(in_days(age)), 1);
        }
        out.add_day(matures_on, dims, Measure::MatureConvertedEver, 1);
        if lead.is_within(horizon, closed_at, zone) {
            out.add_day(matures_on, dims, Measure::MatureConverted, 1);
        }
    }
}

/// What a live deal contributes; `lead` is its lead while that is live.
pub fn deal_contribution(deal: &Deal, lead: Option<&Lead>, context: Context, settings: &Settings, out: &mut Contribution) {
    let (zone, dims) = (&settings.zone, context.dims);
    if let Some(opened_at) = deal.opened_at {
        out.add_at(opened_at, zone, dims, Measure::Opportunities, 1);
    }
    match deal.status {
        DealStatus::Open => {
            let standing = PaneId::Standing(deal.opened_at.map(|at| zone.day(at)));
            out.add(standing, dims, Measure::OpenDeals, 1);
            if let Some((amount, currency)) = deal.amount {
                out.add(standing, dims, Measure::OpenValue(currency), amount.0);
            }
        }
        DealStatus::Won(at) => won(deal, at, lead, context, settings, out),
        DealStatus::Lost(at) => out.add_at(at, zone, dims, Measure::Losses, 1),
        DealStatus::Refunded => {}
    }
}

fn won(deal: &Deal, at: When, lead: Option<&Lead>, context: Context, settings: &Settings, out: &mut Contribution) {
    let (zone, dims) = (&settings.zone, context.dims);
    out.add_at(at, zone, dims, Measure::Wins, 1);
    match deal.amount {
        Some((amount, currency)) => {
            out.add_at(at, zone, dims, Measure::ValuedWins, 1);
            out.add_at(at, zone, dims, Measure::WonValue(currency), amount.0);
        }
        None => out.add_day(zone.day(at), dims, Measure::UnvaluedWins, 1),
    }
    if context.new_customer {
        out.add_at(at, zone, dims, Measure::Customers, 1);
        // KPI 8.2
        if let Some(lead) = lead {
            out.add_day(zone.day(at), dims, Measure::LedCustomers, 1);
            // KPI F2
            let age = lead.age_on(zone.day(at), zone).min(settings.horizon_days);
            out.add_day(zone.day(at), dims, Measure::CustomersOfAge(in_days(age)), 1);
        }
    }
    if deal.is_new_business_win(context.new_customer) {
        sales_cycle(at, lead, context, settings, out);
    }
    if deal.is_return(context.new_customer, settings.return_on) {
        returned(deal, at, lead, context, settings, out);
    }
}

/// KPI 3.1, L6: of a lead that is known, and was there first.
fn sales_cycle(at: When, lead: Option<&Lead>, context: Context, settings: &Settings, out: &mut Contribution) {
    let day = settings.zone.day(at);
    let elapsed = lead.and_then(|lead| u64::try_from(lead.elapsed(at, &settings.zone)).ok());
    match elapsed {
        Some(millis) => {
            out.add_day(day, context.dims, Measure::CycleWins, 1);
            out.add_day(day, context.dims, Measure::CycleMillis, i128::from(millis));
            out.add_day(day, context.dims, Measure::CycleBucket(cycle::bucket(millis)), 1);
        }
        None => out.add_day(day, context.dims, Measure::CyclelessWins, 1),
    }
}

/// The return of a win: on the day it closed, and under its lead's dimensions on the lead's own days.
fn returned(deal: &Deal, at: When, lead: Option<&Lead>, context: Context, settings: &Settings, out: &mut Contribution) {
    let (zone, horizon) = (&settings.zone, settings.horizon_days);
    let closed_on = zone.day(at);
    out.add_day(closed_on, context.dims, Measure::ReturnWins, 1);
    if let Some((amount, currency)) = deal.amount {
        out.add_day(closed_on, context.dims, Measure::ReturnValue(currency), amount.0);
    }
    let Some(lead) = lead.filter(|lead| !lead.disqualified) else { return };
    let created_on = zone.day(lead.created_at());
    out.add_day(created_on, lead.dims, Measure::CohortWins, 1);
    if let Some((amount, currency)) = deal.amount {
        out.add_day(created_on, lead.dims, Measure::CohortValue(currency, closed_on), amount.0);
    }
    if lead.is_within(horizon, at, zone) {
        let matures_on = zone.day(lead.maturity(horizon));
        out.add_day(matures_on, lead.dims, Measure::MatureWins, 1);
        if let Some((amount, currency)) = deal.amount {
            out.add_day(matures_on, lead.dims, Measure::MatureValue(currency, closed_on), amount.0);
        }
    }
}

/// An age that lies within the horizon, which is some years at most.
fn in_days(age: i32) -> u16 {
    u16::try_from(age).unwrap_or(u16::MAX)
}
