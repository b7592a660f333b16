//! Why lines are refused: every reason that a file can have, the order of the checks, and the contract's odd corners.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use model::{Category, DealStatus, DealType, Event, Micros, Millis, Reason, When, Zone};
use wire::{limits::MESSAGE_BYTES, read_line};

/// 2026-03-01T10:00:00Z.
const NOW: Millis = Millis(1_772_359_200_000);

const LEAD: &str =
    r#"{"type":"lead-created","event_id":"e1","source":"crm","occurred_at":"2026-02-01T10:00:00Z","lead_id":"l1","created_at":"2026-02-01""#;
const DEAL: &str = r#"{"type":"deal-closed","event_id":"e1","source":"crm","occurred_at":"2026-02-10T10:00:00Z","deal_id":"d1","status":"won","closed_at":"2026-02-09T08:00:00+01:00""#;
const SPEND: &str = r#"{"type":"ad-spend","event_id":"e1","source":"ads","occurred_at":"2026-02-02T03:00:00Z","platform":"meta","account":"a1","spend_date":"2026-02-01","amount":"12.50","currency":"EUR""#;
const SOCIAL: &str = r#"{"type":"social-interaction","event_id":"e1","source":"soc","occurred_at":1769940000000,"platform":"x","kind":"like""#;
const VISIT: &str = r#"{"type":"web-visit","event_id":"e1","source":"web","occurred_at":"2026-02-01T10:00:00Z""#;

fn zone() -> Zone {
    Zone::named("Europe/Warsaw").unwrap()
}

/// A message with more fields; of a field that comes twice the last counts.
fn line(message: &str, more: &str) -> String {
    if more.is_empty() { format!("{message}}}") } else { format!("{message},{more}}}") }
}

/// The event of a message with more fields.
fn read(message: &str, more: &str) -> Event<'static> {
    read_line(line(message, more).leak().as_bytes(), &zone(), NOW).unwrap_or_else(|refused| panic!("{more}: {refused}"))
}

/// Why a message with more fields is refused.
fn refused(message: &str, more: &str) -> String {
    match read_line(line(message, more).as_bytes(), &zone(), NOW) {
        Ok(event) => panic!("{more} is read as {event:?}"),
        Err(refusal) => refusal.to_string(),
    }
}

fn check(message: &str, more: &str, refusal: &str) {
    assert_eq!(refused(message, more), refusal, "{more}");
}

/// Only the reason, and that the detail names the field.
fn check_field(message: &str, more: &str, reason: Reason, field: &str) {
    let refusal = refused(message, more);
    assert!(refusal.starts_with(&format!("{reason}: field `{field}`: ")), "{more}: {refusal}");
}

fn deal(more: &str) -> model::DealFacts<'static> {
    let Event::Deal(deal) = read(DEAL, more) else { panic!("a deal") };
    deal.facts.unwrap()
}

