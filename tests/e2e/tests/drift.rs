//! Drift, held against naive code of its own over companies that are restated: every baseline, score, alarm and what moved it. And that an
//! evaluation that follows finds what one from the beginning does.
//!
//! `KPISTREAM_CASES=2000 cargo test -p e2e --release --test drift` tries more; `KPISTREAM_SEED=7` begins elsewhere.

use std::{collections::BTreeMap, sync::Arc};

use drift::Evaluator;
use e2e::{Product, drift_asked, drift_json};
use model::Millis;
use panes::Panes;
use serde_json::Value;
use testkit::{
    reference,
    streams::{Company, Rng},
};

const CASES: u64 = 60;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// The first place where two answers differ.
fn difference(got: &Value, want: &Value, at: &str) -> Option<String> {
    match (got, want) {
        (Value::Object(one), Value::Object(two)) => {
            let keys = one.keys().chain(two.keys());
            keys.into_iter()
                .find_map(|key| difference(one.get(key).unwrap_or(&Value::Null), two.get(key).unwrap_or(&Value::Null), &format!("{at}.{key}")))
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => {
            (0..).zip(one.iter().zip(two)).find_map(|(n, (one, two)): (usize, _)| difference(one, two, &format!("{at}[{n}]")))
        }
        (Value::Number(one), Value::Number(two)) => {
            let (one, two) = (one.as_f64().unwrap_or(f64::NAN), two.as_f64().unwrap_or(f64::NAN));
            ((one - two).abs() > 1e-7 * (1.0 + two.abs())).then(|| format!("{at}: {one}, the reference says {two}"))
        }
        _ => (got != want).then(|| format!("{at}: {got}, the reference says {want}")),
    }
}

/// KPI F14: over all channels mix and rate are the gap.
fn adds_up(told: &Value) -> Result<(), String> {
    let number = |value: &Value, key: &str| value[key].as_f64();
    for alarm in told["series"].as_array().into_iter().flatten().flat_map(|series| series["alarms"].as_array()).flatten() {
        let Some(moved) = alarm["moved"].as_array().filter(|moved| !moved.is_empty()) else { continue };
        let parts: Option<Vec<f64>> = moved.iter().map(|one| Some(number(one, "mix")? + number(one, "rate")?)).collect();
        let gap = number(alarm, "observed").unwrap_or(f64::NAN) - number(alarm, "expected").unwrap_or(f64::NAN);
        if let Some(sum) = parts.map(|parts| parts.iter().sum::<f64>()).filter(|sum| (sum - gap).abs() > 1e-6) {
            return Err(format!("what moved adds up to {sum}, the gap is {gap}: {alarm}"));
        }
    }
    Ok(())
}

fn lines(company: &Company) -> Vec<u8> {
    company.lines.join("\n").into_bytes()
}

/// KPI F1, F2, F3, F4, F5, F6, F8: whatever the order of the events.
#[test]
fn drift_is_what_naive_code_says() {
    let first = from_environment("KPISTREAM_SEED", 0);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for seed in first..first + from_environment("KPISTREAM_CASES", CASES) {
        let company = Company::generate(seed);
        let input = lines(&company);
        let want = reference::drift(&[&input], &company.options, &company.watched);
        let mut product = Product::new(&company.options);
        product.fold_inputs(&[&input]);
        let got = product.drift(&company.options, &company.watched);
        if let Some(difference) = difference(&got, &want, "") {
            panic!("seed {seed}: {difference}\n{:#?}", company.watched);
        }
        adds_up(&got).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        for series in got["series"].as_array().into_iter().flatten() {
            *seen.entry(series["reason"].as_str().unwrap_or("scored").to_owned()).or_default() += 1;
            *seen.entry("alarms".to_owned()).or_default() += series["alarms"].as_array().map_or(0, Vec::len);
        }
    }
    // The streams are of some use only if they go everywhere.
    let everywhere =
        ["scored", "alarms", "no_baseline", "baseline_not_mature", "missing_rate", "baseline_too_small", "baseline_too_early", "not_begun"];
    let missing: Vec<&&str> = everywhere.iter().filter(|kind| seen.get(**kind).is_none_or(|n| *n == 0)).collect();
    assert!(missing.is_empty() || first > 0, "no series is {missing:?}: {seen:?}");
}

/// KPI F1: restatements, days that pass and floors that rise, followed step by step.
#[test]
fn drift_that_follows_is_drift_from_the_beginning() {
    let first = from_environment("KPISTREAM_SEED", 0);
    for seed in first..first + from_environment("KPISTREAM_CASES", CASES) / 3 {
        let mut company = Company::generate(seed);
        company.watched.asked = None;
        let (mut chance, mut product) = (Rng::new(seed), Product::new(&company.options));
        let (_, kpis) = product.shown();
        let (question, mut config) = drift_asked(&company.options, &company.watched, kpis.zone());
        if seed % 4 == 0 {
            config.threshold = None;
        }
        let (config, mut evaluator) = (Arc::new(config), Evaluator::default());
        let mut as_of = Millis(question.as_of.0 - 40 * 86_400_000);
        let mut read = 0;
        while read < company.lines.len() {
            let until = (read + 1 + chance.below(company.lines.len() / 8 + 2)).min(company.lines.len());
            for (offset, line) in company.lines.iter().enumerate().take(until).skip(read) {
                product.fold(0, offset as i64, line.as_bytes());
            }
            read = until;
            as_of = Millis(as_of.0 + chance.pick(&[50, 1000, 86_400_000, 5 * 86_400_000]));
            if chance.percent(10) {
                product.settle(as_of);
            }
            let (folds, _) = product.shown();
            let folds: Vec<&Panes> = folds.iter().map(|fold| &**fold).collect();
            let followed = evaluator.evaluate(&folds, as_of, &config, &kpis);
            let anew = drift::evaluate(&folds, &drift::Question::at(as_of), &config, &kpis);
            assert_eq!(followed, anew, "seed {seed}, after {read} lines");
            let again = evaluator.evaluate(&folds, as_of, &config, &kpis);
            assert!(Arc::ptr_eq(&again.series, &followed.series), "seed {seed}: nothing has moved");
        }
        let input = lines(&company);
        let last = drift_json(&drift::evaluate(&product.shown().0.iter().map(|fold| &**fold).collect::<Vec<_>>(), &question, &config, &kpis));
        let want = reference::drift(&[&input], &company.options, &company.watched);
        if config.threshold.is_some() {
            assert_eq!(difference(&last, &want, ""), None, "seed {seed}");
        }
    }
}
