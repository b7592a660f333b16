//! Bugs planted on purpose, one after the other: the simulation must find each, by a clean fold, by the naive reference or otherwise.
//!
//! `cargo run -p xtask -- planted` makes the tree that has the patches of tests/planted, and runs this test there. With `KPISTREAM_BLESS=1`
//! before it the table of docs/reliability.md is written.

#![cfg(planted)]

use std::{
    fmt::{Debug, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use e2e::{
    Product, one_stamp, repetitions, replayed, scenario,
    world::{self, Bug},
};
use model::planted::plant;
use testkit::{compare, reference, streams::Case};

/// Seeds after which a bug counts as not found.
const SEEDS: u64 = 4000;
/// Seeds that are tried before the scenarios are.
const BEFORE_SCENARIOS: u64 = 20;
/// Where the table stands.
const BEGIN: &str = "<!-- planted bugs: begin -->\n";
const END: &str = "<!-- planted bugs: end -->\n";

/// How a bug was found, and after how many seeds. What the first seeds do not find the scenarios may.
fn found(bug: Option<Bug>, seeds: u64) -> Option<(String, u64)> {
    (0..seeds).find_map(|seed| {
        let found = |by: &str| Some((by.to_owned(), seed + 1));
        if seed == BEFORE_SCENARIOS && bug.is_none() {
            let failing =
                catch_unwind(|| scenario::all().iter().find(|scenario| !scenario.run().failures.is_empty()).map(|one| one.name().to_owned()));
            match failing {
                Ok(None) => {}
                Ok(Some(name)) => return found(&format!("the scenario {}", name.trim_start_matches("tests/scenarios/").trim_end_matches(".txt"))),
                Err(_) => return found("a scenario"),
            }
        }
        match catch_unwind(AssertUnwindSafe(|| world::run(seed, bug).and_then(|_| if bug.is_none() { is_the_reference(seed) } else { Ok(()) }))) {
            Ok(Ok(())) => None,
            Ok(Err(wrong)) => found(kind(&wrong)),
            Err(_) => found("an invariant of the fold"),
        }
    })
}

/// The properties of the other tests: a fold without any fault gives the rows of the naive reference, the order of messages decides nothing, and
/// what is replayed counts once.
fn is_the_reference(seed: u64) -> Result<(), String> {
    let case = Case::generate(seed);
    let mut product = Product::new(&case.options);
    product.fold_inputs(&[&case.input()]);
    let differences = compare(&product.report(&case.options), &reference::report(&[&case.input()], &case.options));
    if !differences.is_empty() {
        return Err("the property does not hold".to_owned());
    }
    let repeated = repetitions::differences(seed);
    if !repeated.is_empty() {
        return Err(format!("repetitions: {}", repeated.join("; ")));
    }
    replayed::differences(seed).into_iter().next().map_or(Ok(()), Err)?;
    one_stamp::permuted(seed)
}

/// Which check it was, by what it says.
fn kind(wrong: &str) -> &'static str {
    const KINDS: [(&str, &str); 12] = [
        ("the order decides", "permutations of one stamp (properties)"),
        ("the property does not hold", "the naive reference (properties)"),
        ("repetitions:", "the naive reference (repetitions)"),
        ("replayed, they are", "batches that are replayed (properties)"),
        ("does not show what a clean fold does", "what is shown at one instant"),
        ("not what a clean fold is", "the clean fold of the log"),
        ("below the floor", "the floor of what is kept"),
        ("not what the reference is", "the naive reference (simulation)"),
        ("makes no state", "the seals and references of a restored state"),
        ("its manifest at", "the manifest's offsets against the state's"),
        ("was said to be stored", "the search for what was said to be stored"),
        ("a dead letter is lost", "the letters of all refused records"),
    ];
    KINDS.into_iter().find(|(words, _)| wrong.contains(words)).map_or("another check", |(_, check)| check)
}

/// The bugs of tests/planted: by the name of its patch, and the crate that it is in.
fn patches() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../planted");
    let files = std::fs::read_dir(&folder).unwrap_or_else(|wrong| panic!("{}: {wrong}", folder.display()));
    let mut bugs: Vec<(String, String)> = files
        .filter_map(|file| {
            let path = file.ok()?.path();
            let name = path.file_name()?.to_str()?.strip_suffix(".patch")?.to_owned();
            let text = std::fs::read_to_string(&path).ok()?;
            let place = text.lines().find_map(|line| line.strip_prefix("+++ b/crates/")?.split('/').next()).map(str::to_owned)?;
            Some((name, place))
        })
        .collect();
    bugs.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    bugs
}

/// A name in words: what is written in one word with capitals.
fn words(name: impl Debug) -> String {
    let mut words = String::new();
    for letter in format!("{name:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[test]
fn every_planted_bug_is_found() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut table = String::from("| planted bug | where | found by | after seeds |\n|---|---|---|--:|\n");
    let mut missed = Vec::new();
    let mut row = |name: String, place: &str, found: Option<(String, u64)>| match found {
        Some((by, seeds)) => _ = writeln!(table, "| {name} | {place} | {by} | {seeds} |"),
        None => missed.push(name),
    };
    let only = std::env::var("KPISTREAM_BUG").ok();
    for bug in Bug::ALL.into_iter().filter(|_| only.is_none()) {
        row(words(bug), "wiring or store", found(Some(bug), SEEDS));
    }
    for (bug, place) in patches().into_iter().filter(|(bug, _)| only.as_ref().is_none_or(|only| only == bug)) {
        plant(&bug);
        row(bug.replace('-', " "), &place, found(None, SEEDS));
    }
    plant("none");
    let clean = found(None, 100);
    let _ = std::panic::take_hook();
    println!("{table}");
    assert!(missed.is_empty(), "not found in {SEEDS} seeds: {}", missed.join(", "));
    assert_eq!(clean, None, "without a planted bug nothing is found");
    match only {
        None => document(&table),
        Some(only) => assert!(table.lines().count() > 2, "there is no patch of the name {only}"),
    }
}

/// The document's table is of the same bugs; how many seeds each takes may have changed since. It is written where that is asked for.
fn document(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reliability.md");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|wrong| panic!("docs/reliability.md: {wrong}"));
    let (before, rest) = text.split_once(BEGIN).unwrap_or_else(|| panic!("docs/reliability.md has no line {BEGIN}"));
    let (held, after) = rest.split_once(END).unwrap_or_else(|| panic!("docs/reliability.md has no line {END}"));
    if std::env::var_os("KPISTREAM_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap_or_else(|wrong| panic!("docs/reliability.md: {wrong}"));
    } else {
        let bugs = |table: &str| table.lines().filter_map(|line| line.split('|').nth(1).map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(bugs(held), bugs(table), "docs/reliability.md has a table of other bugs: run this test with KPISTREAM_BLESS=1");
    }
}
