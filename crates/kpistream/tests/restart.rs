//! Instances that are killed, ended and added on a real Apache Kafka: the numbers are always those of `report`.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{collections::BTreeMap, fs};

use serde_json::Value;
use testkit::broker::Broker;

use running::{Folder, Instance, await_some};

const AS_OF: &str = "2026-01-01T00:00:00Z";
const WINDOWS: [&str; 5] = ["7d", "30d", "90d", "this_month", "last_month"];
const PARTS: usize = 4;

/// The rows of a report, whatever order they are in.
fn rows(report: &Value) -> BTreeMap<String, Value> {
    let name = |row: &Value| ["kpi", "variant", "window", "channel"].map(|part| row[part].as_str().unwrap_or("-").to_owned()).join(" ");
    report["kpis"].as_array().unwrap().iter().map(|row| (name(row), row.clone())).collect()
}

/// Publishes a part of the events, and gives how many there are by then.
fn publish(folder: &Folder, brokers: &str, lines: &[&[u8]], part: usize) -> u64 {
    let (from, to) = (lines.len() * part / PARTS, lines.len() * (part + 1) / PARTS);
    fs::write(folder.0.join("part.ndjson"), lines[from..to].concat()).unwrap();
    folder.run(&format!("publish --input part.ndjson --brokers {brokers} --encoding avro"));
    to as u64
}

/// Waits until an instance shows so many records, every one of them once.
fn shown(instance: &Instance, read: u64) -> Value {
    let query: String = WINDOWS.iter().map(|window| format!("&window={window}")).collect();
    await_some("all events", || {
        let shown = instance.json(&format!("/api/v1/kpis?as_of={AS_OF}&by=channel{query}"))?;
        let count = |outcome| shown["events"][outcome].as_u64().unwrap();
        let all = count("accepted") + count("duplicate") + count("stale");
        assert!(all <= read, "{all} of {read}: some are counted twice");
        (all == read).then_some(shown)
    })
}

#[test]
fn whatever_ends_an_instance_the_numbers_go_on() {
    let broker = Broker::shared().unwrap_or_else(|error| panic!("{error}"));
    let (brokers, folder) = (broker.bootstrap(), Folder::new("restart"));
    folder.run(&format!("topics create --brokers {brokers}"));
    let events = folder.run("simulate --days 40 --seed 5").stdout;
    fs::write(folder.0.join("events.ndjson"), &events).unwrap();
    let lines: Vec<&[u8]> = events.split_inclusive(|b| *b == b'\n').collect();
    let start = |name| Instance::start_with(&folder, brokers, &[("KPISTREAM_SNAPSHOTS__EVERY", "1s"), ("KPISTREAM_SNAPSHOTS__INSTANCE", name)]);
    let stored = |instance: &Instance| {
        await_some("a snapshot", || {
            let (_, metrics) = instance.get("/metrics/process")?;
            let at = metrics.lines().find_map(|line| line.strip_prefix("kpistream_snapshot_last_success_timestamp_seconds "))?;
            at.parse::<f64>().ok()
        })
    };

    let read = publish(&folder, brokers, &lines, 0);
    let first = start("a");
    shown(&first, read);
    let before = stored(&first);
    await_some("a snapshot of all that is shown", || (stored(&first) > before + 1.0).then_some(()));
    // Killed with records that no snapshot has, and ended while more come in.
    let read = publish(&folder, brokers, &lines, 1);
    let said = first.kill();
    assert!(said.contains("no snapshot to go on from"), "{said}");
    let second = start("a");
    shown(&second, read);
    let read = publish(&folder, brokers, &lines, 2);
    let (code, said) = second.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("going on from snapshot a/"), "{said}");

    // Another instance starts from the snapshot of the first; both show what a report shows.
    let read = publish(&folder, brokers, &lines, 3).max(read);
    let (third, other) = (start("a"), start("b"));
    let asked: String = WINDOWS.iter().map(|window| format!(" --window {window}")).collect();
    let report = folder.run(&format!("report --input events.ndjson --as-of {AS_OF} --by channel --format json{asked}")).stdout;
    let report: Value = serde_json::from_slice(&report).unwrap();
    for instance in [&third, &other] {
        let shown = shown(instance, read);
        let (of_run, of_report) = (rows(&shown), rows(&report));
        let differing: Vec<&String> = of_run.keys().chain(of_report.keys()).filter(|name| of_run.get(*name) != of_report.get(*name)).collect();
        assert!(differing.is_empty() && of_report.len() > 500, "{} of {} rows differ: {differing:?}", differing.len(), of_report.len());
    }
    let said = [third, other].map(|instance| instance.terminate().1);
    assert!(said.iter().all(|said| said.contains("going on from snapshot a/")), "{said:?}");
}
