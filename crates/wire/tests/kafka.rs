//! Messages of Kafka: how their encodings are told apart, and what only they can be refused for.

#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use std::borrow::Cow;

use model::{Event, EventType, Millis, Rejection, When, Zone};
use wire::{Decoder, Message, SchemaId, Schemas, embedded_schema, embedded_schema_id, encode, read_line};

const NOW: Millis = Millis(1_772_359_200_000);
const VISIT: &str = r#"{"type":"web-visit","event_id":"e1","source":"web","occurred_at":"2026-02-01T10:00:00Z","action":"a"}"#;
const GUID: [u8; 16] = [7; 16];

type Pairs<'a> = &'a [(&'a str, &'a [u8])];

fn decoder() -> Decoder {
    let mut schemas = Schemas::embedded();
    schemas.insert(SchemaId::Guid(GUID), embedded_schema(EventType::WebVisit)).unwrap();
    schemas.insert(SchemaId::Number(70), OTHERS).unwrap();
    Decoder::new(Zone::utc(), schemas)
}

/// A company's own schema: another name, another order, other types, and more.
const OTHERS: &str = r#"{"type":"record","name":"Pageview","namespace":"com.acme","fields":[
    {"name":"trace","type":{"type":"array","items":["null",{"type":"map","values":"double"}]}},
    {"name":"action","type":{"type":"enum","name":"Action","symbols":["none","purchase"]}},
    {"name":"occurred_at","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"source","type":"string"},
    {"name":"event_id","type":{"type":"string","logicalType":"uuid"}}]}"#;

/// What becomes of a message on the web-visit topic: the visit's action, or why it is refused.
fn check(payload: &[u8], headers: Pairs<'_>, want: Result<&str, &str>) {
    let decoder = decoder();
    let got = decoder.decode(EventType::WebVisit, &Message { payload: Some(payload), timestamp: NOW, headers });
    let got = got.map(|event| action(&event)).map_err(|refusal: Rejection| refusal.to_string());
    assert_eq!(got, want.map(str::to_owned).map_err(str::to_owned));
}

fn action(event: &Event<'_>) -> String {
    let Event::Visit(visit) = event else { panic!("a visit") };
    visit.action.as_deref().unwrap_or_default().to_owned()
}

fn visit() -> Event<'static> {
    read_line(VISIT.as_bytes(), &Zone::utc(), NOW).unwrap()
}

fn avro(id: u32) -> Vec<u8> {
    encode::avro(&visit(), id)
}

#[test]
fn what_only_kafka_refuses() {
    let decoder = decoder();
    let null = Message { payload: None, timestamp: NOW, headers: () };
    assert_eq!(decoder.decode(EventType::WebVisit, &null).unwrap_err().to_string(), "null_value: a record without a value");
    let large = vec![b'{'; (1 << 20) + 1];
    check(&large, &[], Err("too_large: 1048577 bytes: at most 1048576 are read"));
    check(b"", &[], Err("undecodable: empty"));
    for neither in [&b"[]"[..], b" []", b" ", b"null", b"\x01\x00", b"\xef\xbb\xbf{}"] {
        check(neither, &[], Err("undecodable: neither Avro in Confluent framing nor a JSON object"));
    }
}

