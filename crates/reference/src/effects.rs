//! What moved a ratio: of each channel, from its parts in two windows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A window, and the one it is compared with.
pub const PAIRS: [(&str, &str); 5] = [
    ("7d", "previous_7d"),
    ("30d", "previous_30d"),
    ("this_month", "last_month_to_date"),
    ("this_quarter", "last_quarter_to_date"),
    ("this_year", "last_year_to_date"),
];

/// The ratios that are taken apart, in all their variants but for `cac`, of which it is `blended` alone.
const RATIOS: [&str; 9] = ["lead_conversion", "sales_cycle", "roi", "cac", "average_deal_value", "engagement", "win_rate", "cost_per_lead", "roas"];

/// The effects of a window's rows, in total and by channel, against those of the window before.
pub fn effects(now: &[Value], before: &[Value]) -> Vec<Value> {
    let total = |rows: &[Value], of: &Value| rows.iter().find(|row| row["channel"].is_null() && same_kpi(row, of)).cloned();
    let mut found = Vec::new();
    for row in now.iter().filter(|row| row["channel"].is_null() && is_ratio(row)) {
        let Some(earlier) = total(before, row) else { continue };
        if row["value"].is_null() || earlier["value"].is_null() {
            continue;
        }
        let of_kpi = |rows: &[Value]| rows.iter().filter(|other| !other["channel"].is_null() && same_kpi(other, row)).cloned().collect::<Vec<_>>();
        let (channels, earlier_channels) = (of_kpi(now), of_kpi(before));
        let names: BTreeSet<&str> = channels.iter().chain(&earlier_channels).filter_map(|row| row["channel"].as_str()).collect();
        for name in names {
            let of = |rows: &[Value]| rows.iter().find(|row| row["channel"] == name).map_or(Some((0.0, 0.0)), parts);
            let (then, now) = (of(&earlier_channels), of(&channels));
            if (then, now) == (Some((0.0, 0.0)), Some((0.0, 0.0))) {
                continue;
            }
            let (then_all, now_all) = (parts(&earlier), parts(row));
            let effect = match (then, now, then_all, now_all) {
                (Some(then), Some(now), Some(then_all), Some(now_all)) => Some(effect(then, now, then_all, now_all)),
                _ => None,
            };
            found.push(json!({
                "kpi": row["kpi"], "variant": row["variant"], "window": row["window"], "before": earlier["window"], "channel": name,
                "mix_effect": effect.map(|(mix, _, _)| mix), "rate_effect": effect.map(|(_, rate, _)| rate),
                // How large the numbers are that these are differences of.
                "scale": effect.map(|(_, _, scale)| scale),
            }));
        }
    }
    found
}

fn same_kpi(one: &Value, other: &Value) -> bool {
    one["kpi"] == other["kpi"] && one["variant"] == other["variant"]
}

fn is_ratio(row: &Value) -> bool {
    let only = match row["kpi"].as_str() {
        Some("cac") => Some("blended"),
        Some("sales_cycle") => Some("mean"),
        _ => None,
    };
    RATIOS.iter().any(|name| row["kpi"] == *name) && only.is_none_or(|variant| row["variant"] == variant)
}

fn parts(row: &Value) -> Option<(f64, f64)> {
    row["numerator"].as_f64().zip(row["denominator"].as_f64())
}

/// Mix effect, rate effect, and the size of what they are made of.
fn effect((n0, d0): (f64, f64), (n1, d1): (f64, f64), (all_n0, all_d0): (f64, f64), (all_n1, all_d1): (f64, f64)) -> (f64, f64, f64) {
    let (w0, w1) = (d0 / all_d0, d1 / all_d1);
    let r = (all_n0 / all_d0 + all_n1 / all_d1) / 2.0;
    let size = (n0 / all_d0).abs() + (n1 / all_d1).abs() + (all_n0 / all_d0).abs() + (all_n1 / all_d1).abs();
    if d0 > 0.0 && d1 > 0.0 {
        let (r0, r1) = (n0 / d0, n1 / d1);
        return ((w1 - w0) * ((r0 + r1) / 2.0 - r), (r1 - r0) * (w0 + w1) / 2.0, size + (r0.abs() + r1.abs() + r.abs()) * (w0 + w1));
    }
    (n1 / all_d1 - n0 / all_d0 - r * (w1 - w0), 0.0, size + r.abs() * (w0.abs() + w1.abs()))
}
