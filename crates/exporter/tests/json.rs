//! The contract's JSON.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use common::{evaluation, group, money, parts, row};
use expect_test::expect;
use exporter::{EventCounts, json};
use kpis::{Evaluation, Kpi, Number, Row, Undefined};
use model::{Micros, Millis};

#[test]
fn a_report_has_the_contracts_shape() {
    let total = group(None, None);
    let pair = group(Some("paid_social"), Some("spring"));
    let cac = parts(row(Kpi::CacBlended, "last_month", 30, &total, Ok(Number::Real(812.5))), money(8125), Number::Count(10));
    let cac = Row { interval: Some((441.8, 1694.3)), sample_size: Some(10), ..cac };
    let roi = parts(row(Kpi::RoiPeriod, "last_month", 30, &pair, Err(Undefined::NoMargin)), money(0), Number::Money(Micros(374_268_038)));
    let rows = vec![cac, Row { numerator: None, ..roi }, row(Kpi::Leads, "24h", 1, &total, Ok(Number::Count(7)))];
    let evaluation = Evaluation { as_of: Millis(1_527_811_200_001), ..evaluation(rows) };
    let events = EventCounts { accepted: 10, duplicate: 2, stale: 1, conflicting: 0, rejected: [0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0] };
    let text = json(&evaluation, &events).to_string();
    expect![[r#"
        {"as_of":"2018-06-01T00:00:00.001Z","time_zone":"Europe/Warsaw","currency":"PLN","spend_complete_through":"2026-03-28",
        "events":{"accepted":10,"duplicate":2,"stale":1,"rejected":{"undecodable":0,"unknown_schema":0,"missing_field":0,"bad_value":3,"bad_currency":0,"bad_time":0,"future_event":0,"too_large":0,"wrong_type":0,"unknown_type":0,"null_value":0}},
        "kpis":[{"kpi":"cac","variant":"blended","window":"last_month","window_start":"2026-02-28T09:00:00Z","window_end":"2026-03-30T09:00:00Z","channel":null,"campaign":null,"segment":null,"value":812.5,"reason":null,"numerator":8125.0,"denominator":10,"sample_size":10,"lower":441.8,"upper":1694.3,"target":null,"attainment":null,"pace":null,"projected":null},
        {"kpi":"roi","variant":"period","window":"last_month","window_start":"2026-02-28T09:00:00Z","window_end":"2026-03-30T09:00:00Z","channel":"paid_social","campaign":"spring","segment":null,"value":null,"reason":"no_margin","numerator":null,"denominator":374.268038,"sample_size":3,"lower":null,"upper":null,"target":null,"attainment":null,"pace":null,"projected":null},
        {"kpi":"leads","variant":null,"window":"24h","window_start":"2026-03-29T09:00:00Z","window_end":"2026-03-30T09:00:00Z","channel":null,"campaign":null,"segment":null,"value":7,"reason":null,"numerator":7,"denominator":null,"sample_size":3,"lower":null,"upper":null,"target":null,"attainment":null,"pace":null,"projected":null}],"effects":[],
        "data_state":{"deals_without_amount":2,"wins_without_cycle":1,"conversion_within_horizon":0.95,"unconverted":[{"measure":"won_value","currency":"USD","amount":"100.00"}]}}
    "#]]
    .assert_eq(&(text.replace("},{", "},\n{").replace(",\"events", ",\n\"events").replace(",\"kpis", ",\n\"kpis").replace(",\"data_state", ",\n\"data_state") + "\n"));
}

#[test]
fn money_keeps_every_digit() {
    let value = |micros| {
        let rows = vec![row(Kpi::WonValue, "30d", 30, &group(None, None), Ok(Number::Money(Micros(micros))))];
        let text = json(&evaluation(rows), &EventCounts::default()).to_string();
        text.split_once("\"value\":").and_then(|(_, rest)| rest.split_once(',')).map(|(value, _)| value.to_owned()).unwrap()
    };
    assert_eq!(value(0), "0.0");
    assert_eq!(value(-1), "-0.000001");
    assert_eq!(value(1_234_500_000), "1234.5");
    assert_eq!(value(10_000_000), "10.0");
    assert_eq!(value(99_999_999_999_999_999_999), "99999999999999.999999");
}

#[test]
fn it_is_json_and_becomes_a_value() {
    let shown = common::rich();
    let value = serde_json::to_value(json(&shown.evaluation, &shown.events)).unwrap();
    assert_eq!(value["kpis"].as_array().unwrap().len(), shown.evaluation.rows.len());
    assert_eq!(value["events"]["rejected"].as_object().unwrap().len(), 11);
    assert!(value["kpis"].as_array().unwrap().iter().all(|row| row["value"].is_null() != row["reason"].is_null()));
}
