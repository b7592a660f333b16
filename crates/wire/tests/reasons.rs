//! Why lines are refused: every reason that a file can have, and the order of the checks.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod lines;

use lines::{DEAL, LEAD, NOW, SOCIAL, SPEND, VISIT, check, check_field, line, read, zone};
use model::{Event, Reason, When};
use wire::{limits::MESSAGE_BYTES, read_line};

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
    check(cloud, r#""data_base64":"W10=""#, "undecodable: CloudEvents: `data_base64`: not a JSON object, from column 1 on");
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
