//! The five events from checked fields: each in the order of the contract's table, then what lies too far ahead.

use std::borrow::Cow;

use model::{
    AdSpend, Category, Currency, DealClosed, DealFacts, DealStatus, DealType, Event, EventType, Head, InteractionKind, LeadCreated, LeadFacts,
    Micros, Rejection, SocialInteraction, SpendFacts, WebVisit, When, channels::platform_name, event::Text,
};

use crate::{
    check::{Against, Checked},
    contract::{CLOSED, DEAL_STATUS, DELETED, LEAD_STATUS, SPEND_STATUS},
    field::{Field, Fields},
};

/// The event of a message whose type is known.
pub(crate) fn read<'a>(of: EventType, fields: &Fields<'a>, against: Against<'_>) -> Result<Event<'a>, Rejection> {
    let checked = Checked::begin(of, fields, against)?;
    match of {
        EventType::LeadCreated => lead(&checked).map(Event::Lead),
        EventType::DealClosed => deal(&checked).map(Event::Deal),
        EventType::AdSpend => spend(&checked).map(Event::Spend),
        EventType::SocialInteraction => social(&checked).map(Event::Social),
        EventType::WebVisit => visit(&checked).map(Event::Visit),
    }
}

type Message<'f, 'a, 'z> = Checked<'f, 'a, 'z>;

fn head<'a>(m: &Message<'_, 'a, '_>) -> Result<Head<'a>, Rejection> {
    Ok(Head {
        event_id: m.need(Field::EventId, m.text(Field::EventId)?)?,
        source: m.need(Field::Source, m.text(Field::Source)?)?,
        occurred_at: m.need(Field::OccurredAt, m.time(Field::OccurredAt)?)?,
        revision: None,
    })
}

fn entity_head<'a>(m: &Message<'_, 'a, '_>) -> Result<Head<'a>, Rejection> {
    let head = head(m)?;
    Ok(Head { revision: m.integer(Field::Revision)?, ..head })
}

fn one_of(words: &'static [&'static str]) -> impl FnOnce(&str) -> Option<&'static str> {
    move |word| words.iter().find(|known| **known == word).copied()
}

fn lead<'a>(m: &Message<'_, 'a, '_>) -> Result<LeadCreated<'a>, Rejection> {
    let head = entity_head(m)?;
    let lead_id = m.need(Field::LeadId, m.id(Field::LeadId)?)?;
    if m.says(Field::Status, &[DELETED]) {
        m.not_ahead(Field::OccurredAt, Some(head.occurred_at))?;
        return Ok(LeadCreated { head, lead_id, facts: None });
    }
    let created_at = m.need(Field::CreatedAt, m.time(Field::CreatedAt)?)?;
    let channel = m.text(Field::Channel)?;
    let campaign = m.text(Field::Campaign)?;
    let segment = m.text(Field::Segment)?;
    let account_id = m.id(Field::AccountId)?;
    let visitor_id = m.id(Field::VisitorId)?;
    let mql_at = m.time(Field::MqlAt)?;
    let sql_at = m.time(Field::SqlAt)?;
    let status = m.word(Field::Status, one_of(&LEAD_STATUS))?;

    m.not_ahead(Field::OccurredAt, Some(head.occurred_at))?;
    m.not_ahead(Field::CreatedAt, Some(created_at))?;
    m.not_ahead(Field::MqlAt, mql_at)?;
    m.not_ahead(Field::SqlAt, sql_at)?;

    let disqualified = status == Some("disqualified");
    let facts = LeadFacts { created_at, channel, campaign, segment, account_id, visitor_id, mql_at, sql_at, disqualified };
    Ok(LeadCreated { head, lead_id, facts: Some(facts) })
}

