//! What is written in any encoding is read back as it was.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::borrow::Cow;

use model::{
    AdSpend, Category, Currency, Day, DealClosed, DealFacts, DealStatus, DealType, Event, EventType, Head, InteractionKind, LeadCreated, LeadFacts,
    Micros, Millis, SocialInteraction, SpendFacts, WebVisit, When, Zone, channels::platform_name, event::Text,
};
use proptest::{option, prelude::*, sample::select};
use wire::{Decoder, Message, Schemas, embedded_schema_id, encode, read_line};

const NOW: Millis = Millis(1_800_000_000_000);

fn zone() -> Zone {
    Zone::named("America/New_York").unwrap()
}

fn text() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![3 => "[a-zA-Z0-9 _/-]{1,12}", 1 => any::<String>()].prop_filter("an empty text is absent", |t| !t.is_empty()).prop_map(Cow::Owned)
}

fn maybe() -> impl Strategy<Value = Option<Text<'static>>> {
    option::of(text())
}

fn platform() -> impl Strategy<Value = Text<'static>> {
    text().prop_map(|name| Text::Owned(platform_name(&name).into_owned())).prop_filter("not empty", |name| !name.is_empty())
}

fn day() -> impl Strategy<Value = Day> {
    (Day::EARLIEST.0..20_832).prop_map(Day)
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![(Millis::EARLIEST.0..NOW.0).prop_map(|ms| When::At(Millis(ms))), day().prop_map(When::On)]
}

fn money() -> impl Strategy<Value = (Micros, Currency)> {
    const BOUND: i128 = 10i128.pow(20);
    let currency = select(vec!["EUR", "PLN", "JPY", "DEM"]).prop_map(|code| code.parse().unwrap());
    (prop_oneof![1 - BOUND..BOUND, -300i128..300], currency).prop_map(|(amount, currency)| (Micros(amount), currency))
}

fn head() -> impl Strategy<Value = Head<'static>> {
    (text(), text(), when(), option::of(any::<i64>())).prop_map(|(event_id, source, occurred_at, revision)| Head {
        event_id,
        source,
        occurred_at,
        revision,
    })
}

fn lead() -> impl Strategy<Value = Event<'static>> {
    let facts = (when(), maybe(), maybe(), maybe(), maybe(), maybe(), option::of(when()), option::of(when()), any::<bool>()).prop_map(
        |(created_at, channel, campaign, segment, account_id, visitor_id, mql_at, sql_at, disqualified)| LeadFacts {
            created_at,
            channel,
            campaign,
            segment,
            account_id: account_id.map(Into::into),
            visitor_id: visitor_id.map(Into::into),
            mql_at,
            sql_at,
            disqualified,
        },
    );
    (head(), text(), option::of(facts)).prop_map(|(head, lead_id, facts)| Event::Lead(LeadCreated { head, lead_id: lead_id.into(), facts }))
}

fn deal() -> impl Strategy<Value = Event<'static>> {
    let status = prop_oneof![Just(DealStatus::Open), when().prop_map(DealStatus::Won), when().prop_map(DealStatus::Lost), Just(DealStatus::Refunded)];
    let deal_type = select(vec![DealType::NewBusiness, DealType::ExistingBusiness]);
    let facts = (status, option::of(money()), maybe(), maybe(), option::of(deal_type), option::of(when()), maybe()).prop_map(
        |(status, amount, lead_id, account_id, deal_type, opened_at, segment)| DealFacts {
            status,
            amount,
            lead_id: lead_id.map(Into::into),
            account_id: account_id.map(Into::into),
            deal_type,
            opened_at,
            segment,
        },
    );
    (head(), text(), option::of(facts)).prop_map(|(head, deal_id, mut facts)| {
        if let Some(facts) = &mut facts
            && let DealStatus::Lost(at) = facts.status
            && zone().instant(at) > zone().instant(head.occurred_at)
        {
            facts.status = DealStatus::Lost(head.occurred_at);
        }
        Event::Deal(DealClosed { head, deal_id: deal_id.into(), facts })
    })
}

fn spend() -> impl Strategy<Value = Event<'static>> {
    let facts = (money(), maybe(), maybe(), 0..i64::MAX, 0..i64::MAX).prop_map(|((amount, currency), channel, segment, impressions, clicks)| {
        SpendFacts { amount, currency, channel, segment, impressions, clicks }
    });
    let category = select(Category::WORDS.iter().map(|(_, category)| *category).collect::<Vec<_>>());
    let key = (platform(), text(), day(), category);
    let parts = ((maybe(), maybe()), (maybe(), maybe()), (maybe(), maybe()), maybe());
    (head(), key, parts, option::of(facts)).prop_map(|(head, (platform, account, spend_date, category), parts, facts)| {
        let ((campaign, campaign_id), (ad_group, ad_group_id), (ad, ad_id), breakdown) = parts;
        // Of a deleted row a name beside an id is not read.
        let named = |name: Option<Text<'static>>, id: &Option<_>| name.filter(|_| facts.is_some() || id.is_none());
        let (campaign, ad_group, ad) = (named(campaign, &campaign_id), named(ad_group, &ad_group_id), named(ad, &ad_id));
        Event::Spend(AdSpend {
            head,
            platform,
            account,
            spend_date,
            category,
            campaign,
            campaign_id,
            ad_group,
            ad_group_id,
            ad,
            ad_id,
            breakdown,
            facts,
        })
    })
}

