//! `verify` on a real Apache Kafka: it says equal of a state that is, finds one that is not with the entity behind it, and never
//! takes what it cannot read for equal.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use engine::{Book, Input, Position, Record, SourcePartition};
use kafka::{Connection, Message, Partitioner, Producer};
use model::{EventType, Millis, Settings, Zone};
use pieces::Pieces;
use serde_json::Value;
use snapshots::{Line, Objects, Piece};
use testkit::broker::Broker;

use running::{Folder, Instance, PATIENCE, await_some};

const DELETE_TOOL: &str = "org.apache.kafka.tools.DeleteRecordsCommand";
const GUID: &str = "00000000-0000-0000-0000-0000000000ff";

fn now() -> Millis {
    Millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64)
}

/// Events up to now of all types, in all encodings.
fn publish_events(folder: &Folder, brokers: &str) -> usize {
    let events = folder.run(&format!("simulate --days 40 --seed 5 --end {}", now())).stdout;
    let lines: Vec<&[u8]> = events.split_inclusive(|b| *b == b'\n').collect();
    for (n, encoding) in ["avro", "json", "cloudevents"].into_iter().enumerate() {
        let part: Vec<u8> = lines.iter().skip(n).step_by(3).copied().flatten().copied().collect();
        fs::write(folder.0.join("part.ndjson"), part).unwrap();
        folder.run(&format!("publish --input part.ndjson --brokers {brokers} --encoding {encoding}"));
    }
    lines.len()
}

/// A topic, a payload and headers.
type Odd<'a> = (&'a str, Option<Vec<u8>>, Vec<(&'a str, &'a [u8])>);

