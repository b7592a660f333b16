//! The caps on labels: who keeps a name, and that what is folded still adds up.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]

mod common;

use std::sync::Arc;

use common::{board, evaluation, group, lines, money, parts, row};
use exporter::{CAMPAIGNS_AT_MOST, CHANNELS_AT_MOST, EventCounts, PLATFORMS_AT_MOST, Shown};
use kpis::{Evaluation, Group, Kpi, Number, Row, Undefined};
use model::Day;

fn metrics(rows: Vec<Row>) -> (String, String) {
    let board = board(Shown { evaluation: evaluation(rows), events: EventCounts::default() });
    (board.kpi_metrics(), board.process_metrics())
}

fn count(n: i64) -> Number {
    Number::Count(i128::from(n))
}

fn channel(n: usize) -> Arc<Group> {
    group(Some(&format!("channel-{n:03}")), None)
}

/// Spend of `n` and one lead in the window, for each channel; the larger the number the more spend.
fn channels(number: usize) -> Vec<Row> {
    let of = |n: usize| {
        let group = channel(n);
        [row(Kpi::Spend, "90d", 90, &group, Ok(money(n as i64))), row(Kpi::Leads, "90d", 90, &group, Ok(count(1)))]
    };
    (0..number).flat_map(of).collect()
}

