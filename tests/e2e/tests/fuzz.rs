//! Hostile input: no decoder panics, runs away, or thinks otherwise than the reference.
//!
//! `KPISTREAM_FUZZ_CASES=10000000 cargo test -p e2e --release --test fuzz` tries more, `KPISTREAM_FUZZ_SECONDS=60` for so long; what breaks
//! a law is kept in `tests/fuzz` and tried again ever after.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{fs, path::PathBuf, sync::LazyLock};

use e2e::Product;
use model::{AdSpend, Event, EventType, Millis, Zone};
use reference::{Keep, Limits, Record, Recount, Schemas, time};
use testkit::{compare, fuzz::Fuzz, streams::Case};
use wire::{Decoder, Message, SchemaId, embedded_schema_id, encode};

const NOW: Millis = Millis(1_772_618_400_000);

/// The schemas that are known without a configuration.
fn ours() -> Schemas {
    let mut schemas = Schemas::own();
    wire::known_schemas().for_each(|(number, json)| schemas.insert_ours(number, json).unwrap());
    schemas
}

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn fuzz(target: &str, cases: u64, seeds: Vec<Vec<u8>>) -> Fuzz {
    Fuzz { kept: root().join("tests/fuzz").join(target), cases, seeds }
}

/// Lines of every kind, most of them good.
fn lines(cases: u64) -> Vec<Vec<u8>> {
    let lines = (0..cases).flat_map(|seed| Case::generate(seed).lines).map(|line| line.trim().as_bytes().to_vec());
    lines.filter(|line| line.len() < 4_000).collect()
}

/// What became of a message: nothing but the reason is compared, what it says in the reports.
fn outcome<T>(read: Result<T, &'static str>) -> &'static str {
    read.map_or_else(|reason| reason, |_| "accepted")
}

static UTC: LazyLock<(Zone, time::Zone)> = LazyLock::new(|| (Zone::utc(), time::Zone::named("UTC")));

#[test]
fn a_line_is_read_as_the_reference_reads_it() {
    fuzz("line", 30_000, lines(60)).hold(|line| {
        let (zone, theirs) = &*UTC;
        let ours = wire::read_line(line, zone, NOW);
        if let Ok(event) = &ours {
            assert_eq!(event.clone().into_owned(), *event);
        }
        let ours = outcome(ours.map_err(|refusal| refusal.reason.code()));
        assert_eq!(ours, outcome(reference::read_line(line, theirs, NOW.0)));
    });
}

/// Headers that a fuzzed record may have: each bit of two bytes is one.
const HEADERS: [(&str, &[u8]); 16] = [
    ("content-type", b"application/json"),
    ("content-type", b"application/cloudevents+json"),
    ("Content-Type", b"application/cloudevents-batch+json; charset=utf-8"),
    ("content-type", b"application/avro"),
    ("content-type", b"\xff"),
    ("ce_specversion", b"1.0"),
    ("CE_SpecVersion", b"1.0"),
    ("ce_specversion", b"0.3"),
    ("ce_id", b"c1"),
    ("ce_source", b"crm"),
    ("CE_TYPE", b"com.acme.lead-created.v1"),
    ("ce_type", b"web-visit"),
    ("ce_time", b"2026-03-02T10:00:00Z"),
    ("ce_datacontenttype", b"application/avro"),
    ("ce_id", b"\xff"),
    ("__value_schema_id", b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"),
];

/// A record as an input: the topic, which headers, then the payload.
fn record(topic: EventType, headers: u16, payload: &[u8]) -> Vec<u8> {
    [&[topic as u8], headers.to_be_bytes().as_slice(), payload].concat()
}

fn records() -> Vec<Vec<u8>> {
    let zone = &UTC.0;
    let mut records = Vec::new();
    for line in lines(25) {
        let Ok(event) = wire::read_line(&line, zone, Millis(i64::MAX / 2)) else { continue };
        let (of, id) = (event.event_type(), embedded_schema_id(event.event_type()));
        let structured = encode::cloudevents_structured(&event);
        let framed = encode::avro(&event, id);
        let (_, data) = encode::cloudevents_binary(&event);
        records.push(record(of, 0, &framed));
        records.push(record(of, 0, &encode::json(&event)));
        records.push(record(of, 0, &[&[0, 0, 0, 1, 0], line.as_slice()].concat()));
        records.push(record(of, 2, &structured));
        records.push(record(of, 4, &[b"[", structured.as_slice(), b",", &structured, b"]"].concat()));
        records.push(record(of, 0b0001_0011_0010_0000, &data));
        records.push(record(of, 0b0001_0011_0010_1000, &framed[5..]));
        records.extend(before_ads(&event).map(|bare| record(of, 0b0001_0011_0010_1000, &bare)));
        records.push(record(of, 0b0011_0011_0010_0000, &framed));
    }
    records
}

/// A row of spend in bare Avro of the schema that had no `ad`, `ad_id`, `breakdown` yet: three nulls fewer.
fn before_ads(event: &Event<'_>) -> Option<Vec<u8>> {
    let Event::Spend(spend) = event else { return None };
    let bare = |ad: Option<&str>| {
        let spend = AdSpend { ad: ad.map(|ad| ad.to_owned().into()), ad_id: None, breakdown: None, ..spend.clone() };
        encode::avro(&Event::Spend(spend), 0).split_off(5)
    };
    let (without, with) = (bare(None), bare(Some("x")));
    let at = without.iter().zip(&with).position(|(a, b)| a != b)?;
    Some([&without[..at], &without[at + 3..]].concat())
}

#[test]
fn a_record_is_read_as_the_reference_reads_it() {
    let (decoder, schemas) = (Decoder::new(UTC.0.clone(), wire::Schemas::embedded()), ours());
    fuzz("record", 30_000, records()).hold(|input| {
        let [topic, a, b, payload @ ..] = input else { return };
        let topic = EventType::ALL[usize::from(*topic) % 5];
        let bits = u16::from_be_bytes([*a, *b]);
        let headers: Vec<(&str, &[u8])> = HEADERS.iter().enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, header)| *header).collect();
        agree(&decoder, &schemas, topic, &headers, payload);
    });
}

