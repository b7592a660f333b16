//! Two reports against each other, row by row.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What tells rows apart.
const KEY: [&str; 6] = ["kpi", "variant", "window", "channel", "campaign", "segment"];
/// What rows must agree on.
const FIELDS: [&str; 13] = [
    "value",
    "reason",
    "numerator",
    "denominator",
    "sample_size",
    "lower",
    "upper",
    "window_start",
    "window_end",
    "target",
    "attainment",
    "pace",
    "projected",
];
/// What tells effects apart.
const EFFECT_KEY: [&str; 5] = ["kpi", "variant", "window", "before", "channel"];
/// How far floats may be apart; counts are exact, sums of money exact to a millionth.
const RELATIVE: f64 = 1e-9;
/// What a quotient that is nothing may be off by: the last bit of what it was taken from.
const NOTHING: f64 = 1e-15;
const MILLIONTH: f64 = 1.000_001e-6;

/// One line for each difference between a report and the expected one; none where they agree.
pub fn compare(got: &Value, want: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for field in ["as_of", "time_zone", "currency", "spend_complete_through", "events"] {
        if got[field] != want[field] {
            found.push(format!("{field}: {}, expected {}", got[field], want[field]));
        }
    }
    for field in ["deals_without_amount", "wins_without_cycle", "conversion_within_horizon"] {
        let (a, b) = (&got["data_state"][field], &want["data_state"][field]);
        if !near(a, b, 0.0) {
            found.push(format!("data_state.{field}: {a}, expected {b}"));
        }
    }
    let (a, b) = (unconverted(got), unconverted(want));
    if a != b {
        found.push(format!("data_state.unconverted: {a:?}, expected {b:?}"));
    }
    found.extend(compare_rows(got, want));
    found.extend(compare_effects(got, want));
    found
}

/// Effects are differences, so they are held against the size of what they are taken from, which the expected ones tell.
fn compare_effects(got: &Value, want: &Value) -> Vec<String> {
    let all = |report: &Value| -> BTreeMap<Vec<String>, Value> {
        let effects = report["effects"].as_array().map(Vec::as_slice).unwrap_or_default();
        effects.iter().map(|effect| (EFFECT_KEY.map(|field| effect[field].to_string()).to_vec(), effect.clone())).collect()
    };
    let (got, want) = (all(got), all(want));
    let mut found = Vec::new();
    for (key, effect) in &want {
        let scale = effect["scale"].as_f64().unwrap_or(0.0);
        let other = got.get(key).unwrap_or(&Value::Null);
        let same = |field: &str| near(&other[field], &effect[field], RELATIVE * scale);
        if !other.is_object() || !same("mix_effect") || !same("rate_effect") {
            found.push(format!("effect {}: {other}, expected {effect}", key.join(" ")));
        }
    }
    found.extend(
        got.iter()
            .filter(|(key, _)| !want.contains_key(*key))
            .map(|(key, effect)| format!("effect {}: should not be there: {effect}", key.join(" "))),
    );
    found
}

/// The same without what depends on the order of lines: which of them were duplicates, which stale.
pub fn compare_regardless_of_order(got: &Value, want: &Value) -> Vec<String> {
    let read = |report: &Value| ["accepted", "duplicate", "stale"].iter().filter_map(|name| report["events"][name].as_u64()).sum::<u64>();
    let without = |report: &Value| {
        let mut report = report.clone();
        report["events"] = Value::Null;
        report
    };
    let mut found = compare(&without(got), &without(want));
    if read(got) < read(want) {
        found.push(format!("events: {} were readable, expected {} at least", read(got), read(want)));
    }
    found
}

fn compare_rows(got: &Value, want: &Value) -> Vec<String> {
    let (got, mut found) = rows(got);
    let (want, _) = rows(want);
    for (key, row) in &want {
        match got.get(key) {
            None => found.push(format!("{}: missing: {}", name(row), short(row))),
            Some(other) => found.extend(compare_row(other, row)),
        }
    }
    found
        .extend(got.iter().filter(|(key, _)| !want.contains_key(*key)).map(|(_, row)| format!("{}: should not be there: {}", name(row), short(row))));
    found
}

