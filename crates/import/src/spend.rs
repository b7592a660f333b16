//! Rows of ad spend: what a report's rows are, whether they are days, what tells them apart, and whether they add up.

mod grain;
mod ids;
mod parts;
mod row;
mod totals;

use jiff::civil::Date;
use model::{Currency, Millis};

use crate::{
    decisions::{Decisions, Refusal},
    evidence::{self, Decided},
    mapping::Field,
    table::Table,
    told::{Reject, Seen},
    words,
};

pub use ids::whole as ids_are_whole;
pub use row::{Key, Part, Spend};

/// One report as it was pulled.
#[derive(Clone, Debug)]
pub struct Pull {
    /// `source` of its events.
    pub system: String,
    /// The columns that make the keys of its rows: only reports of the same ones say the same thing twice.
    pub shape: Vec<Field>,
    /// The columns kept as `breakdown`.
    pub breakdown: Vec<String>,
    /// The rows.
    pub rows: Vec<Spend>,
    /// The first and last day that it covers.
    pub range: Option<(Date, Date)>,
    /// It shows less than the account has: what is missing is not gone.
    pub filtered: bool,
    /// When it was pulled, by the file.
    pub pulled_at: Option<Decided<Millis>>,
}

/// Where the currency of a file's amounts stands.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Currencies {
    /// In a column.
    Column,
    /// Said once, or in the amounts themselves.
    One(Option<Currency>),
}

/// Reads a report of spend.
pub fn read(table: &Table<'_>, decisions: &Decisions, zone: &model::Zone, seen: &mut Seen, rejects: &mut Vec<Reject>) -> Result<Pull, Refusal> {
    ids::whole(table)?;
    let order = evidence::order(table, decisions)?;
    let range = evidence::range(table, order.as_ref().map(|order| order.what))
        .or_else(|| grain::range_of_totals(table, order.as_ref().map(|order| order.what)));
    let (currencies, why) = currencies(table, decisions);
    let one = if let Currencies::One(one) = &currencies { *one } else { sole(table) };
    let decimal = evidence::decimal(table, decisions, one)?;
    let day = grain::day_column(table, order.as_ref().map(|order| order.what), range, decisions)?;
    let reading =
        row::Reading { table, day, order: order.as_ref().map(|order| order.what), decimal: decimal.what, currencies: &currencies, decisions };
    let (lines, totals) = reading.lines(rejects)?;
    let first = lines.first().map(|line| line.day);
    let (mut first, mut last) = (first, first);
    for line in &lines {
        first = first.min(Some(line.day));
        last = last.max(Some(line.day));
    }
    let told = totals::reconcile(table, &lines, &totals, rejects, decisions)?;
    let plan = parts::Plan::new(table, &lines, told.proves, decisions)?;
    let rows = plan.rows(lines)?;
    seen.say("currency", said_currencies(&rows, &why));
    seen.say(
        "time zone",
        format!(
            "spend days are the ad account's own{}, taken as they stand",
            if table.header.cells().any(|name| words::norm(name).contains("utc")) { ", of UTC by the header" } else { "" }
        ),
    );
    if let Some(order) = &order {
        seen.say("dates", format!("{}: {}", order.what.words(), order.why));
    }
    seen.say("numbers", format!("{}: {}", decimal.what.example(), decimal.why));
    seen.say("grain", grain::said(table, day, first, last, &plan.breakdown));
    seen.say("account", row::said_accounts(&rows, table, decisions));
    for note in told.notes.iter().chain(&plan.notes) {
        seen.say("total", note.clone());
    }
    Ok(Pull {
        system: table.mapping.system.clone(),
        shape: plan.shape(),
        breakdown: plan.breakdown.clone(),
        range: range.or(first.zip(last)),
        filtered: told.filtered,
        pulled_at: evidence::pulled_at(table, order.map(|order| order.what), zone),
        rows,
    })
}

/// Where the currency stands, and what says so.
fn currencies(table: &Table<'_>, decisions: &Decisions) -> (Currencies, String) {
    let has_column = table.has(Field::Currency) && table.rows.iter().any(|row| words::currency(table.get(row, Field::Currency)).is_some());
    if has_column {
        return (Currencies::Column, format!("column `{}`", table.name(Field::Currency)));
    }
    if let Some(currency) = table.currency_of_name(Field::Cost) {
        return (Currencies::One(Some(currency)), format!("column `{}`", table.name(Field::Cost)));
    }
    if let Some((line, currency)) = by_lines(table) {
        return (Currencies::One(Some(currency)), format!("line {line}"));
    }
    let beside = table.rows.iter().any(|row| crate::numbers::currency(table.get(row, Field::Cost)).is_some());
    if beside {
        return (Currencies::One(None), "beside the amounts".to_owned());
    }
    (Currencies::One(decisions.currency), "--currency".to_owned())
}

/// A line such as `Currency: EUR` before the header.
fn by_lines(table: &Table<'_>) -> Option<(u64, Currency)> {
    const LABELS: &[&str] = &["currency", "währung", "devise", "moneda", "valuta", "moeda", "waluta", "měna", "通貨", "monnaie"];
    table.before.iter().find_map(|(line, text)| {
        let (label, value) = text.split_once([':', ',', '：'])?;
        let is_label = LABELS.iter().any(|word| words::norm(label).contains(word));
        is_label.then(|| words::currency(value)).flatten().map(|currency| (*line, currency))
    })
}

/// The currency of the column, where there is but one.
fn sole(table: &Table<'_>) -> Option<Currency> {
    let mut all: Vec<Currency> = table.rows.iter().filter_map(|row| words::currency(table.get(row, Field::Currency))).collect();
    all.sort();
    all.dedup();
    if let [one] = all.as_slice() { Some(*one) } else { None }
}

fn said_currencies(rows: &[Spend], why: &str) -> String {
    let mut all: Vec<Currency> = rows.iter().map(|row| row.currency).collect();
    all.sort();
    all.dedup();
    format!("{}: {why}", all.iter().map(Currency::to_string).collect::<Vec<_>>().join(", "))
}