/// Holds what becomes of a record against the reference's.
fn agree(decoder: &Decoder, schemas: &Schemas, topic: EventType, headers: &[(&str, &[u8])], payload: &[u8]) {
    let mut ours = Vec::new();
    decoder.each(topic, &Message { payload: Some(payload), timestamp: NOW, headers }, |event| {
        ours.push(outcome(event.as_ref().map_err(|refusal| refusal.reason.code())));
    });
    let headers = headers.iter().map(|(name, value)| (*name, Some(*value))).collect();
    let theirs = reference::record::read(topic.name(), &Record { value: Some(payload), timestamp: Some(NOW.0), headers }, schemas, &UTC.1);
    let theirs: Vec<&str> = theirs.into_iter().map(outcome).collect();
    assert_eq!(ours, theirs);
}

/// A schema, a zero, and a datum of it.
fn schemas_and_data() -> Vec<Vec<u8>> {
    let folder = root().join("tests/fixtures/avro");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of_others = files
        .filter(|file| file.extension().is_some_and(|of| of == "avsc"))
        .map(|schema| [fs::read(&schema).unwrap(), vec![0], fs::read(schema.with_extension("java.bin")).unwrap()].concat());
    let visit = br#"{"type":"web-visit","event_id":"e1","source":"web","occurred_at":"2026-02-01T10:00:00Z","action":"a"}"#;
    let visit = wire::read_line(visit, &UTC.0, NOW).unwrap();
    let own = [wire::embedded_schema(EventType::WebVisit).as_bytes(), &[0], &encode::avro(&visit, 5)[5..]].concat();
    let list = br#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L",{"type":"map","values":"L"}]},{"name":"x","type":{"type":"array","items":["null","float"]}}]}"#;
    let list = [list.as_slice(), &[0], &[2; 10], &[0; 30]].concat();
    of_others.chain([own, list]).collect()
}

#[test]
fn avro_of_any_schema_is_read_as_the_reference_reads_it() {
    fuzz("avro", 20_000, schemas_and_data()).hold(|input| {
        let (schema, datum) = input.split_at(input.iter().position(|byte| *byte == 0).unwrap_or(input.len()));
        let Ok(schema) = std::str::from_utf8(schema) else { return };
        let (mut ours, mut theirs) = (wire::Schemas::embedded(), ours());
        let (known, same) = (ours.insert(SchemaId::Number(70), schema), theirs.insert(reference::SchemaId::Number(70), schema));
        // apache-avro passes over what is no field, and computes with more decimals: the product refuses such schemas.
        assert!(known.is_err() || same.is_ok(), "{known:?}, {same:?}");
        if known.is_ok() {
            let payload = [&[0, 0, 0, 0, 70], datum.get(1..).unwrap_or_default()].concat();
            let decoder = Decoder::new(UTC.0.clone(), ours);
            EventType::ALL.into_iter().for_each(|topic| agree(&decoder, &theirs, topic, &[], &payload));
        }
    });
}

