//! Whether point or comma is the decimal sign: one holds for a whole file, and something in the file must decide it.

use model::Currency;

use super::Decided;
use crate::{
    decisions::{Decisions, Refusal},
    mapping::Field,
    numbers::{self, Decimal, Shape},
    sheet::{Kind, Row},
    table::Table,
};

/// The decimal sign of a file's numbers. `currency` is that of all amounts, where there is one.
pub fn decimal(table: &Table<'_>, decisions: &Decisions, currency: Option<Currency>) -> Result<Decided<Decimal>, Refusal> {
    if let Some(decimal) = decisions.decimal {
        return Ok(Decided::by(decimal, "--decimal"));
    }
    let columns: Vec<(Field, usize)> = table.columns.iter().filter(|(field, _)| field.is_number()).map(|(field, column)| (*field, *column)).collect();
    let mut firsts: [Option<(&Row, Field)>; 2] = [None, None];
    let mut either = None;
    for row in &table.rows {
        for (field, column) in columns.iter().filter(|(_, column)| row.kind(*column) == Kind::Text) {
            match numbers::shape(row.cell(*column)) {
                Shape::Decides(Decimal::Point) => _ = firsts[0].get_or_insert((*row, *field)),
                Shape::Decides(Decimal::Comma) => _ = firsts[1].get_or_insert((*row, *field)),
                // Counts have no decimals.
                Shape::Either(sign) if matches!(field, Field::Impressions | Field::Clicks) => {
                    let first = if sign == Decimal::Point { &mut firsts[1] } else { &mut firsts[0] };
                    first.get_or_insert((*row, *field));
                }
                Shape::Either(sign) => _ = either.get_or_insert((*row, *field, sign)),
                Shape::Plain | Shape::None => {}
            }
        }
    }
    let why = |(row, field): (&Row, Field)| format!("`{}` in {}", table.get(row, field), table.place(row, field));
    match (firsts, either) {
        ([Some(point), Some(comma)], _) => {
            let what = format!(
                "`{}` has a decimal point, but {} has a decimal comma: give --decimal point or --decimal comma, and rows that do \
                not fit are left out",
                table.get(point.0, point.1),
                why(comma)
            );
            Err(Refusal::new("mixed_numbers", table.place(point.0, point.1), what))
        }
        ([Some(point), None], _) => Ok(Decided::by(Decimal::Point, why(point))),
        ([None, Some(comma)], _) => Ok(Decided::by(Decimal::Comma, why(comma))),
        ([None, None], None) => Ok(Decided::by(Decimal::Point, "no number has one")),
        ([None, None], Some((row, field, sign))) => undecided(table, row, field, sign, currency),
    }
}

/// All that is left is one sign before three digits.
fn undecided(table: &Table<'_>, row: &Row, field: Field, sign: Decimal, currency: Option<Currency>) -> Result<Decided<Decimal>, Refusal> {
    if let Some(currency) = currency.filter(|currency| currency.exponent() == 0) {
        return Ok(Decided::by(sign.other(), format!("{currency} has no decimals")));
    }
    let ungrouped = table.rows.iter().find(|row| numbers::is_ungrouped(table.get(row, field)));
    if let Some(row) = ungrouped {
        return Ok(Decided::by(sign, format!("`{}` in line {} has no sign between thousands", table.get(row, field), row.line)));
    }
    if let Some(decided) = by_other_columns(table) {
        return Ok(decided);
    }
    let what = format!(
        "`{}` is {} or {}, and nothing in the file decides: give --decimal point or --decimal comma",
        table.get(row, field),
        shown(table.get(row, field), sign),
        shown(table.get(row, field), sign.other())
    );
    Err(Refusal::new("ambiguous_numbers", table.place(row, field), what))
}

fn shown(text: &str, decimal: Decimal) -> String {
    numbers::amount(text, decimal).map_or_else(|| "none".to_owned(), |(amount, _)| amount.to_string())
}

/// Columns of numbers that are not read (rates, shares, averages) are written by the same program.
fn by_other_columns(table: &Table<'_>) -> Option<Decided<Decimal>> {
    let read: Vec<usize> = table.columns.values().copied().collect();
    for column in (0..table.header.len()).filter(|column| !read.contains(column)) {
        let shapes = || table.rows.iter().map(|row| (row.line, numbers::shape(row.cell(column)))).filter(|(_, shape)| *shape != Shape::None);
        let filled = table.rows.iter().filter(|row| !crate::words::is_nothing(row.cell(column))).count();
        let all_numbers = shapes().count() * 10 >= filled * 9;
        let decides = |(line, shape): (u64, Shape)| if let Shape::Decides(decimal) = shape { Some((line, decimal)) } else { None };
        let mut decided = shapes().filter_map(decides);
        if let (true, Some((line, decimal))) = (all_numbers, decided.next())
            && decided.all(|(_, other)| other == decimal)
        {
            return Some(Decided::by(decimal, format!("line {line}, column `{}`", table.header.cell(column))));
        }
    }
    None
}
