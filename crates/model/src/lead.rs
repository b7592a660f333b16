//! Leads and deals, as their sources tell them.

use serde::{Deserialize, Serialize};

use crate::{
    Currency, Micros, When,
    digest::Digest,
    head::{Head, Text},
    ids::{AccountId, DealId, LeadId, VisitorId},
};

/// A lead as it now is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeadCreated<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The lead's key.
    pub lead_id: LeadId<'a>,
    /// Its facts; none where it is deleted.
    pub facts: Option<LeadFacts<'a>>,
}

/// What is known of a lead that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeadFacts<'a> {
    /// When it came in.
    pub created_at: When,
    /// The channel it came by, as spelled by its source.
    pub channel: Option<Text<'a>>,
    /// The campaign it came by.
    pub campaign: Option<Text<'a>>,
    /// The market segment.
    pub segment: Option<Text<'a>>,
    /// The customer account it belongs to.
    pub account_id: Option<AccountId<'a>>,
    /// The web visitor it was.
    pub visitor_id: Option<VisitorId<'a>>,
    /// When marketing qualified it.
    pub mql_at: Option<When>,
    /// When sales qualified it.
    pub sql_at: Option<When>,
    /// Spam, a test or a duplicate: live for its deals, no lead in the KPIs.
    pub disqualified: bool,
}

/// A deal as it now is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DealClosed<'a> {
    /// The common fields.
    pub head: Head<'a>,
    /// The deal's key.
    pub deal_id: DealId<'a>,
    /// Its facts; none where it is deleted.
    pub facts: Option<DealFacts<'a>>,
}

/// What is known of a deal that is not deleted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DealFacts<'a> {
    /// Where it stands.
    pub status: DealStatus,
    /// The contract's value.
    pub amount: Option<(Micros, Currency)>,
    /// The lead it came from.
    pub lead_id: Option<LeadId<'a>>,
    /// The customer's account.
    pub account_id: Option<AccountId<'a>>,
    /// New or existing business; none = decided by who is a new customer.
    pub deal_type: Option<DealType>,
    /// When it became an opportunity.
    pub opened_at: Option<When>,
    /// The market segment, where its lead has none.
    pub segment: Option<Text<'a>>,
}

/// Where a deal stands; what is closed has its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DealStatus {
    /// Not closed.
    Open,
    /// Won, at this time.
    Won(When),
    /// Lost, at this time.
    Lost(When),
    /// The sale is undone.
    Refunded,
}

/// Whether a deal brings a customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DealType {
    /// A first sale to a customer.
    NewBusiness,
    /// A renewal, upsell or expansion.
    ExistingBusiness,
}

impl DealType {
    /// Reads a deal type without regard to case, blanks, `-` and `_`; a word that is none of the known ones counts as absent.
    ///
    /// ```
    /// use model::DealType;
    /// assert_eq!(DealType::read("New Business"), Some(DealType::NewBusiness));
    /// assert_eq!(DealType::read("existing customer - upgrade"), Some(DealType::ExistingBusiness));
    /// assert_eq!(DealType::read("partner"), None);
    /// ```
    pub fn read(text: &str) -> Option<DealType> {
        let word: String = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect();
        match word.as_str() {
            "newbusiness" | "newcustomer" => Some(DealType::NewBusiness),
            "existingbusiness" | "renewal" | "upsell" | "expansion" | "upgrade" => Some(DealType::ExistingBusiness),
            _ if word.starts_with("existingcustomer") => Some(DealType::ExistingBusiness),
            _ => None,
        }
    }
}

impl LeadCreated<'_> {
    /// A fixed hash of what the message says.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        let Some(f) = &self.facts else { return d.finish() };
        d.when(Some(f.created_at)).text(f.channel.as_deref()).text(f.campaign.as_deref()).text(f.segment.as_deref());
        d.text(f.account_id.as_deref()).text(f.visitor_id.as_deref()).when(f.mql_at).when(f.sql_at).number(u8::from(f.disqualified));
        d.finish()
    }
}

impl DealClosed<'_> {
    /// A fixed hash of what the message says.
    pub fn content(&self) -> u64 {
        let mut d = Digest::default();
        let Some(f) = &self.facts else { return d.finish() };
        let (status, closed_at) = match f.status {
            DealStatus::Open => (0, None),
            DealStatus::Won(at) => (1, Some(at)),
            DealStatus::Lost(at) => (2, Some(at)),
            DealStatus::Refunded => (3, None),
        };
        d.number(status).when(closed_at).text(f.lead_id.as_deref()).text(f.account_id.as_deref()).text(f.segment.as_deref()).when(f.opened_at);
        d.number(f.deal_type.map_or(0, |t| if t == DealType::NewBusiness { 1 } else { 2 }));
        if let Some((amount, currency)) = f.amount {
            d.number(amount.0).text(Some(currency.code()));
        }
        d.finish()
    }
}