#[test]
fn fifty_channels_keep_their_names() {
    let (kpis, process) = metrics(channels(50));
    assert_eq!(lines(&kpis, "kpistream_channel_leads{").len(), CHANNELS_AT_MOST);
    assert!(!kpis.contains("(other)"));
    assert!(process.contains(r#"kpistream_labels_folded{label="channel"} 0"#));
}

#[test]
fn the_rest_by_spend_is_other_and_the_parts_add_up() {
    let (kpis, process) = metrics(channels(53));
    assert_eq!(lines(&kpis, "kpistream_channel_leads{").len(), CHANNELS_AT_MOST + 1);
    assert!(kpis.contains(r#"kpistream_channel_leads{window="90d",channel="(other)"} 3"#));
    assert!(kpis.contains(r#"kpistream_channel_spend{currency="PLN",window="90d",channel="(other)"} 3"#), "0 + 1 + 2");
    assert!(!kpis.contains("channel-002") && kpis.contains("channel-003"));
    assert!(process.contains(r#"kpistream_labels_folded{label="channel"} 3"#));
    let spend: f64 = lines(&kpis, "kpistream_channel_spend{").iter().map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum();
    assert_eq!(spend, (0..53).sum::<i64>() as f64);
}

#[test]
fn equal_spend_goes_by_leads_and_equal_leads_by_name() {
    let of = |n: usize, leads| row(Kpi::Leads, "90d", 90, &channel(n), Ok(count(leads)));
    let (kpis, _) = metrics((0..53).rev().map(|n| of(n, if n == 52 { 9 } else { 1 })).collect());
    for (name, kept) in [("channel-052", true), ("channel-048", true), ("channel-049", false), ("channel-051", false)] {
        assert_eq!(kpis.contains(name), kept, "{name}");
    }
}

#[test]
fn the_largest_window_ranks_for_all() {
    let mut rows = channels(51);
    // Large, but in a smaller window.
    rows.push(row(Kpi::Spend, "7d", 7, &channel(0), Ok(money(1_000_000))));
    let (kpis, _) = metrics(rows);
    assert!(!kpis.contains("channel-000"));
    assert!(kpis.contains(r#"kpistream_channel_spend{currency="PLN",window="7d",channel="(other)"} 1000000"#));
}

#[test]
fn other_of_the_fold_before_stays_other() {
    let mut rows = channels(50);
    rows.push(row(Kpi::Leads, "90d", 90, &group(Some("(other)"), None), Ok(count(1000))));
    let (kpis, _) = metrics(rows);
    assert_eq!(lines(&kpis, "kpistream_channel_leads{").len(), CHANNELS_AT_MOST + 1);
    assert!(kpis.contains(r#"channel="(other)"} 1000"#));
}

#[test]
fn an_endless_name_is_folded() {
    let endless = "x".repeat(257);
    let rows = vec![row(Kpi::Leads, "90d", 90, &group(Some(&endless), None), Ok(count(4)))];
    let (kpis, process) = metrics(rows);
    assert!(kpis.contains(r#"kpistream_channel_leads{window="90d",channel="(other)"} 4"#));
    assert!(process.contains(r#"kpistream_labels_folded{label="channel"} 1"#));
}

#[test]
fn fifty_platforms_keep_their_names_and_the_rest_is_as_far_as_its_last() {
    let platform = |n: i32| (format!("platform-{n:03}").into(), Day(20_000 + n));
    let endless = ("x".repeat(257).into(), Day(30_000));
    let spend_reported = (0..304).map(platform).chain([endless]).collect();
    let board = board(Shown { evaluation: Evaluation { spend_reported, ..evaluation(vec![]) }, events: EventCounts::default() });
    let (kpis, process) = (board.kpi_metrics(), board.process_metrics());
    let series = lines(&kpis, "kpistream_spend_complete_through_timestamp_seconds{");
    assert_eq!(series.len(), PLATFORMS_AT_MOST + 1);
    assert!(series[0].contains("platform-254") && series[49].contains("platform-303"), "those that have reported the newest days");
    let value = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap();
    assert!(series[50].contains(r#"platform="(other)""#) && value(series[50]) < value(series[0]) - 250.0 * 86_400.0, "{}", series[50]);
    assert!(process.contains(r#"kpistream_labels_folded{label="platform"} 255"#));
}

#[test]
fn five_hundred_pairs_keep_their_names() {
    let pair = |n: usize| group(Some("paid_social"), Some(&format!("c-{n:04}")));
    let rows = (0..503).map(|n| row(Kpi::Spend, "30d", 30, &pair(n), Ok(money(n as i64)))).collect();
    let (kpis, process) = metrics(rows);
    assert_eq!(lines(&kpis, "kpistream_campaign_spend{").len(), CAMPAIGNS_AT_MOST + 1);
    assert!(kpis.contains(r#"kpistream_campaign_spend{currency="PLN",window="30d",channel="(other)",campaign="(other)"} 3"#));
    assert!(process.contains(r#"kpistream_labels_folded{label="campaign"} 3"#));
}

/// What `(other)` shows of a KPI, of channels that fall below 50 larger ones.
fn other(kpi: Kpi, rest: &[Row]) -> Vec<String> {
    let mut rows: Vec<Row> = channels(90).into_iter().filter(|row| *row.group.channel.as_deref().unwrap() >= *"channel-040").collect();
    rows.extend_from_slice(rest);
    let (kpis, _) = metrics(rows);
    let family = format!("kpistream_channel_{}{{", kpi.metric());
    let about = format!("kpi=\"{}\"", kpi.name());
    let wanted = kpis.lines().filter(|line| line.contains("(other)") && (line.starts_with(&family) || line.contains(&about)));
    wanted.map(|line| line.replace(r#"window="90d",channel="(other)""#, "*")).collect()
}

fn part(kpi: Kpi, n: usize, value: Result<Number, Undefined>, numerator: Number, denominator: Number) -> Row {
    parts(row(kpi, "90d", 90, &channel(n), value), numerator, denominator)
}

#[test]
fn a_ratio_is_that_of_the_sums() {
    let rest = [
        part(Kpi::CacBlended, 1, Ok(money(100)), money(100), count(1)),
        part(Kpi::CacBlended, 2, Err(Undefined::NoCustomers), money(50), count(0)),
        part(Kpi::CacBlended, 3, Err(Undefined::NoSpend), money(0), count(2)),
    ];
    let value = r#"kpistream_channel_cac{variant="blended",currency="PLN",*} 50"#;
    assert_eq!(other(Kpi::CacBlended, &rest), [value, r#"kpistream_channel_kpi_sample_size{kpi="cac",variant="blended",*} 9"#]);
}

#[test]
fn a_ratio_of_nothing_says_why() {
    let reasons = |kpi, numerator, denominator| {
        let shown = other(kpi, &[part(kpi, 1, Err(Undefined::NoSpend), numerator, denominator)]);
        shown.iter().find_map(|line| line.split_once("reason=\"").map(|(_, rest)| rest.replace("\"} 1", "")))
    };
    assert_eq!(reasons(Kpi::CacBlended, money(0), count(3)).as_deref(), Some("no_spend"));
    assert_eq!(reasons(Kpi::CacPaid, money(3), count(0)).as_deref(), Some("no_customers"));
    assert_eq!(reasons(Kpi::RoiPeriod, money(3), money(0)).as_deref(), Some("no_spend"));
    assert_eq!(reasons(Kpi::WinRate, count(0), count(0)).as_deref(), Some("no_closed_deals"));
    assert_eq!(reasons(Kpi::Engagement, count(4), count(0)).as_deref(), Some("no_impressions"));
}

#[test]
fn what_one_part_lacks_the_rest_lacks() {
    let lacking = Row { numerator: None, ..part(Kpi::RoiPeriod, 1, Err(Undefined::MissingRate), money(0), money(5)) };
    let fine = part(Kpi::RoiPeriod, 2, Ok(Number::Real(1.0)), money(5), money(5));
    assert!(other(Kpi::RoiPeriod, &[lacking, fine]).iter().any(|line| line.contains("missing_rate")));
    let spend = [row(Kpi::WonValue, "90d", 90, &channel(1), Err(Undefined::MissingRate)), row(Kpi::WonValue, "90d", 90, &channel(2), Ok(money(1)))];
    let shown = other(Kpi::WonValue, &spend);
    assert!(shown.iter().any(|line| line.contains("missing_rate")) && !shown.iter().any(|line| line.contains("kpistream_channel_won_value{")));
}

#[test]
fn what_is_not_a_quotient_of_sums_is_left_out() {
    for kpi in [Kpi::Visitors, Kpi::ConvertingVisitors, Kpi::WebVisitors, Kpi::WebActions, Kpi::CycleP50, Kpi::CycleP90] {
        let rest = [part(kpi, 1, Ok(Number::Real(1.0)), count(1), count(1)), part(kpi, 2, Ok(Number::Real(1.0)), count(1), count(1))];
        assert_eq!(other(kpi, &rest), [""; 0], "{kpi:?}");
    }
}

#[test]
fn breakdowns_by_segment_are_no_metrics() {
    let segment = Arc::new(Group { segment: Some("smb".into()), ..Group::default() });
    let (kpis, _) = metrics(vec![row(Kpi::Leads, "90d", 90, &segment, Ok(count(4)))]);
    assert!(lines(&kpis, "kpistream_leads").is_empty());
}
