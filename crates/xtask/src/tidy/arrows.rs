//! Which crate may use which of ours. A new arrow is the rarest change: it is argued for, then added here and in ARCHITECTURE.md.

use toml::{Table, Value};

use super::{PURE, Problem};
use crate::tree::File;

/// Every crate of ours with those it may use.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("pieces", &["model"]),
    ("panes", &["model", "pieces"]),
    ("ledger", &["model", "pieces", "panes"]),
    ("funnel", &["model", "pieces", "panes", "ledger"]),
    ("spend", &["model", "pieces", "panes", "ledger"]),
    ("social", &["model", "pieces", "panes", "ledger"]),
    ("web", &["model", "panes"]),
    ("engine", &["model", "pieces", "panes", "ledger", "funnel", "spend", "social", "web"]),
    ("kpis", &["model", "panes"]),
    ("drift", &["model", "panes", "kpis"]),
    ("wire", &["model"]),
    ("import", &["model", "wire"]),
    ("source", &["model"]),
    ("kafka", &["model", "source"]),
    ("snapshots", &[]),
    ("exporter", &["model", "panes", "kpis", "drift"]),
    ("explain", &["model", "panes", "ledger", "funnel", "spend", "social", "engine", "kpis", "exporter"]),
    ("pipeline", &["model", "pieces", "panes", "engine", "kpis", "drift", "wire", "snapshots", "exporter", "explain", "source"]),
    ("publisher", &["model", "wire", "kafka"]),
    ("simulator", &["model"]),
    (
        "kpistream",
        &[
            "model",
            "pieces",
            "panes",
            "ledger",
            "funnel",
            "spend",
            "social",
            "web",
            "engine",
            "kpis",
            "drift",
            "wire",
            "import",
            "source",
            "kafka",
            "pipeline",
            "explain",
            "exporter",
            "publisher",
            "simulator",
            "snapshots",
            "reference",
            "verify",
        ],
    ),
    // The reference shares no code with what it is held against.
    ("reference", &[]),
    ("verify", &["model", "panes", "ledger", "funnel", "spend", "social", "engine", "reference"]),
    ("testkit", &["reference"]),
    ("xtask", &[]),
];

/// What tests may use beside that. Nothing uses the binary but through its command line.
const IN_TESTS: &[&str] = &["testkit", "simulator", "wire", "kafka"];

/// Others' crates that a pure one may not bring in: clocks, chance, threads, sockets, brokers.
const IMPURE: &[&str] = &["tokio", "rand", "getrandom", "fastrand", "rdkafka", "axum", "hyper", "reqwest", "chrono", "time", "rayon", "figment"];

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    files.iter().filter(|file| file.path.ends_with("/Cargo.toml")).flat_map(manifest).collect()
}

fn manifest(file: &File) -> Vec<Problem> {
    // Crates outside crates/ (end to end tests, benches) stand above all the others.
    let Some(name) = file.of_crate() else { return Vec::new() };
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        return vec![Problem::new(
            file,
            0,
            "a crate without a place in the map: give it one in crates/xtask/src/tidy/arrows.rs and in ARCHITECTURE.md",
        )];
    };
    let table = match file.text.parse::<Table>() {
        Ok(table) => table,
        Err(wrong) => return vec![Problem::new(file, 0, format!("not TOML: {}", wrong.message()))],
    };
    let mut problems = Vec::new();
    if table.get("lints").and_then(|lints| lints.get("workspace")).is_none() && table.get("lints").is_none() {
        problems.push(Problem::new(file, 0, "no lints: add `[lints]` with `workspace = true`"));
    }
    for (used, in_tests) in dependencies(&table) {
        let ours = ALLOWED.iter().any(|(known, _)| *known == used);
        let line = file.lines().find(|(_, line)| is_key(line, &used)).map_or(0, |(n, _)| n);
        if ours && !allowed.contains(&used.as_str()) && !(in_tests && IN_TESTS.contains(&used.as_str())) {
            let may = if allowed.is_empty() { "none of ours".to_owned() } else { allowed.join(", ") };
            problems.push(Problem::new(file, line, format!("{name} may not use {used} (it may use {may}): move the code to where the arrows point")));
        } else if !in_tests && PURE.contains(&name) && IMPURE.contains(&used.as_str()) {
            problems.push(Problem::new(file, line, format!("{name} is pure and may not use {used}: take what it would give as an argument")));
        }
    }
    problems
}

/// Whether a line is about a key: `key = ..`, `key.workspace = ..`, `[dependencies.key]`.
fn is_key(line: &str, key: &str) -> bool {
    let named = line.trim_start().strip_prefix(key).is_some_and(|after| after.starts_with([' ', '.', '=']));
    named || line.trim_end().ends_with(&format!(".{key}]"))
}

/// The names of what a manifest uses, and whether for tests only.
fn dependencies(table: &Table) -> Vec<(String, bool)> {
    let targets = table.get("target").and_then(Value::as_table).into_iter().flat_map(|targets| targets.values()).filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in std::iter::once(table).chain(targets) {
        for (section, in_tests) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)] {
            let names = table.get(section).and_then(Value::as_table).into_iter().flatten().map(|(name, _)| (name.clone(), in_tests));
            found.extend(names);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&[File::new(path, text)]).iter().map(|p| format!("{p}")).collect()
    }

    #[test]
    fn arrows_point_one_way() {
        let text = "[lints]\nworkspace = true\n[dependencies]\nmodel.workspace = true\nkpis = { path = \"../kpis\" }\n[dev-dependencies.testkit]\nworkspace = true\n";
        let one = "crates/panes/Cargo.toml:5: panes may not use kpis (it may use model, pieces): move the code to where the arrows point";
        assert_eq!(found("crates/panes/Cargo.toml", text), [one]);
        assert_eq!(found("crates/kpistream/Cargo.toml", text), [""; 0]);
    }

    #[test]
    fn pure_crates_stay_so() {
        let text = "[lints]\nworkspace = true\n[target.'cfg(unix)'.dependencies]\ntokio = \"1\"\n";
        assert!(found("crates/spend/Cargo.toml", text)[0].contains("spend is pure"));
        assert_eq!(found("crates/kafka/Cargo.toml", text), [""; 0]);
    }

    #[test]
    fn every_crate_has_a_place_and_lints() {
        assert!(found("crates/misc/Cargo.toml", "")[0].contains("without a place"));
        assert!(found("crates/web/Cargo.toml", "")[0].contains("no lints"));
        assert_eq!(found("tests/e2e/Cargo.toml", ""), [""; 0]);
    }
}
