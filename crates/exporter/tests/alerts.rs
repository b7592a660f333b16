//! Every alert can be acted on and is tested: it says whom it is for, what it means and where to look, has its page in docs/runbooks/, and a
//! test in which it fires and one in which it keeps quiet.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod deployed;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use deployed::{announced, files, names, tool, tree};
use exporter::known_families;

/// An alert as its rule has it.
struct Alert {
    name: String,
    rule: String,
}

impl Alert {
    /// What stands behind a key of its annotations or labels.
    fn value(&self, key: &str) -> Option<&str> {
        let words = self.rule.split(['\n', '{', '}', ',']).map(str::trim);
        words.filter_map(|word| word.strip_prefix(key)?.strip_prefix(": ")).next()
    }
}

fn alerts() -> Vec<Alert> {
    let rules = files("prometheus/rules", "yml");
    let of_file = |(_, text): &(String, String)| {
        let rules = text.split("- alert: ").skip(1);
        rules.map(|rule| Alert { name: rule.lines().next().unwrap().trim().to_owned(), rule: rule.to_owned() }).collect::<Vec<_>>()
    };
    let found: Vec<Alert> = rules.iter().flat_map(of_file).collect();
    let distinct: BTreeSet<&str> = found.iter().map(|alert| alert.name.as_str()).collect();
    assert!(found.len() > 20 && found.len() == distinct.len(), "{} alerts, {} names", found.len(), distinct.len());
    found
}

#[test]
fn every_alert_says_whom_it_is_for_and_where_to_look() {
    let boards: Vec<String> = files("grafana/dashboards", "json").into_iter().map(|(_, text)| text).collect();
    for alert in alerts() {
        let Alert { name, .. } = &alert;
        assert!(alert.value("severity").is_some_and(|s| ["critical", "warning", "info"].contains(&s)), "{name}: severity");
        assert!(alert.value("team").is_some_and(|team| ["marketing", "operations"].contains(&team)), "{name}: team");
        for key in ["for", "summary", "description", "runbook_url", "dashboard_url"] {
            assert!(alert.value(key).is_some(), "{name}: {key} is missing");
        }
        let runbook = alert.value("runbook_url").unwrap();
        assert!(runbook.ends_with(&format!("/docs/runbooks/{name}.md")), "{name}: {runbook}");
        let board = alert.value("dashboard_url").unwrap().rsplit_once("/d/").unwrap().1;
        let uid = board.split(['/', '?']).next().unwrap();
        assert!(boards.iter().any(|text| text.contains(&format!("\"uid\": \"{uid}\""))), "{name}: no board is {uid}");
    }
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let alerts: BTreeSet<String> = alerts().into_iter().map(|alert| alert.name).collect();
    let pages: BTreeMap<String, String> = fs::read_dir(tree("docs/runbooks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap()))
        .collect();
    let index = &pages["README"];
    for name in &alerts {
        let page = pages.get(name).unwrap_or_else(|| panic!("docs/runbooks/{name}.md is missing"));
        assert!(page.starts_with(&format!("# {name}\n")), "{name}: the page's title");
        for part in ["## What it means\n", "## What to look at\n", "## What to do\n", "## How it ends\n"] {
            assert!(page.contains(part), "docs/runbooks/{name}.md has no {part:?}");
        }
        assert!(index.contains(&format!("[{name}]({name}.md)")), "docs/runbooks/README.md does not list {name}");
    }
    let known = |name: &&String| *name == "README" || alerts.contains(*name);
    assert_eq!(pages.keys().find(|name| !known(name)), None, "a runbook of no alert");
}

#[test]
fn runbooks_name_only_series_that_there_are() {
    let (exported, announced) = (known_families(), announced());
    let rules: String = files("prometheus/rules", "yml").into_iter().map(|(_, text)| text).collect();
    for page in fs::read_dir(tree("docs/runbooks")).unwrap().map(|entry| entry.unwrap().path()) {
        let is_known = |name: &String| exported.contains_key(name) || announced.contains(name) || rules.contains(&format!("- record: {name}\n"));
        let unknown: Vec<String> = names(&fs::read_to_string(&page).unwrap()).into_iter().filter(|name| !is_known(name)).collect();
        assert!(unknown.is_empty(), "{}: {unknown:?}", page.display());
    }
}

/// The alerts that tests expect: of each whether one has it fire, and one has it keep quiet.
fn expected() -> BTreeMap<String, (bool, bool)> {
    let mut expected: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for (_, text) in files("prometheus/tests", "yml") {
        for test in text.split("alertname: ").skip(1) {
            let (name, rest) = test.split_once([',', '\n']).unwrap();
            let (fires, quiet) = expected.entry(name.trim().to_owned()).or_default();
            if rest.trim_start().starts_with("exp_alerts: []") { *quiet = true } else { *fires = true }
        }
    }
    expected
}

#[test]
fn every_alert_is_tested_firing_and_quiet() {
    let expected = expected();
    for Alert { name, .. } in alerts() {
        assert_eq!(expected.get(&name), Some(&(true, true)), "{name}: deploy/prometheus/tests needs one that fires and one that is quiet");
    }
    let alerts: BTreeSet<String> = alerts().into_iter().map(|alert| alert.name).collect();
    assert_eq!(expected.keys().find(|name| !alerts.contains(*name)), None, "a test of no alert");
}

#[test]
fn the_alertmanager_takes_its_configuration_and_it_names_only_alerts_that_there_are() {
    tool("alertmanager", "amtool", "prometheus-alertmanager", &["check-config", "alertmanager.yml"]);
    let (_, text) = files("alertmanager", "yml").into_iter().find(|(file, _)| file == "alertmanager.yml").unwrap();
    let alerts: BTreeSet<String> = alerts().into_iter().map(|alert| alert.name).collect();
    let named: BTreeSet<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with("Kpistream")).collect();
    assert!(named.len() > 10);
    assert_eq!(named.into_iter().find(|name| !alerts.contains(*name)), None);
}

#[test]
fn who_is_told_follows_from_team_and_severity() {
    let routes = [
        ("marketing-page", ["team=marketing", "severity=critical"]),
        ("marketing", ["team=marketing", "severity=warning"]),
        ("nobody", ["team=operations", "severity=info"]),
        ("operations-page", ["team=operations", "severity=critical"]),
        ("operations", ["team=operations", "severity=warning"]),
    ];
    for (receiver, labels) in routes {
        let line = ["config", "routes", "test", "--config.file=alertmanager.yml", &format!("--verify.receivers={receiver}"), labels[0], labels[1]];
        tool("alertmanager", "amtool", "prometheus-alertmanager", &line);
    }
}

/// Marketing is paged for what drifts for the worse, and for nothing else.
#[test]
fn only_drift_pages_marketing() {
    let pages = alerts().into_iter().filter(|alert| (alert.value("team"), alert.value("severity")) == (Some("marketing"), Some("critical")));
    assert_eq!(pages.map(|alert| alert.name).collect::<Vec<_>>(), ["KpistreamCacDrift", "KpistreamConversionDrift"]);
}
