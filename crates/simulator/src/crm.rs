//! Leads, deals and customers: lives planned when they begin, published change by change as the days come.

use model::{DealClosed, DealFacts, DealStatus, DealType, Event, LeadCreated, LeadFacts, Millis, VisitorId, When, event::Text};

use crate::{
    calendar::{LocalDay, working},
    chance::Chance,
    market::{CHANNELS, Channel, SEGMENTS, Segment},
    options::Options,
    outbox::Outbox,
    rates::money,
    traffic::{Traffic, by},
};

/// The source of leads and deals.
pub(crate) const CRM: &str = "crm";
/// Customers from before the time that is simulated, at scale 1.
const OLD_CUSTOMERS: f64 = 60.0;

/// How many there have been.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crm {
    leads: u64,
    deals: u64,
    accounts: u64,
}

/// What happens to a lead.
enum LeadChange {
    Mql,
    Sql,
    Account(String),
    Channel(&'static Channel),
    Disqualified,
    Deleted,
}

/// What happens to a deal.
enum DealChange {
    Amount(f64),
    Status(DealStatus),
    Lead(String),
    Deleted,
}

/// Of whom a deal is.
struct Buyer<'a> {
    lead: Option<&'a str>,
    account: &'a str,
    segment: &'static Segment,
    cycle_days: f64,
    chance_to_win: f64,
    business: Option<DealType>,
}

/// What a day's planning needs.
pub(crate) struct Desk<'a> {
    pub(crate) options: &'a Options,
    pub(crate) today: LocalDay,
    pub(crate) chance: &'a mut Chance,
    pub(crate) out: &'a mut Outbox,
    /// The web site's visitors, where its visits are part of the story.
    pub(crate) web: Option<&'a mut Traffic>,
}

impl Crm {
    /// Plans all that begins today.
    pub(crate) fn day(&mut self, desk: &mut Desk<'_>) {
        for channel in CHANNELS {
            let usual = channel.leads * desk.today.pace() * desk.options.scale;
            for _ in 0..desk.chance.count(usual * desk.options.scenario.map_or(1.0, |scenario| scenario.leads(channel, desk.today.day))) {
                self.lead(channel, desk);
            }
        }
        self.renewals(desk);
    }

    /// A lead of today and all that will become of it.
    fn lead(&mut self, channel: &'static Channel, desk: &mut Desk<'_>) {
        self.leads += 1;
        let id = format!("L-{:06}", self.leads);
        let online = channel.sessions > 0.0;
        let moment = desk.today.moment(desk.chance);
        let created = if online { moment } else { working(&desk.options.zone, moment, 0.0, desk.chance) };
        let mut came = by(channel, desk.chance);
        if desk.options.scenario.is_some_and(|scenario| scenario.is_untracked(channel, desk.today.day, desk.chance)) {
            (came.channel, came.campaign) = (None, None);
        }
        if let (true, Some(web)) = (online, desk.web.as_deref_mut()) {
            came.visitor = Some(web.visitor(desk.chance));
            web.converting(&came, created, desk.chance, desk.out);
        }
        let segment = desk.chance.weighted(SEGMENTS, |s| s.share);
        let facts = LeadFacts {
            created_at: When::At(created),
            channel: came.channel.map(Text::from),
            campaign: came.campaign.map(Text::from),
            segment: segment.filter(|_| !desk.chance.happens(0.05)).map(|s| s.name.into()),
            account_id: None,
            visitor_id: came.visitor.map(VisitorId::from),
            mql_at: None,
            sql_at: None,
            disqualified: false,
        };
        let changes = self.future_of_lead(&id, created, channel, segment, desk);
        publish_lead(&id, created, facts, changes, desk.out);
    }

