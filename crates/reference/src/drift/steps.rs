//! Whole steps, found day by day.

use super::counts::Daily;
use crate::time::date;

/// The days of each whole step between two days; weeks from the first, or backwards from the last.
pub fn whole(step: &str, (first, last): (i64, i64), backwards: bool) -> Vec<(i64, i64)> {
    match step {
        "week" => blocks(7, (first, last), backwards),
        _ => {
            let ends = |day: &i64| name(step, *day) != name(step, day + 1);
            let begins = |day: &i64| name(step, day - 1) != name(step, *day);
            let begun: Vec<i64> = (first..=last).filter(begins).collect();
            begun.into_iter().filter_map(|begin| Some((begin, (begin..=last).find(ends)?))).collect()
        }
    }
}

/// Blocks of so many days.
pub fn blocks(length: i64, (first, last): (i64, i64), backwards: bool) -> Vec<(i64, i64)> {
    let count = ((last - first + 1) / length).max(0);
    let begin = if backwards { last + 1 - count * length } else { first };
    (0..count).map(|n| (begin + n * length, begin + (n + 1) * length - 1)).collect()
}

fn name(step: &str, day: i64) -> (i16, i8) {
    let date = date(day);
    (date.year(), if step == "month" { date.month() } else { (date.month() - 1) / 3 })
}

pub fn length(step: &str) -> f64 {
    match step {
        "week" => 7.0,
        "month" => 30.4375,
        _ => 91.3125,
    }
}

/// How much the counts of a baseline vary, and in how many steps with an expectation.
pub fn dispersion(step: &str, days: (i64, i64), came: &Daily, expected: &Daily) -> (f64, usize) {
    let phi = |steps: Vec<(i64, i64)>| {
        let pairs: Vec<(f64, f64)> = steps.into_iter().map(|step| (came.sum(step), expected.sum(step))).filter(|(_, e)| *e > 0.0).collect();
        let w = pairs.len() as f64;
        let raw: f64 = pairs.iter().map(|(n, e)| (n - e).powi(2) / e).sum::<f64>() / (w - 1.0);
        (if pairs.len() < 2 { 1.0 } else { f64::max(1.0, raw * (1.0 + (2.0 / (w - 1.0)).sqrt())) }, pairs.len())
    };
    let (own, count) = phi(whole(step, days, true));
    if step != "week" {
        return (own, count);
    }
    let (long, blocks) = phi(blocks(28, days, true));
    let own = if count < 8 { 1.0 } else { own };
    (if blocks >= 3 { own.max(long) } else { own }, count)
}
