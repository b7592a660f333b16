//! Events with texts of their own, to outlive their message.

use crate::{
    AccountId, AdSpend, DailyFigure, DealClosed, DealFacts, Event, Fact, LeadCreated, LeadFacts, LeadId, SocialInteraction, SpendFacts, VisitorId,
    WebVisit,
    head::{Head, Text},
};

fn text(text: Text<'_>) -> Text<'static> {
    Text::Owned(text.into_owned())
}

fn maybe(value: Option<Text<'_>>) -> Option<Text<'static>> {
    value.map(text)
}

impl Event<'_> {
    /// The event with texts of its own.
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Event::Lead(lead) => Event::Lead(lead.into_owned()),
            Event::Deal(deal) => Event::Deal(deal.into_owned()),
            Event::Spend(row) => Event::Spend(row.into_owned()),
            Event::Social(social) => Event::Social(social.into_owned()),
            Event::Visit(visit) => Event::Visit(visit.into_owned()),
        }
    }
}

impl Fact<'_> {
    /// The fact with texts of its own.
    pub fn into_owned(self) -> Fact<'static> {
        match self {
            Fact::Lead(lead) => Fact::Lead(lead.into_owned()),
            Fact::Deal(deal) => Fact::Deal(deal.into_owned()),
            Fact::Spend(row) => Fact::Spend(row.into_owned()),
            Fact::Figure(DailyFigure { day, event }) => Fact::Figure(DailyFigure { day, event: event.into_owned() }),
        }
    }
}

fn head(head: Head<'_>) -> Head<'static> {
    Head { event_id: text(head.event_id), source: text(head.source), occurred_at: head.occurred_at, revision: head.revision }
}

impl LeadCreated<'_> {
    fn into_owned(self) -> LeadCreated<'static> {
        let facts = self.facts.map(|facts| LeadFacts {
            created_at: facts.created_at,
            channel: maybe(facts.channel),
            campaign: maybe(facts.campaign),
            segment: maybe(facts.segment),
            account_id: facts.account_id.map(AccountId::into_owned),
            visitor_id: facts.visitor_id.map(VisitorId::into_owned),
            mql_at: facts.mql_at,
            sql_at: facts.sql_at,
            disqualified: facts.disqualified,
        });
        LeadCreated { head: head(self.head), lead_id: self.lead_id.into_owned(), facts }
    }
}

impl DealClosed<'_> {
    fn into_owned(self) -> DealClosed<'static> {
        let facts = self.facts.map(|facts| DealFacts {
            status: facts.status,
            amount: facts.amount,
            lead_id: facts.lead_id.map(LeadId::into_owned),
            account_id: facts.account_id.map(AccountId::into_owned),
            deal_type: facts.deal_type,
            opened_at: facts.opened_at,
            segment: maybe(facts.segment),
        });
        DealClosed { head: head(self.head), deal_id: self.deal_id.into_owned(), facts }
    }
}

impl AdSpend<'_> {
    fn into_owned(self) -> AdSpend<'static> {
        let facts = self.facts.map(|facts| SpendFacts {
            amount: facts.amount,
            currency: facts.currency,
            channel: maybe(facts.channel),
            segment: maybe(facts.segment),
            impressions: facts.impressions,
            clicks: facts.clicks,
        });
        AdSpend {
            head: head(self.head),
            platform: text(self.platform),
            account: text(self.account),
            spend_date: self.spend_date,
            category: self.category,
            campaign: maybe(self.campaign),
            campaign_id: maybe(self.campaign_id),
            ad_group: maybe(self.ad_group),
            ad_group_id: maybe(self.ad_group_id),
            ad: maybe(self.ad),
            ad_id: maybe(self.ad_id),
            breakdown: maybe(self.breakdown),
            facts,
        }
    }
}

impl SocialInteraction<'_> {
    fn into_owned(self) -> SocialInteraction<'static> {
        SocialInteraction {
            head: head(self.head),
            platform: text(self.platform),
            kind: self.kind,
            count: self.count,
            account: maybe(self.account),
            post_id: maybe(self.post_id),
            channel: maybe(self.channel),
            campaign: maybe(self.campaign),
            segment: maybe(self.segment),
            lead_id: self.lead_id.map(LeadId::into_owned),
            stat_date: self.stat_date,
        }
    }
}

impl WebVisit<'_> {
    fn into_owned(self) -> WebVisit<'static> {
        WebVisit {
            head: head(self.head),
            visitor_id: self.visitor_id.map(VisitorId::into_owned),
            action: maybe(self.action),
            channel: maybe(self.channel),
            campaign: maybe(self.campaign),
            segment: maybe(self.segment),
        }
    }
}
