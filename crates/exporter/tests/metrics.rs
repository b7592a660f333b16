//! `/metrics`: what promtool thinks of it, which families there are, and what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use common::{board, drifting, group, lines, money, rich, row};
use expect_test::expect;
use exporter::{Board, Build, EventCounts, Kind, Partition, RatesState, Shown, Sources, known_families};
use kpis::{Kpi, Number, Undefined};
use model::{Day, Millis};

/// A board on which everything has been told once, but what would keep the KPIs from being shown.
fn told() -> Board {
    let board = board(rich());
    board.publish_drift(Some(drifting::rich()));
    board.set_events(
        "lead-created",
        EventCounts { accepted: 7, stale: 1, conflicting: 3, rejected: [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0], ..Default::default() },
    );
    board.set_partition("lead-created", 0, Partition { lag: 3, view_age: Duration::from_millis(250), failed: None });
    board.set_partition("ad-spend", 1, Partition { lag: 9, view_age: Duration::from_secs(2), failed: None });
    board.set_history_start("web-visit", 2, Millis(1_600_000_000_000));
    board.set_sources("lead-created", Sources { newest: [("crm".to_owned(), Millis(1_700_000_000_500))].into(), unnamed: None });
    board.set_dedup_span("web-visit", Duration::from_secs(86_400));
    board.set_rates(RatesState { last_date: Some(Day(20_522)), read_at: Some(Millis(1_700_000_000_000)), is_refused: false });
    board.set_rates(RatesState { last_date: Some(Day(20_522)), read_at: None, is_refused: true });
    board.snapshot_stored(Millis(1_700_000_000_000));
    board.snapshot_failed();
    board.set_undelivered([("too_large", 1)]);
    board.observe_freshness(Duration::from_millis(300));
    board
}

/// What is exposed with a failed partition beside KPIs, which are not shown together.
fn everything() -> String {
    let board = told();
    let kpis = board.kpi_metrics();
    board.set_partition("ad-spend", 1, Partition { failed: Some("topic_recreated"), ..Partition::default() });
    assert_eq!(board.kpi_metrics(), "", "they would lack what is in the partition");
    board.process_metrics() + &kpis
}

#[test]
fn promtool_accepts_all_three_forms() {
    let board = told();
    for text in
        [board.metrics(), board.kpi_metrics(), board.process_metrics(), Board::new(Build { version: "0", revision: "abc" }, ["ad-spend"]).metrics()]
    {
        let started = Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut promtool = started.expect("promtool is needed: install Debian's package `prometheus`");
        promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let done = promtool.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success() && said.is_empty(), "promtool check metrics complains:\n{said}");
    }
}

#[test]
fn every_known_family_is_emitted_and_no_other() {
    let text = everything();
    let typed: BTreeSet<(&str, &str)> = lines(&text, "# TYPE ").iter().map(|line| line[7..].split_once(' ').unwrap()).collect();
    let known = known_families();
    let word = |kind: &Kind| match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Histogram => "histogram",
    };
    assert_eq!(typed, known.iter().map(|(name, kind)| (name.as_str(), word(kind))).collect());
    assert_eq!(lines(&text, "# TYPE ").len(), typed.len(), "each family stands in one place");
    for (name, kind) in &known {
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        assert_eq!(lines(&text, &format!("# HELP {name} ")).len(), 1, "{name}");
    }
}