#[test]
fn the_plain_messages_are_read() {
    for message in [LEAD, DEAL, SPEND, SOCIAL, VISIT] {
        read(message, "");
        read(message, r#""unknown":{"a":[1,{"b":null}]},"channel":"","segment":null,"x":true"#);
    }
}

#[test]
fn what_does_not_decode() {
    let reason = |bytes: &[u8]| read_line(bytes, &zone(), NOW).unwrap_err().reason;
    for bytes in [&b"null"[..], b"[]", b"1", b"\"a\"", b"{", b"not json", b"{\"type\":\"web-visit\"} x", b"\xff\xfe{}", b"{\"x\":\"\xe9\"}"] {
        assert_eq!(reason(bytes), Reason::Undecodable, "{}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(read_line(b"{\"secret\": oops}", &zone(), NOW).unwrap_err().to_string(), "undecodable: not a JSON object, from column 12 on");
}

#[test]
fn what_is_too_large() {
    let fits = line(VISIT, &format!(r#""x":"{}""#, "a".repeat(MESSAGE_BYTES - line(VISIT, r#""x":"""#).len())));
    assert_eq!(fits.len(), MESSAGE_BYTES);
    assert!(read_line(fits.as_bytes(), &zone(), NOW).is_ok());
    let over = fits.replace("\"a", "\"aa");
    assert_eq!(read_line(over.as_bytes(), &zone(), NOW).unwrap_err().to_string(), "too_large: 1048577 bytes: at most 1048576 are read");
}

#[test]
fn types() {
    for (missing, more) in [("{\"x\":1", ""), (VISIT, r#""type":null"#), (VISIT, r#""type":"""#)] {
        check(missing, more, "missing_field: field `type`: absent, null or empty");
    }
    check(VISIT, r#""type":7"#, "bad_value: field `type`: not a string");
    for other in ["lead-updated", "Web-Visit", "com.acme.web-visit", " web-visit"] {
        check(VISIT, &format!(r#""type":"{other}""#), "unknown_type: field `type`: none of the five event types");
    }
    read(VISIT, r#""type":"web\u002dvisit""#);
}

#[test]
fn required_fields_come_before_values_in_the_tables_order() {
    let absent = |field: &str| format!("missing_field: field `{field}`: absent, null or empty");
    let cases: [(&str, &[&str]); 5] = [
        (LEAD, &["event_id", "source", "occurred_at", "lead_id", "created_at"]),
        (DEAL, &["event_id", "source", "occurred_at", "deal_id", "status"]),
        (SPEND, &["event_id", "source", "occurred_at", "platform", "account", "spend_date", "amount", "currency"]),
        (SOCIAL, &["event_id", "source", "occurred_at", "platform", "kind"]),
        (VISIT, &["event_id", "source", "occurred_at"]),
    ];
    for (message, fields) in cases {
        for (i, field) in fields.iter().enumerate() {
            // All before it have a wrong value, which is looked at only when nothing is missing; all after it are missing too.
            let before: Vec<String> = fields[..i].iter().map(|field| format!(r#""{field}":true"#)).collect();
            let after: Vec<String> = fields[i..].iter().map(|field| format!(r#""{field}":"""#)).collect();
            let more = [before, after].concat().join(",");
            check(message, &more, &absent(field));
        }
    }
    check(DEAL, r#""closed_at":null"#, &absent("closed_at"));
    check(DEAL, r#""amount":5,"closed_at":true"#, &absent("currency"));
    check(SOCIAL, r#""kind":"audience""#, &absent("count"));
    check(LEAD, r#""created_at":null,"status":"nonsense""#, &absent("created_at"));
    check(DEAL, r#""closed_at":null,"status":"nonsense""#, "bad_value: field `status`: not one of the field's words");
}

#[test]
fn values_are_checked_in_the_tables_order_and_the_future_last() {
    check_field(LEAD, r#""mql_at":"soon","created_at":"never","occurred_at":"2026-02-30""#, Reason::BadTime, "occurred_at");
    check_field(LEAD, r#""mql_at":"soon","created_at":"never""#, Reason::BadTime, "created_at");
    check_field(LEAD, r#""revision":1.5,"source":1,"event_id":2"#, Reason::BadValue, "event_id");
    check_field(LEAD, r#""revision":1.5,"lead_id":5"#, Reason::BadValue, "revision");
    check_field(SPEND, r#""currency":"euro","amount":"1,5""#, Reason::BadValue, "amount");
    check_field(SPEND, r#""currency":"euro","category":"x""#, Reason::BadCurrency, "currency");
    check_field(LEAD, r#""occurred_at":"2030-01-01","status":"gone""#, Reason::BadValue, "status");
    check_field(DEAL, r#""owner":5,"closed_at":"2030-01-01""#, Reason::BadValue, "owner");
}

#[test]
fn every_field_has_its_json_type() {
    let cases: [(&str, &str, &[&str]); 5] = [
        (LEAD, "lead_id created_at channel campaign segment account_id visitor_id mql_at sql_at status", &["true", "[]", "{}", "1.5"]),
        (DEAL, "deal_id closed_at lead_id account_id deal_type opened_at segment product owner", &["true", "[]", "{}", "1.5"]),
        (
            SPEND,
            "platform account spend_date campaign campaign_id ad_group ad_group_id channel segment category impressions clicks status",
            &["true", "[]", "{}", "1.5"],
        ),
        (SOCIAL, "platform kind count account post_id channel campaign segment lead_id stat_date", &["true", "[]", "{}", "1.5"]),
        (VISIT, "visitor_id action session_id page channel campaign segment", &["true", "[]", "{}", "1.5"]),
    ];
    for (message, fields, wrong) in cases {
        for field in ["event_id", "source", "occurred_at"].into_iter().chain(fields.split(' ')) {
            for value in wrong {
                check_field(message, &format!(r#""{field}":{value}"#), Reason::BadValue, field);
            }
        }
    }
    for message in [DEAL, SPEND] {
        check_field(message, r#""amount":true,"currency":"EUR""#, Reason::BadValue, "amount");
        check_field(message, r#""amount":1,"currency":978"#, Reason::BadValue, "currency");
    }
}

#[test]
fn integers_are_written_as_integers() {
    for wrong in ["5.0", "1e3", "9223372036854775808", "\"5\"", "-1.0", "1e400"] {
        check_field(LEAD, &format!(r#""revision":{wrong}"#), Reason::BadValue, "revision");
        check_field(SOCIAL, &format!(r#""count":{wrong}"#), Reason::BadValue, "count");
        check_field(SPEND, &format!(r#""clicks":{wrong}"#), Reason::BadValue, "clicks");
    }
    check(SPEND, r#""impressions":-1"#, "bad_value: field `impressions`: negative");
    for right in ["-9223372036854775808", "9223372036854775807", "0", "-0", "\"\"", "null"] {
        read(SOCIAL, &format!(r#""count":{right},"revision":{right}"#));
    }
    let Event::Visit(visit) = read(VISIT, r#""revision":"a visit has none""#) else { panic!("a visit") };
    assert_eq!(visit.head.revision, None);
}

#[test]
fn times() {
    let of = |value: &str| refused(LEAD, &format!(r#""mql_at":{value}"#));
    for malformed in [r#""yesterday""#, r#""2026-02-01T10:00:00""#, r#""2026-02-30""#, r#"" ""#, r#""20260201""#, r#""769940000000000""#] {
        assert_eq!(of(malformed), "bad_time: field `mql_at`: not an RFC 3339 time with an offset, nor a date");
    }
    for range in [r#""1989-12-31""#, "0", "-1", "631151999999", "253402300800000", "99999999999999999999999"] {
        assert_eq!(of(range), "bad_time: field `mql_at`: outside the years 1990 to 9999", "{range}");
    }
    for (value, unit) in [
        ("1769940000", "seconds"),
        (r#""1769940000""#, "seconds"),
        ("1769940000000000", "microseconds"),
        (r#""1769940000000000""#, "microseconds"),
        ("1769940000000000000", "nanoseconds"),
    ] {
        assert_eq!(of(value), format!("bad_time: field `mql_at`: looks like {unit}: give milliseconds since 1970"));
    }
    let at = |value: &str| match read(LEAD, &format!(r#""mql_at":{value}"#)) {
        Event::Lead(lead) => lead.facts.and_then(|facts| facts.mql_at),
        other => panic!("{other:?}"),
    };
    let noon = Some(When::parse("2026-02-01T10:00:00Z").unwrap());
    for spelled in
        [r#""1769940000000""#, "1769940000000", r#""2026-02-01T10:00:00+0000""#, r#""2026-02-01T10:00:00.000+00""#, r#""2026-02-01T07:30:00-0230""#]
    {
        assert_eq!(at(spelled), noon, "{spelled}");
    }
    for wrong in ["1769940000000.0", "1.7e12"] {
        assert_eq!(of(wrong), "bad_value: field `mql_at`: not a whole number of milliseconds");
    }
    for day in [r#""2026-02-01T10:00:00Z""#, r#""2026-2-1""#] {
        check(SPEND, &format!(r#""spend_date":{day}"#), "bad_time: field `spend_date`: not a date (YYYY-MM-DD)");
        check(SOCIAL, &format!(r#""stat_date":{day}"#), "bad_time: field `stat_date`: not a date (YYYY-MM-DD)");
    }
    check(SPEND, r#""spend_date":"1989-12-31""#, "bad_time: field `spend_date`: outside the years 1990 to 9999");
    check(SOCIAL, r#""stat_date":1769940000000"#, "bad_value: field `stat_date`: not a date");
}

#[test]
fn the_future_is_more_than_a_day_ahead() {
    let ahead = |field: &str| format!("future_event: field `{field}`: more than 24 hours ahead of its record");
    read(VISIT, r#""occurred_at":"2026-03-02T10:00:00Z""#);
    check(VISIT, r#""occurred_at":"2026-03-02T10:00:00.001Z""#, &ahead("occurred_at"));
    // Midnight of 3 March in Warsaw is 23:00 UTC of the 2nd: 37 hours ahead.
    read(VISIT, r#""occurred_at":"2026-03-02""#);
    check(VISIT, r#""occurred_at":"2026-03-03""#, &ahead("occurred_at"));
    for (message, field) in [
        (LEAD, "created_at"),
        (LEAD, "mql_at"),
        (LEAD, "sql_at"),
        (SPEND, "spend_date"),
        (SOCIAL, "stat_date"),
        (DEAL, "opened_at"),
        (DEAL, "closed_at"),
    ] {
        read(message, &format!(r#""{field}":"2026-03-02""#));
        check(message, &format!(r#""{field}":"2026-03-03""#), &ahead(field));
    }
    check(DEAL, r#""status":"refunded","closed_at":"2026-03-03""#, &ahead("closed_at"));
    check(DEAL, r#""status":"refunded","opened_at":"2026-03-03""#, &ahead("opened_at"));
    check(DEAL, r#""status":"lost","opened_at":"2026-03-03""#, &ahead("opened_at"));
    check(LEAD, r#""status":"deleted","occurred_at":"2026-03-03""#, &ahead("occurred_at"));
    check(SPEND, r#""status":"deleted","spend_date":"2026-03-03""#, &ahead("spend_date"));
}

#[test]
fn open_and_deleted_deals_may_be_of_the_future_and_their_closing_is_not_read() {
    for status in ["open", "deleted"] {
        for closed_at in ["\"2030-01-01\"", "\"when pigs fly\"", "true", "{}", "1.5"] {
            read(DEAL, &format!(r#""status":"{status}","opened_at":"2030-01-01","closed_at":{closed_at}"#));
        }
        check_field(DEAL, &format!(r#""status":"{status}","occurred_at":"2030-01-01""#), Reason::FutureEvent, "occurred_at");
    }
    check_field(DEAL, r#""status":"open","opened_at":"soon""#, Reason::BadTime, "opened_at");
    assert_eq!(deal(r#""status":"open""#).status, DealStatus::Open);
}

#[test]
fn a_lost_deal_was_lost_when_its_source_said_so_at_the_latest() {
    let occurred_at = When::parse("2026-02-10T10:00:00Z").unwrap();
    let lost = |closed_at: &str| deal(&format!(r#""status":"lost","closed_at":"{closed_at}""#)).status;
    assert_eq!(lost("2031-01-01"), DealStatus::Lost(occurred_at), "a forecast on it is no future event");
    assert_eq!(lost("2026-02-11"), DealStatus::Lost(occurred_at));
    assert_eq!(lost("2026-02-10"), DealStatus::Lost(When::parse("2026-02-10").unwrap()), "its local midnight was before");
    assert_eq!(lost("2026-02-10T11:00:00+01:00"), DealStatus::Lost(occurred_at));
    assert_eq!(deal(r#""closed_at":"2026-02-11""#).status, DealStatus::Won(When::parse("2026-02-11").unwrap()), "a won one keeps its date");
    let dated = deal(r#""status":"lost","occurred_at":"2026-02-10","closed_at":"2026-02-10T08:00:00Z""#).status;
    assert_eq!(dated, DealStatus::Lost(When::parse("2026-02-10").unwrap()));
    check_field(DEAL, r#""status":"lost","closed_at":"never""#, Reason::BadTime, "closed_at");
}

#[test]
fn of_the_deleted_only_the_key_is_needed_and_read() {
    let junk = |fields: &[&str]| fields.iter().map(|field| format!(r#""{field}":["x"]"#)).collect::<Vec<_>>().join(",");
    let common = ["event_id", "source", "occurred_at"];

    let lead = |more: &str| format!(r#""status":"deleted",{more}"#);
    let others = ["created_at", "channel", "campaign", "segment", "account_id", "visitor_id", "mql_at", "sql_at"];
    let Event::Lead(gone) = read(LEAD, &lead(&junk(&others))) else { panic!("a lead") };
    assert_eq!(gone.facts, None);

    let others = ["closed_at", "amount", "currency", "lead_id", "account_id", "deal_type", "opened_at", "segment", "product", "owner"];
    let Event::Deal(gone) = read(DEAL, &lead(&junk(&others))) else { panic!("a deal") };
    assert_eq!(gone.facts, None);
    read(DEAL, r#""status":"deleted","closed_at":null,"amount":5"#);

    let others = ["amount", "currency", "channel", "segment", "impressions", "clicks"];
    let key = r#""category":"tools","campaign":"c","ad_group_id":"g","ad_group":7,"ad":"x","breakdown":"country=DE""#;
    let Event::Spend(row) = read(SPEND, &format!("{},{key}", lead(&junk(&others)))) else { panic!("spend") };
    assert_eq!((&row.facts, row.category, row.campaign.as_deref(), row.ad_group.as_deref()), (&None, Category::Tools, Some("c"), None));
    assert_eq!((row.ad_group_id.as_deref(), row.ad.as_deref(), row.breakdown.as_deref()), (Some("g"), Some("x"), Some("country=DE")));

    for (message, key) in [
        (LEAD, &["lead_id"][..]),
        (DEAL, &["deal_id"]),
        (SPEND, &["platform", "account", "spend_date", "campaign", "campaign_id", "ad_group_id", "ad", "ad_id", "breakdown", "category"]),
    ] {
        for field in key.iter().chain(&common) {
            check_field(message, &lead(&junk(&[field])), Reason::BadValue, field);
        }
        check_field(message, &lead(&format!(r#""{}":null"#, key[0])), Reason::MissingField, key[0]);
    }
    check_field(SPEND, r#""status":"deleted","spend_date":null"#, Reason::MissingField, "spend_date");
    check_field(LEAD, r#""status":"Deleted","sql_at":"x""#, Reason::BadTime, "sql_at");
}

#[test]
fn ids_names_and_labels_have_a_bound() {
    let texts: [(&str, &[&str]); 5] = [
        (LEAD, &["event_id", "source", "lead_id", "channel", "campaign", "segment", "account_id", "visitor_id"]),
        (DEAL, &["event_id", "source", "deal_id", "lead_id", "account_id", "deal_type", "segment", "product", "owner"]),
        (
            SPEND,
            &[
                "event_id",
                "source",
                "platform",
                "account",
                "campaign",
                "campaign_id",
                "ad_group",
                "ad_group_id",
                "ad",
                "ad_id",
                "breakdown",
                "channel",
                "segment",
            ],
        ),
        (SOCIAL, &["event_id", "source", "platform", "account", "post_id", "channel", "campaign", "segment", "lead_id"]),
        (VISIT, &["event_id", "source", "visitor_id", "action", "session_id", "channel", "campaign", "segment"]),
    ];
    for (message, fields) in texts {
        for field in fields {
            for one in ["a", "\\u0061"] {
                read(message, &format!(r#""{field}":"{}""#, one.repeat(1024)));
                read(message, &format!(r#""{field}":"{}""#, "é".repeat(512)));
                check(message, &format!(r#""{field}":"{}""#, one.repeat(1025)), &format!("too_large: field `{field}`: over 1024 bytes"));
                check(message, &format!(r#""{field}":"{}é""#, one.repeat(1023)), &format!("too_large: field `{field}`: over 1024 bytes"));
            }
        }
    }
    read(VISIT, &format!(r#""page":"{}""#, "/x".repeat(5_000)));
    check_field(SOCIAL, &format!(r#""kind":"{}""#, "a".repeat(2_000)), Reason::BadValue, "kind");
    check_field(SPEND, &format!(r#""currency":"{}""#, "A".repeat(2_000)), Reason::BadCurrency, "currency");
    check_field(LEAD, &format!(r#""created_at":"{}""#, "1".repeat(2_000)), Reason::BadTime, "created_at");
    let Event::Visit(visit) = read(VISIT, &format!(r#""action":"{}""#, "é".repeat(512))) else { panic!("a visit") };
    assert_eq!(visit.action.as_deref(), Some("é".repeat(512).as_str()), "as it is");
}

#[test]
fn amounts_and_currencies() {
    for (amount, micros) in [
        ("\"1234.50\"", 1_234_500_000),
        ("-12.5", -12_500_000),
        ("1.5e3", 1_500_000_000),
        ("0.0000005", 0),
        ("4.9E-324", 0),
        ("0E-41", 0),
        ("1e-400", 0),
        ("12500e-3", 12_500_000),
        ("\"99999999999999\"", 99_999_999_999_999_000_000),
    ] {
        assert_eq!(deal(&format!(r#""amount":{amount},"currency":"PLN""#)).amount.map(|(amount, _)| amount), Some(Micros(micros)));
    }
    for wrong in ["\"1,5\"", "\"1e3\"", "100000000000000", "\"+1\"", "\" 1\"", "\"100000000000000\"", "1e999"] {
        check_field(DEAL, &format!(r#""amount":{wrong},"currency":"PLN""#), Reason::BadValue, "amount");
    }
    check_field(DEAL, &format!(r#""amount":1{}e-40,"currency":"PLN""#, "0".repeat(70_000)), Reason::BadValue, "amount");
    assert_eq!(deal(r#""currency":"PLN""#).amount, None, "a currency alone is no amount");
    assert_eq!(deal(r#""amount":"","currency":"""#).amount, None);
    check_field(DEAL, r#""currency":"pln""#, Reason::BadCurrency, "currency");
    read(DEAL, r#""amount":1,"currency":"DEM""#);
}

#[test]
fn words_and_their_defaults() {
    check_field(SOCIAL, r#""kind":"Like""#, Reason::BadValue, "kind");
    check_field(SPEND, r#""category":"Media""#, Reason::BadValue, "category");
    check_field(SPEND, r#""status":"disqualified""#, Reason::BadValue, "status");
    check_field(LEAD, r#""status":"open""#, Reason::BadValue, "status");
    assert_eq!(deal(r#""deal_type":"New-Business""#).deal_type, Some(DealType::NewBusiness));
    assert_eq!(deal(r#""deal_type":"whatever""#).deal_type, None);
    let Event::Social(social) = read(SOCIAL, r#""platform":" LinkedIn ","count":null"#) else { panic!("social") };
    assert_eq!((social.platform.as_ref(), social.count), ("linkedin", 1));
    for spelled in ["Google Ads", "google-ads", "GOOGLE _/ ads", " google\\u0020ads"] {
        let Event::Spend(row) = read(SPEND, &format!(r#""platform":"{spelled}""#)) else { panic!("spend") };
        assert_eq!(row.platform, "google_ads", "{spelled}");
    }
    let Event::Spend(row) = read(SPEND, r#""category":"","platform":"Met\u0061""#) else { panic!("spend") };
    assert_eq!((row.platform.as_ref(), row.category), ("meta", Category::Media));
    let Event::Lead(lead) = read(LEAD, r#""status":"disqualified""#) else { panic!("a lead") };
    assert!(lead.facts.unwrap().disqualified);
}

#[test]
fn the_last_of_two_equal_keys_counts() {
    let Event::Visit(visit) = read(VISIT, r#""action":"a","action":"b","action":null"#) else { panic!("a visit") };
    assert_eq!(visit.action, None);
    check_field(VISIT, r#""event_id":7,"event_id":null"#, Reason::MissingField, "event_id");
}

#[test]
fn cloudevents_lines() {
    let cloud = r#"{"specversion":"1.0","id":"c1","source":"crm","type":"com.acme.web-visit","time":"2026-02-01T10:00:00Z""#;
    let Event::Visit(visit) = read(cloud, r#""data":{"event_id":"no","source":5,"type":"lead-created","occurred_at":"bad","action":"a"}"#) else {
        panic!("a visit")
    };
    assert_eq!((visit.head.event_id.as_ref(), visit.head.source.as_ref(), visit.action.as_deref()), ("c1", "crm", Some("a")));

    let Event::Visit(visit) = read(cloud, r#""time":null,"data":{"occurred_at":"2026-02-01"}"#) else { panic!("a visit") };
    assert_eq!(visit.head.occurred_at, When::parse("2026-02-01").unwrap());

    check_field(cloud, r#""time":"","data":{}"#, Reason::MissingField, "occurred_at");
    check_field(cloud, r#""time":"noon","data":{"occurred_at":"2026-02-01"}"#, Reason::BadTime, "occurred_at");
    check_field(cloud, r#""id":null,"data":{"event_id":"e1"}"#, Reason::MissingField, "event_id");
    check_field(cloud, r#""type":"","data":{"type":"web-visit"}"#, Reason::MissingField, "type");
    check_field(cloud, r#""type":"com.acme.web-visits","data":{}"#, Reason::UnknownType, "type");
    for data in [r#""data":[]"#, r#""data":"{}""#, r#""data":7"#, r#""data":true"#] {
        check(cloud, data, "undecodable: CloudEvents: `data` is not an object");
    }
    for data in [r#""x":1"#, r#""data":null"#, r#""data":"""#, r#""data_base64":"""#, r#""data":{}"#, r#""data_base64":"e30=""#] {
        assert!(matches!(read(cloud, data), Event::Visit(visit) if visit.action.is_none()), "no data is an object without fields");
    }
    check(cloud, r#""specversion":"0.3","data":{}"#, "undecodable: CloudEvents: not of a version 1");
    read(VISIT, r#""specversion":null,"data":7,"id":{},"time":false"#);
}

#[test]
fn data_of_cloudevents_in_base64() {
    let cloud = r#"{"specversion":"1.0","id":"c1","source":"crm","type":"web-visit.v1","time":"2026-02-01T10:00:00Z""#;
    let action = |more: &str| match read(cloud, more) {
        Event::Visit(visit) => visit.action.unwrap_or_default().into_owned(),
        other => panic!("{other:?}"),
    };
    // {"action": "b"}, with and without padding, of a media type or none, with an escaped slash.
    assert_eq!(action(r#""data_base64":"eyJhY3Rpb24iOiAiYiJ9""#), "b");
    assert_eq!(action(r#""data_base64":"eyJhY3Rpb24iOiAiYj8/In0=","datacontenttype":"text/json; charset=utf-8""#), "b??");
    assert_eq!(action(r#""data_base64":"eyJhY3Rpb24iOiAiYj8\/In0""#), "b??");
    // Avro by the embedded schema, bare and framed: event_id, source, occurred_at, no visitor_id, action "c".
    let bare = "BGUxAnMA0I7g55dnAAICYwAAAAAA";
    assert_eq!(action(&format!(r#""data_base64":"{bare}","datacontenttype":"application/avro""#)), "c");
    let framed = "AAAAAAUEZTECcwDQjuDnl2cAAgJjAAAAAAA=";
    assert_eq!(action(&format!(r#""data_base64":"{framed}""#)), "c");

    check(cloud, r#""data_base64":"e30=","data":{}"#, "undecodable: CloudEvents: both `data` and `data_base64`");
    check(cloud, r#""data_base64":7"#, "undecodable: CloudEvents: `data_base64` is not a string");
    for bad in ["e30==", "e3 0=", "e30=e30=", "e", "ą"] {
        check(cloud, &format!(r#""data_base64":"{bad}""#), "undecodable: CloudEvents: `data_base64` is not Base64");
    }
    check(cloud, r#""data_base64":"W10=""#, "undecodable: CloudEvents: `data_base64`: not a JSON object, from column 0 on");
    check(cloud, r#""data_base64":"AAAAAGMA""#, "unknown_schema: CloudEvents: `data_base64`: the schema's id is not known");
    check(
        cloud,
        r#""type":"lead-created","data_base64":"AAAAAAUEZTECcwDQjuDnl2cAAgJjAAAAAAA=""#,
        "wrong_type: a record of web-visit on a topic of lead-created",
    );
}

#[test]
fn half_a_surrogate_pair_is_harmless_where_nobody_reads_it() {
    for more in [r#""note":"cut \ud83d""#, r#""page":"\ud83d","session_id":"x\ude00""#, r#""\ud83d":1"#, r#""x":[{"\udc00":"\ud800"}]"#] {
        read(VISIT, more);
    }
    read(DEAL, r#""owner":"\ud83d","product":"\ud83d""#);
    let cloud = r#"{"specversion":"1.0","id":"c1","source":"crm","type":"web-visit","time":"2026-02-01T10:00:00Z""#;
    read(cloud, r#""subject":"\ud83d","dataschema":"\ud83d","data":{"x":"\ud83d"}"#);
    check_field(VISIT, r#""visitor_id":"\ud83d""#, Reason::BadValue, "visitor_id");
    check_field(VISIT, r#""event_id":"\ud83d""#, Reason::BadValue, "event_id");
    check_field(cloud, r#""id":"\ud83d""#, Reason::BadValue, "event_id");
    check_field(VISIT, r#""type":"\ud83d""#, Reason::BadValue, "type");
}

#[test]
fn details_never_quote_the_message() {
    for (message, field) in
        [(LEAD, "lead_id"), (LEAD, "created_at"), (LEAD, "status"), (DEAL, "amount"), (SPEND, "currency"), (SPEND, "spend_date"), (VISIT, "type")]
    {
        for value in [r#""secret@example.com""#, r#"["secret@example.com"]"#] {
            if let Err(refusal) = read_line(line(message, &format!(r#""{field}":{value},"currency":"EUR""#)).as_bytes(), &zone(), NOW) {
                assert!(!refusal.to_string().contains("secret"), "{refusal}");
            }
        }
    }
    let broken = r#"{"type":"web-visit","visitor_id":"secret@example.com" "x"}"#;
    assert!(!read_line(broken.as_bytes(), &zone(), NOW).unwrap_err().to_string().contains("secret"));
}