fn compare_row(got: &Value, want: &Value) -> Option<String> {
    let wrong: Vec<&str> = FIELDS.into_iter().filter(|field| !same(want, field, &got[*field])).collect();
    (!wrong.is_empty()).then(|| format!("{}: {}\n    got      {}\n    expected {}", name(want), wrong.join(", "), short(got), short(want)))
}

fn same(want: &Value, field: &str, got: &Value) -> bool {
    // Parts, and the sums that are their own part, are exact to a millionth of money; all else is a quotient.
    let is_part = matches!(field, "numerator" | "denominator") || field == "value" && want["denominator"].is_null();
    near(got, &want[field], if is_part { MILLIONTH } else { NOTHING })
}

fn near(a: &Value, b: &Value, absolute: f64) -> bool {
    match (a.as_f64(), b.as_f64()) {
        _ if a.is_i64() && b.is_i64() => a == b,
        // A sum beyond 10^9 has no millionths left in a float.
        (Some(x), Some(y)) => (x - y).abs() <= absolute.max(tolerance(absolute) * x.abs().max(y.abs())),
        _ => a == b,
    }
}

fn tolerance(absolute: f64) -> f64 {
    if absolute > NOTHING { 4.0 * f64::EPSILON } else { RELATIVE }
}

/// Rows by what tells them apart, and a complaint for each that is there twice.
fn rows(report: &Value) -> (BTreeMap<Vec<String>, &Value>, Vec<String>) {
    let (mut rows, mut twice) = (BTreeMap::new(), Vec::new());
    for row in report["kpis"].as_array().map(Vec::as_slice).unwrap_or_default() {
        if rows.insert(KEY.map(|field| row[field].to_string()).to_vec(), row).is_some() {
            twice.push(format!("{}: there more than once", name(row)));
        }
    }
    (rows, twice)
}

fn name(row: &Value) -> String {
    KEY.iter().filter_map(|field| row[*field].as_str()).collect::<Vec<_>>().join(" ")
}

fn short(row: &Value) -> String {
    let shown = |field: &&str| (!row[*field].is_null()).then(|| format!("{field}={}", row[*field]));
    FIELDS.iter().filter_map(shown).collect::<Vec<_>>().join(" ")
}

/// Amounts without a rate, in millionths, by measure and currency; zeros say nothing.
fn unconverted(report: &Value) -> BTreeMap<(String, String), i64> {
    let entries = report["data_state"]["unconverted"].as_array().map(Vec::as_slice).unwrap_or_default();
    let amount = |entry: &Map<String, Value>| (entry["amount"].as_str()?.parse::<f64>().ok()? * 1e6).round().to_string().parse().ok();
    let of = |entry: &Value| {
        let entry = entry.as_object()?;
        Some(((entry["measure"].to_string(), entry["currency"].to_string()), amount(entry)?))
    };
    entries.iter().filter_map(of).filter(|(_, amount)| *amount != 0).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(value: Value, numerator: Value) -> Value {
        json!({ "kpis": [{ "kpi": "cac", "window": "7d", "value": value, "numerator": numerator, "denominator": 3 }], "data_state": { "unconverted": [] } })
    }

    #[test]
    fn floats_may_differ_by_a_hair_and_counts_not_at_all() {
        let want = report(json!(33.333333333333336), json!(100.0));
        assert_eq!(compare(&report(json!(33.33333333333333), json!(100.000001)), &want), Vec::<String>::new());
        assert_eq!(compare(&report(json!(33.3333334), json!(100.0)), &want).len(), 1);
        assert_eq!(compare(&report(json!(33.333333333333336), json!(100.000002)), &want).len(), 1);
        assert_eq!(compare(&report(Value::Null, json!(100)), &want).len(), 1);
        assert_eq!(compare(&json!({}), &want), ["cac 7d: missing: value=33.333333333333336 numerator=100.0 denominator=3"]);
    }
}
