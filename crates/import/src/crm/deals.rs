//! Rows of deals.

use std::collections::BTreeMap;

use model::{Currency, DealType, Micros, Millis, When, Zone};

use super::{Reading, ids, meanings::Unknown};
use crate::{
    decisions::{Decisions, Refusal},
    evidence::{self, Decided},
    mapping::Field,
    numbers::{self, Decimal},
    sheet::{Kind, Row},
    table::Table,
    told::{Reject, Seen},
    words::{self, Sign, key, norm},
};

/// A deal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deal {
    /// Where it stands.
    pub line: u64,
    /// Its id in its system.
    pub id: String,
    /// Where it stands in its life.
    pub status: Status,
    /// Its value.
    pub amount: Option<(Micros, Currency)>,
    /// The currency that the file gives beside the amount, also where there is none.
    pub currency: Option<Currency>,
    /// Its contacts, as they are listed.
    pub contacts: Vec<String>,
    /// The customer's id.
    pub company: Option<String>,
    /// New or existing business.
    pub deal_type: Option<DealType>,
    /// When it was opened.
    pub opened_at: Option<When>,
    /// When it was last changed.
    pub modified: Option<Millis>,
    /// Its segment.
    pub segment: Option<String>,
}

/// Where a deal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Not closed.
    Open,
    /// Won at a time.
    Won(When),
    /// Lost at a time.
    Lost(When),
    /// No longer there.
    Deleted,
}

/// What a row says before its time is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Open,
    Won,
    Lost,
    Deleted,
}

/// Reads a report of deals.
pub fn read(
    table: &Table<'_>,
    decisions: &Decisions,
    zone: &Zone,
    seen: &mut Seen,
    rejects: &mut Vec<Reject>,
) -> Result<(Vec<Deal>, Option<Decided<Millis>>), Refusal> {
    let (reading, pulled) = Reading::new(table, decisions, zone, seen)?;
    let decimal = evidence::decimal(table, decisions, decisions.currency)?.what;
    let rows = reading.rows(Field::DealId, rejects);
    reading.is_whole(rows.len(), rejects)?;
    let (mut deals, mut unknown): (BTreeMap<String, Deal>, _) = (BTreeMap::new(), Unknown::default());
    for (row, id) in rows {
        let Some(outcome) = outcome(&reading, row) else {
            let column = if table.has(Field::Stage) { Field::Stage } else { Field::Status };
            unknown.note(table.get(row, Field::Pipeline), table.get(row, column));
            continue;
        };
        match deal(&reading, row, id, outcome, decimal)? {
            Err(reject) => rejects.push(reject),
            Ok(deal) => kept(&mut deals, deal)?,
        }
    }
    unknown.refuse(table, if table.has(Field::Stage) { Field::Stage } else { Field::Status }, "won, lost, open")?;
    seen.say("rows", said(&deals));
    Ok((deals.into_values().collect(), pulled))
}

fn said(deals: &BTreeMap<String, Deal>) -> String {
    let count = |is: fn(&Status) -> bool| deals.values().filter(|deal| is(&deal.status)).count();
    let (won, lost) = (count(|status| matches!(status, Status::Won(_))), count(|status| matches!(status, Status::Lost(_))));
    let (open, deleted) = (count(|status| *status == Status::Open), count(|status| *status == Status::Deleted));
    format!("{} deals: {won} won, {lost} lost, {open} open, {deleted} deleted", deals.len())
}

/// A deal that stands twice must say the same twice, but for its contacts.
fn kept(deals: &mut BTreeMap<String, Deal>, deal: Deal) -> Result<(), Refusal> {
    let Some(known) = deals.get_mut(&deal.id) else {
        deals.insert(deal.id.clone(), deal);
        return Ok(());
    };
    let same = Deal { line: known.line, contacts: known.contacts.clone(), ..deal.clone() } == *known;
    if !same {
        let what = format!("deal {} stands in line {} too, and says something else there: export one row a deal", deal.id, known.line);
        return Err(Refusal::new("rows_not_told_apart", format_args!("line {}", deal.line), what));
    }
    let new = deal.contacts.into_iter().filter(|contact| !known.contacts.contains(contact)).collect::<Vec<_>>();
    known.contacts.extend(new);
    Ok(())
}

/// What a row says of its deal; none where nothing says what its stage means.
fn outcome(reading: &Reading<'_, '_>, row: &Row) -> Option<Outcome> {
    let table = reading.table;
    let (pipeline, stage) = (table.get(row, Field::Pipeline), table.get(row, Field::Stage));
    let decided = || reading.decisions.stage(pipeline, stage).and_then(named).filter(|_| !stage.is_empty());
    by_truth(table, row).or_else(|| by_status(reading, row)).or_else(decided).or_else(|| by_stage(table, stage, pipeline))
}

