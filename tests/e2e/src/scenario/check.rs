//! A scenario against the product and the reference.

use serde_json::Value;
use testkit::{
    compare, compare_regardless_of_order,
    reference::{self, Options},
};

use super::{At, Scenario, Step, expect::Counts};
use crate::Product;

/// What came of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many expectations were looked at.
    pub expectations: usize,
    /// Those that do not hold, as `name:line: what`.
    pub failures: Vec<String>,
}

pub(super) fn run(scenario: &Scenario) -> Outcome {
    let (mut lines, mut outcome) = (Vec::new(), Outcome::default());
    for step in &scenario.steps {
        match step {
            Step::Event(line) => lines.push(line.as_str()),
            Step::Counts(line, wanted) => {
                outcome.expectations += 1;
                let came = counts(&product_report(&lines, scenario));
                if came != *wanted {
                    outcome.fail(scenario, *line, format!("expected {}, came {}", shown(wanted), shown(&came)));
                }
            }
            Step::At(at) => report(scenario, &lines, at, &mut outcome),
        }
    }
    outcome
}

pub(super) fn reports(scenario: &Scenario) -> Vec<(String, Options)> {
    let (mut lines, mut reports) = (String::new(), Vec::new());
    for step in &scenario.steps {
        match step {
            Step::Event(line) => lines.extend([line, "\n"]),
            Step::Counts(..) => {}
            Step::At(at) => reports.push((lines.clone(), asked(scenario, at).0)),
        }
    }
    reports
}

/// What a report is asked so that it can be held against expectations, and which of these ask what there is not.
fn asked(scenario: &Scenario, at: &At) -> (Options, Vec<(usize, String)>) {
    let mut options = Options { as_of: at.as_of.clone(), ..scenario.options.clone() };
    let wrong = at.expectations.iter().filter_map(|(line, _, expectation)| Some((*line, expectation.ask(&mut options).err()?))).collect();
    (options, wrong)
}

fn report(scenario: &Scenario, lines: &[&str], at: &At, outcome: &mut Outcome) {
    let (options, wrong) = asked(scenario, at);
    let scenario = Scenario { options, ..scenario.clone() };
    wrong.into_iter().for_each(|(line, what)| outcome.fail(&scenario, line, what));
    let came = product_report(lines, &scenario);
    for (line, text, expectation) in &at.expectations {
        outcome.expectations += 1;
        if let Err(instead) = expectation.check(&came) {
            outcome.fail(&scenario, *line, format!("expected {text}, came {instead}"));
        }
    }
    let naive = reference::report(&[lines.join("\n").as_bytes()], &scenario.options);
    let backwards: Vec<&str> = lines.iter().rev().copied().collect();
    let differences = [
        ("the naive reference says otherwise", compare(&came, &naive)),
        ("the same lines backwards give otherwise", compare_regardless_of_order(&product_report(&backwards, &scenario), &came)),
    ];
    for (what, found) in differences.into_iter().filter(|(_, found)| !found.is_empty()) {
        outcome.fail(&scenario, at.line, format!("{what}: {}", found.iter().take(3).cloned().collect::<Vec<_>>().join("\n  ")));
    }
}

impl Outcome {
    fn fail(&mut self, scenario: &Scenario, line: usize, what: String) {
        self.failures.push(format!("{}:{line}: {what}", scenario.name));
    }
}

fn product_report(lines: &[&str], scenario: &Scenario) -> Value {
    let mut product = Product::new(&scenario.options);
    product.fold_inputs(&[lines.join("\n").as_bytes()]);
    product.report(&scenario.options)
}

/// The report's counts that are not 0.
fn counts(report: &Value) -> Counts {
    let events = &report["events"];
    let outcomes = ["accepted", "duplicate", "stale"].map(|name| (name.to_owned(), events[name].as_u64()));
    let rejected = events["rejected"].as_object().into_iter().flatten().map(|(reason, n)| (reason.clone(), n.as_u64()));
    outcomes.into_iter().chain(rejected).filter_map(|(name, n)| Some((name, n.filter(|n| *n > 0)?))).collect()
}

fn shown(counts: &Counts) -> String {
    counts.iter().map(|(name, n)| format!("{name}={n}")).collect::<Vec<_>>().join(" ")
}
