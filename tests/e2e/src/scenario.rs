//! Scenarios: plain text files of events and of what a report must say about them; `tests/scenarios/README.md` has the words.

mod ask;
mod check;
mod event;
mod expect;
mod parse;
mod words;

use std::{fs, path::PathBuf};

use testkit::reference::Options;

pub use ask::KPIS;
pub use check::Outcome;

use expect::{Counts, Expectation};

/// A scenario file, read.
#[derive(Clone, Debug)]
pub struct Scenario {
    name: String,
    options: Options,
    steps: Vec<Step>,
}

/// What a scenario does, in the file's order.
#[derive(Clone, Debug)]
enum Step {
    /// An event's line.
    Event(String),
    /// What became of the lines above.
    Counts(usize, Counts),
    /// What a report of the lines above says.
    At(At),
}

/// A report's expectations.
#[derive(Clone, Debug)]
struct At {
    line: usize,
    as_of: String,
    /// Each with its line and text.
    expectations: Vec<(usize, String, Expectation)>,
}

impl Scenario {
    /// Reads a scenario; the error is `name:line: what is wrong`.
    pub fn parse(name: &str, text: &str) -> Result<Scenario, String> {
        parse::scenario(name, text)
    }

    /// The file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Feeds the product and the reference, and holds both against the file and each other.
    pub fn run(&self) -> Outcome {
        check::run(self)
    }

    /// The reports it asks for: the lines before each, and its options.
    pub fn reports(&self) -> Vec<(String, Options)> {
        check::reports(self)
    }

    /// Which KPI (`name` or `name/variant`), window or reason the file speaks of, for a test that none is forgotten.
    pub fn mentions(&self) -> impl Iterator<Item = String> + '_ {
        self.steps.iter().flat_map(|step| match step {
            Step::Event(_) => Vec::new(),
            Step::Counts(_, counts) => counts.keys().cloned().collect(),
            Step::At(at) => at.expectations.iter().flat_map(|(_, _, expectation)| expectation.mentions()).collect(),
        })
    }
}

/// The scenarios of `tests/scenarios`, in the order of their names; ends the test where one cannot be read.
pub fn all() -> Vec<Scenario> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap_or_else(|e| panic!("{e}")).path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let (read, wrong): (Vec<_>, Vec<_>) = files.iter().map(read).partition(Result::is_ok);
    let wrong: Vec<String> = wrong.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    read.into_iter().filter_map(Result::ok).collect()
}

fn read(file: &PathBuf) -> Result<Scenario, String> {
    let name = format!("tests/scenarios/{}", file.file_name().unwrap_or_default().to_string_lossy());
    let text = fs::read_to_string(file).map_err(|e| format!("{name}: {e}"))?;
    Scenario::parse(&name, &text)
}