fn social() -> impl Strategy<Value = Event<'static>> {
    let kind = select(InteractionKind::WORDS.iter().map(|(_, kind)| *kind).collect::<Vec<_>>());
    (head(), platform(), kind, any::<i64>(), (maybe(), maybe(), maybe(), maybe(), maybe(), maybe()), option::of(day())).prop_map(
        |(head, platform, kind, count, (account, post_id, channel, campaign, segment, lead_id), stat_date)| {
            let lead_id = lead_id.map(Into::into);
            Event::Social(SocialInteraction { head, platform, kind, count, account, post_id, channel, campaign, segment, lead_id, stat_date })
        },
    )
}

fn visit() -> impl Strategy<Value = Event<'static>> {
    (head(), maybe(), maybe(), maybe(), maybe(), maybe()).prop_map(|(head, visitor_id, action, channel, campaign, segment)| {
        // Visits have no revisions.
        let (head, visitor_id) = (Head { revision: None, ..head }, visitor_id.map(Into::into));
        Event::Visit(WebVisit { head, visitor_id, action, channel, campaign, segment })
    })
}

fn event() -> impl Strategy<Value = Event<'static>> {
    prop_oneof![lead(), deal(), spend(), social(), visit()]
}

fn pairs<'a>(headers: &'a [(&'static str, Vec<u8>)]) -> Vec<(&'static str, &'a [u8])> {
    headers.iter().map(|(name, value)| (*name, value.as_slice())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_encoding_is_read_back_as_it_was_written(event in event()) {
        let decoder = Decoder::new(zone(), Schemas::embedded());
        let of = event.event_type();
        let kafka = |payload: &[u8], headers: &[(&'static str, Vec<u8>)]| {
            let headers = pairs(headers);
            let message = Message { payload: Some(payload), timestamp: NOW, headers: headers.as_slice() };
            assert_eq!(decoder.decode(of, &message).as_ref(), Ok(&event));
        };
        let line = |line: &[u8]| {
            assert!(!line.contains(&b'\n'));
            assert_eq!(read_line(line, &zone(), NOW).as_ref(), Ok(&event));
        };

        let json = encode::json(&event);
        line(&json);
        kafka(&json, &[]);

        kafka(&encode::avro(&event, embedded_schema_id(of)), &[]);

        let structured = encode::cloudevents_structured(&event);
        line(&structured);
        kafka(&structured, &[("content-type", b"application/cloudevents+json; charset=utf-8".to_vec())]);

        let (headers, payload) = encode::cloudevents_binary(&event);
        kafka(&payload, &headers);

        // A binary event whose data is Avro, framed or bare: the attributes say the same as the record.
        let mut headers = headers;
        for (name, value) in &mut headers {
            if *name == "content-type" {
                *value = b"application/avro".to_vec();
            }
        }
        let framed = encode::avro(&event, embedded_schema_id(of));
        kafka(&framed, &headers);
        kafka(&framed[5..], &headers);
    }

    #[test]
    fn truncated_and_changed_messages_are_refused_or_read_but_never_panic(event in event(), cut: prop::sample::Index, at: prop::sample::Index, byte: u8) {
        let decoder = Decoder::new(zone(), Schemas::embedded());
        let of = event.event_type();
        for whole in [encode::json(&event), encode::avro(&event, embedded_schema_id(of)), encode::cloudevents_structured(&event)] {
            let short = &whole[..cut.index(whole.len())];
            let mut changed = whole.clone();
            changed[at.index(whole.len())] = byte;
            for headers in [&[][..], &[("content-type", b"application/cloudevents+json".as_slice())]] {
                let refused = decoder.decode(of, &Message { payload: Some(short), timestamp: NOW, headers }).is_err();
                prop_assert!(refused);
                let _ = decoder.decode(of, &Message { payload: Some(&changed), timestamp: NOW, headers });
            }
            prop_assert!(read_line(short, &zone(), NOW).is_err());
            let _ = read_line(&changed, &zone(), NOW);
        }
    }
}

#[test]
fn lines_read_like_the_contract() {
    let event = read_line(
        br#"{"type":"deal-closed","event_id":"d\"1","source":"crm","occurred_at":1772355600000,"deal_id":"1","status":"won","closed_at":"2026-03-01","amount":1.5e3,"currency":"PLN"}"#,
        &zone(),
        NOW,
    )
    .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(
        text(encode::json(&event)),
        r#"{"type":"deal-closed","event_id":"d\"1","source":"crm","occurred_at":"2026-03-01T09:00:00Z","deal_id":"1","status":"won","closed_at":"2026-03-01","amount":"1500.00","currency":"PLN"}"#
    );
    assert_eq!(
        text(encode::cloudevents_structured(&event)),
        r#"{"specversion":"1.0","id":"d\"1","source":"crm","type":"deal-closed","time":"2026-03-01T09:00:00Z","datacontenttype":"application/json","data":{"deal_id":"1","status":"won","closed_at":"2026-03-01","amount":"1500.00","currency":"PLN"}}"#
    );
    assert_eq!(event.event_type(), EventType::DealClosed);
}