#[test]
fn no_series_is_there_twice() {
    let text = told().metrics();
    let all: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

#[test]
fn labels_are_those_of_the_contract() {
    let text = told().kpi_metrics();
    let first = |start: &str| lines(&text, start).first().copied().unwrap_or("none").to_owned() + "\n";
    let shown: String = [
        "kpistream_leads{",
        "kpistream_cac{",
        "kpistream_sales_cycle_seconds{",
        "kpistream_unmatched_spend_ratio{",
        "kpistream_channel_won_value{",
        "kpistream_channel_roi_ratio{",
        "kpistream_campaign_cac{",
        "kpistream_kpi_sample_size{",
        "kpistream_channel_kpi_lower_bound{",
        "kpistream_kpi_undefined{",
        "kpistream_kpi_target{",
        "kpistream_channel_kpi_attainment_ratio{",
        "kpistream_kpi_pace_ratio{",
        "kpistream_kpi_projected{",
        "kpistream_channel_kpi_mix_effect{",
    ]
    .map(first)
    .concat();
    expect![[r#"
        kpistream_leads{window="24h"} 40
        kpistream_cac{variant="blended",currency="PLN",window="7d"} 812
        kpistream_sales_cycle_seconds{variant="mean",window="7d"} 3456000.5
        kpistream_unmatched_spend_ratio{window="7d"} 0.05
        kpistream_channel_won_value{currency="PLN",window="24h",channel="paid_search"} 0
        kpistream_channel_roi_ratio{variant="period",window="7d",channel="paid_social"} 0.05
        kpistream_campaign_cac{variant="blended",currency="PLN",window="30d",channel="paid_search",campaign="spring"} 812
        kpistream_kpi_sample_size{kpi="leads",window="24h"} 3
        kpistream_channel_kpi_lower_bound{kpi="win_rate",window="24h",channel="paid_social"} 0.0215
        kpistream_kpi_undefined{kpi="lead_conversion",variant="cohort",window="24h",reason="daily_only"} 1
        kpistream_kpi_target{kpi="customers",window="this_month"} 50
        kpistream_channel_kpi_attainment_ratio{kpi="customers",window="this_month",channel="paid_search"} 0.8
        kpistream_kpi_pace_ratio{kpi="customers",window="this_month"} 1.04
        kpistream_kpi_projected{kpi="customers",window="this_month"} 52
        kpistream_channel_kpi_mix_effect{kpi="cac",variant="blended",window="this_month",channel="paid_search"} -3.1
    "#]]
    .assert_eq(&shown);
}

#[test]
fn campaigns_have_few_families_and_windows_and_no_companions() {
    let text = told().kpi_metrics();
    let families: BTreeSet<&str> = lines(&text, "kpistream_campaign_").iter().map(|line| line.split_once('{').unwrap().0).collect();
    let expected = ["leads", "customers", "won_value", "spend", "cac", "cost_per_lead", "roi_ratio", "engagements"];
    assert_eq!(families, expected.map(|name| format!("kpistream_campaign_{name}")).iter().map(String::as_str).collect());
    assert!(
        lines(&text, "kpistream_campaign_")
            .iter()
            .all(|line| ["30d", "this_month", "this_quarter"].iter().any(|w| line.contains(&format!("window=\"{w}\""))))
    );
    assert!(lines(&text, "kpistream_channel_community_conversion").is_empty());
    assert!(lines(&text, "kpistream_channel_kpi_").iter().all(|line| !line.contains("community_conversion")));
}

#[test]
fn label_values_are_escaped() {
    let text = told().kpi_metrics();
    assert!(text.contains(r#"kpistream_channel_leads{window="7d",channel="email \"news\"\\\nletter"} 120"#), "{text}");
}

#[test]
fn what_is_undefined_has_a_reason_and_no_value() {
    let total = group(None, None);
    let shown =
        |value| Shown { evaluation: common::evaluation(vec![row(Kpi::CacBlended, "30d", 30, &total, value)]), events: EventCounts::default() };
    let board = board(shown(Err(Undefined::SpendIncomplete)));
    let text = board.kpi_metrics();
    assert!(lines(&text, "kpistream_cac{").is_empty());
    assert_eq!(
        lines(&text, "kpistream_kpi_undefined{"),
        [r#"kpistream_kpi_undefined{kpi="cac",variant="blended",window="30d",reason="spend_incomplete"} 1"#]
    );
    board.publish(shown(Ok(money(-5))));
    let text = board.kpi_metrics();
    assert_eq!(lines(&text, "kpistream_cac{"), [r#"kpistream_cac{variant="blended",currency="PLN",window="30d"} -5"#]);
    assert!(lines(&text, "kpistream_kpi_undefined").is_empty(), "what is no longer true has no series");
}

#[test]
fn a_value_that_is_no_number_has_no_series() {
    let rows = vec![row(Kpi::WinRate, "30d", 30, &group(None, None), Ok(Number::Real(f64::NAN)))];
    let text = board(Shown { evaluation: common::evaluation(rows), events: EventCounts::default() }).kpi_metrics();
    assert!(lines(&text, "kpistream_win_rate").is_empty());
}

#[test]
fn the_data_state_is_shown() {
    let text = told().kpi_metrics();
    let shown = ["kpistream_spend_complete", "kpistream_unconverted", "kpistream_deals_without", "kpistream_conversion_within"];
    let found: Vec<&str> = shown.iter().flat_map(|start| lines(&text, start)).collect();
    expect![[r#"
        kpistream_spend_complete_through_timestamp_seconds{platform="linkedin"} 1774738799.999
        kpistream_spend_complete_through_timestamp_seconds{platform="google_ads"} 1774821599.999
        kpistream_unconverted_amount{measure="won_value",currency="USD"} 100
        kpistream_deals_without_amount 2
        kpistream_conversion_within_horizon_ratio 0.95"#]]
    .assert_eq(&found.join("\n"));
}

#[test]
fn every_outcome_and_reason_is_there_from_the_start() {
    let text = Board::new(Build { version: "1", revision: "abc" }, ["ad-spend", "web-visit"]).process_metrics();
    assert_eq!(lines(&text, "kpistream_events_total{").len(), 8);
    assert_eq!(lines(&text, "kpistream_dead_letters_total{").len(), 22);
    assert!(text.contains(r#"kpistream_events_total{topic="ad-spend",outcome="rejected"} 0"#));
    assert!(text.contains(r#"kpistream_build_info{version="1",revision="abc"} 1"#));
    assert!(text.contains(r#"kpistream_conflicting_revisions_total{topic="ad-spend"} 0"#));
}

#[test]
fn the_process_tells_how_it_fares() {
    let board = told();
    board.set_partition("ad-spend", 1, Partition { failed: Some("topic_recreated"), ..Partition::default() });
    let text = board.process_metrics();
    let found = |start: &str| lines(&text, start).join("\n");
    assert!(text.contains(r#"kpistream_events_total{topic="lead-created",outcome="accepted"} 7"#));
    assert!(text.contains(r#"kpistream_conflicting_revisions_total{topic="lead-created"} 3"#));
    assert!(text.contains(r#"kpistream_events_total{topic="lead-created",outcome="rejected"} 2"#));
    assert!(text.contains(r#"kpistream_dead_letters_total{topic="lead-created",reason="missing_field"} 2"#));
    assert_eq!(found("kpistream_partition_failed"), r#"kpistream_partition_failed{topic="ad-spend",partition="1",reason="topic_recreated"} 1"#);
    assert_eq!(found("kpistream_consumer_lag_records{topic=\"lead"), r#"kpistream_consumer_lag_records{topic="lead-created",partition="0"} 3"#);
    assert_eq!(found("kpistream_history_starts"), r#"kpistream_history_starts_timestamp_seconds{topic="web-visit",partition="2"} 1600000000"#);
    assert_eq!(found("kpistream_source_last"), r#"kpistream_source_last_record_timestamp_seconds{topic="lead-created",source="crm"} 1700000000.5"#);
    assert!(text.contains(r#"kpistream_event_freshness_seconds_bucket{le="0.5"} 1"#));
    assert!(text.contains("kpistream_evaluation_timestamp_seconds 1774861200"));
}

#[test]
fn sources_beyond_the_cap_fold_into_other_and_are_counted() {
    let board = board(rich());
    let named = |sources: std::ops::Range<i64>| sources.map(|n| (format!("source-{n:02}"), Millis(n * 1000))).collect();
    board.set_sources("ad-spend", Sources { newest: named(0..60), unnamed: None });
    let other = |text: &str| lines(text, "kpistream_source_last").last().map(|line| (*line).to_owned());
    let text = board.process_metrics();
    assert_eq!(lines(&text, "kpistream_source_last").len(), exporter::SOURCES_AT_MOST + 1);
    let series = r#"kpistream_source_last_record_timestamp_seconds{topic="ad-spend",source="(other)"}"#;
    assert_eq!(other(&text), Some(format!("{series} 59")));
    assert!(text.contains(r#"kpistream_labels_folded{label="source"} 10"#));
    // Those whose names nobody kept are of the rest too.
    board.set_sources("ad-spend", Sources { newest: named(0..52), unnamed: Some((7, Millis(99_000))) });
    let text = board.process_metrics();
    assert_eq!(other(&text), Some(format!("{series} 99")));
    assert!(text.contains(r#"kpistream_labels_folded{label="source"} 9"#));
}

#[test]
fn an_endless_source_is_of_the_rest() {
    let board = board(rich());
    let newest =
        [("a", 1), (&*"x".repeat(600_000), 2), (&*"ä".repeat(128), 3), (&*"ä".repeat(129), 4)].map(|(name, at)| (name.to_owned(), Millis(at * 1000)));
    board.set_sources("ad-spend", Sources { newest: newest.into(), unnamed: None });
    let text = board.process_metrics();
    assert!(text.lines().all(|line| line.len() < 1000));
    assert_eq!(lines(&text, "kpistream_source_last").len(), 3, "256 bytes are as many as there may be");
    assert!(text.contains(r#"kpistream_source_last_record_timestamp_seconds{topic="ad-spend",source="(other)"} 4"#));
    assert!(text.contains(r#"kpistream_labels_folded{label="source"} 2"#));
}

#[test]
fn the_process_is_told_as_by_all_clients_of_prometheus() {
    let text = told().process_metrics();
    let value = |name: &str| lines(&text, &format!("{name} ")).first().and_then(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - value("process_start_time_seconds")).abs() < 3600.0);
    assert!(value("process_resident_memory_bytes") > 1e5 && value("process_virtual_memory_bytes") > value("process_resident_memory_bytes"));
    assert!(value("process_open_fds") >= 3.0 && value("process_max_fds") > value("process_open_fds"));
    assert!(value("process_threads") >= 1.0 && value("process_cpu_seconds_total") >= 0.0);
}

#[test]
fn an_instance_that_is_not_ready_or_behind_leaves_the_kpis_out() {
    let board = board(rich());
    assert!(board.kpi_metrics().contains("kpistream_leads"));
    board.set_ready(false);
    assert_eq!(board.kpi_metrics(), "");
    board.set_ready(true);
    board.set_partition("ad-spend", 0, Partition { view_age: Duration::from_secs(31), ..Partition::default() });
    assert_eq!(board.kpi_metrics(), "");
    assert!(board.metrics().contains("kpistream_view_age_seconds"), "the process half is always there");
    board.set_partition("ad-spend", 0, Partition::default());
    assert!(board.kpi_metrics().contains("kpistream_leads"));
}

/// The folder of the documentation.
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

/// What docs/metrics.md is to say, of what is exposed.
fn documented(text: &str) -> String {
    let known = known_families();
    let after = |start: String| lines(text, &start).first().map_or("", |line| &line[start.len()..]).to_owned();
    let line = |name: &str, more: &str| {
        let kind = after(format!("# TYPE {name} "));
        let sample = if kind == "histogram" { format!("{name}_count{{") } else { format!("{name}{{") };
        // Not every series of a family has all its labels: a variant has only what has variants.
        let mut labels: Vec<String> = Vec::new();
        for series in lines(text, &sample) {
            let of_series = series[sample.len()..].split_once("} ").map_or("", |(labels, _)| labels);
            for (label, _) in of_series.split("\",").filter_map(|label| label.split_once('=')) {
                let label = format!("`{label}`");
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
        format!("| `{name}` | {kind} | {} | {}{more} |\n", labels.join(", "), after(format!("# HELP {name} ")).replace('|', "\\|"))
    };
    let of = |scope: &str, name: &str| name.strip_prefix("kpistream_").is_some_and(|own| known.contains_key(&format!("kpistream_{scope}_{own}")));
    // What is of channels alone has no family of the total that would tell of it.
    let unsplit = |name: &str| name.replacen("kpistream_channel_", "kpistream_", 1).replacen("kpistream_campaign_", "kpistream_", 1);
    let is_split = |name: &str| unsplit(name) != name && known.contains_key(&unsplit(name));
    let kpis = known.keys().filter(|name| {
        !is_split(name)
            && (of("channel", name)
                || name.starts_with("kpistream_channel_")
                || Kpi::ALL.iter().any(|kpi| **name == format!("kpistream_{}", kpi.metric())))
    });
    let kpis: Vec<&String> = kpis.collect();
    let split = |name: &String| match (of("channel", name), of("campaign", name)) {
        (true, true) => " Also by channel and by campaign.",
        (true, false) => " Also by channel.",
        _ => "",
    };
    let head = "| family | type | labels | what |\n|---|---|---|---|\n";
    let of_kpis: String = kpis.iter().map(|name| line(name, split(name))).collect();
    let others: String = known.keys().filter(|name| !is_split(name) && !kpis.contains(name)).map(|name| line(name, "")).collect();
    format!(
        "# Metrics\n\nMade by `KPISTREAM_BLESS=1 cargo test -p exporter --test metrics` of what is exposed; a test holds it to that.\n\n\
         ## KPIs\nWhat is also by channel has a family of its own, `kpistream_channel_...` with the label `channel`; what is also by campaign\n\
         `kpistream_campaign_...` with `channel` and `campaign`. So summing one family never counts twice. What the numbers mean: \
         [kpis.md](kpis.md).\n\n{head}{of_kpis}\n## The process and its data\n{head}{others}"
    )
}

#[test]
fn the_documentation_has_every_family() {
    let (path, made) = (format!("{DOCS}/metrics.md"), documented(&everything()));
    if std::env::var_os("KPISTREAM_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let same = std::fs::read_to_string(&path).is_ok_and(|found| found == made);
    assert!(same, "docs/metrics.md is not what is exposed: make it by KPISTREAM_BLESS=1 cargo test -p exporter --test metrics");
}

/// The names in a text that begin as our families do.
fn named(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = text.split(|c| !is_part(c)).filter(|word| word.starts_with("kpistream_"));
    // What ends so stands for several.
    words.filter(|word| !word.ends_with('_')).collect()
}

/// docs/contract.md says which families of the contract there are not yet; all others that the documentation names there are.
#[test]
fn every_family_that_the_documentation_names_is_exposed() {
    let known = known_families();
    let contract = std::fs::read_to_string(format!("{DOCS}/contract.md")).unwrap();
    let absent = contract.split_once("<!-- not yet: begin -->").and_then(|(_, rest)| rest.split_once("<!-- not yet: end -->")).unwrap().0;
    let absent = named(absent);
    assert!(!absent.iter().any(|name| known.contains_key(*name)), "docs/contract.md: what there is, is there: {absent:?}");
    let is_known = |name: &str| {
        let of_histogram = ["_bucket", "_count", "_sum"].iter().any(|end| name.strip_suffix(end).is_some_and(|name| known.contains_key(name)));
        known.contains_key(name) || of_histogram || absent.contains(name)
    };
    let pages = |folder: &str| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    for file in pages(DOCS).chain(pages(&format!("{DOCS}/runbooks"))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let unknown: Vec<&str> = named(&text).into_iter().filter(|name| !is_known(name)).collect();
        assert!(unknown.is_empty(), "{}: no family is called {}", file.display(), unknown.join(", "));
    }
}
