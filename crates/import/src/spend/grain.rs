//! Whether a report's rows are days. A week or a month booked on one day would make that day's figures, and all others', wrong.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::row;
use crate::{
    dates::Order,
    decisions::{Decisions, Refusal},
    mapping::Field,
    table::Table,
    words::norm,
};

/// What a line before the header says of how rows were added up, in words that are not days.
const LONGER: &[&str] = &[
    "weekly",
    "monthly",
    "quarterly",
    "yearly",
    "summary",
    "hourly",
    "entire time range",
    "wöchentlich",
    "monatlich",
    "zusammenfassung",
    "hebdomadaire",
    "mensuel",
    "résumé",
    "semanal",
    "mensual",
    "resumen",
    "settimanale",
    "mensile",
    "riepilogo",
    "mensal",
    "resumo",
    "wekelijks",
    "maandelijks",
    "tygodniowo",
    "miesięcznie",
    "co tydzień",
    "co miesiąc",
    "podsumowanie",
    "varje vecka",
    "månadsvis",
    "ugentlig",
    "månedlig",
    "ukentlig",
    "týdenní",
    "týdně",
    "měsíční",
    "měsíčně",
    "週次",
    "月次",
];
const AGGREGATION: &[&str] = &[
    "aggregation",
    "time breakdown",
    "aggregierung",
    "aggregat",
    "agrégation",
    "agregación",
    "aggregazione",
    "agregação",
    "aggregatie",
    "agregacja",
    "aggregering",
    "sammanställning",
    "agregace",
    "集計",
    "granularity",
    "granularität",
];

/// How a report by day is had, by its system.
fn how(system: &str) -> &'static str {
    match system {
        "meta" => "export it with Breakdown > By time > Day",
        "google_ads" => "export it with Segment > Time > Day",
        "linkedin" => "export it with Time breakdown: Daily",
        "microsoft_ads" => "export it with the unit of time Day",
        _ => "export it broken down by day",
    }
}

fn refusal(table: &Table<'_>, place: String, what: &str, mendable: bool) -> Refusal {
    let otherwise = if mendable { ", or give --by-day where each row really is of the one day it names" } else { "" };
    Refusal::new("not_by_day", place, format_args!("{what}: a day's spend is wanted; {}{otherwise}", how(&table.mapping.system)))
}

/// The column of the rows' days.
pub fn day_column(table: &Table<'_>, order: Option<Order>, range: Option<(Date, Date)>, decisions: &Decisions) -> Result<Field, Refusal> {
    let header = |field| format!("line {}, column `{}`", table.header.line, table.name(field));
    let longer = [(Field::Week, "weeks"), (Field::Month, "months"), (Field::Quarter, "quarters")];
    aggregation(table)?;
    if table.has(Field::Day) {
        return Ok(Field::Day);
    }
    if let Some((field, what)) = longer.into_iter().find(|(field, _)| table.has(*field)) {
        return Err(refusal(table, header(field), &format!("the rows are {what}, not days"), false));
    }
    if table.has(Field::End) {
        each_of_one_day(table, order)?;
        return Ok(Field::Start);
    }
    if !decisions.by_day {
        single_days(table, order, range)?;
    }
    Ok(Field::Start)
}

fn aggregation(table: &Table<'_>) -> Result<(), Refusal> {
    for (line, text) in &table.before {
        let Some((label, value)) = text.split_once([':', '：']) else { continue };
        let (label, value) = (norm(label), norm(value));
        if AGGREGATION.iter().any(|word| label.contains(word)) && LONGER.iter().any(|word| value == *word) {
            return Err(refusal(table, format!("line {line}"), &format!("the rows are not days: `{value}`"), false));
        }
    }
    Ok(())
}

/// Rows with a first and a last day: both must be the same.
fn each_of_one_day(table: &Table<'_>, order: Option<Order>) -> Result<(), Refusal> {
    let of = |row, field| row::date(table, row, field, order);
    let named = |row| table.value(row, Field::Campaign).or_else(|| table.value(row, Field::CampaignId)).is_some();
    let longer = table
        .rows
        .iter()
        .filter(|row| named(row))
        .find_map(|row| Some((row, of(row, Field::Start)?, of(row, Field::End)?)).filter(|(_, start, end)| start != end));
    let Some((row, start, end)) = longer else { return Ok(()) };
    Err(refusal(table, table.place(row, Field::Start), &format!("the row covers {start} to {end}"), false))
}

/// Rows with their first day alone, which is their only one only where they stand close together.
fn single_days(table: &Table<'_>, order: Option<Order>, range: Option<(Date, Date)>) -> Result<(), Refusal> {
    let days: BTreeSet<Date> = table.rows.iter().filter_map(|row| row::date(table, row, Field::Start, order)).collect();
    let (Some(first), Some(row)) = (days.first(), table.rows.first()) else { return Ok(()) };
    let place = || table.place(row, Field::Start);
    let gaps = days.iter().zip(days.iter().skip(1)).map(|(one, next)| (*next - *one).get_days());
    match (days.len(), range) {
        (1, Some((from, to))) if from == to => Ok(()),
        (1, Some((from, to))) => Err(refusal(table, place(), &format!("every row has {first}, but the report covers {from} to {to}"), true)),
        (1, None) => Err(refusal(table, place(), &format!("every row has {first}, and nothing says whether the report covers one day"), true)),
        _ if gaps.min().is_some_and(|gap| gap >= 7) => Err(refusal(table, place(), "no two of the dates are less than a week apart", true)),
        _ => Ok(()),
    }
}

/// The days that a row without a name covers: the total's.
pub fn range_of_totals(table: &Table<'_>, order: Option<Order>) -> Option<(Date, Date)> {
    let is_total = |row: &&&crate::sheet::Row| table.value(row, Field::Campaign).is_none() && table.value(row, Field::CampaignId).is_none();
    let of = |row, field| row::date(table, row, field, order);
    table.rows.iter().filter(is_total).find_map(|row| of(row, Field::Start).zip(of(row, Field::End)))
}

/// The grain for people.
pub fn said(table: &Table<'_>, day: Field, first: Option<Date>, last: Option<Date>, breakdown: &[String]) -> String {
    let days = first.zip(last).map_or_else(|| "no rows".to_owned(), |(first, last)| format!("{first} to {last}"));
    let finest = [
        (Field::Ad, "ads"),
        (Field::AdId, "ads"),
        (Field::AdGroup, "ad groups"),
        (Field::AdGroupId, "ad groups"),
        (Field::Campaign, "campaigns"),
        (Field::CampaignId, "campaigns"),
    ];
    let what = finest.into_iter().find(|(field, _)| table.has(*field)).map_or("the account", |(_, what)| what);
    let breakdown = if breakdown.is_empty() { String::new() } else { format!(", broken down by {}", breakdown.join(", ")) };
    format!("{what} by day (column `{}`), {days}{breakdown}", table.name(day))
}