fn deal<'a>(m: &Message<'_, 'a, '_>) -> Result<DealClosed<'a>, Rejection> {
    let head = entity_head(m)?;
    let deal_id = m.need(Field::DealId, m.id(Field::DealId)?)?;
    let status = m.need(Field::Status, m.word(Field::Status, one_of(&DEAL_STATUS))?)?;
    if status == DELETED {
        m.not_ahead(Field::OccurredAt, Some(head.occurred_at))?;
        return Ok(DealClosed { head, deal_id, facts: None });
    }
    let closed = CLOSED.contains(&status);
    // Of a deal that is not closed, `closed_at` is often a forecast: whatever it says is not read.
    let closed_at = if closed { Some(m.need(Field::ClosedAt, m.time(Field::ClosedAt)?)?) } else { None };
    let amount = m.amount(Field::Amount)?;
    let currency = m.currency(Field::Currency)?;
    let lead_id = m.id(Field::LeadId)?;
    let account_id = m.id(Field::AccountId)?;
    let deal_type = m.text(Field::DealType)?.and_then(|text| DealType::read(&text));
    let opened_at = m.time(Field::OpenedAt)?;
    let segment = m.text(Field::Segment)?;
    m.unkept_name(Field::Product)?;
    m.unkept_name(Field::Owner)?;

    let closed_at = closed_at.map(|at| if status == "lost" { not_after(m, at, head.occurred_at) } else { at });
    m.not_ahead(Field::OccurredAt, Some(head.occurred_at))?;
    m.not_ahead(Field::ClosedAt, closed_at)?;
    if closed {
        m.not_ahead(Field::OpenedAt, opened_at)?;
    }

    let status = match (status, closed_at) {
        ("won", Some(at)) => DealStatus::Won(at),
        ("lost", Some(at)) => DealStatus::Lost(at),
        ("refunded", _) => DealStatus::Refunded,
        _ => DealStatus::Open,
    };
    let facts = DealFacts { status, amount: amount.zip(currency), lead_id, account_id, deal_type, opened_at, segment };
    Ok(DealClosed { head, deal_id, facts: Some(facts) })
}

/// A lost deal was lost when its source said so at the latest: CRMs keep the expected closing date on it.
fn not_after(m: &Message<'_, '_, '_>, at: When, occurred_at: When) -> When {
    if m.against.is_later(at, m.against.zone.instant(occurred_at)) { occurred_at } else { at }
}

fn spend<'a>(m: &Message<'_, 'a, '_>) -> Result<AdSpend<'a>, Rejection> {
    let head = entity_head(m)?;
    let deleted = m.says(Field::Status, &[DELETED]);
    // Of a deleted row a name is read only where it is part of the key.
    let name = |field, id| if deleted && !m.is_missing(id) { Ok(None) } else { m.text(field) };

    let platform = platform(m)?;
    let account = m.need(Field::Account, m.text(Field::Account)?)?;
    let spend_date = m.need(Field::SpendDate, m.day(Field::SpendDate)?)?;
    let money = if deleted { None } else { Some(money(m)?) };
    let campaign = name(Field::Campaign, Field::CampaignId)?;
    let campaign_id = m.text(Field::CampaignId)?;
    let ad_group = name(Field::AdGroup, Field::AdGroupId)?;
    let ad_group_id = m.text(Field::AdGroupId)?;
    let ad = name(Field::Ad, Field::AdId)?;
    let ad_id = m.text(Field::AdId)?;
    let breakdown = m.text(Field::Breakdown)?;
    let labels = if deleted { (None, None) } else { (m.text(Field::Channel)?, m.text(Field::Segment)?) };
    let category = m.word(Field::Category, Category::read)?.unwrap_or_default();
    let counts = if deleted { (0, 0) } else { (m.count(Field::Impressions)?, m.count(Field::Clicks)?) };
    m.word(Field::Status, one_of(&SPEND_STATUS))?;

    m.not_ahead(Field::OccurredAt, Some(head.occurred_at))?;
    m.not_ahead(Field::SpendDate, Some(When::On(spend_date)))?;

    let ((channel, segment), (impressions, clicks)) = (labels, counts);
    let facts = money.map(|(amount, currency)| SpendFacts { amount, currency, channel, segment, impressions, clicks });
    Ok(AdSpend { head, platform, account, spend_date, category, campaign, campaign_id, ad_group, ad_group_id, ad, ad_id, breakdown, facts })
}

fn money(m: &Message<'_, '_, '_>) -> Result<(Micros, Currency), Rejection> {
    let amount = m.need(Field::Amount, m.amount(Field::Amount)?)?;
    Ok((amount, m.need(Field::Currency, m.currency(Field::Currency)?)?))
}

fn social<'a>(m: &Message<'_, 'a, '_>) -> Result<SocialInteraction<'a>, Rejection> {
    let event = SocialInteraction {
        head: entity_head(m)?,
        platform: platform(m)?,
        kind: m.need(Field::Kind, m.word(Field::Kind, InteractionKind::read)?)?,
        count: m.integer(Field::Count)?.unwrap_or(1),
        account: m.text(Field::Account)?,
        post_id: m.text(Field::PostId)?,
        channel: m.text(Field::Channel)?,
        campaign: m.text(Field::Campaign)?,
        segment: m.text(Field::Segment)?,
        lead_id: m.id(Field::LeadId)?,
        stat_date: m.day(Field::StatDate)?,
    };
    m.not_ahead(Field::OccurredAt, Some(event.head.occurred_at))?;
    m.not_ahead(Field::StatDate, event.stat_date.map(When::On))?;
    Ok(event)
}

