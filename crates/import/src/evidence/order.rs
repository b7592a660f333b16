//! Whether days or months come first: one order holds for a whole file, and something in the file must decide it.

use jiff::civil::Date;

use super::{Decided, lines_of_range};
use crate::{
    dates::{self, Form, Order},
    decisions::{Decisions, Refusal},
    mapping::Field,
    sheet::Row,
    table::Table,
};

/// A date of a row.
struct Found<'t, 'a> {
    row: &'a Row,
    field: Field,
    form: Form,
    iso: bool,
    table: &'t Table<'a>,
}

impl Found<'_, '_> {
    fn place(&self) -> String {
        self.table.place(self.row, self.field)
    }

    fn text(&self) -> &str {
        self.table.get(self.row, self.field)
    }
}

/// The order of a file's dates; none where none needs one.
pub fn order(table: &Table<'_>, decisions: &Decisions) -> Result<Option<Decided<Order>>, Refusal> {
    let found: Vec<Found<'_, '_>> = found(table);
    if let Some(order) = decisions.order {
        return Ok(Some(Decided::by(order, "--date-order")));
    }
    let first = |order: Order| found.iter().find(|date| date.form.decides() == Some(order));
    let why = |date: &Found<'_, '_>| format!("`{}` in {}", date.text(), date.place());
    let decided = match (first(Order::DayFirst), first(Order::MonthFirst)) {
        (Some(day), Some(month)) => {
            let what = format!(
                "`{}` is day first, but `{}` in line {} is month first: a spreadsheet has read some of the dates; export again and import \
                    the file as downloaded, or give --date-order dmy or mdy, and rows that do not fit are left out",
                day.text(),
                month.text(),
                month.row.line
            );
            return Err(Refusal::new("mixed_dates", day.place(), what));
        }
        (Some(date), None) => Some(Decided::by(Order::DayFirst, why(date))),
        (None, Some(date)) => Some(Decided::by(Order::MonthFirst, why(date))),
        (None, None) => None,
    };
    half_read(&found)?;
    if decided.is_some() || !needs_order(table, &found) {
        return Ok(decided);
    }
    if let Some(decided) = by_lines(table).or_else(|| by_range(table, &found)) {
        return Ok(Some(decided));
    }
    let Some(date) = found.iter().find(|date| date.form.needs_order()) else { return Ok(None) };
    let read = |order| date.form.date(Some(order)).map_or_else(String::new, |date| date.to_string());
    let (day, month) = (read(Order::DayFirst), read(Order::MonthFirst));
    let what = format!(
        "`{}` is {day} or {month}, and nothing in the file decides: give --date-order dmy (day first) or --date-order mdy (month first)",
        date.text()
    );
    Err(Refusal::new("ambiguous_dates", date.place(), what))
}

fn found<'t, 'a>(table: &'t Table<'a>) -> Vec<Found<'t, 'a>> {
    let fields: Vec<Field> = table.columns.keys().copied().filter(|field| field.is_date()).collect();
    let of = |row: &&'a Row| {
        let row: &'a Row = row;
        fields.iter().filter_map(move |field| {
            let written = dates::read(table.get(row, *field))?;
            Some(Found { row, field: *field, form: written.form, iso: written.iso, table })
        })
    };
    table.rows.iter().flat_map(|row| of(row).collect::<Vec<_>>()).collect()
}

fn needs_order(table: &Table<'_>, found: &[Found<'_, '_>]) -> bool {
    let in_lines = || table.before.iter().chain(&table.behind).flat_map(|(_, line)| dates::within(line)).any(|written| written.form.needs_order());
    found.iter().any(|date| date.form.needs_order()) || in_lines() && !found.is_empty()
}

/// A column in which a spreadsheet has read what it could as month first: the rest has a day above 12, and what was read has none.
fn half_read(found: &[Found<'_, '_>]) -> Result<(), Refusal> {
    let mut fields: Vec<Field> = found.iter().map(|date| date.field).collect();
    fields.sort();
    fields.dedup();
    for field in fields {
        let of = || found.iter().filter(|date| date.field == field);
        let pairs = || of().filter(|date| matches!(date.form, Form::Pair { .. }));
        let certain = || of().filter_map(|date| date.form.date(None).filter(|_| date.iso));
        let (Some(first), true) = (pairs().next(), certain().next().is_some()) else { continue };
        if pairs().all(|date| date.form.decides().is_some()) && certain().all(|date| date.day() <= 12) {
            let what = format!(
                "`{}` stands among dates with the year first, none of which has a day above 12: a spreadsheet has read those, perhaps with \
                    day and month the wrong way round; export again and import the file as downloaded, or give \
                    --date-order dmy or mdy to take them as they stand",
                first.text()
            );
            return Err(Refusal::new("mixed_dates", first.place(), what));
        }
    }
    Ok(())
}

/// A date in the lines around the rows that can be read in one order only.
fn by_lines(table: &Table<'_>) -> Option<Decided<Order>> {
    let lines = table.before.iter().chain(&table.behind);
    let mut decided = lines.flat_map(|(n, line)| dates::within(line).into_iter().filter_map(move |written| Some((*n, written.form.decides()?))));
    let (line, order) = decided.next()?;
    decided.all(|(_, other)| other == order).then(|| Decided::by(order, format!("the date in line {line}")))
}

/// The only order in which all dates lie in the days that the lines before the header name.
fn by_range(table: &Table<'_>, found: &[Found<'_, '_>]) -> Option<Decided<Order>> {
    let days: Vec<Date> = lines_of_range(table).flat_map(dates::within).filter_map(|written| written.form.date(None)).collect();
    let (first, last) = (*days.iter().min()?, *days.iter().max()?);
    if days.len() < 2 {
        return None;
    }
    let of_rows = || found.iter().filter(|date| matches!(date.field, Field::Day | Field::Start) && date.form.needs_order());
    let fits = |order| of_rows().all(|date| date.form.date(Some(order)).is_some_and(|date| (first..=last).contains(&date)));
    let order = match (fits(Order::DayFirst), fits(Order::MonthFirst)) {
        (true, false) => Order::DayFirst,
        (false, true) => Order::MonthFirst,
        _ => return None,
    };
    of_rows().next()?;
    Some(Decided::by(order, format!("the report covers {first} to {last}")))
}
