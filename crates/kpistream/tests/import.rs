//! `import` as its users meet it: an export of an ad platform and one of a CRM, and the KPIs of both.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const SPEND: &str = "Campaign report\n\"March 1, 2026 - March 2, 2026\"\nDay,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks\n2026-03-01,Brand,20500600701,EUR,\"1,000.50\",100,10\n2026-03-02,Brand,20500600701,EUR,499.50,100,10\nTotal: Account, --, --,EUR,\"1,500.00\",200,20\n";
const CONTACTS: &str = "Record ID,First Name,Email,Lifecycle Stage,Create Date,Original Traffic Source,Last Modified Date\n51001,Ann,ann@mail.example,Customer,2026-03-01 10:00,Paid Search,2026-03-05 08:00\n51002,Bob,bob@mail.example,Lead,2026-03-02 10:00,Paid Search,2026-03-05 08:00\n";
const DEALS: &str = "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Currency,Close Date,Create Date,Deal Type,Last Modified Date,Associated Contact IDs\n61001,Ann's,Sales Pipeline,Closed won,18000.0,EUR,2026-03-02 16:00,2026-03-01 12:00,New Business,2026-03-05 08:00,51001\n";

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kpistream")).env_clear().args(words).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn exports() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("spend.csv", SPEND), ("contacts.csv", CONTACTS), ("deals.csv", DEALS)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn exports_are_imported_and_reported_in_two_commands() {
    let folder = exports();
    let output = run(folder.path(), &["import", "spend.csv", "contacts.csv", "deals.csv", "--output", "events.ndjson"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let events = fs::read_to_string(folder.path().join("events.ndjson")).unwrap();
    assert_eq!(events.lines().count(), 5);
    assert!(!events.contains("Ann") && !events.contains("@mail.example"), "no event has a person in it: {events}");
    let checked = run(folder.path(), &["check", "--input", "events.ndjson"]);
    assert!(checked.status.success(), "{}", text(&checked.stdout));
    let report = run(folder.path(), &["report", "--input", "events.ndjson", "--as-of", "2026-03-02", "--window", "all", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let value = |kpi: &str| {
        let rows = report["kpis"].as_array().unwrap().iter();
        rows.filter(|row| row["kpi"] == kpi && row["variant"] != "paid").map(|row| row["value"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let wanted = [("leads", 2.0), ("customers", 1.0), ("won_value", 18_000.0), ("spend", 1_500.0), ("cac", 1_500.0)];
    wanted.iter().for_each(|(kpi, figure)| assert_eq!(value(kpi), [*figure], "{kpi}"));
}

#[test]
fn what_is_open_is_refused_in_a_line_and_nothing_is_written() {
    let folder = exports();
    fs::write(folder.path().join("spend.csv"), SPEND.replace("Currency code", "Status")).unwrap();
    let output = run(folder.path(), &["import", "spend.csv", "--output", "events.ndjson"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!folder.path().join("events.ndjson").exists());
    let said = "kpistream: spend.csv, line 4, column `Cost`: nothing says of which currency `Cost` is: give the account's by --currency CODE, \
                or export with the currency's column\n";
    assert_eq!(text(&output.stderr), said);
}

#[test]
fn a_dry_run_shows_the_first_events_and_writes_nothing() {
    let folder = exports();
    let output = run(folder.path(), &["import", "deals.csv", "--dry-run", "--output", "events.ndjson"]);
    assert!(output.status.success());
    assert_eq!(text(&output.stdout).lines().count(), 1);
    assert!(text(&output.stderr).ends_with("dry run: 1 event would be written, of which the first 1 are shown\n"), "{}", text(&output.stderr));
    assert!(!folder.path().join("events.ndjson").exists());
}