fn visit<'a>(m: &Message<'_, 'a, '_>) -> Result<WebVisit<'a>, Rejection> {
    let head = head(m)?;
    let visitor_id = m.id(Field::VisitorId)?;
    let action = m.text(Field::Action)?;
    m.unkept_name(Field::SessionId)?;
    m.unkept(Field::Page)?;
    let channel = m.text(Field::Channel)?;
    let campaign = m.text(Field::Campaign)?;
    let segment = m.text(Field::Segment)?;
    m.not_ahead(Field::OccurredAt, Some(head.occurred_at))?;
    Ok(WebVisit { head, visitor_id, action, channel, campaign, segment })
}

fn platform<'a>(m: &Message<'_, 'a, '_>) -> Result<Text<'a>, Rejection> {
    Ok(match m.need(Field::Platform, m.text(Field::Platform)?)? {
        Cow::Borrowed(name) => platform_name(name),
        Cow::Owned(name) => Cow::Owned(platform_name(&name).into_owned()),
    })
}

#[cfg(test)]
mod tests {
    use model::{Millis, Reason, Zone};

    use super::*;
    use crate::{
        contract::{Kind, Need, Spec, table},
        field::Raw,
    };

    /// A message with something right in each of its fields.
    fn full(of: EventType) -> Fields<'static> {
        let mut fields = Fields::new();
        for spec in table(of) {
            let value = match spec.kind {
                Kind::Text => Raw::Text("a"),
                Kind::Time => Raw::Text("2026-02-01T10:00:00Z"),
                Kind::Day => Raw::Text("2026-02-01"),
                Kind::Integer | Kind::Count => Raw::Integer(1),
                Kind::Amount => Raw::Text("1.50"),
                Kind::Currency => Raw::Text("EUR"),
                // No open or deleted deal: all its fields are read. The words of a lead, row and interaction begin with a live one.
                Kind::Word(words) => Raw::Text(words.get(1).filter(|word| **word == "won").unwrap_or(&words[0])),
            };
            fields.set(spec.field, value);
        }
        fields
    }

    fn check(of: EventType, field: Field, value: Raw<'static>) -> Result<(), (Reason, String)> {
        let mut fields = full(of);
        fields.set(field, value);
        let zone = Zone::utc();
        let against = Against { zone: &zone, recorded: Millis(1_772_359_200_000) };
        read(of, &fields, against).map(drop).map_err(|refusal| (refusal.reason, refusal.detail))
    }

    fn check_refused(of: EventType, spec: &Spec, value: Raw<'static>, reason: Reason) {
        let (got, detail) = check(of, spec.field, value).unwrap_err();
        assert_eq!(got, reason, "{detail}");
        assert!(detail.starts_with(&format!("field `{}`: ", spec.field.name())), "{detail}");
    }

    /// The schemas are made from the table; so the reader must take what the table says, and nothing else.
    #[test]
    fn the_reader_follows_the_table() {
        for of in EventType::ALL {
            for spec in table(of) {
                check_refused(of, spec, Raw::Other, Reason::BadValue);
                check_refused(of, spec, Raw::Nested("{}"), Reason::BadValue);
                // In the full message every condition but that of an audience holds.
                match spec.need {
                    Need::Never | Need::Audience => assert_eq!(check(of, spec.field, Raw::Absent), Ok(())),
                    _ => check_refused(of, spec, Raw::Text(""), Reason::MissingField),
                }
                match spec.kind {
                    Kind::Text => check_refused(of, spec, Raw::Integer(1), Reason::BadValue),
                    Kind::Time => assert_eq!(check(of, spec.field, Raw::On(20_000)), Ok(())),
                    Kind::Day => check_refused(of, spec, Raw::At(1_770_000_000_000), Reason::BadValue),
                    Kind::Integer => assert_eq!(check(of, spec.field, Raw::Integer(-1)), Ok(())),
                    Kind::Count => check_refused(of, spec, Raw::Integer(-1), Reason::BadValue),
                    Kind::Amount => {
                        assert_eq!(check(of, spec.field, Raw::Decimal(&[0x80], 2)), Ok(()));
                        check_refused(of, spec, Raw::Decimal(&[], 2), Reason::BadValue);
                    }
                    Kind::Currency => check_refused(of, spec, Raw::Text("eur"), Reason::BadCurrency),
                    Kind::Word(words) => {
                        for word in words {
                            assert_eq!(check(of, spec.field, Raw::Text(word)), Ok(()), "{word}");
                        }
                        check_refused(of, spec, Raw::Text("a"), Reason::BadValue);
                    }
                }
            }
        }
    }
}
