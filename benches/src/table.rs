//! The table in docs/performance.md: each measurement adds its lines, and `benches/run.sh` puts them there.

use std::{fmt::Display, fs::OpenOptions, io::Write};

/// The file that the lines are added to; without it there is no table.
const FILE: &str = "BENCH_TABLE";

/// How many times the least of what should be flat its most may be.
const FLAT: f64 = 1.5;

/// Adds a line, and prints it: what is measured, what came out, what it is held against, and whether that is as wanted.
pub fn line(what: &str, measured: impl Display, beside: impl Display, wanted: impl Display) -> std::io::Result<()> {
    println!("{what}: {measured} ({beside}) {wanted}");
    let Some(file) = std::env::var_os(FILE) else { return Ok(()) };
    writeln!(OpenOptions::new().append(true).create(true).open(file)?, "| {what} | {measured} | {beside} | {wanted} |")
}

/// `at least 1: yes`.
pub fn verdict(wanted: &str, holds: bool) -> String {
    format!("{wanted}: {}", if holds { "yes" } else { "**no**" })
}

/// Adds a line for what should be the same at each of some sizes.
pub fn flat(what: &str, sizes: &str, unit: &str, measured: &[f64]) -> std::io::Result<()> {
    let (least, most) = measured.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(*value), most.max(*value)));
    let shown: Vec<String> = measured.iter().map(|value| significant(*value)).collect();
    line(what, format!("{} {unit}", shown.join(", ")), sizes, verdict("flat", most <= least * FLAT))
}

/// Two digits, or all before the point.
fn significant(value: f64) -> String {
    match value {
        _ if value >= 10.0 => format!("{value:.0}"),
        _ if value >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
