//! The streams are hard enough, and the reference answers them whatever the order of their lines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use testkit::{compare_regardless_of_order, reference, streams::Case};

fn report(case: &Case) -> Value {
    reference::report(&[&case.input()], &case.options)
}

#[test]
fn order_and_repetition_do_not_matter() {
    for seed in 0..400 {
        let case = Case::generate(seed);
        let (want, shuffled) = (report(&case), case.shuffled(seed));
        let found = compare_regardless_of_order(&report(&shuffled), &want);
        assert!(found.is_empty(), "{}\n{shuffled}", found.join("\n"));
    }
}

#[test]
fn the_same_seed_is_the_same_case() {
    assert_eq!(Case::generate(11), Case::generate(11));
    assert_ne!(Case::generate(11).lines, Case::generate(12).lines);
}

#[test]
fn a_file_split_in_two_is_the_same_stream() {
    for seed in 0..40 {
        let case = Case::generate(seed);
        let (front, back) = case.lines.split_at(case.lines.len() / 2);
        let (front, back) = (front.join("\n"), back.join("\n"));
        assert_eq!(reference::report(&[front.as_bytes(), back.as_bytes()], &case.options), report(&case));
    }
}

/// Every KPI is met with a value and with every reason it can have, every outcome of a line with the reasons files know.
#[test]
fn every_rule_is_met() {
    let mut met: BTreeMap<String, u64> = BTreeMap::new();
    let mut note = |what: String| *met.entry(what).or_default() += 1;
    for seed in 0..3000 {
        let report = report(&Case::generate(seed));
        for row in report["kpis"].as_array().into_iter().flatten() {
            let outcome = row["reason"].as_str().unwrap_or("a value");
            note(format!("{} {}: {outcome}", row["kpi"].as_str().unwrap_or_default(), row["variant"].as_str().unwrap_or("-")));
        }
        for (reason, count) in
            report["events"]["rejected"].as_object().into_iter().flatten().chain(report["events"].as_object().into_iter().flatten())
        {
            if count.as_u64().is_some_and(|count| count > 0) {
                note(format!("line: {reason}"));
            }
        }
        for field in ["deals_without_amount", "wins_without_cycle", "conversion_within_horizon"] {
            if report["data_state"][field].as_f64().is_some_and(|n| n > 0.0) {
                note(format!("state: {field}"));
            }
        }
        for entry in report["data_state"]["unconverted"].as_array().into_iter().flatten() {
            note(format!("unconverted: {}", entry["measure"].as_str().unwrap_or_default()));
        }
    }
    let rare: Vec<String> = wanted().into_iter().filter(|what| met.get(what).is_none_or(|times| *times < 3)).collect();
    assert!(rare.is_empty(), "seldom or never met: {rare:#?}");
}

fn wanted() -> BTreeSet<String> {
    let mut wanted = BTreeSet::new();
    let ratios = [
        ("lead_conversion cohort", "no_leads"),
        ("lead_conversion cohort_mature", "no_leads"),
        ("lead_conversion period", "no_leads"),
        ("sales_cycle mean", "no_wins"),
        ("sales_cycle p50", "no_wins"),
        ("sales_cycle p90", "no_wins"),
        ("roi period", "no_margin spend_incomplete missing_rate no_spend"),
        ("roi cohort", "no_margin spend_incomplete missing_rate no_spend"),
        ("roi cohort_mature", "no_margin spend_incomplete missing_rate no_spend"),
        ("roas -", "spend_incomplete missing_rate no_spend"),
        ("cac blended", "spend_incomplete missing_rate no_spend no_customers"),
        ("cac paid", "spend_incomplete missing_rate no_spend no_customers"),
        ("cost_per_lead -", "spend_incomplete missing_rate no_spend no_leads"),
        ("unmatched_spend_ratio -", "spend_incomplete missing_rate no_spend"),
        ("web_conversion visitors", "no_visitors"),
        ("web_conversion actions", "no_visitors"),
        ("engagement -", "no_impressions"),
        ("community_conversion lead", "no_audience"),
        ("community_conversion customer", "no_audience"),
        ("community_conversion intent", "no_audience"),
    ];
    for (kpi, reasons) in ratios {
        wanted.extend(["a value", "daily_only"].into_iter().chain(reasons.split(' ')).map(|reason| format!("{kpi}: {reason}")));
    }
    for (kpi, reasons) in [
        ("win_rate", "no_closed_deals"),
        ("average_deal_value", "no_wins missing_rate"),
        ("won_value", "missing_rate"),
        ("open_pipeline_value", "missing_rate"),
        ("spend", "missing_rate daily_only"),
    ] {
        wanted.extend(["a value"].into_iter().chain(reasons.split(' ')).map(|reason| format!("{kpi} -: {reason}")));
    }
    wanted.extend(
        "accepted duplicate stale undecodable missing_field bad_value bad_currency bad_time future_event too_large unknown_type"
            .split(' ')
            .map(|outcome| format!("line: {outcome}")),
    );
    wanted.extend("deals_without_amount wins_without_cycle conversion_within_horizon".split(' ').map(|field| format!("state: {field}")));
    wanted.extend("spend won_value open_pipeline_value".split(' ').map(|measure| format!("unconverted: {measure}")));
    wanted
}
