//! The book of leads and deals, and the one way in which it changes.
//!
//! Neither is ever forgotten, however old: a deal of tomorrow may name a lead of years ago, whose channel it then takes, and an
//! old revision must find the newer one that it is behind. A clock that decided would make two instances differ.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Balanced, Booked, Entities, Names};
use model::{
    DealClosed, DealFacts, DealType, LeadCreated, LeadFacts, Ruling, Settings,
    channels::{NONE, UNATTRIBUTED, or_none},
};
use panes::{Contribution, Dims, DimsId, Panes};

use crate::{
    contribution::{deal_contribution, lead_contribution},
    facts::{AccountIx, Accounts, Context, Deal, DealIx, InContext, Lead, LeadIx, Leads},
    wins::{CustomerKey, Ordered, Rank, Win},
};

/// Leads and deals as they now are.
#[derive(Clone, Debug, Default)]
pub struct Funnel {
    /// By `lead_id`; one without facts is deleted, or only named by a deal so far.
    pub(crate) leads: Entities<Leads>,
    /// By `deal_id`; one without facts is deleted.
    pub(crate) deals: Entities<Option<InContext>>,
    pub(crate) accounts: Names<Accounts>,
    pub(crate) deals_of_lead: BTreeSet<(LeadIx, DealIx)>,
    pub(crate) wins_of_key: Ordered<(CustomerKey, Rank)>,
    pub(crate) new_business_of_lead: Ordered<LeadIx>,
    /// The deal that is its key's new customer.
    pub(crate) new_customers: BTreeMap<CustomerKey, DealIx>,
}

/// A lead or a deal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FunnelKey {
    /// A lead.
    Lead(LeadIx),
    /// A deal.
    Deal(DealIx),
}

impl Balanced for Funnel {
    type Key = FunnelKey;

    fn contribution(&self, key: FunnelKey, settings: &Settings, out: &mut Contribution) {
        match key {
            FunnelKey::Lead(lead) => self.contribution_of_lead(lead, settings, out),
            FunnelKey::Deal(deal) => self.contribution_of_deal(deal, settings, out),
        }
    }
}

impl Funnel {
    /// Takes in a lead's state.
    pub fn lead(&mut self, event: &LeadCreated<'_>, settings: &Settings, panes: &mut Panes) -> Ruling {
        let ix = self.leads.find_or_add(event.lead_id.as_bytes(), || Leads);
        let ruling = self.leads.offer(ix, event.head.stamp(&settings.zone, event.content()));
        if ruling.is_accepted() {
            let facts = event.facts.as_ref().map(|facts| self.lead_facts(facts, &event.head.source, settings, panes));
            let deals: Vec<DealIx> = self.deals_of(ix).collect();
            self.restate(&[ix], &deals, &mut Booked::new(settings, panes), |funnel| funnel.leads.set_facts(ix, &Lead::pack(facts.as_ref())));
        }
        ruling
    }

    /// Takes in a deal's state.
    pub fn deal(&mut self, event: &DealClosed<'_>, settings: &Settings, panes: &mut Panes) -> Ruling {
        let ix = self.deals.find_or_add(event.deal_id.as_bytes(), || None);
        let ruling = self.deals.offer(ix, event.head.stamp(&settings.zone, event.content()));
        if ruling.is_accepted() {
            let facts = event.facts.as_ref().map(|facts| self.deal_facts(facts));
            let lead = facts.as_ref().and_then(|deal| deal.lead);
            let context = Context { dims: DimsId(0), new_customer: false };
            let state = facts.map(|deal| InContext { deal, context });
            let named_before = self.lead_of(ix);
            self.restate(lead.as_slice(), &[ix], &mut Booked::new(settings, panes), |funnel| *funnel.deals.state_mut(ix) = state);
            named_before.into_iter().for_each(|lead| self.drop_if_only_named(lead));
        }
        ruling
    }

    /// A lead of which there is no message is there for the deals that name it, and no longer than they do: which ones once did
    /// depends on the order in which a deal's revisions came.
    fn drop_if_only_named(&mut self, lead: LeadIx) {
        if !self.leads.has_message(lead) && self.deals_of(lead).next().is_none() {
            self.leads.remove(lead);
        }
    }

    fn lead_facts(&mut self, facts: &LeadFacts<'_>, source: &str, settings: &Settings, panes: &mut Panes) -> Lead {
        let channel = settings.channels.resolve(source, facts.channel.as_deref().unwrap_or_default());
        let dims = Dims::new(channel, or_none(facts.campaign.as_deref()), or_none(facts.segment.as_deref()));
        Lead::new(facts, panes.dims_id(dims), self.account(facts.account_id.as_deref()))
    }

