//! `GET /api/v1/explain` of an instance on a real Apache Kafka, held against `explain` over the same events in files.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use testkit::broker::Broker;

use running::{Folder, Instance as Running, await_some};

const AS_OF: &str = "2026-01-01T00:00:00Z";

/// KPI, variant, window, channel: of leads, deals, spend, visits, single interactions, daily figures and members; by each kind of window.
const ASKED: [(&str, &str, &str, &str); 14] = [
    ("leads", "", "7d", ""),
    ("customers", "", "90d", "paid_search"),
    ("win_rate", "", "2025-12", ""),
    ("average_deal_value", "", "last_month", ""),
    ("open_pipeline_value", "", "today", ""),
    ("lead_conversion", "cohort", "2025-Q4", "organic_search"),
    ("sales_cycle", "p50", "90d", ""),
    ("cac", "paid", "30d", ""),
    ("roi", "period", "last_month", ""),
    ("cost_per_lead", "", "30d", "paid_social"),
    ("unmatched_spend_ratio", "", "90d", ""),
    ("web_conversion", "actions", "7d", ""),
    ("engagement", "", "30d", ""),
    ("community_conversion", "customer", "90d", ""),
];

fn explained(instance: &Running, (kpi, variant, window, channel): (&str, &str, &str, &str), limit: usize) -> Value {
    let given = [("variant", variant), ("channel", channel)].into_iter().filter(|(_, value)| !value.is_empty());
    let more: String = given.map(|(name, value)| format!("&{name}={value}")).collect();
    let path = format!("/api/v1/explain?kpi={kpi}&window={window}&as_of={AS_OF}&limit={limit}{more}");
    let (status, body) = instance.get(&path).unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn of_files(folder: &Folder, (kpi, variant, window, channel): (&str, &str, &str, &str), limit: usize) -> Value {
    let given = [("variant", variant), ("channel", channel)].into_iter().filter(|(_, value)| !value.is_empty());
    let more: String = given.map(|(name, value)| format!(" --{name} {value}")).collect();
    let line = format!("explain {kpi} --window {window} --as-of {AS_OF} --limit {limit} --format json --input events.ndjson{more}");
    serde_json::from_slice(&folder.run(&line).stdout).unwrap()
}

/// How many entries count in all parts.
fn counted(explanation: &Value) -> u64 {
    explanation["parts"].as_array().unwrap().iter().filter_map(|part| part["counted"].as_u64()).sum()
}

#[test]
fn a_running_instance_explains_as_the_command_does() {
    let broker = Broker::shared().unwrap_or_else(|error| panic!("{error}"));
    let (brokers, folder) = (broker.bootstrap(), Folder::new("explain"));
    folder.run(&format!("topics create --brokers {brokers}"));
    let events = folder.run("simulate --days 40 --seed 7").stdout;
    fs::write(folder.0.join("events.ndjson"), &events).unwrap();
    folder.run(&format!("publish --input events.ndjson --brokers {brokers} --encoding avro"));
    let instance = Running::start_with(&folder, brokers, &[("KPISTREAM_SNAPSHOTS__EVERY", "1s")]);
    await_some("all events", || {
        let events = &instance.json("/api/v1/kpis")?["events"];
        let read: u64 = ["accepted", "duplicate", "stale"].iter().filter_map(|outcome| events[*outcome].as_u64()).sum();
        (read == events_in(&folder)).then_some(())
    });
    for asked in ASKED {
        let (of_run, of_command) = (explained(&instance, asked, 10_000), of_files(&folder, asked, 10_000));
        assert!(of_run == of_command, "{asked:?}:\n{of_run:#}\n{of_command:#}");
        assert!(counted(&of_run) > 0, "nothing counts: {asked:?}");
    }
    let few = explained(&instance, ASKED[0], 3);
    assert_eq!((few["parts"][0]["entries"].as_array().unwrap().len(), &few), (3, &of_files(&folder, ASKED[0], 3)));
    ends_while_it_is_asked(instance);
}

fn events_in(folder: &Folder) -> u64 {
    fs::read(folder.0.join("events.ndjson")).unwrap().iter().filter(|b| **b == b'\n').count() as u64
}

/// Whoever asks for an explanation could hold on to the book's thread: a drain must not wait for those who ask on.
fn ends_while_it_is_asked(instance: Running) {
    let answers = AtomicU64::new(0);
    let ask_on = || {
        let path = format!("/api/v1/explain?kpi=leads&window=90d&as_of={AS_OF}");
        while let Some((status, body)) = instance.get(&path) {
            let busy = ["another explanation is being made", "shutting down", "draining"].iter().any(|line| body.contains(line));
            assert!(status == 200 || status == 503 && busy, "{status} {body}");
            answers.fetch_add(u64::from(status == 200), Ordering::Relaxed);
        }
    };
    let begun = thread::scope(|scope| {
        let askers = [(); 2].map(|()| scope.spawn(ask_on));
        await_some("answers", || (answers.load(Ordering::Relaxed) > 2).then_some(()));
        instance.signal("-TERM");
        let begun = Instant::now();
        askers.into_iter().for_each(|asker| asker.join().unwrap());
        begun
    });
    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?} to end", begun.elapsed());
}
