//! What values are read as, and which are refused: times, amounts, words, texts, and the contract's odd corners.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod lines;

use lines::{DEAL, LEAD, SOCIAL, SPEND, VISIT, check, check_field, deal, read, refused};
use model::{Category, DealStatus, DealType, Event, Micros, Reason, When};

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
            // KPI I3
            for one in ["a", "\\u0061"] {
                read(message, &format!(r#""{field}":"{}""#, one.repeat(1024)));
                read(message, &format!(r#""{field}":"{}""#, "é".repeat(512)));
                for longer in [one.repeat(1025), format!("{}é", one.repeat(1023))] {
                    let longer = format!(r#""{field}":"{longer}""#);
                    // What only groups events is cut; what names something is refused.
                    if matches!(*field, "source" | "channel") {
                        read(message, &longer);
                    } else {
                        check(message, &longer, &format!("too_large: field `{field}`: over 1024 bytes"));
                    }
                }
            }
        }
    }
    read(VISIT, &format!(r#""page":"{}""#, "/x".repeat(5_000)));
    let channel = |name: &str| match read(VISIT, &format!(r#""channel":"{name}""#)) {
        Event::Visit(visit) => visit.channel.unwrap().into_owned(),
        other => panic!("{other:?}"),
    };
    let [one, other] = ["é", "e"].map(|last| channel(&format!("{}{last}", "x".repeat(2_000))));
    assert!(one.len() == 1017 && other.len() == 1017 && one[..1001] == other[..1001] && one != other, "{one} {other}");
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
