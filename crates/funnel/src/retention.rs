//! What the book forgets: leads, lost deals and tombstones of which nothing lies above the floor any more.

use model::{Day, DealStatus, When, Zone};
use panes::{Entities, Ix};

use crate::{Funnel, facts::Lead};

impl Funnel {
    /// Forgets what can change nothing above the floor. Won deals stay for ever (they decide who is a new customer), open
    /// ones while they are open, leads as long as a deal names them.
    pub fn forget_below(&mut self, floor: Day, zone: &Zone, horizon_days: i32) {
        let old_deals: Vec<Ix> = self.deals.all().filter(|deal| self.is_old_deal(*deal, floor, zone)).collect();
        for deal in old_deals {
            if let Some(lead) = self.deals.state(deal).as_ref().and_then(|booked| booked.deal.lead) {
                self.deals_of_lead.remove(&(lead, deal));
            }
            self.deals.remove(deal);
        }
        let old_leads: Vec<Ix> = self.leads.all().filter(|lead| self.is_old_lead(*lead, floor, zone, horizon_days)).collect();
        old_leads.into_iter().for_each(|lead| self.leads.remove(lead));
    }

    fn is_old_deal(&self, deal: Ix, floor: Day, zone: &Zone) -> bool {
        let said_below = said_below(&self.deals, deal, floor, zone);
        let Some(booked) = self.deals.state(deal) else { return said_below };
        let below = |when: Option<When>| when.is_none_or(|when| zone.day(when) < floor);
        match booked.deal.status {
            DealStatus::Won(_) | DealStatus::Open => false,
            DealStatus::Lost(at) => below(Some(at)) && below(booked.deal.opened_at),
            DealStatus::Refunded => said_below && below(booked.deal.opened_at),
        }
    }

    fn is_old_lead(&self, lead: Ix, floor: Day, zone: &Zone, horizon_days: i32) -> bool {
        let old = match self.leads.state(lead) {
            None => said_below(&self.leads, lead, floor, zone),
            Some(facts) => latest_day(facts, zone, horizon_days) < floor,
        };
        old && self.deals_of(lead).next().is_none()
    }
}

/// Whether an entity's latest message happened below the floor; true where there is no message at all.
fn said_below<T>(entities: &Entities<T>, ix: Ix, floor: Day, zone: &Zone) -> bool {
    entities.occurred_at(ix).is_none_or(|at| zone.day_of(at) < floor)
}

fn latest_day(lead: &Lead, zone: &Zone, horizon_days: i32) -> Day {
    let dates = [Some(lead.created_at()), Some(lead.maturity(horizon_days)), lead.mql_at(), lead.sql_at()];
    dates.into_iter().flatten().map(|when| zone.day(when)).max().unwrap_or(Day(i32::MIN))
}
