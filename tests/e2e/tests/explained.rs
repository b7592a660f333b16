//! What `explain` lists adds up to what a report shows: over the scenarios, and on generated streams.
//!
//! `KPISTREAM_CASES=100000 cargo test -p e2e --release --test explained` tries more; `KPISTREAM_SEED=7` begins elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use e2e::{Product, scenario};
use exporter::explain::{ExplainedPart, Explanation};
use kpis::{
    Kpi, Number, Row, Undefined,
    explain::{Question, WindowName},
};
use testkit::{
    reference::Options,
    streams::{Case, shrink},
};

/// Of how many rows by KPI the explanation had something that counts.
type Held = BTreeMap<Kpi, usize>;

/// Of a generated case's rows one in so many is held against its explanation: many cases show more than many rows of one.
const ONE_IN: usize = 16;

/// What of the explanations of a report's rows, in total and by channel, is wrong; of one in so many rows, from the `first` on.
fn differences(input: &[u8], options: &Options, (first, one_in): (usize, usize), held: &mut Held) -> Vec<String> {
    let options = Options { by: vec![vec!["channel".to_owned()]], ..options.clone() };
    let mut product = Product::new(&options);
    product.fold_inputs(&[input]);
    let evaluation = product.evaluation(&options);
    let mut found = Vec::new();
    for row in evaluation.rows.iter().skip(first).step_by(one_in) {
        let channel = row.group.channel.as_deref().map(str::to_owned);
        let window = WindowName::parse(&row.window).unwrap_or_else(|error| panic!("{error}"));
        let question = Question { kpi: row.kpi, window, channel, as_of: evaluation.as_of };
        let explanation = product.explain(&question);
        *held.entry(row.kpi).or_default() += usize::from(explanation.parts.iter().any(|part| part.counted > 0));
        found.extend(wrong(row, &explanation).map(|what| format!("{question:?}: {what}\n{row:?}\n{:#?}", explanation.parts)));
    }
    found
}

fn of_case(case: &Case, held: &mut Held) -> Vec<String> {
    differences(&case.input(), &case.options, (case.seed as usize % ONE_IN, ONE_IN), held)
}

/// What is wrong with an explanation of a row, if anything.
fn wrong(row: &Row, explanation: &Explanation) -> Option<&'static str> {
    if explanation.row.as_ref() != Some(row) {
        return Some("another row");
    }
    if matches!(row.value, Err(Undefined::NotKept | Undefined::DailyOnly)) {
        return (!explanation.parts.is_empty()).then_some("parts of what is not known");
    }
    let parts = &explanation.parts;
    if parts.iter().any(|part| part.sum.is_some_and(|sum| exact(sum) != listed(part))) {
        return Some("a list does not add up to its sum");
    }
    if parts.iter().flat_map(|part| &part.entries).any(|entry| !entry.counts && entry.reason.is_none()) {
        return Some("something is left out without a reason");
    }
    if !parts.iter().all(is_listed_once) {
        return Some("something is listed twice");
    }
    let unlisted = |part: &ExplainedPart| part.part.ends_with("visitors");
    let numerator = parts.iter().filter_map(|part| Some((part.numerator_times?.0, part))).collect::<Vec<_>>();
    let denominator = parts.iter().filter(|part| part.in_denominator).map(|part| (1_000_000, part)).collect::<Vec<_>>();
    if matches!(row.kpi, Kpi::CycleP50 | Kpi::CycleP90) {
        return (row.sample_size != Some(parts[0].counted as i128)).then_some("another sample");
    }
    let is_wrong = |side: &[(i128, &ExplainedPart)], shown| !side.iter().any(|(_, part)| unlisted(part)) && !is_sum(side, shown);
    if is_wrong(&numerator, row.numerator) {
        return Some("the numerator is another");
    }
    is_wrong(&denominator, row.denominator).then_some("the denominator is another")
}