    fn future_of_lead(
        &mut self,
        id: &str,
        created: Millis,
        channel: &'static Channel,
        segment: Option<&'static Segment>,
        desk: &mut Desk<'_>,
    ) -> Vec<(Millis, LeadChange)> {
        let zone = &desk.options.zone;
        let later = |from: Millis, low: f64, high: f64, chance: &mut Chance| {
            let days = chance.between(low, high);
            working(zone, from, days, chance)
        };
        if desk.chance.happens(0.06) {
            return vec![(later(created, 0.1, 3.0, desk.chance), LeadChange::Disqualified)];
        }
        if desk.chance.happens(0.008) {
            return vec![(later(created, 5.0, 60.0, desk.chance), LeadChange::Deleted)];
        }
        let mut changes = Vec::new();
        if desk.chance.happens(0.03) {
            let other = desk.chance.weighted(CHANNELS, |c| c.leads).unwrap_or(channel);
            changes.push((later(created, 4.0, 25.0, desk.chance), LeadChange::Channel(other)));
        }
        let [mql, sql, opportunity, win] = channel.funnel;
        let win = desk.options.scenario.map_or(win, |scenario| scenario.chance_to_win(win, zone.day_of(created)));
        if desk.chance.happens(mql) {
            let mql_at = later(created, 0.02, 2.5, desk.chance);
            changes.push((mql_at, LeadChange::Mql));
            if desk.chance.happens(sql) {
                let sql_at = later(mql_at, 0.3, 6.0, desk.chance);
                changes.push((sql_at, LeadChange::Sql));
                if let (true, Some(segment)) = (desk.chance.happens(opportunity), segment) {
                    let opened = later(sql_at, 0.5, 6.0, desk.chance);
                    let account = self.account();
                    let business = (!desk.chance.happens(0.3)).then_some(DealType::NewBusiness);
                    let cycle_days = channel.cycle_days * segment.patience;
                    let buyer = Buyer { lead: Some(id), account: &account, segment, cycle_days, chance_to_win: win, business };
                    self.deal(&buyer, opened, desk);
                    changes.push((opened, LeadChange::Account(account)));
                }
            }
        }
        changes
    }

    fn account(&mut self) -> String {
        self.accounts += 1;
        format!("A-{:05}", self.accounts)
    }

    /// A deal opened at `opened`, to its end; a customer who is won may buy more later.
    fn deal(&mut self, buyer: &Buyer<'_>, opened: Millis, desk: &mut Desk<'_>) {
        self.deals += 1;
        let id = format!("D-{:06}", self.deals);
        let euros = (desk.chance.around(buyer.segment.contract, 0.55) / 50.0).round() * 50.0;
        let changes = self.future_of_deal(buyer, euros, opened, desk);
        let home = desk.chance.happens(0.75);
        let currency = desk.options.currency(if home { 0 } else { desk.chance.below(8) as usize });
        let facts = DealFacts {
            status: DealStatus::Open,
            amount: (!desk.chance.happens(0.03)).then(|| (money(euros, currency), currency)),
            lead_id: buyer.lead.map(|lead| lead.to_owned().into()),
            account_id: Some(buyer.account.to_owned().into()),
            deal_type: buyer.business,
            opened_at: Some(When::At(opened)),
            segment: Some(buyer.segment.name.into()),
        };
        publish_deal(&id, opened, facts, changes, desk.out);
    }

    fn future_of_deal(&mut self, buyer: &Buyer<'_>, euros: f64, opened: Millis, desk: &mut Desk<'_>) -> Vec<(Millis, DealChange)> {
        let zone = &desk.options.zone;
        let days = desk.chance.around(buyer.cycle_days, 0.5).min(200.0);
        let closed = working(zone, opened, days, desk.chance);
        let closed = desk.options.scenario.map_or(closed, |scenario| scenario.closing(closed, zone, desk.chance));
        let mut changes = Vec::new();
        if desk.chance.happens(0.35) {
            let at = working(zone, opened, days * 0.5, desk.chance).min(closed);
            changes.push((at, DealChange::Amount(euros * desk.chance.between(0.8, 1.3))));
        }
        if buyer.lead.is_some() && desk.chance.happens(0.015) {
            // Someone notices that an earlier lead was the same person.
            let other = self.leads.saturating_sub(1 + desk.chance.below(15)).max(1);
            changes.push((working(zone, opened, days * 0.7, desk.chance), DealChange::Lead(format!("L-{other:06}"))));
        }
        // Some CRMs keep only the day of a closing.
        let closed_at = if desk.chance.happens(0.3) { When::On(zone.day_of(closed)) } else { When::At(closed) };
        if desk.chance.happens(0.005) {
            changes.push((closed, DealChange::Deleted));
        } else if desk.chance.happens(buyer.chance_to_win) {
            changes.push((closed, DealChange::Status(DealStatus::Won(closed_at))));
            self.after_win(buyer, euros, closed, &mut changes, desk);
        } else {
            changes.push((closed, DealChange::Status(DealStatus::Lost(closed_at))));
            if desk.chance.happens(0.04) {
                let again = working(zone, closed, desk.chance.between(5.0, 40.0), desk.chance);
                changes.push((again, DealChange::Status(DealStatus::Won(When::At(again)))));
            }
        }
        changes
    }

