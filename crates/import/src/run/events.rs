//! Events from rows: their ids, their times, and the last check by what reads events anywhere.

use model::{AdSpend, Category, Day, DealClosed, DealFacts, DealStatus, Event, Head, LeadCreated, LeadFacts, Millis, SpendFacts, When, Zone};

use super::{File, Imported};
use crate::{
    crm::{Deal, Lead, Status},
    spend::{Key, Part, Spend},
    told::Reject,
};

/// A fixed hash of bytes.
pub(super) fn digest(bytes: &[u8]) -> u128 {
    twox_hash::XxHash3_128::oneshot(bytes)
}

/// The event with its id, if it is one by the contract.
pub(super) fn checked(imported: &Imported, zone: &Zone, now: Millis) -> Result<Event<'static>, Reject> {
    // The same row of the same pull is the same event, whenever it is imported.
    let id = format!("import-{:032x}", digest(&wire::encode::json(&imported.event)));
    let mut event = imported.event.clone();
    let head = match &mut event {
        Event::Lead(event) => &mut event.head,
        Event::Deal(event) => &mut event.head,
        Event::Spend(event) => &mut event.head,
        Event::Social(event) => &mut event.head,
        Event::Visit(event) => &mut event.head,
    };
    head.event_id = id.into();
    let line = wire::encode::json(&event);
    match wire::read_line(&line, zone, now) {
        Ok(_) => Ok(event),
        Err(rejection) => Err(Reject::new(imported.line, rejection.reason.code(), rejection.detail)),
    }
}

fn head(file: &File, at: Millis) -> Head<'static> {
    Head { event_id: "".into(), source: file.system.clone().into(), occurred_at: When::At(at), revision: Some(at.0) }
}

/// An id that no other system has.
pub(super) fn of_system(file: &File, id: &str) -> String {
    format!("{}:{id}", file.system)
}

/// A row of spend; without facts where it is gone.
pub(super) fn spend(file: &File, row: &Spend, at: Millis, is_gone: bool) -> Event<'static> {
    let Key { platform, account, parts, breakdown, day } = &row.key;
    let ids = parts.clone().map(|part| if let Part::Id(id) = part { Some(id.into()) } else { None });
    let named = parts.clone().map(|part| if let Part::Name(name) = part { Some(name).filter(|name| !name.is_empty()) } else { None });
    let [campaign, ad_group, ad] =
        std::array::from_fn(|n| row.names.get(n).cloned().flatten().or_else(|| named.get(n).cloned().flatten()).map(Into::into));
    let [campaign_id, ad_group_id, ad_id] = ids;
    let facts =
        SpendFacts { amount: row.amount, currency: row.currency, channel: None, segment: None, impressions: row.impressions, clicks: row.clicks };
    Event::Spend(AdSpend {
        head: head(file, at),
        platform: platform.clone().into(),
        account: account.clone().into(),
        spend_date: Day::from_date(*day),
        category: Category::Media,
        campaign,
        campaign_id,
        ad_group,
        ad_group_id,
        ad,
        ad_id,
        breakdown: Some(breakdown.clone()).filter(|text| !text.is_empty()).map(Into::into),
        facts: (!is_gone).then_some(facts),
    })
}

/// A lead.
pub(super) fn lead(file: &File, lead: &Lead) -> Event<'static> {
    let text = |text: &Option<String>| text.clone().map(Into::into);
    Event::Lead(LeadCreated {
        head: head(file, lead.modified.unwrap_or(file.pulled_at)),
        lead_id: of_system(file, &lead.id).into(),
        facts: Some(LeadFacts {
            created_at: lead.created_at,
            channel: text(&lead.channel),
            campaign: text(&lead.campaign),
            segment: text(&lead.segment),
            account_id: lead.company.as_ref().map(|id| of_system(file, id).into()),
            visitor_id: None,
            mql_at: lead.mql_at,
            sql_at: lead.sql_at,
            disqualified: false,
        }),
    })
}

/// A deal with its lead's id, if it has one.
pub(super) fn deal(file: &File, deal: &Deal, lead: Option<&str>) -> Event<'static> {
    let status = match deal.status {
        Status::Open => Some(DealStatus::Open),
        Status::Won(at) => Some(DealStatus::Won(at)),
        Status::Lost(at) => Some(DealStatus::Lost(at)),
        Status::Deleted => None,
    };
    Event::Deal(DealClosed {
        head: head(file, deal.modified.unwrap_or(file.pulled_at)),
        deal_id: of_system(file, &deal.id).into(),
        facts: status.map(|status| DealFacts {
            status,
            amount: deal.amount,
            lead_id: lead.map(|id| of_system(file, id).into()),
            account_id: deal.company.as_ref().map(|id| of_system(file, id).into()),
            deal_type: deal.deal_type,
            opened_at: deal.opened_at,
            segment: deal.segment.clone().map(Into::into),
        }),
    })
}
