//! What people and programs get to see.

mod csv;
mod drift;
mod explanation;
pub mod grid;
mod human;
mod rejected;
mod table;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    io::{self, Write},
};

use exporter::EventCounts;
use kpis::Evaluation;

pub use drift::{write_drift, write_proposals};
pub use explanation::write_explanation;
pub use grid::{Align, printable};
pub use human::{count, counted, decimal, money, number, part, percent};
pub use rejected::Rejections;
pub use table::covered;

/// The forms of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns, for people.
    Table,
    /// The contract's JSON.
    Json,
    /// A header and a row for each KPI.
    Csv,
}

/// Writes an evaluation in a form.
pub fn write(out: &mut impl Write, format: Format, evaluation: &Evaluation, events: &EventCounts) -> io::Result<()> {
    match format {
        Format::Table => table::write(out, evaluation, events),
        Format::Csv => csv::write(out, evaluation),
        Format::Json => {
            serde_json::to_writer(&mut *out, &exporter::json(evaluation, events))?;
            writeln!(out)
        }
    }
}

/// A line on standard error; where nobody can read it, it is lost.
pub fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
