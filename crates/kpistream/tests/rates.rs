//! Exchange rates while an instance runs: read anew when their file changes, and kept where it is of no use.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{fs, process::Command};

use kafka::EmbeddedBroker;
use serde_json::Value;

use running::{Folder, Instance, await_some};

const TOPICS: [&str; 6] = ["lead-created", "deal-closed", "ad-spend", "social-interaction", "web-visit", "kpistream.dead-letters"];

fn today() -> String {
    let said = Command::new("date").args(["-u", "+%F"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// The won value of 30 days as it is shown, or why there is none; none while nothing is shown.
fn won_value(instance: &Instance) -> Option<Value> {
    let shown = instance.json("/api/v1/kpis?window=30d")?;
    let row = shown["kpis"].as_array()?.iter().find(|row| row["kpi"] == "won_value" && row["channel"].is_null())?.clone();
    Some(if row["value"].is_null() { row["reason"].clone() } else { row["value"].clone() })
}

fn await_value(instance: &Instance, expected: &Value) {
    await_some(&format!("a won value of {expected}"), || won_value(instance).filter(|value| value == expected));
}

fn has_metric(instance: &Instance, line: &str) -> bool {
    instance.get("/metrics").is_some_and(|(_, text)| text.contains(line))
}

#[test]
fn amounts_appear_when_their_rate_does() {
    let broker = EmbeddedBroker::start(&TOPICS.map(|topic| (topic, 1))).unwrap();
    let (folder, today) = (Folder::new("rates"), today());
    let deal = format!(
        r#"{{"type":"deal-closed","event_id":"d1","source":"crm","occurred_at":"{today}T00:00:00Z","deal_id":"D1","status":"won","closed_at":"{today}","amount":"110","currency":"USD"}}"#
    );
    fs::write(folder.0.join("deals.ndjson"), deal + "\n").unwrap();
    folder.run(&format!("publish --input deals.ndjson --brokers {}", broker.brokers()));
    let rates = folder.0.join("rates.csv");
    fs::write(&rates, "Date,USD\n2020-01-02,1.25\n").unwrap();
    let instance = Instance::start_with(&folder, &broker.brokers(), &[("KPISTREAM_MONEY__RATES", rates.to_str().unwrap())]);

    await_value(&instance, &"missing_rate".into());
    await_some("the amount without a rate", || {
        has_metric(&instance, "kpistream_unconverted_amount{measure=\"won_value\",currency=\"USD\"} 110").then_some(())
    });
    assert!(has_metric(&instance, "kpistream_rates_last_date_timestamp_seconds 1577923200"));

    // Nobody tells it.
    fs::write(&rates, format!("Date,USD\n2020-01-02,1.25\n{today},1.1\n")).unwrap();
    await_value(&instance, &100.0.into());
    assert!(!has_metric(&instance, "kpistream_unconverted_amount{measure=\"won_value\",currency=\"USD\"} 110"));

    // A file of another base changes nothing but what is said of it.
    fs::write(&rates, format!("Date,EUR,USD\n{today},0.9,1\n")).unwrap();
    instance.signal("-HUP");
    await_some("the refusal", || has_metric(&instance, "kpistream_rates_refused 1").then_some(()));
    assert_eq!(won_value(&instance), Some(100.0.into()));
    fs::write(&rates, format!("Date,USD\n{today},2.2\n")).unwrap();
    instance.signal("-HUP");
    await_value(&instance, &50.0.into());
    assert!(has_metric(&instance, "kpistream_rates_refused 0"));

    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("a column EUR can only be 1") && said.contains("stay in use"), "{said}");
}
