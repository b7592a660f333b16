//! Leads and deals one by one, each with what it contributes and what it is decided by, for whoever explains a KPI.

use ledger::Latest;
use model::Settings;
use panes::Contribution;

use crate::{
    Deal, Funnel, Lead,
    contribution::{deal_contribution, lead_contribution},
    facts::{Context, DealIx, LeadIx},
    wins::CustomerKey,
};

/// A live lead.
#[derive(Clone, Copy, Debug)]
pub struct LeadEntry<'a> {
    funnel: &'a Funnel,
    ix: LeadIx,
    /// Its facts.
    pub lead: Lead,
}

/// A live deal.
#[derive(Clone, Copy, Debug)]
pub struct DealEntry<'a> {
    funnel: &'a Funnel,
    ix: DealIx,
    /// Its facts.
    pub deal: &'a Deal,
    /// What they are booked under.
    pub context: Context,
}

impl Funnel {
    /// All live leads.
    pub fn live_leads(&self) -> impl Iterator<Item = LeadEntry<'_>> {
        self.leads.all().filter_map(|ix| self.live_entry(ix))
    }

    /// All live deals.
    pub fn live_deals(&self) -> impl Iterator<Item = DealEntry<'_>> {
        self.deals.all().filter_map(|ix| self.booked(ix))
    }

    fn live_entry(&self, ix: LeadIx) -> Option<LeadEntry<'_>> {
        Some(LeadEntry { funnel: self, ix, lead: self.live(ix)? })
    }

    fn booked(&self, ix: DealIx) -> Option<DealEntry<'_>> {
        let booked = self.deals.state(ix).as_ref()?;
        Some(DealEntry { funnel: self, ix, deal: &booked.deal, context: booked.context })
    }
}

impl<'a> LeadEntry<'a> {
    /// Its `lead_id`.
    pub fn id(&self) -> &'a [u8] {
        self.funnel.leads.key(self.ix)
    }

    /// Its latest message.
    pub fn latest(&self) -> Option<Latest<'a>> {
        self.funnel.leads.latest(self.ix)
    }

    /// Its earliest new-business win.
    pub fn conversion(&self) -> Option<DealEntry<'a>> {
        self.funnel.booked(self.funnel.new_business_of_lead.first(self.ix)?)
    }

    /// The live deals that name it.
    pub fn deals(&self) -> impl Iterator<Item = DealEntry<'a>> + use<'a> {
        let funnel = self.funnel;
        funnel.deals_of(self.ix).filter_map(|deal| funnel.booked(deal))
    }

    /// What it contributes.
    pub fn contribution(&self, settings: &Settings, out: &mut Contribution) {
        out.clear();
        lead_contribution(&self.lead, self.conversion().and_then(|won| won.deal.won_at()), settings, out);
    }
}

impl<'a> DealEntry<'a> {
    /// Its `deal_id`.
    pub fn id(&self) -> &'a [u8] {
        self.funnel.deals.key(self.ix)
    }

    /// Its latest message.
    pub fn latest(&self) -> Option<Latest<'a>> {
        self.funnel.deals.latest(self.ix)
    }

    /// The lead it names, while that is live.
    pub fn lead(&self) -> Option<LeadEntry<'a>> {
        self.funnel.live_entry(self.deal.lead?)
    }

    /// The id of the lead it names, known or not.
    pub fn lead_id(&self) -> Option<&'a [u8]> {
        Some(self.funnel.leads.key(self.deal.lead?))
    }

    /// The account whose customer it makes; none where its lead or it itself stands for one.
    pub fn account(&self) -> Option<&'a str> {
        match self.funnel.key_of(self.ix)? {
            CustomerKey::Account(account) => self.funnel.accounts.name(account),
            CustomerKey::Lead(_) | CustomerKey::Deal(_) => None,
        }
    }

    /// The deal that is the new customer of the same customer key.
    pub fn new_customer(&self) -> Option<DealEntry<'a>> {
        self.funnel.booked(self.funnel.first_of(self.funnel.key_of(self.ix)?)?)
    }

    /// What it contributes.
    pub fn contribution(&self, settings: &Settings, out: &mut Contribution) {
        out.clear();
        deal_contribution(self.deal, self.lead().map(|lead| lead.lead).as_ref(), self.context, settings, out);
    }
}
