//! An explanation for people: the row, then a table for each part.

use std::io::{self, Write};

use exporter::explain::{Entry, ExplainedPart, Explanation};
use kpis::{Kpi, Number, Unit};
use model::{Micros, Zone};

use super::{Align, count, counted, covered, grid, money, number, part, percent, printable};

const ENTRIES: [Align; 8] = [Align::Left, Align::Left, Align::Right, Align::Right, Align::Left, Align::Left, Align::Left, Align::Left];

/// Writes an explanation as tables.
pub fn write_explanation(out: &mut impl Write, kpi: Kpi, explanation: &Explanation, zone: &Zone) -> io::Result<()> {
    let variant = explanation.variant.map_or_else(String::new, |variant| format!(" {variant}"));
    let channel = explanation.channel.as_ref().map_or_else(String::new, |channel| format!(" of channel {}", printable(channel)));
    let Explanation { kpi: name, window, as_of, time_zone, .. } = explanation;
    writeln!(out, "{name}{variant}{channel} in {window}, as of {as_of} ({time_zone})")?;
    write_row(out, kpi, explanation, zone)?;
    for note in &explanation.notes {
        writeln!(out, "Note: {note}")?;
    }
    for part in &explanation.parts {
        writeln!(out)?;
        write_part(out, kpi.unit(), part, explanation)?;
    }
    Ok(())
}

fn write_row(out: &mut impl Write, kpi: Kpi, explanation: &Explanation, zone: &Zone) -> io::Result<()> {
    let Some(row) = &explanation.row else { return writeln!(out, "  nothing is booked there") };
    let currency = explanation.currency;
    let value = row.value.map_or_else(|reason| format!("undefined ({reason})"), |value| number(value, kpi.unit(), currency));
    let shown = |of: Option<Number>| of.map(|of| part(of, kpi.unit(), currency));
    let parts = match (shown(row.numerator), shown(row.denominator)) {
        (Some(numerator), Some(denominator)) => format!(" = {numerator} / {denominator}"),
        _ => String::new(),
    };
    writeln!(out, "  {value}{parts}, over {}", covered(row.start, row.end, zone))?;
    let real = |x| number(Number::Real(x), kpi.unit(), currency);
    if let Some(target) = row.aim.target {
        let attained = row.aim.attainment.map_or_else(String::new, |share| format!(", {} attained", percent(share)));
        writeln!(out, "  target {}{attained}", real(target))?;
    }
    if let Some(projected) = row.aim.projected {
        let pace = row.aim.pace.map_or_else(String::new, |pace| format!(", {} of the target", percent(pace)));
        writeln!(out, "  at this pace {} in the whole period{pace}", real(projected))?;
    }
    Ok(())
}

fn write_part(out: &mut impl Write, unit: Unit, of: &ExplainedPart, explanation: &Explanation) -> io::Result<()> {
    let show = |n: Number| part(n, unit, explanation.currency);
    let sum = of.sum.map_or_else(String::new, |sum| format!(" = {}", show(sum)));
    let left_out = if of.left_out > 0 { format!(", {} left out", count(of.left_out as i128)) } else { String::new() };
    writeln!(out, "{}: {}{sum} ({}{left_out})", side(of), of.part, counted(of.counted as i128, "entry").replace("entrys", "entries"))?;
    let header = ["what", "key", "adds", "amount", "booked on", "channel", "revision, source", "why"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    lines.extend(of.entries.iter().map(|entry| line(entry, &show)));
    if of.entries.is_empty() {
        return Ok(());
    }
    grid::write(out, &ENTRIES, &lines)?;
    let rest = of.counted + of.left_out - of.entries.len();
    if rest > 0 { writeln!(out, "  and {} more (see --limit)", count(rest as i128)) } else { Ok(()) }
}

/// On which side of the KPI a part stands: `Numerator x 0.8`.
fn side(of: &ExplainedPart) -> String {
    let times = of.numerator_times.map(|times| match times {
        Micros(1_000_000) => "Numerator".to_owned(),
        Micros(-1_000_000) => "Numerator, taken off".to_owned(),
        times => format!("Numerator, times {times}"),
    });
    match (times, of.in_denominator) {
        (Some(times), true) => format!("{times}; denominator"),
        (Some(times), false) => times,
        (None, true) => "Denominator".to_owned(),
        (None, false) => "Made of".to_owned(),
    }
}

fn line(entry: &Entry, show: &impl Fn(Number) -> String) -> Vec<String> {
    let none = || "-".to_owned();
    let adds = match (entry.adds, entry.counts) {
        (Some(adds), _) => show(adds),
        (None, true) => "no rate".to_owned(),
        (None, false) => "left out".to_owned(),
    };
    let latest = entry.revision.map(|revision| format!("{revision}, {}", printable(entry.source.as_deref().unwrap_or_default())));
    vec![
        entry.entity.to_owned(),
        printable(&entry.key),
        adds,
        entry.amount.zip(entry.currency).map_or_else(none, |(amount, currency)| money(amount, currency)),
        entry.booked_on.clone().unwrap_or_else(none),
        entry.channel.as_deref().map_or_else(none, printable),
        latest.unwrap_or_else(none),
        entry.why.as_deref().map_or_else(String::new, printable),
    ]
}
