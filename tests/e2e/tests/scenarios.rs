//! The scenarios of `tests/scenarios`, each against the product and against the naive reference.

use std::collections::BTreeSet;

use e2e::scenario::{KPIS, Scenario, all};

const WINDOWS: [&str; 21] = [
    "1h",
    "24h",
    "today",
    "yesterday",
    "7d",
    "30d",
    "90d",
    "previous_7d",
    "previous_30d",
    "this_week",
    "this_month",
    "this_quarter",
    "this_year",
    "last_week",
    "last_month",
    "last_quarter",
    "last_year",
    "last_month_to_date",
    "last_quarter_to_date",
    "last_year_to_date",
    "all",
];

#[test]
fn every_scenario_holds() {
    let scenarios = all();
    let outcomes: Vec<_> = scenarios.iter().map(Scenario::run).collect();
    let expectations: usize = outcomes.iter().map(|outcome| outcome.expectations).sum();
    let failures: Vec<&str> = outcomes.iter().flat_map(|outcome| &outcome.failures).map(String::as_str).collect();
    println!("{} scenarios, {expectations} expectations", scenarios.len());
    assert!(failures.is_empty(), "{} of {expectations} expectations do not hold:\n{}", failures.len(), failures.join("\n"));
}

/// The other half of trust in a runner: that it can fail, and says where.
#[test]
fn a_wrong_expectation_is_told_with_its_line() {
    let text = "lead L1 2026-03-02\ncounts accepted=2\nat 2026-03-02\n  today leads = 2, sample 1\n  today leads channel=email absent\n";
    let outcome = Scenario::parse("x.txt", text).expect("a scenario").run();
    assert_eq!(
        outcome.failures,
        ["x.txt:2: expected accepted=2, came accepted=1", "x.txt:4: expected today leads = 2, sample 1, came = 1 (1 / -), sample 1, interval -",]
    );
}

#[test]
fn no_kpi_window_or_reason_is_forgotten() {
    let mentioned: BTreeSet<String> = all().iter().flat_map(|scenario| scenario.mentions().collect::<Vec<_>>()).collect();
    let kpis = KPIS.iter().map(|kpi| kpi.variant().map_or_else(|| kpi.name().to_owned(), |variant| format!("{}/{variant}", kpi.name())));
    let windows = WINDOWS.iter().map(|name| (*name).to_owned());
    // A report keeps everything, and a file has neither schemas, topics nor null values.
    let reasons = kpis::Undefined::ALL.iter().map(|reason| reason.code()).filter(|code| *code != "not_kept");
    let refusals = model::Reason::ALL
        .iter()
        .map(|reason| reason.code())
        .filter(|code| !["unknown_schema", "wrong_type", "null_value", "too_large"].contains(code));
    let all = kpis.chain(windows).chain(reasons.map(str::to_owned)).chain(refusals.map(str::to_owned));
    let forgotten: Vec<String> = all.filter(|name| !mentioned.contains(name)).collect();
    assert!(forgotten.is_empty(), "no scenario speaks of {}", forgotten.join(", "));
}