fn by_truth(table: &Table<'_>, row: &Row) -> Option<Outcome> {
    let yes = |field| table.has(field).then(|| words::truth(table.get(row, field))).flatten();
    match (yes(Field::Won)?, yes(Field::Closed)) {
        (true, _) => Some(Outcome::Won),
        (false, Some(true)) => Some(Outcome::Lost),
        (false, Some(false)) => Some(Outcome::Open),
        (false, None) => None,
    }
}

fn by_status(reading: &Reading<'_, '_>, row: &Row) -> Option<Outcome> {
    let status = reading.table.value(row, Field::Status)?;
    let meaning = reading.decisions.stage("", status).or_else(|| reading.table.mapping.statuses.get(&key(status)).map(String::as_str));
    named(meaning?)
}

/// A stage by the mapping; the pipeline may stand in brackets behind it.
fn by_stage(table: &Table<'_>, stage: &str, pipeline: &str) -> Option<Outcome> {
    let of = |stage: &str| table.mapping.stages.get(&key(stage)).and_then(|meaning| named(meaning));
    let bare = || stage.strip_suffix(')')?.rsplit_once('(').filter(|(_, of)| pipeline.is_empty() || norm(of) == norm(pipeline));
    of(stage).or_else(|| of(bare()?.0))
}

fn named(meaning: &str) -> Option<Outcome> {
    match meaning {
        "open" => Some(Outcome::Open),
        "won" => Some(Outcome::Won),
        "lost" => Some(Outcome::Lost),
        "deleted" => Some(Outcome::Deleted),
        _ => None,
    }
}

fn deal(reading: &Reading<'_, '_>, row: &Row, id: String, outcome: Outcome, decimal: Decimal) -> Result<Result<Deal, Reject>, Refusal> {
    let table = reading.table;
    let amount = match amount(reading, row, decimal)? {
        Ok(amount) => amount,
        Err(reject) => return Ok(Err(reject)),
    };
    let rest = || {
        Ok(Deal {
            line: row.line,
            status: status(reading, row, &id, outcome)?,
            amount,
            currency: table.value(row, Field::Currency).and_then(words::currency),
            contacts: ids(table.get(row, Field::ContactIds)),
            company: reading.company(row),
            deal_type: table.value(row, Field::DealType).and_then(|text| deal_type(table, text)),
            opened_at: reading.when(row, Field::CreatedAt)?,
            modified: reading.modified(row),
            segment: reading.text(row, Field::Segment),
            id: id.clone(),
        })
    };
    Ok(rest())
}

fn deal_type(table: &Table<'_>, text: &str) -> Option<DealType> {
    let by_mapping = table.mapping.deal_types.get(&key(text)).map(String::as_str);
    DealType::read(by_mapping.unwrap_or(text))
}

/// The status with its time. A deal that was closed at no known time cannot be booked: a time made up would be this month's.
fn status(reading: &Reading<'_, '_>, row: &Row, id: &str, outcome: Outcome) -> Result<Status, Reject> {
    let at = |first: Field, word: &str| {
        let when = reading.when(row, first)?.map_or_else(|| reading.when(row, Field::ClosedAt), |when| Ok(Some(when)))?;
        when.ok_or_else(|| Reject::new(row.line, "no_date", format!("deal {id}: {word}, and no time at which it was")))
    };
    match outcome {
        Outcome::Open => Ok(Status::Open),
        Outcome::Deleted => Ok(Status::Deleted),
        Outcome::Won => at(Field::WonAt, "won").map(Status::Won),
        Outcome::Lost => at(Field::LostAt, "lost").map(Status::Lost),
    }
}

fn amount(reading: &Reading<'_, '_>, row: &Row, decimal: Decimal) -> Result<Result<Option<(Micros, Currency)>, Reject>, Refusal> {
    let table = reading.table;
    let Some(text) = table.value(row, Field::Amount) else { return Ok(Ok(None)) };
    let is_number = table.columns.get(&Field::Amount).is_some_and(|column| row.kind(*column) == Kind::Number);
    let Some((amount, sign)) = numbers::amount(text, if is_number { Decimal::Point } else { decimal }) else {
        let why = format!("column `{}`: not a number such as {}", table.name(Field::Amount), decimal.example());
        return Ok(Err(Reject::new(row.line, "bad_number", why)));
    };
    let beside = if let Sign::Of(currency) = sign { Some(currency) } else { None };
    let of_column = match table.value(row, Field::Currency) {
        None => None,
        Some(text) => match words::currency(text) {
            Some(currency) => Some(currency),
            None => return Ok(Err(Reject::new(row.line, "bad_currency", format!("column `{}`: no currency's code", table.name(Field::Currency))))),
        },
    };
    let currency = of_column.or_else(|| table.currency_of_name(Field::Amount)).or(beside).or(reading.decisions.currency);
    let what = "nothing says of which currency the amount is: give it by --currency CODE, or export with the currency's column";
    currency.map(|currency| Ok(Some((amount, currency)))).ok_or_else(|| Refusal::new("missing_currency", table.place(row, Field::Amount), what))
}