    /// Refunds, corrections and more business, after a deal was won at `won`.
    fn after_win(&mut self, buyer: &Buyer<'_>, euros: f64, won: Millis, changes: &mut Vec<(Millis, DealChange)>, desk: &mut Desk<'_>) {
        let zone = &desk.options.zone;
        let later = working(zone, won, desk.chance.between(3.0, 35.0), desk.chance);
        if desk.chance.happens(0.04) {
            changes.push((later, DealChange::Status(DealStatus::Refunded)));
        } else if desk.chance.happens(0.06) {
            changes.push((later, DealChange::Amount(euros * desk.chance.between(0.5, 1.1))));
        } else if desk.chance.happens(0.15) {
            let opened = working(zone, won, desk.chance.between(20.0, 80.0), desk.chance);
            let more = Buyer { lead: None, business: Some(DealType::ExistingBusiness), chance_to_win: 0.6, cycle_days: 18.0, ..*buyer };
            self.deal(&more, opened, desk);
        }
    }

    /// The old customers whose year ends: their renewals open today.
    fn renewals(&mut self, desk: &mut Desk<'_>) {
        let year = i64::from(desk.today.day.0).rem_euclid(365) as u64;
        let due = (0..(OLD_CUSTOMERS * desk.options.scale) as u64).filter(|n| n.wrapping_mul(61).wrapping_add(desk.options.seed) % 365 == year);
        for customer in due.collect::<Vec<_>>() {
            let Some(segment) = desk.chance.weighted(SEGMENTS, |s| s.share) else { return };
            let account = format!("A-old-{customer:04}");
            let business = Some(DealType::ExistingBusiness);
            let buyer = Buyer { lead: None, account: &account, segment, cycle_days: 14.0, chance_to_win: 0.88, business };
            let opened = working(&desk.options.zone, desk.today.start, 0.4, desk.chance);
            self.deal(&buyer, opened, desk);
        }
    }
}

/// Sends a lead as it is when it comes, and again after each change, whole.
fn publish_lead(id: &str, created: Millis, mut facts: LeadFacts<'static>, mut changes: Vec<(Millis, LeadChange)>, out: &mut Outbox) {
    changes.sort_by_key(|(at, _)| *at);
    send_lead(id, created, Some(facts.clone()), out);
    for (at, change) in changes {
        match change {
            LeadChange::Mql => facts.mql_at = Some(When::At(at)),
            LeadChange::Sql => facts.sql_at = Some(When::At(at)),
            LeadChange::Account(account) => facts.account_id = Some(account.into()),
            LeadChange::Channel(channel) => facts.channel = channel.spellings.first().map(|name| Text::from(*name)),
            LeadChange::Disqualified => facts.disqualified = true,
            LeadChange::Deleted => {
                send_lead(id, at, None, out);
                return;
            }
        }
        send_lead(id, at, Some(facts.clone()), out);
    }
}

/// Sends a deal as it is opened, and again after each change, whole.
fn publish_deal(id: &str, opened: Millis, mut facts: DealFacts<'static>, mut changes: Vec<(Millis, DealChange)>, out: &mut Outbox) {
    changes.sort_by_key(|(at, _)| *at);
    send_deal(id, opened, Some(facts.clone()), out);
    for (at, change) in changes {
        match change {
            DealChange::Amount(euros) => facts.amount = facts.amount.map(|(_, currency)| (money(euros, currency), currency)),
            DealChange::Status(status) => facts.status = status,
            DealChange::Lead(lead) => facts.lead_id = Some(lead.into()),
            DealChange::Deleted => {
                send_deal(id, at, None, out);
                return;
            }
        }
        send_deal(id, at, Some(facts.clone()), out);
    }
}

fn send_lead(id: &str, at: Millis, facts: Option<LeadFacts<'static>>, out: &mut Outbox) {
    let event = lead(id, at, facts, out);
    out.send(event);
}

fn send_deal(id: &str, at: Millis, facts: Option<DealFacts<'static>>, out: &mut Outbox) {
    let event = deal(id, at, facts, out);
    out.send(event);
}

/// A message about a lead, last changed at `at`.
pub(crate) fn lead(id: &str, at: Millis, facts: Option<LeadFacts<'static>>, out: &mut Outbox) -> Event<'static> {
    Event::Lead(LeadCreated { head: out.revised(CRM, at), lead_id: id.to_owned().into(), facts })
}

/// A message about a deal, last changed at `at`.
pub(crate) fn deal(id: &str, at: Millis, facts: Option<DealFacts<'static>>, out: &mut Outbox) -> Event<'static> {
    Event::Deal(DealClosed { head: out.revised(CRM, at), deal_id: id.to_owned().into(), facts })
}
