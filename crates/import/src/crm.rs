//! Leads and deals: what a CRM's rows say of them, and what a person has to say first.

mod deals;
mod leads;
mod meanings;

use model::{Millis, When, Zone};

use crate::{
    dates::{self, Order},
    decisions::{Decisions, Refusal},
    evidence::{self, Decided},
    mapping::Field,
    sheet::Row,
    spend,
    table::Table,
    told::{Reject, Seen},
    words,
};

pub use deals::{Deal, Status, read as read_deals};
pub use leads::{Lead, read as read_leads};

/// How rows are read.
struct Reading<'t, 'a> {
    table: &'t Table<'a>,
    order: Option<Order>,
    zone: &'t Zone,
    decisions: &'t Decisions,
}

impl<'t, 'a> Reading<'t, 'a> {
    fn new(
        table: &'t Table<'a>,
        decisions: &'t Decisions,
        zone: &'t Zone,
        seen: &mut Seen,
    ) -> Result<(Reading<'t, 'a>, Option<Decided<Millis>>), Refusal> {
        spend::ids_are_whole(table)?;
        let order = evidence::order(table, decisions)?;
        if let Some(order) = &order {
            seen.say("dates", format!("{}: {}", order.what.words(), order.why));
        }
        let order = order.map(|order| order.what);
        let pulled = evidence::pulled_at(table, order, zone);
        let reading = Reading { table, order, zone, decisions };
        seen.say("time zone", reading.said_zone());
        Ok((reading, pulled))
    }

    fn said_zone(&self) -> String {
        let name = self.zone.name();
        let fields: Vec<Field> = self.table.columns.keys().copied().filter(|field| field.is_date()).collect();
        let times = || self.table.rows.iter().flat_map(|row| fields.iter().filter_map(|field| dates::read(self.table.get(row, *field))));
        match times().find(|written| written.time.is_some()) {
            None => "dates without a time stay dates".to_owned(),
            Some(written) if written.offset.is_some() => "times have their zones".to_owned(),
            Some(_) => format!("{name}: times without a zone are of the business (time_zone in the configuration, or --time-zone)"),
        }
    }

    /// Rows with an id; the others are left out.
    fn rows(&self, id: Field, rejects: &mut Vec<Reject>) -> Vec<(&'a Row, String)> {
        let last = self.table.rows.len().saturating_sub(1);
        let mut rows = Vec::new();
        for (n, row) in self.table.rows.iter().enumerate() {
            match self.table.value(row, id) {
                _ if row.cells().any(words::is_total) && row.filled().count() < 3 => {}
                _ if self.table.is_short(row) => {
                    let kind = if n == last && self.table.open_end { "cut_short" } else { "short_row" };
                    rejects.push(Reject::new(row.line, kind, format!("{} cells where the header has {}", row.len(), self.table.header.len())));
                }
                Some(id) => rows.push((*row, id.to_owned())),
                None if row.filled().next().is_none() => {}
                None => rejects.push(Reject::new(row.line, "no_id", format!("column `{}` is empty", self.table.name(id)))),
            }
        }
        rows
    }

    /// Refuses a file with fewer rows than its last lines count, or that ends inside its last row.
    fn is_whole(&self, rows: usize, rejects: &[Reject]) -> Result<(), Refusal> {
        if self.decisions.unreconciled {
            return Ok(());
        }
        let again = "the file may have been cut short; export it again, or give --unreconciled to go on without what is missing";
        if let Some(cut) = rejects.iter().find(|reject| reject.kind == "cut_short") {
            return Err(Refusal::new(
                "does_not_reconcile",
                format_args!("line {}", cut.line),
                format_args!("the last row ends early ({}): {again}", cut.why),
            ));
        }
        let rows = rows + rejects.len();
        for (line, text) in self.table.behind.iter().filter(|(_, text)| words::is_total(text)) {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            if let Some(number) = digits.parse().ok().filter(|number: &usize| *number != rows) {
                return Err(Refusal::new(
                    "does_not_reconcile",
                    format_args!("line {line}"),
                    format_args!("says {number} rows, but there are {rows}: {again}"),
                ));
            }
        }
        Ok(())
    }

    /// A time of a row; a date without a time stays one.
    fn when(&self, row: &Row, field: Field) -> Result<Option<When>, Reject> {
        let Some(text) = self.table.value(row, field) else { return Ok(None) };
        let bad = || Reject::new(row.line, "bad_date", format!("column `{}`: no date", self.table.name(field)));
        let written = dates::read(text).ok_or_else(bad)?;
        if written.time.is_some() {
            return evidence::instant(written, self.order, self.zone, false).map(|at| Some(When::At(at))).ok_or_else(bad);
        }
        let date = written.form.date(self.order).ok_or_else(bad)?;
        Ok(Some(When::On(model::Day::from_date(date))))
    }

    /// When a row was last changed, where its time of day is known.
    fn modified(&self, row: &Row) -> Option<Millis> {
        match self.when(row, Field::ModifiedAt) {
            Ok(Some(When::At(at))) => Some(at),
            _ => None,
        }
    }

    /// The one company of a row; of several none is known to be the customer.
    fn company(&self, row: &Row) -> Option<String> {
        let ids = ids(self.table.get(row, Field::CompanyIds));
        if let [one] = ids.as_slice() { Some(one.clone()) } else { None }
    }

    fn text(&self, row: &Row, field: Field) -> Option<String> {
        self.table.value(row, field).map(str::to_owned)
    }
}

/// Ids with semicolons or commas between.
fn ids(text: &str) -> Vec<String> {
    let ids = text.split([';', ',']).map(str::trim).filter(|id| !words::is_nothing(id));
    let mut all: Vec<String> = Vec::new();
    for id in ids {
        if !all.iter().any(|known| known == id) {
            all.push(id.to_owned());
        }
    }
    all
}