    fn deal_facts(&mut self, facts: &DealFacts<'_>) -> Deal {
        Deal {
            status: facts.status,
            amount: facts.amount,
            lead: facts.lead_id.as_deref().map(|id| self.leads.find_or_add(id.as_bytes(), || Leads)),
            account: self.account(facts.account_id.as_deref()),
            deal_type: facts.deal_type,
            opened_at: facts.opened_at,
            segment: Some(or_none(facts.segment.as_deref())).filter(|s| *s != NONE).map(Box::from),
        }
    }

    fn account(&mut self, id: Option<&str>) -> Option<AccountIx> {
        id.map(|id| self.accounts.find_or_add(id))
    }

    /// Changes the facts of leads and deals, all of what they contribute with them, and settles anew who is the new customer of each key
    /// concerned.
    fn restate(&mut self, leads: &[LeadIx], deals: &[DealIx], booked: &mut Booked<'_>, alter: impl FnOnce(&mut Funnel)) {
        let mut leads: BTreeSet<LeadIx> = leads.iter().copied().collect();
        leads.extend(deals.iter().filter_map(|deal| self.lead_of(*deal)));
        let touched: Vec<FunnelKey> = leads.into_iter().map(FunnelKey::Lead).chain(deals.iter().copied().map(FunnelKey::Deal)).collect();
        let mut keys = BTreeSet::new();
        self.change(&touched, booked, |funnel, booked| {
            for deal in deals {
                keys.extend(funnel.key_of(*deal));
                funnel.unindex(*deal, booked.settings);
            }
            alter(funnel);
            for deal in deals {
                funnel.index(*deal, booked);
                keys.extend(funnel.key_of(*deal));
            }
        });
        for key in keys {
            self.settle_new_customer(key, booked);
        }
    }

    fn settle_new_customer(&mut self, key: CustomerKey, booked: &mut Booked<'_>) {
        let (was, is) = (self.new_customers.get(&key).copied(), self.first_of(key));
        if was == is {
            return;
        }
        if let Some(deal) = was {
            self.new_customers.remove(&key);
            self.set_new_customer(deal, false, booked);
        }
        if let Some(deal) = is {
            self.new_customers.insert(key, deal);
            self.set_new_customer(deal, true, booked);
        }
    }

    /// The new customer of a key: its earliest win typed `new_business`; where there is none, its earliest win if untyped. KPI L2
    pub(crate) fn first_of(&self, key: CustomerKey) -> Option<DealIx> {
        let typed = self.wins_of_key.first((key, Rank::Typed));
        typed.or_else(|| {
            let earliest = self.wins_of_key.first((key, Rank::Other))?;
            let untyped = self.deals.state(earliest).as_ref().is_some_and(|booked| booked.deal.deal_type.is_none());
            untyped.then_some(earliest)
        })
    }

    fn set_new_customer(&mut self, deal: DealIx, new_customer: bool, booked: &mut Booked<'_>) {
        let lead = self.lead_of(deal).map(FunnelKey::Lead);
        let touched: Vec<FunnelKey> = lead.into_iter().chain([FunnelKey::Deal(deal)]).collect();
        self.change(&touched, booked, |funnel, booked| {
            funnel.unindex_new_business(deal, booked.settings);
            if let Some(state) = funnel.deals.state_mut(deal) {
                state.context.new_customer = new_customer;
            }
            funnel.index_new_business(deal, booked.settings);
        });
    }

    fn index(&mut self, deal: DealIx, booked: &mut Booked<'_>) {
        let Some(state) = self.deals.state(deal) else { return };
        let context = Context { dims: self.dims_of(state, booked.panes), new_customer: false };
        if let Some(state) = self.deals.state_mut(deal) {
            state.context = context;
        }
        self.enter(deal, booked.settings);
    }

    /// Puts a deal, whose context is known, into every order.
    pub(crate) fn enter(&mut self, deal: DealIx, settings: &Settings) {
        let Some(booked) = self.deals.state(deal) else { return };
        let rank = rank(booked);
        if let Some(lead) = booked.deal.lead {
            self.deals_of_lead.insert((lead, deal));
        }
        if let (Some(key), Some(win)) = (self.key_of(deal), self.win(deal, settings)) {
            self.wins_of_key.insert((key, rank), win);
        }
        self.index_new_business(deal, settings);
    }