/// Messages that publishers get wrong, and some that only look so.
fn publish_odd(producer: &Producer) -> usize {
    let visit = |fields: &str| format!(r#"{{"event_id":"odd","source":"web","occurred_at":"2026-01-01T00:00:00Z"{fields}}}"#).into_bytes();
    let lead = |fields: &str| format!(r#"{{"event_id":"odd","source":"crm","occurred_at":"2026-01-01T00:00:00Z"{fields}}}"#).into_bytes();
    let ahead = format!(r#","lead_id":"x","created_at":{}"#, now().0 + 90_000_000);
    let header = [&[1], &u128::MAX.to_be_bytes()[..]].concat();
    let known = [&[1], &0xffu128.to_be_bytes()[..]].concat();
    let day = |fields: &str| visit(&format!(r#","platform":"linkedin","account":"acme"{fields}"#));
    let odd: Vec<Odd<'_>> = vec![
        ("web-visit", Some(b"{\"event_id\":".to_vec()), vec![]),
        ("web-visit", Some(visit(r#","visitor_id":"v1","action":"purchase""#)), vec![]),
        ("web-visit", Some(visit(r#","visitor_id":"v1","action":"purchase""#)), vec![]),
        ("web-visit", Some(visit(r#","type":"ad-spend""#)), vec![]),
        ("web-visit", Some(visit(r#","type":"page-view""#)), vec![]),
        ("web-visit", Some(visit("")), vec![("content-type", b"application/cloudevents+json")]),
        ("web-visit", Some(visit("")), vec![("__value_schema_id", &header)]),
        ("web-visit", Some(b"\x04e9\x06web\x00\x80\x80\xd6\xc9\xe4\x66\x00\x00\x00\x00\x00\x00\x00".to_vec()), vec![("__value_schema_id", &known)]),
        ("ad-spend", Some(vec![0, 0, 0, 9, 9, 1]), vec![]),
        ("deal-closed", None, vec![]),
        ("lead-created", Some(lead(&ahead)), vec![]),
        ("lead-created", Some(lead(r#","lead_id":7,"created_at":"2025-12-01""#)), vec![]),
        ("social-interaction", Some(vec![b' '; (1 << 20) + 1]), vec![]),
        ("social-interaction", Some(day(r#","kind":"audience","count":500,"stat_date":"2026-06-01""#)), vec![]),
        ("social-interaction", Some(day(r#","kind":"audience","count":510,"stat_date":"2026-06-01","revision":9999999999999"#)), vec![]),
        ("social-interaction", Some(day(r#","kind":"impression","count":40,"post_id":"p","stat_date":"2026-06-01""#)), vec![]),
    ];
    for (topic, payload, headers) in &odd {
        producer.send(&Message { topic, partition: None, key: None, payload: payload.as_deref(), headers }).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
    odd.len()
}

/// An instance that has read so many records, and has ended with a snapshot of them.
fn run_to_the_end(folder: &Folder, brokers: &str, name: &str, records: usize) {
    let instance = Instance::start_with(folder, brokers, &[("KPISTREAM_SNAPSHOTS__INSTANCE", name)]);
    await_some("all events", || {
        let events = instance.json("/api/v1/kpis?window=7d")?["events"].clone();
        let rejected: u64 = events["rejected"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        let read: u64 = ["accepted", "duplicate", "stale"].iter().filter_map(|outcome| events[*outcome].as_u64()).sum();
        (read + rejected == records as u64).then_some(())
    });
    assert_eq!(instance.terminate().0, Some(0));
}

/// A snapshot like the newest, in whose book a deal was folded that is nowhere in the topic: at the offset of the next record.
fn plant(folder: &Folder) -> SourcePartition {
    let listed = String::from_utf8(folder.run("snapshots list").stdout).unwrap();
    let fingerprint = listed.split('\t').next().unwrap();
    let store = Arc::new(Objects::open(folder.0.join("kpistream-snapshots").to_str().unwrap()).unwrap());
    let mut line = Line::open(store, fingerprint, "planted").unwrap();
    let newest = line.newest(&[]).unwrap().snapshot.unwrap();

    let zone = Zone::named("Europe/Warsaw").unwrap();
    let mut book = Book::restore(Arc::new(Settings { zone: zone.clone(), ..Settings::default() }), &newest.pieces).unwrap();
    let source = SourcePartition { topic: EventType::DealClosed, partition: 0 };
    let offset = book.offsets().next(source).unwrap();
    let deal = format!(
        r#"{{"type":"deal-closed","event_id":"p","source":"crm","occurred_at":{0},"deal_id":"D-planted","status":"won","closed_at":{0},"amount":"100","currency":"EUR"}}"#,
        now().0
    );
    let event = wire::read_line(deal.as_bytes(), &zone, now());
    book.handle(Input::Records(&[Record { at: Position { source, offset }, timestamp: Some(now()), event }.read(&zone)]), &mut Vec::new());

    let (mut captured, mut pieces): (Vec<_>, Pieces) = (Vec::new(), newest.pieces);
    book.capture(&mut captured);
    pieces.extend(captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())));
    let mut offsets = newest.offsets;
    offsets.insert(("deal-closed".to_owned(), 0), offset + 1);
    let listed: Vec<Piece<'_>> = pieces.keys().map(|name| Piece { name, changed: true }).collect();
    line.store(&offsets, &listed, &|name| pieces[name].clone()).unwrap();
    source
}

fn verify(folder: &Folder, brokers: &str, more: &str) -> (Option<i32>, String, String) {
    let output = folder.command(&format!("verify --brokers {brokers}{more}")).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_state_is_what_the_reference_makes_of_the_topics() {
    let broker = Broker::shared().unwrap_or_else(|error| panic!("{error}"));
    let (brokers, folder) = (broker.bootstrap(), Folder::new("verify"));
    let config = fs::read_to_string(folder.0.join("config.toml")).unwrap();
    let schemas = format!("[schemas.ids]\n\"{GUID}\" = 'web-visit'\n[channels.aliases]\n'Organic Days' = 'Partner Days'\n");
    fs::write(folder.0.join("config.toml"), config + &schemas).unwrap();
    folder.run(&format!("topics create --brokers {brokers}"));
    let producer = Producer::open(&Connection::new(brokers).unwrap(), Partitioner::Crc32).unwrap();
    let records = publish_events(&folder, brokers) + publish_odd(&producer);
    run_to_the_end(&folder, brokers, "a", records);

    let (code, said, errors) = verify(&folder, brokers, "");
    println!("{said}");
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{said}");
    let counted: BTreeMap<&str, usize> = [("record", "record"), ("cell", "cell"), ("count", "count")]
        .into_iter()
        .map(|(name, word)| {
            let before = said.split(&format!(" {word}")).next().unwrap().rsplit(' ').next().unwrap();
            (name, before.replace(',', "").parse().unwrap())
        })
        .collect();
    assert!(said.starts_with("equal: ") && counted["record"] == records && counted["cell"] > 1000 && counted["count"] > 15, "{said}");

    // The state has a deal of 100 where the topic has something else.
    let SourcePartition { partition, .. } = plant(&folder);
    producer.send(&Message { topic: "deal-closed", partition: Some(partition), key: None, payload: Some(b"{}"), headers: &[] }).unwrap();
    producer.flush(PATIENCE).unwrap();
    let (code, said, _) = verify(&folder, brokers, " --instance planted");
    println!("{said}");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("    deal D-planted: instance 100.00, reference 0.00\n"), "{said}");
    assert!(said.contains("book: records of deal-closed/0, missing_field: instance 0, reference 1\n"), "{said}");
    assert!(said.lines().last().unwrap().starts_with("different: "), "{said}");
    let (code, said, _) = verify(&folder, brokers, " --instance planted --limit 1");
    assert!(code == Some(1) && said.matches("instance").count() == 2 && said.contains("are not listed"), "{said}");
    let (code, said, _) = verify(&folder, brokers, " --instance a");
    assert_eq!(code, Some(0), "{said}");

    // What the topics have lost can be compared no more.
    fs::write(folder.0.join("cut.json"), r#"{"partitions":[{"topic":"web-visit","partition":1,"offset":40}],"version":1}"#).unwrap();
    broker.tool(DELETE_TOOL, &["--offset-json-file", folder.0.join("cut.json").to_str().unwrap()]).unwrap_or_else(|error| panic!("{error}"));
    let (code, said, errors) = verify(&folder, brokers, " --instance a");
    println!("{said}{errors}");
    assert!(code == Some(1) && said.starts_with("not proven: "), "{said}{errors}");
    assert!(errors.starts_with("web-visit/1: the records before offset 40 are gone; the oldest that is left is of 20"), "{errors}");
    let (code, _, errors) = verify(&folder, brokers, " --instance nobody");
    assert!(code == Some(1) && errors.contains("there is no snapshot of these topics"), "{errors}");
}