/// Whether the parts, each so many millionths of times, add up to what is shown.
fn is_sum(side: &[(i128, &ExplainedPart)], shown: Option<Number>) -> bool {
    if side.is_empty() || side.iter().any(|(_, part)| part.sum.is_none()) {
        return shown.is_none();
    }
    let is_cycle = side.iter().any(|(_, part)| part.part == "sales cycles");
    let of_wholes = || side.iter().map(|(times, part)| times / 1_000_000 * listed(part)).sum::<i128>();
    // Of what has no room in 128 bits there is no numerator.
    let gain = || side.iter().try_fold(0i128, |sum, (times, part)| sum.checked_add(times.checked_mul(listed(part))?));
    match shown {
        Some(Number::Count(n)) => of_wholes() == n,
        Some(Number::Money(amount)) => of_wholes() == amount.0,
        Some(Number::Real(seconds)) if is_cycle => of_wholes() as f64 / 1000.0 == seconds,
        Some(Number::Real(shown)) => gain().map(|gain| gain as f64 / 1e12) == Some(shown),
        None => gain().is_none(),
    }
}

/// The sum of what is listed. It has room where it is asked for, though not all that is added up on the way need have.
fn listed(part: &ExplainedPart) -> i128 {
    part.entries.iter().filter_map(|entry| entry.adds).map(exact).fold(0, i128::wrapping_add)
}

fn exact(number: Number) -> i128 {
    match number {
        Number::Count(n) => n,
        Number::Money(amount) => amount.0,
        Number::Real(seconds) => (seconds * 1000.0).round() as i128,
    }
}

/// Whether each thing is one entry. What is no entity, and what an account has under several dimensions, is told apart by these too.
fn is_listed_once(part: &ExplainedPart) -> bool {
    let mut seen = BTreeSet::new();
    part.entries.iter().all(|entry| {
        let dims = matches!(entry.entity, "account" | "interactions").then_some((&entry.channel, &entry.campaign, &entry.segment, &entry.booked_on));
        seen.insert((entry.entity, &entry.key, dims))
    })
}

#[test]
fn every_row_of_every_scenario_is_explained() {
    let (mut held, mut failures) = (Held::new(), Vec::new());
    for scenario in scenario::all() {
        for (lines, options) in scenario.reports() {
            failures.extend(differences(lines.as_bytes(), &options, (0, 1), &mut held));
        }
    }
    assert!(failures.is_empty(), "{} explanations are wrong, such as {}", failures.len(), failures[0]);
    assert_is_thick(&held, 3);
}

#[test]
fn what_is_listed_adds_up_to_what_a_report_shows() {
    let from_environment = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")));
    let (first, cases): (u64, u64) = (from_environment("KPISTREAM_SEED", 0), from_environment("KPISTREAM_CASES", 10_000) / 5);
    let all: Mutex<Held> = Mutex::default();
    let try_all = |seeds: std::ops::Range<u64>| {
        let mut held = Held::new();
        for seed in seeds {
            let case = Case::generate(seed);
            if !of_case(&case, &mut held).is_empty() {
                let small = shrink(case, |case| !of_case(case, &mut Held::new()).is_empty());
                panic!("{small}{}", of_case(&small, &mut Held::new()).first().cloned().unwrap_or_default());
            }
        }
        let mut all = all.lock().unwrap_or_else(|error| panic!("{error}"));
        held.into_iter().for_each(|(kpi, n)| *all.entry(kpi).or_default() += n);
    };
    let middle = first + cases / 2;
    std::thread::scope(|scope| {
        scope.spawn(|| try_all(first..middle));
        try_all(middle..first + cases);
    });
    assert_is_thick(&all.into_inner().unwrap_or_else(|error| panic!("{error}")), 10);
}

/// More entities than the streams of the other test have, so that cells of one day and currency have several.
#[test]
fn many_entities_add_up_too() {
    for seed in 0..8 {
        let case = Case::of_size(seed, 300);
        let found = of_case(&case, &mut Held::new());
        assert!(found.is_empty(), "{case}{}", found[0]);
    }
}

fn assert_is_thick(held: &Held, rows: usize) {
    println!("{} explanations with something that counts", held.values().sum::<usize>());
    let thin: Vec<_> = Kpi::ALL.iter().filter(|kpi| held.get(kpi).copied().unwrap_or(0) < rows).collect();
    assert!(thin.is_empty(), "hardly any rows of {thin:?} in {held:?}");
}
