//! An event as its fields' values, whatever the encoding.

use std::ops::Deref;

use model::{AdSpend, Currency, Day, DealClosed, DealStatus, DealType, Event, Head, LeadCreated, Micros, SocialInteraction, WebVisit, When};

use crate::{contract::DELETED, field::Field};

/// A value to be written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Value<'e> {
    Text(&'e str),
    Time(When),
    Integer(i64),
    Amount(Micros),
}

/// The values of an event, in the contract's order; what is absent is left out.
pub(crate) fn layout<'e>(event: &'e Event<'_>) -> Vec<(Field, Value<'e>)> {
    let mut values = Layout(Vec::with_capacity(20));
    match event {
        Event::Lead(lead) => values.lead(lead),
        Event::Deal(deal) => values.deal(deal),
        Event::Spend(spend) => values.spend(spend),
        Event::Social(social) => values.social(social),
        Event::Visit(visit) => values.visit(visit),
    }
    values.0
}

struct Layout<'e>(Vec<(Field, Value<'e>)>);

impl<'e> Layout<'e> {
    fn text(&mut self, field: Field, text: &'e str) {
        self.0.push((field, Value::Text(text)));
    }

    fn optional(&mut self, field: Field, text: &'e Option<impl Deref<Target = str>>) {
        self.0.extend(text.as_deref().map(|text| (field, Value::Text(text))));
    }

    fn time(&mut self, field: Field, when: When) {
        self.0.push((field, Value::Time(when)));
    }

    fn optional_time(&mut self, field: Field, when: Option<When>) {
        self.0.extend(when.map(|when| (field, Value::Time(when))));
    }

    fn integer(&mut self, field: Field, number: i64) {
        self.0.push((field, Value::Integer(number)));
    }

    fn money(&mut self, amount: Micros, currency: &'e Currency) {
        self.0.push((Field::Amount, Value::Amount(amount)));
        self.text(Field::Currency, currency.code());
    }

    fn day(&mut self, field: Field, day: Day) {
        self.time(field, When::On(day));
    }

    fn head(&mut self, head: &'e Head<'_>) {
        self.text(Field::EventId, &head.event_id);
        self.text(Field::Source, &head.source);
        self.time(Field::OccurredAt, head.occurred_at);
        self.0.extend(head.revision.map(|revision| (Field::Revision, Value::Integer(revision))));
    }

    fn lead(&mut self, lead: &'e LeadCreated<'_>) {
        self.head(&lead.head);
        self.text(Field::LeadId, &lead.lead_id);
        let Some(facts) = &lead.facts else { return self.text(Field::Status, DELETED) };
        self.time(Field::CreatedAt, facts.created_at);
        self.optional(Field::Channel, &facts.channel);
        self.optional(Field::Campaign, &facts.campaign);
        self.optional(Field::Segment, &facts.segment);
        self.optional(Field::AccountId, &facts.account_id);
        self.optional(Field::VisitorId, &facts.visitor_id);
        self.optional_time(Field::MqlAt, facts.mql_at);
        self.optional_time(Field::SqlAt, facts.sql_at);
        self.text(Field::Status, if facts.disqualified { "disqualified" } else { "active" });
    }

    fn deal(&mut self, deal: &'e DealClosed<'_>) {
        self.head(&deal.head);
        self.text(Field::DealId, &deal.deal_id);
        let Some(facts) = &deal.facts else { return self.text(Field::Status, DELETED) };
        let (status, closed_at) = match facts.status {
            DealStatus::Open => ("open", None),
            DealStatus::Won(at) => ("won", Some(at)),
            DealStatus::Lost(at) => ("lost", Some(at)),
            // When it was refunded is required, but not kept; the message's own time is the nearest.
            DealStatus::Refunded => ("refunded", Some(deal.head.occurred_at)),
        };
        self.text(Field::Status, status);
        self.optional_time(Field::ClosedAt, closed_at);
        if let Some((amount, currency)) = &facts.amount {
            self.money(*amount, currency);
        }
        self.optional(Field::LeadId, &facts.lead_id);
        self.optional(Field::AccountId, &facts.account_id);
        if let Some(deal_type) = facts.deal_type {
            self.text(Field::DealType, deal_type_word(deal_type));
        }
        self.optional_time(Field::OpenedAt, facts.opened_at);
        self.optional(Field::Segment, &facts.segment);
    }

    fn spend(&mut self, spend: &'e AdSpend<'_>) {
        self.head(&spend.head);
        self.text(Field::Platform, &spend.platform);
        self.text(Field::Account, &spend.account);
        self.day(Field::SpendDate, spend.spend_date);
        if let Some(facts) = &spend.facts {
            self.money(facts.amount, &facts.currency);
        }
        self.optional(Field::Campaign, &spend.campaign);
        self.optional(Field::CampaignId, &spend.campaign_id);
        self.optional(Field::AdGroup, &spend.ad_group);
        self.optional(Field::AdGroupId, &spend.ad_group_id);
        self.optional(Field::Ad, &spend.ad);
        self.optional(Field::AdId, &spend.ad_id);
        self.optional(Field::Breakdown, &spend.breakdown);
        if let Some(facts) = &spend.facts {
            self.optional(Field::Channel, &facts.channel);
            self.optional(Field::Segment, &facts.segment);
        }
        self.text(Field::Category, spend.category.word());
        let Some(facts) = &spend.facts else { return self.text(Field::Status, DELETED) };
        self.integer(Field::Impressions, facts.impressions);
        self.integer(Field::Clicks, facts.clicks);
    }

    fn social(&mut self, social: &'e SocialInteraction<'_>) {
        self.head(&social.head);
        self.text(Field::Platform, &social.platform);
        self.text(Field::Kind, social.kind.word());
        self.integer(Field::Count, social.count);
        self.optional(Field::Account, &social.account);
        self.optional(Field::PostId, &social.post_id);
        self.optional(Field::Channel, &social.channel);
        self.optional(Field::Campaign, &social.campaign);
        self.optional(Field::Segment, &social.segment);
        self.optional(Field::LeadId, &social.lead_id);
        self.optional_time(Field::StatDate, social.stat_date.map(When::On));
    }

    fn visit(&mut self, visit: &'e WebVisit<'_>) {
        self.head(&visit.head);
        self.optional(Field::VisitorId, &visit.visitor_id);
        self.optional(Field::Action, &visit.action);
        self.optional(Field::Channel, &visit.channel);
        self.optional(Field::Campaign, &visit.campaign);
        self.optional(Field::Segment, &visit.segment);
    }
}

fn deal_type_word(deal_type: DealType) -> &'static str {
    match deal_type {
        DealType::NewBusiness => "new_business",
        DealType::ExistingBusiness => "existing_business",
    }
}
