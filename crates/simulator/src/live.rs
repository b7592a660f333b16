//! The company going on after its history: what it had planned, and a crowd at a rate that one can watch.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{AdSpend, Currency, DealFacts, DealStatus, DealType, Event, LeadFacts, Micros, Millis, SpendFacts, VisitorId, When, event::Text};

use crate::{
    adspend,
    chance::Chance,
    community, crm,
    market::{CHANNELS, SEGMENTS},
    rates::money,
    traffic::{by, visit},
    world::{Simulator, World},
};

/// Of each kind at most so many are kept in mind: the oldest go.
const KEPT: usize = 2_000;
/// At most so many events of the crowd at once: after a long pause the rest is let go.
const AT_ONCE: u64 = 10_000;

/// A continuation of a history.
#[derive(Clone, Debug)]
pub struct Live {
    world: World,
    chance: Chance,
    per_second: f64,
    until: Millis,
    /// Events of the crowd that are owed, in parts of one.
    owed: f64,
    new_leads: u64,
    new_deals: u64,
    /// Leads of which nothing more is planned and that have no deal yet, the longest waiting first.
    idle_leads: VecDeque<(String, LeadFacts<'static>)>,
    open_deals: VecDeque<(String, DealFacts<'static>)>,
    /// Rows of spend of the last days.
    rows: VecDeque<AdSpend<'static>>,
}

/// What the crowd does.
#[derive(Clone, Copy)]
enum Act {
    Browse,
    Interact,
    BecomeLead,
    Qualify,
    Open,
    Close,
    Restate,
}

/// How often, of a hundred.
const ACTS: &[(Act, f64)] = &[
    (Act::Browse, 55.0),
    (Act::Interact, 43.0),
    (Act::BecomeLead, 0.8),
    (Act::Qualify, 0.4),
    (Act::Open, 0.12),
    (Act::Close, 0.1),
    (Act::Restate, 0.5),
];

impl Live {
    /// Goes on where `history` ends (from its end, however much of it has been read), with a crowd of about `per_second` events
    /// beside what was planned. The crowd's deals are of leads that the history left waiting, so cycles stay plausible.
    pub fn new(history: &Simulator, per_second: f64) -> Live {
        let mut world = World::new(history.options().clone());
        let mut past = Past::default();
        let end = world.options().end;
        while let Some(event) = world.next_before(end) {
            past.saw(event);
        }
        world.out.waiting().for_each(|event| past.will_see(event));
        let per_second = if per_second.is_finite() { per_second.clamp(0.0, 100_000.0) } else { 0.0 };
        let chance = Chance::new(world.options().seed, &[5]);
        let idle_leads = past.idle();
        Live {
            world,
            chance,
            per_second,
            until: end,
            owed: 0.0,
            new_leads: 0,
            new_deals: 0,
            idle_leads,
            open_deals: VecDeque::new(),
            rows: past.rows,
        }
    }

    /// What has been published since the last call (at first: since the history's end) up to `now`. Nothing is dated after `now`;
    /// nothing where the clock went back.
    pub fn next_until(&mut self, now: Millis) -> Vec<Event<'static>> {
        let (from, span) = (self.until, now.0.saturating_sub(self.until.0));
        if span <= 0 {
            return Vec::new();
        }
        self.until = now;
        let mut events = Vec::new();
        while let Some(event) = self.world.next_before(now) {
            events.push(event);
        }
        self.owed += span as f64 / 1000.0 * self.per_second;
        let crowd = (self.owed as u64).min(AT_ONCE);
        self.owed = self.owed.fract();
        for n in 1..=crowd {
            let at = from.plus((i128::from(span) * i128::from(n) / i128::from(crowd)) as i64);
            let act = self.chance.weighted(ACTS, |(_, share)| *share).map_or(Act::Browse, |(act, _)| *act);
            self.act(act, at, &mut events);
        }
        events
    }

    fn act(&mut self, act: Act, at: Millis, events: &mut Vec<Event<'static>>) {
        match act {
            Act::Browse => self.browse(at, events),
            Act::Interact => events.extend(community::any_interaction(at, &mut self.chance, &mut self.world.out)),
            Act::BecomeLead => self.become_lead(at, events),
            Act::Qualify => self.qualify(at, events),
            Act::Open => self.open(at, events),
            Act::Close => self.close(at, events),
            Act::Restate => self.restate(at, events),
        }
    }

    fn browse(&mut self, at: Millis, events: &mut Vec<Event<'static>>) {
        let Some(channel) = self.chance.weighted(CHANNELS, |c| c.sessions) else { return };
        let session = self.world.traffic.session(channel, &mut self.chance);
        events.push(visit(&session, at, None, &mut self.world.out));
    }

    fn become_lead(&mut self, at: Millis, events: &mut Vec<Event<'static>>) {
        let Some(channel) = self.chance.weighted(CHANNELS, |c| c.leads) else { return };
        let mut came = by(channel, &mut self.chance);
        if channel.sessions > 0.0 {
            came.visitor = Some(self.world.traffic.visitor(&mut self.chance));
            events.push(visit(&came, at, Some("form_submit"), &mut self.world.out));
        }
        self.new_leads += 1;
        let id = format!("L-live-{:06}", self.new_leads);
        let facts = LeadFacts {
            created_at: When::At(at),
            channel: came.channel.map(Text::from),
            campaign: came.campaign.map(Text::from),
            segment: self.chance.weighted(SEGMENTS, |s| s.share).map(|s| s.name.into()),
            account_id: None,
            visitor_id: came.visitor.map(VisitorId::from),
            mql_at: None,
            sql_at: None,
            disqualified: false,
        };
        events.push(crm::lead(&id, at, Some(facts.clone()), &mut self.world.out));
        keep(&mut self.idle_leads, (id, facts));
    }

    fn qualify(&mut self, at: Millis, events: &mut Vec<Event<'static>>) {
        let n = self.chance.below(self.idle_leads.len() as u64) as usize;
        let Some((id, facts)) = self.idle_leads.get_mut(n) else { return };
        match (facts.mql_at, facts.sql_at) {
            (None, _) => facts.mql_at = Some(When::At(at)),
            (Some(_), None) => facts.sql_at = Some(When::At(at)),
            (Some(_), Some(_)) => return,
        }
        events.push(crm::lead(id, at, Some(facts.clone()), &mut self.world.out));
    }

    fn open(&mut self, at: Millis, events: &mut Vec<Event<'static>>) {
        let Some((lead, known)) = self.idle_leads.pop_front() else { return };
        let Some(segment) = SEGMENTS.iter().find(|s| known.segment.as_deref() == Some(s.name)) else { return };
        self.new_deals += 1;
        let id = format!("D-live-{:06}", self.new_deals);
        let currency: Currency = self.world.options().currency(0);
        let facts = DealFacts {
            status: DealStatus::Open,
            amount: Some((money((self.chance.around(segment.contract, 0.55) / 50.0).round() * 50.0, currency), currency)),
            lead_id: Some(lead.into()),
            account_id: Some(format!("A-live-{:06}", self.new_deals).into()),
            deal_type: Some(DealType::NewBusiness),
            opened_at: Some(When::At(at)),
            segment: Some(segment.name.into()),
        };
        events.push(crm::deal(&id, at, Some(facts.clone()), &mut self.world.out));
        keep(&mut self.open_deals, (id, facts));
    }

    fn close(&mut self, at: Millis, events: &mut Vec<Event<'static>>) {
        let Some((id, mut facts)) = self.open_deals.pop_front() else { return };
        let closed_at = When::At(at);
        facts.status = if self.chance.happens(0.4) { DealStatus::Won(closed_at) } else { DealStatus::Lost(closed_at) };
        events.push(crm::deal(&id, at, Some(facts), &mut self.world.out));
    }

    fn restate(&mut self, at: Millis, events: &mut Vec<Event<'static>>) {
        let Some(mut row) = self.rows.pop_front() else { return };
        let factor = self.chance.between(0.985, 1.016);
        row.head = self.world.out.revised(adspend::CONNECTOR, at);
        if let Some(facts) = &mut row.facts {
            restated(facts, factor);
        }
        events.push(Event::Spend(row.clone()));
        self.rows.push_back(row);
    }
}

/// A row's money by a factor, in whole hundredths.
fn restated(facts: &mut SpendFacts<'static>, factor: f64) {
    let hundredths = (facts.amount.0 as f64 * factor / 10_000.0).round();
    facts.amount = Micros(hundredths as i128 * 10_000);
}

fn keep<T>(kept: &mut VecDeque<T>, item: T) {
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(item);
}

/// What a history leaves behind.
#[derive(Default)]
struct Past {
    leads: BTreeMap<String, LeadFacts<'static>>,
    busy: BTreeSet<String>,
    rows: VecDeque<AdSpend<'static>>,
}

/// Rows that are still restated.
const RECENT_ROWS: usize = 60;

impl Past {
    fn saw(&mut self, event: Event<'static>) {
        match event {
            Event::Lead(lead) => match lead.facts.filter(|facts| !facts.disqualified) {
                Some(facts) => _ = self.leads.insert(lead.lead_id.into_text().into_owned(), facts),
                None => _ = self.leads.remove(&*lead.lead_id),
            },
            Event::Deal(deal) => self.busy.extend(deal.facts.and_then(|facts| facts.lead_id).map(|id| id.into_text().into_owned())),
            Event::Spend(row) if row.facts.is_some() && row.category == model::Category::Media => {
                if self.rows.len() == RECENT_ROWS {
                    self.rows.pop_front();
                }
                self.rows.push_back(row);
            }
            Event::Spend(_) | Event::Social(_) | Event::Visit(_) => {}
        }
    }

    fn will_see(&mut self, event: &Event<'static>) {
        if let Event::Lead(lead) = event {
            self.busy.insert(lead.lead_id.to_string());
        }
    }

    fn idle(&self) -> VecDeque<(String, LeadFacts<'static>)> {
        let idle = self.leads.iter().filter(|(id, _)| !self.busy.contains(*id));
        let newest_first = idle.rev().take(KEPT).map(|(id, facts)| (id.clone(), facts.clone()));
        newest_first.collect()
    }
}
