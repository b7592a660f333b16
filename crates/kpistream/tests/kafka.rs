//! `topics create`, `publish` and `run` on a real Apache Kafka, held against `report` over the same events.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{collections::BTreeMap, fs, time::Duration};

use kafka::{Connection, Lane, Message, Partitioner, Producer, Reader, Retention, Start, TopicSpec, ensure_topics};
use serde_json::Value;
use testkit::broker::Broker;

use running::{Folder, Instance, PATIENCE, await_some};

const AS_OF: &str = "2026-01-01T00:00:00Z";

/// Messages that are no events, one of each kind, with the reason they are refused for.
fn bad_messages() -> Vec<(&'static str, Option<Vec<u8>>, &'static str)> {
    let lead = |fields: &str| Some(format!(r#"{{"event_id":"bad","source":"crm","occurred_at":"2025-12-01T00:00:00Z",{fields}}}"#).into_bytes());
    vec![
        ("web-visit", Some(b"{\"event_id\":".to_vec()), "undecodable"),
        ("web-visit", Some(b"\xff\xfe\x00".to_vec()), "undecodable"),
        ("ad-spend", Some([&[0, 0, 0, 9, 9][..], b"rest"].concat()), "unknown_schema"),
        ("lead-created", lead(r#""lead_id":"""#), "missing_field"),
        ("lead-created", lead(r#""lead_id":7,"created_at":"2025-12-01""#), "bad_value"),
        ("deal-closed", lead(r#""deal_id":"d","status":"won","closed_at":"2025-12-01","amount":"1","currency":"eur""#), "bad_currency"),
        ("lead-created", lead(r#""lead_id":"x","created_at":"yesterday""#), "bad_time"),
        ("lead-created", lead(r#""lead_id":"x","created_at":"2099-01-01""#), "future_event"),
        ("social-interaction", Some(vec![b' '; (1 << 20) + 1]), "too_large"),
        ("web-visit", lead(r#""type":"ad-spend""#), "wrong_type"),
        ("web-visit", lead(r#""type":"page-view""#), "unknown_type"),
        ("deal-closed", None, "null_value"),
    ]
}

/// Bad messages for so many good ones: one in a hundred, as many of each kind.
fn bad_of(good: usize) -> Vec<(&'static str, Option<Vec<u8>>, &'static str)> {
    let kinds = bad_messages();
    let times = good / 100 / kinds.len() + 1;
    std::iter::repeat_n(kinds, times).flatten().collect()
}

fn publish_bad(connection: &Connection, bad: &[(&'static str, Option<Vec<u8>>, &'static str)]) {
    let producer = Producer::open(connection, Partitioner::Crc32).unwrap();
    for (topic, payload, _) in bad {
        producer.send(&Message { topic, partition: None, key: None, payload: payload.as_deref(), headers: &[] }).unwrap();
    }
    producer.flush(PATIENCE).unwrap();
}

/// All dead letters, each once: by key, the payload and the reason.
fn dead_letters(connection: &Connection, expected: usize) -> BTreeMap<String, (Option<Vec<u8>>, String)> {
    let reader = Reader::open(connection, &["kpistream.dead-letters"]).unwrap();
    let starts: Vec<_> = reader.partitions().map(|partition| (partition.clone(), Start::Beginning)).collect();
    let mut lane: Lane = reader.lane(&starts).unwrap();
    let mut letters = BTreeMap::new();
    await_some("dead letters", || {
        let batch = lane.read(1000, Duration::from_millis(200));
        for record in batch.records() {
            let header = |name| String::from_utf8(record.header(name).unwrap().to_vec()).unwrap();
            let key = String::from_utf8(record.key.unwrap().to_vec()).unwrap();
            assert_eq!(key, format!("{}/{}/{}", header("topic"), header("partition"), header("offset")));
            assert!(!header("detail").is_empty());
            letters.insert(key, (record.payload.map(<[u8]>::to_vec), header("reason")));
        }
        (letters.len() >= expected).then_some(())
    });
    letters
}

/// The rows of a report by what names them, without the bounds, which are as exact as the rest.
fn rows(report: &Value) -> BTreeMap<String, Value> {
    let name = |row: &Value| ["kpi", "variant", "window", "channel", "campaign"].map(|part| row[part].as_str().unwrap_or("-").to_owned()).join(" ");
    report["kpis"].as_array().unwrap().iter().map(|row| (name(row), row.clone())).collect()
}

#[test]
fn run_shows_what_report_shows() {
    let broker = Broker::shared().unwrap_or_else(|error| panic!("{error}"));
    let (brokers, folder) = (broker.bootstrap(), Folder::new("run"));
    let connection = Connection::new(brokers).unwrap();
    // Deals over another number of partitions than their leads.
    let deals = TopicSpec { name: "deal-closed".to_owned(), partitions: 3, replication: 1, retention: Retention::Forever, max_message_bytes: None };
    ensure_topics(&connection, &[deals]).unwrap();
    let create = || String::from_utf8(folder.run(&format!("topics create --brokers {brokers}")).stdout).unwrap();
    let (made, again) = (create(), create());
    assert_eq!((made.matches(": made").count(), again.matches(": is as it should be").count()), (5, 5), "{made}{again}");
    assert!(again.contains("deal-closed") && again.contains('3') && again.contains('4'), "{again}");

    let events = folder.run("simulate --days 40 --seed 11").stdout;
    fs::write(folder.0.join("events.ndjson"), &events).unwrap();
    let lines: Vec<&[u8]> = events.split_inclusive(|b| *b == b'\n').collect();
    let encodings = ["avro", "json", "cloudevents"];
    for (n, encoding) in encodings.iter().enumerate() {
        // Duplicates stay with what they repeat: the key, not the encoding, decides the partition.
        let part: Vec<u8> = lines.iter().skip(n).step_by(encodings.len()).copied().flatten().copied().collect();
        let is_deal = |line: &&[u8]| line.starts_with(br#"{"type":"deal-closed""#);
        let (deals, others): (Vec<&[u8]>, Vec<&[u8]>) = part.split_inclusive(|b| *b == b'\n').partition(is_deal);
        for (name, lines, partitioner) in [("deals", deals, "murmur2_random"), ("others", others, "consistent_random")] {
            fs::write(folder.0.join(name), lines.concat()).unwrap();
            let said = folder.run(&format!("publish --input {name} --brokers {brokers} --encoding {encoding} --partitioner {partitioner}")).stderr;
            assert!(String::from_utf8_lossy(&said).contains(&format!("of {}", grouped(lines.len()))), "{}", String::from_utf8_lossy(&said));
        }
    }
    let bad = bad_of(lines.len());
    assert!(bad.len() * 100 >= lines.len(), "{} of {}", bad.len(), lines.len());
    publish_bad(&connection, &bad);

    let instance = Instance::start(&folder, brokers);
    await_some("readiness", || instance.get("/readyz").filter(|(status, _)| *status == 200));
    // Windows of days: of the minutes of so long ago a running instance keeps none.
    let windows = ["today", "7d", "30d", "90d", "this_month", "last_month", "this_quarter", "last_quarter_to_date"];
    let query: String = windows.iter().map(|window| format!("&window={window}")).collect();
    let path = format!("/api/v1/kpis?as_of={AS_OF}&by=channel&by=channel,campaign{query}");
    let read = lines.len() + bad.len();
    let shown = await_some("all events", || {
        instance.json(&path).filter(|shown| {
            let events = &shown["events"];
            let rejected: u64 = events["rejected"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
            // accepted + duplicate + stale + rejected = published
            ["accepted", "duplicate", "stale"].iter().filter_map(|outcome| events[*outcome].as_u64()).sum::<u64>() + rejected == read as u64
        })
    });
    let asked: String = windows.iter().map(|window| format!(" --window {window}")).collect();
    let report = folder.run(&format!("report --input events.ndjson --as-of {AS_OF} --by channel --by channel,campaign --format json{asked}")).stdout;
    let report: Value = serde_json::from_slice(&report).unwrap();
    // How many revisions were late depends on the order they came in; the numbers do not.
    let events = |report: &Value| ["accepted", "duplicate", "stale"].map(|outcome| report["events"][outcome].as_u64().unwrap()).iter().sum::<u64>();
    assert_eq!(events(&shown), events(&report));
    let (mut of_run, mut of_report) = (rows(&shown), rows(&report));
    // Of its visitors by campaign a running instance says that it does not keep them; a report does.
    let not_kept: Vec<String> = of_run.iter().filter(|(_, row)| row["reason"] == "not_kept").map(|(name, _)| name.clone()).collect();
    let of_visitors = |name: &String| ["visitors ", "converting_visitors ", "web_conversion "].iter().any(|kpi| name.starts_with(kpi));
    let other = not_kept.iter().find(|name| !of_visitors(name) || name.ends_with(" -"));
    assert_eq!(other, None, "of all else a running instance keeps what a report does");
    not_kept.iter().for_each(|name| _ = (of_run.remove(name), of_report.remove(name)));
    assert!(of_report.len() > 1000, "{} rows", of_report.len());
    let names = of_run.keys().chain(of_report.keys());
    let differing: Vec<&String> = names.filter(|name| of_run.get(*name) != of_report.get(*name)).collect();
    assert!(
        differing.is_empty(),
        "{} rows differ, such as {:?}",
        differing.len(),
        differing.first().map(|name| (of_run.get(*name), of_report.get(*name)))
    );
    assert_eq!(shown["data_state"], report["data_state"]);

    let letters = dead_letters(&connection, bad.len());
    let mut sent: Vec<_> = bad.iter().map(|(_, payload, reason)| (payload.clone(), (*reason).to_owned())).collect();
    let mut found: Vec<_> = letters.into_values().collect();
    sent.sort();
    found.sort();
    assert!(sent == found, "{:?}", found.iter().map(|(_, reason)| reason).collect::<Vec<_>>());

    let list = |more: &str| String::from_utf8(folder.run(&format!("dead-letters list --brokers {brokers}{more}")).stdout).unwrap();
    assert_eq!(list("").lines().count(), bad.len());
    assert!(list(" --reason null_value").starts_with("deal-closed\t"), "{}", list(""));
    let replayed = folder.run(&format!("dead-letters replay --brokers {brokers} --topic web-visit")).stderr;
    let again = bad.iter().filter(|(topic, ..)| *topic == "web-visit").count();
    assert_eq!(String::from_utf8(replayed).unwrap(), format!("published {again} records again; 0 records no longer kept in their topics\n"));
    dead_letters(&connection, bad.len() + again);

    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("caught up with the broker; ready") && said.contains("draining"), "{said}");
}

fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let parted: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parted.join(",")
}
