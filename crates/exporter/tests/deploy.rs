//! What is deployed agrees with what is exported: rules, alerts and boards name only series that there are.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod deployed;

use std::{collections::BTreeSet, fs, path::Path};

use exporter::{Kind, known_families};
use serde_json::Value;

use deployed::{announced, files, names, promtool};

/// What rules record.
fn recorded() -> BTreeSet<String> {
    let rules = files("prometheus/rules", "yml");
    let records = rules.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.trim().strip_prefix("- record: "));
    records.map(str::to_owned).collect()
}

fn is_known(name: &str, recorded: &BTreeSet<String>) -> bool {
    let families = known_families();
    let of_a_histogram = |ending| name.strip_suffix(ending).and_then(|family| families.get(family)) == Some(&Kind::Histogram);
    recorded.contains(name)
        || families.contains_key(name)
        || announced().contains(name)
        || ["_bucket", "_sum", "_count"].into_iter().any(of_a_histogram)
}

fn strings<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(text) if name == key => found.push(text),
            _ => strings(value, key, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| strings(item, key, found)),
        _ => {}
    }
}

/// The queries of every dashboard, by its file.
fn queries() -> Vec<(String, String)> {
    let of = |(file, text): (String, String)| {
        let board: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{file}: {e}"));
        let mut found = Vec::new();
        strings(&board, "expr", &mut found);
        strings(&board, "definition", &mut found);
        found.into_iter().map(|query| (file.clone(), query.to_owned())).collect::<Vec<_>>()
    };
    files("grafana/dashboards", "json").into_iter().flat_map(of).collect()
}

#[test]
fn promtool_accepts_configuration_rules_and_their_tests() {
    promtool(&["check", "config", "prometheus.yml"]);
    let tests = files("prometheus/tests", "yml");
    assert!(tests.len() > 3);
    std::thread::scope(|scope| tests.iter().for_each(|(file, _)| _ = scope.spawn(move || promtool(&["test", "rules", &format!("tests/{file}")]))));
}

#[test]
fn rules_name_only_series_that_there_are() {
    let recorded = recorded();
    assert!(recorded.len() > 30);
    for (file, text) in files("prometheus/rules", "yml").into_iter().chain(files("prometheus/tests", "yml")) {
        // The names of groups are not those of series.
        let of_groups = |line: &&str| !["- name: ", "group_eval_order: "].iter().any(|start| line.trim().starts_with(start));
        let text: String = text.lines().filter(of_groups).collect::<Vec<_>>().join("\n");
        for name in names(&text) {
            assert!(is_known(&name, &recorded), "{file}: nothing exports or records {name}");
        }
    }
}

#[test]
fn boards_query_only_series_that_there_are() {
    let recorded = recorded();
    let queries = queries();
    assert!(queries.len() > 40, "{}", queries.len());
    for (file, query) in &queries {
        for name in names(query) {
            assert!(is_known(&name, &recorded), "{file}: nothing exports or records {name}");
        }
    }
}

#[test]
fn boards_and_alerts_read_kpis_as_recorded() {
    let kpis = |name: &String| name.starts_with("kpistream_") && recorded().contains(&format!("kpistream:{}:max", &name["kpistream_".len()..]));
    let alerts = files("prometheus/rules", "yml").into_iter().filter(|(file, _)| file.starts_with("alerts"));
    for (file, text) in queries().into_iter().chain(alerts) {
        let raw: Vec<String> = names(&text).into_iter().filter(kpis).collect();
        assert!(raw.is_empty(), "{file}: {raw:?} are of each replica; read what recording.yml records");
    }
}

#[test]
fn boards_show_all_eight() {
    let all: String = queries().into_iter().map(|(_, query)| query).collect();
    for kpi in [
        "leads",
        "lead_conversion_ratio",
        "sales_cycle_seconds",
        "roi_ratio",
        "web_conversion_ratio",
        "cac",
        "average_deal_value",
        "engagement_ratio",
    ] {
        assert!(all.contains(&format!("kpistream:{kpi}:max")) && all.contains(&format!("kpistream:channel_{kpi}:max")), "{kpi}");
    }
    assert!(all.contains("kpistream:community_conversion_ratio:max"));
}

#[test]
fn every_query_of_a_board_is_promql() {
    let expressions = queries().into_iter().filter(|(_, query)| !query.starts_with("label_values("));
    let rules = expressions.enumerate().map(|(n, (_, query))| format!("      - record: board:query:{n}\n        expr: >-\n          {query}\n"));
    let text = format!("groups:\n  - name: board\n    rules:\n{}", rules.collect::<String>());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("board-queries.yml");
    fs::write(&file, text).unwrap();
    promtool(&["check", "rules", &file.to_string_lossy()]);
}

#[test]
fn names_are_found_in_queries() {
    let found = names(r#"max without (pod) (kpistream_cac{window="30d"}) / kpistream:leads:max > on () kpistream_event_freshness_seconds_bucket"#);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["kpistream:leads:max", "kpistream_cac", "kpistream_event_freshness_seconds_bucket"]);
    assert!(is_known("kpistream_event_freshness_seconds_bucket", &BTreeSet::new()));
    assert!(!is_known("kpistream_leads_bucket", &BTreeSet::new()) && !is_known("kpistream_nonsense", &BTreeSet::new()));
}
