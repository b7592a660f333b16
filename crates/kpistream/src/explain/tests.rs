//! What is listed adds up to what a report shows.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use exporter::explain::{ExplainedPart, Explanation};
use kpis::{By, Kpi, Number, Request, Row, Span, Undefined, explain::Question};
use testkit::{
    reference::Options,
    streams::{Case, shrink},
};

use crate::{
    commands::Folded,
    config::{Layers, Loaded},
};

/// A folder with a case's files; it goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn of(case: &Case) -> Folder {
        let folder = std::env::temp_dir().join(format!("kpistream-explain-{}-{}", std::process::id(), case.seed));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("events.ndjson"), case.input()).unwrap();
        fs::write(folder.join("config.toml"), case.config_toml()).unwrap();
        fs::write(folder.join("rates.csv"), case.options.rates_csv.as_deref().unwrap_or_default()).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Of a case's rows one in so many is held against its explanation: many cases show more than many rows of one.
const ONE_IN: usize = 8;

/// What of a case's explanations does not add up, and how many rows were held against theirs by KPI.
fn differences(case: &Case) -> (Vec<String>, BTreeMap<Kpi, usize>) {
    let folder = Folder::of(case);
    let layers = Layers { file: Some(folder.0.join("config.toml")), environment: Vec::new(), flags: Vec::new() };
    let loaded = Loaded::load(layers).unwrap();
    let request = request(&case.options, &loaded);
    let folded = Folded::read(vec![folder.0.join("events.ndjson")], &loaded, request.as_of, |_, _, _| Ok(())).unwrap();
    let (mut found, mut held) = (Vec::new(), BTreeMap::new());
    let rows = folded.evaluate(&request, &loaded.kpis).rows.into_iter();
    for row in rows.skip(case.seed as usize % ONE_IN).step_by(ONE_IN) {
        let channel = row.group.channel.as_deref().map(str::to_owned);
        let question = Question { kpi: row.kpi, window: row.window.to_string(), channel, as_of: request.as_of };
        let explanation = folded.explain(&question, &loaded, usize::MAX).unwrap();
        *held.entry(row.kpi).or_default() += usize::from(explanation.parts.iter().any(|part| part.counted > 0));
        found.extend(wrong(&row, &explanation).map(|what| format!("{question:?}: {what}\n{row:?}\n{:#?}", explanation.parts)));
    }
    (found, held)
}

fn request(options: &Options, loaded: &Loaded) -> Request {
    let as_of = match model::When::parse(&options.as_of).unwrap() {
        model::When::At(at) => at,
        model::When::On(day) => loaded.settings.zone.last_instant(day),
    };
    let mut spans: Vec<Span> = options.windows.iter().map(|name| Span::parse(name).unwrap()).collect();
    spans.extend(options.periods.iter().map(|name| Span::period(name).unwrap()));
    Request { as_of, spans, by: vec![By { channel: true, ..By::TOTAL }] }
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
    let sum: i128 = side.iter().map(|(times, part)| times * listed(part)).sum();
    let is_cycle = side.iter().any(|(_, part)| part.part == "sales cycles");
    match shown {
        Some(Number::Count(n)) => sum == n * 1_000_000,
        Some(Number::Money(amount)) => sum == amount.0 * 1_000_000,
        Some(Number::Real(seconds)) if is_cycle => (sum / 1_000_000) as f64 / 1000.0 == seconds,
        Some(Number::Real(gain)) => sum as f64 / 1e12 == gain,
        None => false,
    }
}

fn listed(part: &ExplainedPart) -> i128 {
    part.entries.iter().filter_map(|entry| entry.adds).map(exact).sum()
}

fn exact(number: Number) -> i128 {
    match number {
        Number::Count(n) => n,
        Number::Money(amount) => amount.0,
        Number::Real(seconds) => (seconds * 1000.0).round() as i128,
    }
}

#[test]
fn what_is_listed_adds_up_to_what_a_report_shows() {
    let cases = std::env::var("KPISTREAM_CASES").ok().map_or(250, |cases| cases.parse().unwrap());
    let mut held: BTreeMap<Kpi, usize> = BTreeMap::new();
    for seed in 0..cases {
        let case = Case::generate(seed);
        let (found, of_case) = differences(&case);
        if !found.is_empty() {
            let small = shrink(case, |case| !differences(case).0.is_empty());
            panic!("{small}{}", differences(&small).0.first().cloned().unwrap_or_default());
        }
        of_case.into_iter().for_each(|(kpi, n)| *held.entry(kpi).or_default() += n);
    }
    let thin: Vec<_> = Kpi::ALL.iter().filter(|kpi| held.get(kpi).copied().unwrap_or(0) < 10).collect();
    assert!(thin.is_empty(), "hardly any rows of {thin:?} in {held:?}");
}

/// More entities than the streams of the other test have, so that cells of one day and currency have several.
#[test]
fn many_entities_add_up_too() {
    for seed in 0..8 {
        let case = Case::of_size(seed, 300);
        let (found, _) = differences(&case);
        assert!(found.is_empty(), "{case}{}", found[0]);
    }
}
