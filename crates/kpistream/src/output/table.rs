//! The report for people: for each grouping and window a table, the reasons where there is no value.

use std::io::{self, Write};

use exporter::EventCounts;
use kpis::{DataState, Effect, Evaluation, Group, Row};
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
    let effects: Vec<&Effect> = evaluation.effects.iter().collect();
    for of_window in effects.chunk_by(|a, b| a.window == b.window) {
        write_effects(out, of_window, evaluation.currency)?;
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
    let (names, aims) = (["kpi", "value", "95% interval", "sample", "numerator / denominator"], aims(rows));
    let all = names.into_iter().chain(aims.iter().map(|aim| aim.name())).chain(["note"]);
    let mut lines = vec![by.iter().copied().chain(all).map(str::to_owned).collect::<Vec<_>>()];
    for (at, row) in rows.iter().enumerate() {
        let repeated = at > 0 && rows.get(at - 1).is_some_and(|before| before.group == row.group);
        // A group's name stands once, on its first line.
        let mut line: Vec<String> = parts(&row.group).into_iter().map(|(_, part)| if repeated { String::new() } else { printable(part) }).collect();
        line.extend(cells(row, currency));
        line.extend(aims.iter().map(|aim| aim.cell(row, currency)));
        line.push(note(row, end, zone));
        lines.push(line);
    }
    let numbers = 4 + aims.len();
    let columns = by.iter().map(|_| Align::Left).chain([Align::Left]).chain(vec![Align::Right; numbers]).chain([Align::Left]);
    grid::write(out, &columns.collect::<Vec<_>>(), &lines)
}

/// A column that is there where a row has something in it.
#[derive(Clone, Copy)]
enum AimColumn {
    Target,
    Projected,
}

fn aims(rows: &[&Row]) -> Vec<AimColumn> {
    let has = |aim: &AimColumn| rows.iter().any(|row| aim.of(row).0.is_some());
    [AimColumn::Target, AimColumn::Projected].into_iter().filter(has).collect()
}

impl AimColumn {
    fn name(self) -> &'static str {
        match self {
            AimColumn::Target => "target (attained)",
            AimColumn::Projected => "projected (pace)",
        }
    }

    /// A number of the KPI's unit, and a share of the target.
    fn of(self, row: &Row) -> (Option<f64>, Option<f64>) {
        match self {
            AimColumn::Target => (row.aim.target, row.aim.attainment),
            AimColumn::Projected => (row.aim.projected, row.aim.pace),
        }
    }

    fn cell(self, row: &Row, currency: Currency) -> String {
        let (Some(number), share) = self.of(row) else { return NONE.to_owned() };
        let number = human::number(kpis::Number::Real(number), row.kpi.unit(), currency);
        share.map_or_else(|| number.clone(), |share| format!("{number} ({})", human::percent(share)))
    }
}

/// What moved the ratios of a window since the one before, by channel.
fn write_effects(out: &mut impl Write, effects: &[&Effect], currency: Currency) -> io::Result<()> {
    let Some(first) = effects.first() else { return Ok(()) };
    writeln!(out, "\nWhat moved in {} since {}, by channel", first.window, first.before)?;
    let mut lines = vec![["kpi", "channel", "by its share", "by its own ratio"].map(str::to_owned).to_vec()];
    for (at, effect) in effects.iter().enumerate() {
        let repeated = at > 0 && effects.get(at - 1).is_some_and(|before| before.kpi == effect.kpi);
        let shown = |by: Option<f64>| by.map_or_else(|| NONE.to_owned(), |by| human::moved(by, effect.kpi.unit(), currency));
        let kpi = if repeated { String::new() } else { kpi_name(effect.kpi) };
        lines.push(vec![kpi, printable(&effect.channel), shown(effect.mix), shown(effect.rate)]);
    }
    grid::write(out, &[Align::Left, Align::Left, Align::Right, Align::Right], &lines)
}

fn kpi_name(kpi: kpis::Kpi) -> String {
    kpi.variant().map_or(kpi.name().to_owned(), |variant| format!("{} {variant}", kpi.name()))
}

/// Why there is no value, and which days it covers where those are not the window's.
fn note(row: &Row, end: Millis, zone: &Zone) -> String {
    let mut notes = Vec::new();
    if let Err(reason) = row.value {
        notes.push(reason.code().to_owned());
    }
    if row.end != end {
        notes.push(if row.end <= row.start { "no day covered".to_owned() } else { format!("covers {}", covered(row.start, row.end, zone)) });
    }
    notes.join("; ")
}

/// KPI, value, interval, sample and parts.
fn cells(row: &Row, currency: Currency) -> [String; 5] {
    let unit = row.kpi.unit();
    let none = || NONE.to_owned();
    let show = |number| human::number(number, unit, currency);
    let real = |x| show(kpis::Number::Real(x));
    let parts = match (row.numerator, row.denominator) {
        (Some(numerator), Some(denominator)) => format!("{} / {}", human::part(numerator, unit, currency), human::part(denominator, unit, currency)),
        _ => none(),
    };
    [
        kpi_name(row.kpi),
        row.value.map_or_else(|_| none(), show),
        row.interval.map_or_else(none, |(lower, upper)| format!("{} to {}", real(lower), real(upper))),
        row.sample_size.map_or_else(none, human::count),
        parts,
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