#[test]
fn plain_json_need_not_name_the_topics_type() {
    check(VISIT.as_bytes(), &[], Ok("a"));
    let of = |name: &str| VISIT.replace(r#""type":"web-visit","#, name);
    check(of("").as_bytes(), &[], Ok("a"));
    check(of(r#""type":null,"#).as_bytes(), &[], Ok("a"));
    check(of(r#""type":"ad-spend","#).as_bytes(), &[], Err("wrong_type: field `type`: ad-spend on a topic of web-visit"));
    check(of(r#""type":"visit","#).as_bytes(), &[], Err("unknown_type: field `type`: none of the five event types"));
    check(of(r#""type":1,"#).as_bytes(), &[], Err("bad_value: field `type`: not a string"));
    check(b"{", &[], Err("undecodable: not a JSON object, from column 1 on"));
    check(br#"{"type":"ad-spend""#, &[], Err("undecodable: not a JSON object, from column 18 on"));
}

#[test]
fn confluent_framing() {
    check(&avro(5), &[], Ok("a"));
    check(&avro(9), &[], Err("unknown_schema: the schema's id is not known"));
    check(&avro(5)[..4], &[], Err("undecodable: ends within the schema's id"));
    check(&avro(5)[..20], &[], Err("undecodable: not Avro of its schema: ends within a value"));
    check(&[avro(5), vec![0]].concat(), &[], Err("undecodable: not Avro of its schema: 1 bytes after the last value"));
    let lead = br#"{"type":"lead-created","event_id":"e","source":"s","occurred_at":"2026-02-01","lead_id":"l","created_at":"2026-02-01"}"#;
    let lead = read_line(lead, &Zone::utc(), NOW).unwrap();
    check(&encode::avro(&lead, embedded_schema_id(EventType::LeadCreated)), &[], Err("wrong_type: a record of lead-created on a topic of web-visit"));
}

#[test]
fn a_companys_own_schema_serves_as_well() {
    // One array item, a map of one double; purchase; 2026-02-01T10:00:00.000999Z; "web"; "e1".
    let mut bytes = vec![0, 0, 0, 0, 70, 2, 2, 2, 2, b'k', 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 2];
    let mut bits = 1_769_940_000_000_999u64 << 1;
    while bits > 0x7F {
        bytes.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    bytes.push(bits as u8);
    bytes.extend(b"\x06web\x04e1");
    check(&bytes, &[], Ok("purchase"));
    let decoder = decoder();
    let event = decoder.decode(EventType::WebVisit, &Message { payload: Some(&bytes), timestamp: NOW, headers: () }).unwrap();
    assert_eq!(event.head().occurred_at, When::At(Millis(1_769_940_000_000)));
}

#[test]
fn a_schema_header_comes_before_everything() {
    let header = [&[1], GUID.as_slice()].concat();
    let bare = &avro(0)[5..];
    check(bare, &[("__value_schema_id", &header), ("content-type", b"application/cloudevents+json"), ("ce_specversion", b"1.0")], Ok("a"));
    let unknown = [&[1], [8; 16].as_slice()].concat();
    check(bare, &[("__value_schema_id", &unknown)], Err("unknown_schema: the schema's id is not known"));
    for malformed in [&b""[..], b"\x01", &[0; 17], &[1; 18]] {
        check(bare, &[("__value_schema_id", malformed)], Err("undecodable: header `__value_schema_id`: not 17 bytes of 1 and a GUID"));
    }
}

#[test]
fn structured_cloudevents_are_told_by_their_media_type() {
    let structured = encode::cloudevents_structured(&visit());
    for media in ["application/cloudevents+json", "Application/CloudEvents+JSON; charset=UTF-8"] {
        check(&structured, &[("content-type", media.as_bytes()), ("ce_specversion", b"9")], Ok("a"));
    }
    let media: Pairs<'_> = &[("content-type", b"application/cloudevents+json")];
    let with = |from: &str, to: &str| String::from_utf8(structured.clone()).unwrap().replace(from, to).into_bytes();
    check(&with(r#""type":"web-visit","#, ""), media, Ok("a"));
    check(&with("web-visit", "com.acme.ad-spend"), media, Err("wrong_type: field `type`: ad-spend on a topic of web-visit"));
    check(&with("web-visit", "com.acme.visit"), media, Err("unknown_type: field `type`: none of the five event types"));
    check(VISIT.as_bytes(), media, Err("undecodable: CloudEvents: `specversion` is not a string"));
    check(&avro(5), media, Err("undecodable: not UTF-8 at byte 13"));
    // Without the media type `specversion` tells it, as in files; also behind blanks and in a frame.
    check(&structured, &[], Ok("a"));
    check(&[b" \r\n\t", structured.as_slice()].concat(), &[], Ok("a"));
    check(&framed(12, &structured), &[], Ok("a"));
    check(&with(r#""specversion":"1.0""#, r#""specversion":"0.3""#), &[], Err("undecodable: CloudEvents: not of a version 1"));
    check(&with("web-visit", "com.acme.web-visit.v2"), &[], Ok("a"));
}

#[test]
fn binary_cloudevents_have_their_attributes_in_headers() {
    let headers = |media: &'static [u8]| -> Vec<(&'static str, &'static [u8])> {
        vec![
            ("ce_specversion", b"1.0"),
            ("ce_id", b"c1"),
            ("ce_source", b"crm"),
            ("ce_type", b"com.acme.web-visit"),
            ("ce_time", b"2026-02-01T10:00:00Z"),
            ("content-type", media),
        ]
    };
    let data = br#"{"event_id":5,"type":"nonsense","action":"b"}"#;
    check(data, &headers(b"application/json"), Ok("b"));
    check(data, &headers(b"application/vnd.acme+json; v=2"), Ok("b"));
    check(data, &headers(b""), Ok("b"));
    check(&avro(5), &headers(b"application/avro"), Ok("a"));
    check(&avro(5)[5..], &headers(b"application/vnd.apache.avro"), Ok("a"));
    check(&avro(5), &headers(b"application/octet-stream"), Ok("a"));
    check(&framed(77, data), &headers(b"application/json"), Ok("b"));
    check(&framed(77, data), &headers(b""), Ok("b"));
    check(b"", &headers(b"application/json"), Ok(""));
    check(&avro(5), &headers(b"application/json"), Err("undecodable: not UTF-8 at byte 8"));
    check(&avro(77), &headers(b"application/avro"), Err("unknown_schema: the schema's id is not known"));

    let changed = |name: &str, value: Option<&'static [u8]>| -> Vec<(&'static str, &'static [u8])> {
        headers(b"application/json").into_iter().filter_map(|(key, old)| Some((key, if key == name { value? } else { old }))).collect()
    };
    check(data, &changed("ce_type", None), Ok("b"));
    check(data, &changed("ce_type", Some(b"lead-created")), Err("wrong_type: field `type`: lead-created on a topic of web-visit"));
    check(data, &changed("ce_id", None), Err("missing_field: field `event_id`: absent, null or empty"));
    check(data, &changed("ce_time", None), Err("missing_field: field `occurred_at`: absent, null or empty"));
    check(br#"{"occurred_at":1769940000000,"action":"c"}"#, &changed("ce_time", None), Ok("c"));
    check(data, &changed("ce_time", Some(b"noon")), Err("bad_time: field `occurred_at`: not an RFC 3339 time with an offset, nor a date"));
    check(data, &changed("ce_source", Some(b"\xff")), Err("undecodable: header `ce_source` is not UTF-8"));
    check(data, &changed("ce_specversion", Some(b"0.3")), Err("undecodable: CloudEvents: not of a version 1"));
}

#[test]
fn headers_are_read_in_any_case_and_the_last_of_one_name_counts() {
    let data = br#"{"action":"b"}"#;
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("CE_SpecVersion", b"1.0"),
        ("ce_id", b"c1"),
        ("CE_ID", b"c2"),
        ("Ce_Source", b"crm"),
        ("ce_type", b"lead-created"),
        ("CE_TYPE", b"com.acme.web-visit.v1"),
        ("ce_Time", b"2026-02-01T10:00:00Z"),
        ("CE_DATACONTENTTYPE", b"application/json"),
    ];
    check(data, &headers, Ok("b"));
    let decoder = decoder();
    let message = |headers| Message { payload: Some(data.as_slice()), timestamp: NOW, headers };
    assert_eq!(decoder.decode(EventType::WebVisit, &message(headers.as_slice())).unwrap().head().event_id, "c2");
    headers.push(("Content-Type", b"application/avro"));
    check(&avro(5)[5..], &headers, Ok("a"));
    headers.pop();
    headers.push(("ce_datacontenttype", b"application/avro"));
    check(&avro(5)[5..], &headers, Ok("a"));
    headers.push(("ce_specversion", b"0.3"));
    check(data, &headers, Err("undecodable: not Avro of its schema: a length is negative"));
}

fn framed(id: u32, data: &[u8]) -> Vec<u8> {
    [&[0], id.to_be_bytes().as_slice(), data].concat()
}

#[test]
fn json_in_a_confluent_frame() {
    let mut decoder = decoder();
    decoder.schemas_mut().insert_json(SchemaId::Number(80));
    let of = |id: u32, data: &[u8]| {
        let payload = framed(id, data);
        let message = Message { payload: Some(&payload), timestamp: NOW, headers: () };
        decoder.decode(EventType::WebVisit, &message).map(|event| action(&event)).map_err(|refusal| refusal.reason.code())
    };
    // Ids that nothing is said of, those of the embedded schemas among them.
    for id in [0, 1, 5, 6, 99, u32::MAX] {
        assert_eq!(of(id, VISIT.as_bytes()), Ok("a".to_owned()), "{id}");
    }
    assert_eq!(of(80, format!(" {VISIT}").as_bytes()), Ok("a".to_owned()), "what is said to be JSON may have blanks");
    assert_eq!(of(80, &avro(0)[5..]), Err("undecodable"));
    assert_eq!(of(70, VISIT.as_bytes()), Err("undecodable"), "what is said to be Avro is Avro");
    assert_eq!(of(99, format!(" {VISIT}").as_bytes()), Err("unknown_schema"));
    assert_eq!(of(99, b""), Err("unknown_schema"));
    assert_eq!(of(99, b"{"), Err("undecodable"));
    assert_eq!(of(5, &avro(0)[5..]), Ok("a".to_owned()));
}

/// What becomes of each event of a batch.
fn check_batch(payload: &str, want: &[Result<&str, &str>]) {
    let decoder = decoder();
    let headers: Pairs<'_> = &[("Content-Type", b"application/cloudevents-batch+json; charset=utf-8")];
    let mut got = Vec::new();
    decoder.each(EventType::WebVisit, &Message { payload: Some(payload.as_bytes()), timestamp: NOW, headers }, |event| {
        got.push(event.map(|event| action(&event)).map_err(|refusal| refusal.to_string()));
    });
    let want: Vec<_> = want.iter().map(|one| one.map(str::to_owned).map_err(str::to_owned)).collect();
    assert_eq!(got, want);
}

#[test]
fn each_event_of_a_batch_is_an_event() {
    let one =
        |id: &str, more: &str| format!(r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"web-visit","time":"2026-02-01T10:00:00Z"{more}}}"#);
    let encoded = format!(r#","data_base64":"{}""#, "eyJhY3Rpb24iOiAiYyJ9");
    check_batch(
        &format!(" [{},\n{}, 7, {}, {}]", one("1", r#","data":{"action":"a"}"#), one("", ""), VISIT, one("5", &encoded)),
        &[
            Ok("a"),
            Err("missing_field: event 2 of 5: field `event_id`: absent, null or empty"),
            Err("undecodable: event 3 of 5: not a JSON object, from column 1 on"),
            Err("undecodable: event 4 of 5: CloudEvents: `specversion` is not a string"),
            Ok("c"),
        ],
    );
    check_batch("[]", &[Err("undecodable: CloudEvents: a batch without events")]);
    check_batch("{}", &[Err("undecodable: CloudEvents: a batch that is not a JSON array, from column 0 on")]);
    check_batch(&format!("[{}", one("1", "")), &[Err("undecodable: CloudEvents: a batch that is not a JSON array, from column 93 on")]);
    check_batch(&format!("[{}1]", "1,".repeat(10_000)), &[Err("too_large: a batch of 10001 events: at most 10000 are read")]);
}

#[test]
fn the_future_is_that_of_the_records_timestamp() {
    let decoder = decoder();
    let at =
        |timestamp: i64| decoder.decode(EventType::WebVisit, &Message { payload: Some(VISIT.as_bytes()), timestamp: Millis(timestamp), headers: () });
    assert!(at(1_769_940_000_000 - 86_400_000).is_ok());
    assert_eq!(
        at(1_769_940_000_000 - 86_400_001).unwrap_err().to_string(),
        "future_event: field `occurred_at`: more than 24 hours ahead of its record"
    );
}

#[test]
fn the_schema_that_a_message_needs_is_named() {
    let of = |payload: &[u8], headers: Pairs<'_>| Decoder::schema_of(&Message { payload: Some(payload), timestamp: NOW, headers });
    assert_eq!(of(&avro(1042), &[]), Some(SchemaId::Number(1042)));
    assert_eq!(of(b"x", &[("__value_schema_id", &[&[1], GUID.as_slice()].concat())]), Some(SchemaId::Guid(GUID)));
    assert_eq!(of(&avro(3), &[("ce_specversion", b"1.0"), ("content-type", b"application/avro")]), Some(SchemaId::Number(3)));
    assert_eq!(of(VISIT.as_bytes(), &[]), None);

    let mut decoder = decoder();
    assert!(!decoder.schemas().knows(SchemaId::Number(1042)));
    decoder.schemas_mut().insert(SchemaId::Number(1042), embedded_schema(EventType::WebVisit)).unwrap();
    assert!(decoder.decode(EventType::WebVisit, &Message { payload: Some(&avro(1042)), timestamp: NOW, headers: () }).is_ok());
}

#[test]
fn texts_are_borrowed_from_the_message() {
    let decoder = decoder();
    for payload in [VISIT.as_bytes(), &avro(5)] {
        let message = Message { payload: Some(payload), timestamp: NOW, headers: () };
        let Ok(Event::Visit(visit)) = decoder.decode(EventType::WebVisit, &message) else { panic!("a visit") };
        for text in [&visit.head.event_id, &visit.head.source, &visit.action.unwrap()] {
            assert!(matches!(text, Cow::Borrowed(_)), "{text} was copied");
        }
    }
}