#[test]
fn a_table_of_rates_is_read_or_refused() {
    let seeds = (0..200).filter_map(|seed| Case::generate(seed).options.rates_csv).map(String::into_bytes).collect();
    fuzz("rates", 30_000, seeds).hold(|csv| {
        let Ok(csv) = std::str::from_utf8(csv) else { return };
        if let Ok(rates) = kpis::Rates::parse(csv) {
            let of = |code: &str| code.parse::<model::Currency>().unwrap();
            for amount in [1, -99_999_999_999_999_999_999, 99_999_999_999_999_999_999_000_000] {
                let _ = rates.convert(model::Micros(amount), of("USD"), of("PLN"), model::Day(20_513));
                let _ = rates.convert(model::Micros(amount), of("EUR"), of("USD"), model::Day(20_513));
            }
        }
    });
}

/// The options of a report by the first byte of an input.
fn case_of(input: &[u8]) -> Option<Case> {
    let (seed, lines) = input.split_first()?;
    let options = Case::generate(u64::from(*seed)).options;
    let lines = String::from_utf8_lossy(lines).lines().take(100).map(str::to_owned).collect();
    Some(Case { seed: u64::from(*seed), lines, options })
}

#[test]
fn a_report_of_anything_is_that_of_the_reference() {
    let seeds = (0..120u8).map(|seed| [&[seed], Case::of_size(u64::from(seed), 8).input().as_slice()].concat());
    let seeds = seeds.filter(|seed| seed.len() < 20_000).collect();
    fuzz("report", 1_500, seeds).hold(|input| {
        let Some(case) = case_of(input) else { return };
        let mut product = Product::new(&case.options);
        product.fold_inputs(&[&case.input()]);
        let ours = product.report(&case.options);
        let mut recount =
            Recount::new(case.options.clone(), Keep::ALL, Limits { span_ms: None, ids: usize::MAX, clock_records: usize::MAX }, Schemas::own());
        case.lines.iter().for_each(|line| recount.line(0, line.trim_start_matches('\u{feff}').as_bytes(), case.options.now));
        // Of two contents under one stamp only the product knows which counts.
        if recount.finish().ambiguous.is_empty() {
            let found = compare(&ours, &reference::report(&[&case.input()], &case.options));
            assert!(found.is_empty(), "{case}--- differences\n{}", found.join("\n"));
        }
    });
}

#[test]
fn fixtures_of_other_libraries_say_the_same_to_the_reference() {
    for file in fs::read_dir(root().join("tests/fixtures/avro")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_none_or(|of| of != "avsc") {
            continue;
        }
        let mut schemas = Schemas::own();
        schemas.insert(reference::SchemaId::Number(70), &fs::read_to_string(&file).unwrap()).unwrap();
        let line = fs::read_to_string(file.with_extension("json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        let topic = EventType::named(json["type"].as_str().unwrap()).unwrap();
        let read = |value: &[u8]| {
            reference::record::read(topic.name(), &Record { value: Some(value), timestamp: Some(NOW.0), headers: Vec::new() }, &schemas, &UTC.1)
                .remove(0)
        };
        let wanted = json["refused"].as_str().map_or_else(|| read(line.trim().as_bytes()).map_err(str::to_owned), |reason| Err(reason.to_owned()));
        for library in ["java", "python", "fastavro"] {
            let datum = fs::read(file.with_extension(format!("{library}.bin"))).unwrap();
            let got = read(&[&[0, 0, 0, 0, 70], datum.as_slice()].concat());
            assert_eq!(got.map_err(str::to_owned), wanted, "{} by {library}", file.display());
        }
    }
}

#[test]
fn events_outlive_their_messages_unchanged() {
    for line in lines(100) {
        if let Ok(event) = wire::read_line(&line, &UTC.0, NOW) {
            let owned: Event<'static> = event.clone().into_owned();
            assert_eq!(owned, event);
        }
    }
}
