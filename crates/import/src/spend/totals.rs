//! Total rows: told from rows of spend, and held against their sum.

use std::collections::BTreeMap;

use model::{Currency, Micros};

use super::row::{Line, Reading};
use crate::{
    decisions::{Decisions, Refusal},
    mapping::Field,
    sheet::Row,
    table::Table,
    told::Reject,
    words::{self, norm},
};

/// A row that sums others up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Total {
    line: u64,
    label: String,
    amount: Option<Micros>,
    /// Times shown and clicked, where it says them.
    counts: [Option<i64>; 2],
}

/// What the totals tell.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Told {
    /// For people.
    pub notes: Vec<String>,
    /// The rows add up, so those that look alike are parts and no repetitions.
    pub proves: bool,
    /// The account has more than the report shows.
    pub filtered: bool,
}

/// What makes a row of spend what it is, beside its day.
const DIMENSIONS: [Field; 7] = [Field::Campaign, Field::CampaignId, Field::AdGroup, Field::AdGroupId, Field::Ad, Field::AdId, Field::SourceMedium];

/// Words before the number of rows, as [`norm`] has them.
const ROWS: &[&str] = &["rows", "zeilen", "lignes", "filas", "righe", "linhas", "rijen", "wiersze", "rader", "rækker", "řádky", "行数", "行"];

/// A row that is a total: it has no day of its own, and is named so or not named at all.
pub(super) fn total(reading: &Reading<'_, '_>, row: &Row) -> Option<Total> {
    let table = reading.table;
    if reading.date(row).is_some() && !covers_more_than_a_day(reading, row) {
        return None;
    }
    let label = row.cells().find(|cell| words::is_total(cell));
    let is_nameless = DIMENSIONS.into_iter().all(|field| table.value(row, field).is_none());
    let amount = reading.amount(row, Field::Cost).ok().flatten().map(|(amount, _)| amount);
    let label = match label {
        Some(label) => label.to_owned(),
        None if is_nameless && amount.is_some() => "the row without a name".to_owned(),
        None => return None,
    };
    let count = |field| reading.amount(row, field).ok().flatten().and_then(|(amount, _)| i64::try_from(amount.0 / 1_000_000).ok());
    Some(Total { line: row.line, label, amount, counts: [count(Field::Impressions), count(Field::Clicks)] })
}

fn covers_more_than_a_day(reading: &Reading<'_, '_>, row: &Row) -> bool {
    let of = |field| super::row::date(reading.table, row, field, reading.order);
    reading.day == Field::Start && of(Field::Start).zip(of(Field::End)).is_some_and(|(start, end)| start != end)
}

/// Holds the rows against their total.
pub(super) fn reconcile(table: &Table<'_>, lines: &[Line<'_>], totals: &[Total], rejects: &[Reject], decisions: &Decisions) -> Result<Told, Refusal> {
    let mut told = Told::default();
    let given = totals.iter().filter(|total| total.amount.is_some());
    let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
    for line in lines {
        *sums.entry(line.spend.currency).or_default() += line.spend.amount.0;
    }
    let sums: Vec<(Currency, i128)> = sums.into_iter().collect();
    match (sums.as_slice(), given.clone().next()) {
        (_, None) => told.notes.push("the file has no total to hold the rows against".to_owned()),
        ([], Some(first)) if given.clone().any(|total| total.amount != Some(Micros(0))) => {
            return unreconciled(told, table, first, Micros(0), decisions);
        }
        ([(currency, sum)], Some(_)) => told = one_currency(told, table, lines, given.collect(), (*currency, Micros(*sum)), decisions)?,
        (_, Some(_)) => told.notes.push("the total adds up several currencies: the rows are not held against it".to_owned()),
    }
    counted(table, lines, rejects, decisions, told)
}

fn one_currency(
    mut told: Told,
    table: &Table<'_>,
    lines: &[Line<'_>],
    totals: Vec<&Total>,
    (currency, sum): (Currency, Micros),
    decisions: &Decisions,
) -> Result<Told, Refusal> {
    let counts = [lines.iter().map(|line| line.spend.impressions).sum(), lines.iter().map(|line| line.spend.clicks).sum()];
    // Each amount is rounded by itself, so a total may differ by half a cent a row; then its counts must agree to the last one.
    let slack = 500_000 / 10i128.pow(u32::try_from(currency.exponent()).unwrap_or(2)) * (lines.len() as i128 + 1);
    let gap = |total: &Total| total.amount.unwrap_or_default().0 - sum.0;
    let is_rounded = |total: &Total| gap(total).abs() <= slack && total.counts == counts.map(Some);
    let matching = totals.iter().find(|total| gap(total) == 0).or_else(|| totals.iter().find(|total| is_rounded(total)));
    let Some(matching) = matching else {
        let nearest = totals.iter().min_by_key(|total| gap(total).abs());
        return nearest.map_or(Ok(told.clone()), |nearest| unreconciled(told, table, nearest, sum, decisions));
    };
    let rounding = if gap(matching) == 0 { "" } else { ", but for rounding" };
    told.notes.push(format!("the rows add up to `{}` in line {}: {sum} {currency}{rounding}", matching.label, matching.line));
    told.proves = gap(matching) == 0;
    if let Some(larger) = totals.iter().filter(|total| gap(total) > slack).max_by_key(|total| gap(total)) {
        told.filtered = true;
        told.notes.push(format!(
            "`{}` in line {} is {} {currency} more than the table shows: it was filtered, and what it leaves out is not imported",
            larger.label,
            larger.line,
            Micros(gap(larger))
        ));
    }
    Ok(told)
}

fn unreconciled(mut told: Told, table: &Table<'_>, total: &Total, sum: Micros, decisions: &Decisions) -> Result<Told, Refusal> {
    let amount = total.amount.unwrap_or_default();
    let gap = Micros(amount.0 - sum.0);
    let what = format!("`{}` says {amount}, the rows of `{}` add up to {sum}, a difference of {gap}", total.label, table.name(Field::Cost));
    if decisions.unreconciled {
        told.filtered = true;
        told.notes.push(format!("{what}; taken as it is by --unreconciled"));
        return Ok(told);
    }
    let what =
        format!("{what}: the file may have been cut short or changed; export it again, or give --unreconciled to go on without what is missing");
    Err(Refusal::new("does_not_reconcile", format_args!("line {}", total.line), what))
}

/// The number of rows that a line before the header gives, and a last row that ends too early.
fn counted(table: &Table<'_>, lines: &[Line<'_>], rejects: &[Reject], decisions: &Decisions, mut told: Told) -> Result<Told, Refusal> {
    let rows = lines.len() + rejects.len();
    for (line, text) in &table.before {
        let Some((label, number)) = text.split_once([':', '：']) else { continue };
        let Some(number) = number.trim().parse().ok().filter(|_: &usize| ROWS.contains(&norm(label).as_str())) else { continue };
        if number == rows {
            told.notes.push(format!("line {line} says {number} rows, and so many there are"));
        } else if !decisions.unreconciled {
            let what = format!(
                "says {number} rows, but there are {rows}: the file may have been cut short; export it again, or give --unreconciled to go on"
            );
            return Err(Refusal::new("does_not_reconcile", format_args!("line {line}"), what));
        }
    }
    match rejects.iter().find(|reject| reject.kind == "cut_short").filter(|_| !decisions.unreconciled) {
        None => Ok(told),
        Some(reject) => {
            let what = format!("the file ends inside its last row ({}): export it again, or give --unreconciled to go on without it", reject.why);
            Err(Refusal::new("does_not_reconcile", format_args!("line {}", reject.line), what))
        }
    }
}
