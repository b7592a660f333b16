//! Drift to the outside: JSON, metrics, the port.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::sync::Arc;

use common::{
    board, drifting, lines,
    port::{Port, drifts, refusing},
    rich,
};
use exporter::{CHANNELS_AT_MOST, DriftQuery, Partition, QueryError, drift_json};
use model::{Day, When};
use serde_json::Value;

/// What a series' line says.
fn of<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    lines(text, start).iter().filter_map(|line| line.rsplit_once(' ')).map(|(_, value)| value).collect()
}

/// KPI F1
#[test]
fn json_is_the_contracts() {
    let drift = drifting::rich();
    let told: Value = serde_json::from_str(&drift_json(&drift).to_string()).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(keys(&told), "as_of currency series time_zone");
    let series = &told["series"][0];
    assert_eq!(keys(series), "alarms baseline better channel detect dispersion first kpi reason step threshold through worse");
    assert_eq!(keys(&series["baseline"]), "customers from spend until value");
    assert_eq!(keys(&series["alarms"][0]), "cleared direction expected level moved observed onset raised relative");
    assert_eq!(series["alarms"][0]["moved"][0].to_string(), r#"{"channel":"email","expected":6.0,"mix":-1.0,"observed":3,"rate":-2.0}"#);
    assert_eq!(series["alarms"][0]["moved"][1]["rate"], Value::Null, "an amount has no rate");
    assert_eq!((&series["first"], &series["through"]), (&"2026-01-01".into(), &"2026-01-21".into()));
    assert!(told["series"][1]["alarms"][0].get("moved").is_none(), "of totals alone");
    let untold = &told["series"][2];
    assert_eq!((&untold["reason"], &untold["step"], &untold["worse"]), (&"baseline_not_mature".into(), &Value::Null, &Value::Null));
    assert_eq!((untold["alarms"].as_array().map(Vec::len), untold.get("steps")), (Some(0), None));
    assert_eq!(keys(&untold["baseline"]), "customers from leads until value");
    let with_steps: Value = serde_json::from_str(&drift_json(&drift).with_steps(true).to_string()).unwrap();
    assert_eq!(with_steps["series"][0]["steps"].as_array().map(Vec::len), Some(3));
    assert_eq!(with_steps["series"][2]["steps"].as_array().map(Vec::len), Some(0));
}

#[test]
fn metrics_tell_how_each_series_stands() {
    let board = board(rich());
    assert_eq!(lines(&board.kpi_metrics(), "kpistream_kpi_drift"), Vec::<&str>::new());
    board.publish_drift(Some(drifting::rich()));
    let text = board.kpi_metrics();
    let is = |start: &str, value: &str| assert_eq!(of(&text, start), [value], "{start}");
    is(r#"kpistream_kpi_drift_alarm{kpi="cac",direction="worse"}"#, "1");
    is(r#"kpistream_kpi_drift_alarm{kpi="cac",direction="better"}"#, "0");
    is(r#"kpistream_kpi_drift_score{kpi="cac",direction="worse"}"#, "2.95");
    is(r#"kpistream_kpi_drift_onset_timestamp_seconds{kpi="cac",direction="worse"}"#, "1767826800");
    is(r#"kpistream_kpi_drift_level{kpi="cac",direction="worse"}"#, "1218.75");
    is(r#"kpistream_kpi_drift_threshold{kpi="cac"}"#, "2.95");
    is(r#"kpistream_kpi_drift_undefined{kpi="lead_conversion",reason="baseline_not_mature"}"#, "1");
    is(r#"kpistream_channel_kpi_drift_alarm{kpi="cac",direction="better",channel="paid_search"}"#, "1");
    is(r#"kpistream_channel_kpi_drift_rate_customers{kpi="cac",direction="worse",channel="paid_search"}"#, "-4");
    assert_eq!(of(&text, "kpistream_kpi_drift_onset").len(), 1, "only while an alarm stands");
    assert!(lines(&text, "kpistream_channel_kpi_drift_mix").iter().all(|line| !line.contains("no_rate")));
}

#[test]
fn a_crowd_of_channels_is_cut_and_what_moved_still_adds_up() {
    let board = board(rich());
    board.publish_drift(Some(drifting::crowd(120)));
    let text = board.kpi_metrics();
    let named = lines(&text, r#"kpistream_channel_kpi_drift_threshold{kpi="cac""#);
    assert_eq!(named.len(), CHANNELS_AT_MOST);
    assert!(named[0].contains("channel_119"), "those with most customers: {}", named[0]);
    let sum = |family: &str| of(&text, family).iter().map(|value| value.parse::<f64>().unwrap()).sum::<f64>();
    assert_eq!(of(&text, "kpistream_channel_kpi_drift_mix_customers{").len(), CHANNELS_AT_MOST + 1);
    assert_eq!(sum("kpistream_channel_kpi_drift_mix_customers{"), -119.0);
    assert_eq!(sum("kpistream_channel_kpi_drift_rate_customers{"), (0..120).filter(|n| *n != 1).map(|n| -2.0 - f64::from(n)).sum::<f64>());
}

#[test]
fn drift_drops_out_with_the_kpis() {
    let board = board(rich());
    let shown = || (board.kpi_metrics().contains("kpistream_kpi_drift_alarm"), board.drift().is_ok());
    board.publish_drift(Some(drifting::rich()));
    assert_eq!(shown(), (true, true));
    board.set_partition("ad-spend", 0, Partition { failed: Some("topic_recreated"), ..Partition::default() });
    assert_eq!(shown(), (false, false));
    board.forget_partition("ad-spend", 0);
    assert_eq!(shown(), (true, true));
    board.publish_drift(None);
    assert_eq!(shown(), (false, false));
}

#[test]
fn the_port_tells_the_drift_of_now_and_asks_for_that_of_then() {
    let board = board(rich());
    board.publish_drift(Some(drifting::rich()));
    let port = Port::of(
        board,
        drifts(|query| {
            let expected = DriftQuery { as_of: Some(When::On(Day(20_500))), channels: ["Paid Social".to_owned()].into(), steps: true };
            if query == expected { Ok(drifting::crowd(2)) } else { Err(QueryError::Bad(format!("{query:?}"))) }
        }),
    );
    let series = |path: &str| {
        let answer = port.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let told: Value = serde_json::from_str(&answer.body).unwrap();
        (told["series"].as_array().unwrap().len(), told["series"][0].get("steps").is_some())
    };
    assert_eq!(series("/api/v1/drift"), (4, false));
    assert_eq!(series("/api/v1/drift?steps=true"), (4, true));
    assert_eq!(series("/api/v1/drift?as_of=2026-02-16&channel=Paid%20Social&steps=true"), (3, true));
    assert_eq!(port.error("/api/v1/drift?steps=maybe"), (400, "steps: \"maybe\" is neither true nor false".to_owned()));
    assert_eq!(port.error("/api/v1/drift?window=30d"), (400, "unknown parameter \"window\": use as_of, channel or steps".to_owned()));
    assert!(port.get("/metrics").body.contains("kpistream_kpi_drift_alarm"));
    assert!(!port.get("/metrics/process").body.contains("kpistream_kpi_drift_alarm"));
    let none = Port::of(common::board(rich()), refusing());
    assert_eq!(none.get("/api/v1/drift").status, 503);
}

/// A rendered text is shared until a series is another.
#[test]
fn drift_that_has_not_moved_is_the_same_text() {
    let board = board(rich());
    let drift = drifting::rich();
    board.publish_drift(Some(drift.clone()));
    let first = board.kpi_metrics();
    board.publish_drift(Some(drift.clone()));
    assert_eq!(board.kpi_metrics(), first);
    let other = drift::Drift { series: Arc::from([]), ..drift };
    board.publish_drift(Some(other));
    assert!(!board.kpi_metrics().contains("drift"));
}