    /// Takes a deal out of every order; it is no new customer until that is settled anew.
    fn unindex(&mut self, deal: DealIx, settings: &Settings) {
        let Some(booked) = self.deals.state(deal) else { return };
        let rank = rank(booked);
        if let Some(lead) = booked.deal.lead {
            self.deals_of_lead.remove(&(lead, deal));
        }
        self.unindex_new_business(deal, settings);
        if let Some(key) = self.key_of(deal) {
            if let Some(win) = self.win(deal, settings) {
                self.wins_of_key.remove((key, rank), win);
            }
            if self.new_customers.get(&key) == Some(&deal) {
                self.new_customers.remove(&key);
            }
        }
    }

    fn index_new_business(&mut self, deal: DealIx, settings: &Settings) {
        if let Some((lead, win)) = self.new_business(deal, settings) {
            self.new_business_of_lead.insert(lead, win);
        }
    }

    fn unindex_new_business(&mut self, deal: DealIx, settings: &Settings) {
        if let Some((lead, win)) = self.new_business(deal, settings) {
            self.new_business_of_lead.remove(lead, win);
        }
    }

    /// A new-business win's lead, and the win.
    fn new_business(&self, deal: DealIx, settings: &Settings) -> Option<(LeadIx, Win)> {
        let booked = self.deals.state(deal).as_ref()?;
        booked.deal.is_new_business_win(booked.context.new_customer).then_some(())?;
        Some((booked.deal.lead?, self.win(deal, settings)?))
    }

    /// A won deal, to be put in order.
    fn win(&self, deal: DealIx, settings: &Settings) -> Option<Win> {
        let won_at = self.deals.state(deal).as_ref()?.deal.won_at()?;
        Some(Win { closed_at: settings.zone.instant(won_at), deal_id: self.deals.key(deal).into(), deal })
    }

    /// Whose customer a deal makes. KPI L1
    pub(crate) fn key_of(&self, deal: DealIx) -> Option<CustomerKey> {
        let facts = &self.deals.state(deal).as_ref()?.deal;
        let account = facts.account.or_else(|| self.live_lead(facts)?.account);
        Some(match (account, facts.lead) {
            (Some(account), _) => CustomerKey::Account(account),
            (None, Some(lead)) => CustomerKey::Lead(lead),
            (None, None) => CustomerKey::Deal(deal),
        })
    }

    /// A deal is booked under its lead's channel and campaign, and the segment of its lead, else its own. KPI D6
    fn dims_of(&self, state: &InContext, panes: &mut Panes) -> DimsId {
        let own = state.deal.segment.as_deref();
        let Some(lead) = self.live_lead(&state.deal) else {
            return panes.dims_id(Dims::new(UNATTRIBUTED, NONE, own.unwrap_or(NONE)));
        };
        match (panes.dims().dims(lead.dims), own) {
            (Some(dims), Some(own)) if &*dims.segment == NONE => {
                let dims = Dims { segment: own.into(), ..dims.clone() };
                panes.dims_id(dims)
            }
            _ => lead.dims,
        }
    }

    fn live_lead(&self, deal: &Deal) -> Option<Lead> {
        self.live(deal.lead?)
    }

    /// A lead's facts while it is live.
    pub(crate) fn live(&self, lead: LeadIx) -> Option<Lead> {
        Lead::unpack(self.leads.facts(lead))
    }

    fn lead_of(&self, deal: DealIx) -> Option<LeadIx> {
        self.deals.state(deal).as_ref()?.deal.lead
    }

    pub(crate) fn deals_of(&self, lead: LeadIx) -> impl Iterator<Item = DealIx> {
        self.deals_of_lead.range((lead, DealIx::MIN)..=(lead, DealIx::MAX)).map(|(_, deal)| *deal)
    }

    fn contribution_of_lead(&self, lead: LeadIx, settings: &Settings, out: &mut Contribution) {
        let Some(facts) = self.live(lead) else { return };
        let first = self.new_business_of_lead.first(lead);
        let conversion = first.and_then(|deal| self.deals.state(deal).as_ref()?.deal.won_at());
        lead_contribution(&facts, conversion, settings, out);
    }

    fn contribution_of_deal(&self, deal: DealIx, settings: &Settings, out: &mut Contribution) {
        let Some(InContext { deal, context }) = self.deals.state(deal) else { return };
        deal_contribution(deal, self.live_lead(deal).as_ref(), *context, settings, out);
    }
}

fn rank(state: &InContext) -> Rank {
    if state.deal.deal_type == Some(DealType::NewBusiness) { Rank::Typed } else { Rank::Other }
}
