//! The report for people: for each grouping and window a table, the reasons where there is no value.

use std::io::{self, Write};

use exporter::EventCounts;
use kpis::{DataState, Evaluation, Group, Row};
use model::{Currency, Millis, Zone};

use super::{
    grid::{self, Align, printable},
    human,
};

/// Nothing to show.
const NONE: &str = "-";

/// Writes an evaluation as tables.
pub fn write(out: &mut impl Write, evaluation: &Evaluation, events: &EventCounts) -> io::Result<()> {
    // The name came from a zone.
    let zone = Zone::named(&evaluation.time_zone).unwrap_or_else(|_| Zone::utc());
    let through = evaluation.spend_complete_through.map_or("there is no media spend".to_owned(), |day| format!("spend is complete through {day}"));
    writeln!(out, "KPIs as of {} ({}); money in {}; {through}", evaluation.as_of, evaluation.time_zone, evaluation.currency)?;
    writeln!(out, "Events: {}", outcomes(events))?;
    let all: Vec<&Row> = evaluation.rows.iter().collect();
    for rows in all.chunk_by(|a, b| a.window == b.window && dimensions(&a.group) == dimensions(&b.group)) {
        writeln!(out)?;
        write_window(out, rows, evaluation.currency, &zone)?;
    }
    write_state(out, &evaluation.data_state)
}

/// `12 accepted, 0 duplicate, 0 stale, 1 rejected (bad_value 1)`.
fn outcomes(events: &EventCounts) -> String {
    let outcomes = events.by_outcome().map(|(outcome, n)| format!("{} {outcome}", human::count(n))).join(", ");
    let reasons: Vec<String> = events.by_reason().filter(|(_, n)| *n > 0).map(|(reason, n)| format!("{reason} {}", human::count(n))).collect();
    if reasons.is_empty() { outcomes } else { format!("{outcomes} ({})", reasons.join(", ")) }
}

/// The names of what a group is broken down by.
fn dimensions(group: &Group) -> Vec<&'static str> {
    parts(group).into_iter().map(|(name, _)| name).collect()
}

fn parts(group: &Group) -> Vec<(&'static str, &str)> {
    let all = [("channel", &group.channel), ("campaign", &group.campaign), ("segment", &group.segment)];
    all.into_iter().filter_map(|(name, part)| part.as_deref().map(|part| (name, part))).collect()
}

/// One window of one grouping.
fn write_window(out: &mut impl Write, rows: &[&Row], currency: Currency, zone: &Zone) -> io::Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    let by = dimensions(&first.group);
    let end = rows.iter().map(|row| row.end).max().unwrap_or(first.end);
    let title = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
    writeln!(out, "{}{title}: {}", first.window, covered(first.start, end, zone))?;
    let names = ["kpi", "value", "95% interval", "sample", "numerator / denominator", "note"];
    let mut lines = vec![by.iter().copied().chain(names).map(str::to_owned).collect::<Vec<_>>()];
    for (at, row) in rows.iter().enumerate() {
        let repeated = at > 0 && rows.get(at - 1).is_some_and(|before| before.group == row.group);
        // A group's name stands once, on its first line.
        let mut line: Vec<String> = parts(&row.group).into_iter().map(|(_, part)| if repeated { String::new() } else { printable(part) }).collect();
        line.extend(cells(row, end, currency, zone));
        lines.push(line);
    }
    let columns = [Align::Left, Align::Right, Align::Right, Align::Right, Align::Right, Align::Left];
    let columns: Vec<Align> = by.iter().map(|_| Align::Left).chain(columns).collect();
    grid::write(out, &columns, &lines)
}

/// KPI, value, interval, sample, parts and note.
fn cells(row: &Row, end: Millis, currency: Currency, zone: &Zone) -> [String; 6] {
    let unit = row.kpi.unit();
    let none = || NONE.to_owned();
    let show = |number| human::number(number, unit, currency);
    let real = |x| show(kpis::Number::Real(x));
    let kpi = row.kpi.variant().map_or(row.kpi.name().to_owned(), |variant| format!("{} {variant}", row.kpi.name()));
    let parts = match (row.numerator, row.denominator) {
        (Some(numerator), Some(denominator)) => format!("{} / {}", human::part(numerator, unit, currency), human::part(denominator, unit, currency)),
        _ => none(),
    };
    let mut notes = Vec::new();
    if let Err(reason) = row.value {
        notes.push(reason.code().to_owned());
    }
    if row.end != end {
        notes.push(if row.end <= row.start { "no day covered".to_owned() } else { format!("covers {}", covered(row.start, row.end, zone)) });
    }
    [
        kpi,
        row.value.map_or_else(|_| none(), show),
        row.interval.map_or_else(none, |(lower, upper)| format!("{} to {}", real(lower), real(upper))),
        row.sample_size.map_or_else(none, human::count),
        parts,
        notes.join("; "),
    ]
}

/// The days from a first instant to an excluded last, or the instants where they are no days.
pub fn covered(start: Millis, end: Millis, zone: &Zone) -> String {
    if end <= start {
        return "no day".to_owned();
    }
    let (first, last) = (zone.day_of(start), zone.day_of(end.plus(-1)));
    let whole = zone.first_instant(first) == start && zone.end(last) == end;
    match whole {
        true if first == last => first.to_string(),
        true => format!("{first} to {last}"),
        false => format!("{start} to {end}"),
    }
}

fn write_state(out: &mut impl Write, state: &DataState) -> io::Result<()> {
    writeln!(out)?;
    writeln!(
        out,
        "Left out: {} without an amount, {} without a cycle",
        human::counted(state.deals_without_amount, "won deal"),
        human::counted(state.wins_without_cycle, "new-business win")
    )?;
    if let Some(share) = state.conversion_within_horizon {
        writeln!(out, "Conversions within the horizon: {}", human::percent(share))?;
    }
    for lacking in &state.unconverted {
        writeln!(out, "Not converted, for want of a rate: {} of {}", human::money(lacking.amount, lacking.currency), lacking.measure)?;
    }
    Ok(())
}
