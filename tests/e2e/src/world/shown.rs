//! What two folds show at one instant, whatever clocks they were folded by.

use std::collections::BTreeMap;

use exporter::json;
use kpis::{By, Config, Request, Span};
use model::{Counts, Day, Millis};
use panes::Panes;
use serde_json::Value;

use super::fold::{Fold, refs};

/// Windows that reach from an hour to more than a year back. Others begin where the floor is, so they differ with it.
const WINDOWS: [&str; 8] = ["1h", "24h", "7d", "90d", "this_month", "last_quarter", "this_year", "last_year"];

/// The numbers that one shows otherwise than another; where either says that it no longer keeps what a row needs, none is compared.
pub fn differences(one: &Fold, other: &Fold, config: &Config, at: Millis) -> Vec<String> {
    if spend_between_floors(&refs(&one.panes()), &refs(&other.panes())) {
        return Vec::new();
    }
    let [(ours, ours_through), (theirs, theirs_through)] = [one, other].map(|fold| rows(&refs(&fold.panes()), config, at));
    let through = (ours_through != theirs_through).then(|| format!("spend is complete through {ours_through}, not {theirs_through}"));
    let differing = ours.iter().filter_map(|(name, row)| {
        let wanted = theirs.get(name)?;
        let is_kept = |row: &Value| row["reason"] != "not_kept";
        (is_kept(row) && is_kept(wanted) && row != wanted).then(|| format!("{name}: {row}, not {wanted}"))
    });
    through.into_iter().chain(differing).collect()
}

/// Whether a platform has reported a day that one of the two keeps and the other does not: then they look at other facts.
fn spend_between_floors(one: &[&Panes], other: &[&Panes]) -> bool {
    let floor = |folds: &[&Panes]| folds.iter().map(|fold| fold.keep().days_from).max().unwrap_or(Day(i32::MIN));
    let (low, high) = (floor(one).min(floor(other)), floor(one).max(floor(other)));
    one.iter().chain(other).flat_map(|fold| fold.reported().keys()).any(|(_, day)| (low..high).contains(day))
}

/// The rows by name, in total and by channel, and the day through which spend is complete.
fn rows(panes: &[&Panes], config: &Config, as_of: Millis) -> (BTreeMap<String, Value>, Value) {
    let spans = WINDOWS.iter().filter_map(|name| Span::parse(name).ok()).collect();
    let by = By::parse("channel").into_iter().collect();
    let report = serde_json::to_value(json(&kpis::evaluate(panes, &Request { as_of, spans, by }, config), &Counts::default()));
    let report = report.unwrap_or_else(|wrong| panic!("an evaluation is JSON: {wrong}"));
    let name = |row: &Value| ["kpi", "variant", "window", "channel"].map(|key| row[key].as_str().unwrap_or("-")).join(" ");
    let rows = report["kpis"].as_array().into_iter().flatten().map(|row| (name(row), row.clone())).collect();
    (rows, report["spend_complete_through"].clone())
}
