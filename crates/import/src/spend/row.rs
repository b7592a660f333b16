//! A report's rows one by one.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::{Currency, Micros};

use super::{Currencies, ids, totals};
use crate::{
    dates::{self, Order},
    decisions::{Decisions, Refusal},
    mapping::Field,
    numbers::{self, Decimal},
    sheet::{Kind, Row},
    table::Table,
    told::Reject,
    words::{self, Sign},
};

/// What a row of spend is known by: as the contract has it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// The platform.
    pub platform: String,
    /// The ad account.
    pub account: String,
    /// Of campaign, ad group and ad the id, else the name.
    pub parts: [Part; 3],
    /// What is finer, as text.
    pub breakdown: String,
    /// The day.
    pub day: Date,
}

/// An id or a name; an id is never equal to a name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// An id.
    Id(String),
    /// A name; empty where there is none.
    Name(String),
}

/// A row of spend.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spend {
    /// Where it stands.
    pub line: u64,
    /// Its key.
    pub key: Key,
    /// The names of campaign, ad group and ad.
    pub names: [Option<String>; 3],
    /// The money.
    pub amount: Micros,
    /// Its currency.
    pub currency: Currency,
    /// Times shown.
    pub impressions: i64,
    /// Times clicked.
    pub clicks: i64,
}

/// A row with its line, before it is known what tells rows apart.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    pub row: &'a Row,
    pub day: Date,
    pub spend: Spend,
}

/// How rows are read.
pub(super) struct Reading<'t, 'a> {
    pub table: &'t Table<'a>,
    pub day: Field,
    pub order: Option<Order>,
    pub decimal: Decimal,
    pub currencies: &'t Currencies,
    pub decisions: &'t Decisions,
}

/// Without a name of its own an account is called so.
pub const ACCOUNT: &str = "default";

const NAMES: [(Field, Field); 3] = [(Field::CampaignId, Field::Campaign), (Field::AdGroupId, Field::AdGroup), (Field::AdId, Field::Ad)];

impl<'a> Reading<'_, 'a> {
    /// The rows of days, and those of totals.
    pub fn lines(&self, rejects: &mut Vec<Reject>) -> Result<(Vec<Line<'a>>, Vec<totals::Total>), Refusal> {
        let (mut lines, mut totals) = (Vec::new(), Vec::new());
        let last = self.table.rows.len().saturating_sub(1);
        for (n, row) in self.table.rows.iter().enumerate() {
            if row.filled().next().is_none() || self.is_header_again(row) {
                continue;
            }
            if let Some(total) = totals::total(self, row) {
                totals.push(total);
            } else if self.table.is_short(row) {
                let kind = if n == last && self.table.open_end { "cut_short" } else { "short_row" };
                rejects.push(Reject::new(row.line, kind, format!("{} cells where the header has {}", row.len(), self.table.header.len())));
            } else {
                match self.line(row) {
                    Ok(line) => lines.extend(self.kept(line)?),
                    Err(reject) => rejects.push(reject),
                }
            }
        }
        Ok((lines, totals))
    }

    fn is_header_again(&self, row: &Row) -> bool {
        self.table.columns.values().all(|column| row.cell(*column) == self.table.header.cell(*column))
    }

    /// A row with its currency; none where it is not of an ad.
    fn kept(&self, (line, currency): (Line<'a>, Option<Currency>)) -> Result<Option<Line<'a>>, Refusal> {
        if self.is_foreign(&line.spend) {
            return Ok(None);
        }
        let currency = currency.or(self.decisions.currency).ok_or_else(|| self.no_currency(line.row))?;
        Ok(Some(Line { spend: Spend { currency, ..line.spend }, ..line }))
    }

    /// A row of a web analysis that no ad was behind.
    fn is_foreign(&self, spend: &Spend) -> bool {
        self.table.has(Field::SourceMedium) && spend.amount == Micros(0) && spend.impressions == 0 && spend.clicks == 0
    }

    fn no_currency(&self, row: &Row) -> Refusal {
        let column = self.table.name(Field::Cost);
        let what =
            format!("nothing says of which currency `{column}` is: give the account's by --currency CODE, or export with the currency's column");
        Refusal::new("missing_currency", self.table.place(row, Field::Cost), what)
    }

    /// The day of a row; none where it has none.
    pub fn date(&self, row: &Row) -> Option<Date> {
        date(self.table, row, self.day, self.order)
    }

    /// An amount of a row; none where it is empty.
    pub fn amount(&self, row: &Row, field: Field) -> Result<Option<(Micros, Sign)>, Reject> {
        let Some(text) = self.table.value(row, field) else { return Ok(None) };
        let column = self.table.columns.get(&field).copied().unwrap_or(usize::MAX);
        let decimal = if row.kind(column) == Kind::Number { Decimal::Point } else { self.decimal };
        let amount = numbers::amount(text, decimal);
        amount.map(Some).ok_or_else(|| {
            Reject::new(row.line, "bad_number", format!("column `{}`: not a number such as {}", self.table.name(field), decimal.example()))
        })
    }

    fn count(&self, row: &Row, field: Field) -> Result<i64, Reject> {
        let Some((amount, _)) = self.amount(row, field)? else { return Ok(0) };
        let whole = (amount.0 % 1_000_000 == 0 && amount.0 >= 0).then(|| i64::try_from(amount.0 / 1_000_000).ok()).flatten();
        whole.ok_or_else(|| Reject::new(row.line, "bad_number", format!("column `{}`: not a count", self.table.name(field))))
    }

    fn line(&self, row: &'a Row) -> Result<(Line<'a>, Option<Currency>), Reject> {
        let day = self
            .date(row)
            .ok_or_else(|| Reject::new(row.line, "bad_date", format!("column `{}`: no date, and no total", self.table.name(self.day))))?;
        let cost = self.amount(row, Field::Cost)?;
        let (amount, sign) = cost.unwrap_or((Micros(0), Sign::None));
        let impressions = self.count(row, Field::Impressions)?;
        let clicks = self.count(row, Field::Clicks)?;
        let is_idle = amount == Micros(0) && impressions == 0 && clicks == 0;
        let key = Key {
            platform: self.platform(row, is_idle)?,
            account: self.account(row),
            parts: NAMES.map(|(id, name)| self.part(row, id, name)),
            breakdown: String::new(),
            day,
        };
        let names = NAMES.map(|(_, name)| self.table.value(row, name).map(str::to_owned));
        let currency = self.currency(row, sign)?;
        // Until it is known; a row without any is not kept.
        let spend = Spend { line: row.line, key, names, amount, currency: currency.unwrap_or(Currency::EUR), impressions, clicks };
        Ok((Line { row, day, spend }, currency))
    }

    fn currency(&self, row: &Row, sign: Sign) -> Result<Option<Currency>, Reject> {
        let beside = if let Sign::Of(currency) = sign { Some(currency) } else { None };
        match self.currencies {
            Currencies::One(one) => Ok(one.or(beside)),
            Currencies::Column => match self.table.value(row, Field::Currency) {
                None => Ok(beside),
                Some(text) => {
                    let currency = words::currency(text);
                    currency.map(Some).ok_or_else(|| {
                        Reject::new(row.line, "bad_currency", format!("column `{}`: no currency's code", self.table.name(Field::Currency)))
                    })
                }
            },
        }
    }

    fn account(&self, row: &Row) -> String {
        let own = self.table.value(row, Field::AccountId).map(ids::clean).or_else(|| self.table.value(row, Field::Account).map(str::to_owned));
        own.or_else(|| self.decisions.account.clone()).unwrap_or_else(|| ACCOUNT.to_owned())
    }

    fn part(&self, row: &Row, id: Field, name: Field) -> Part {
        let id = self.table.value(row, id).map(ids::clean).filter(|id| !id.is_empty());
        id.map_or_else(|| Part::Name(self.table.value(row, name).unwrap_or_default().to_owned()), Part::Id)
    }

    /// The platform: the mapping's, or of a web analysis that of the row's source.
    fn platform(&self, row: &Row, is_idle: bool) -> Result<String, Reject> {
        let mapping = self.table.mapping;
        let Some(source) = self.table.value(row, Field::SourceMedium) else { return Ok(mapping.platform.clone()) };
        let source = words::key(source.split_once('/').map_or(source, |(source, _)| source));
        match mapping.platforms.get(&source) {
            Some(platform) => Ok(platform.clone()),
            None if is_idle => Ok(mapping.platform.clone()),
            None => Err(Reject::new(
                row.line,
                "unknown_platform",
                format!("column `{}`: a source with cost that the mapping gives no platform", self.table.name(Field::SourceMedium)),
            )),
        }
    }
}

/// The day of a row by a column; none where it has none.
pub(super) fn date(table: &Table<'_>, row: &Row, field: Field, order: Option<Order>) -> Option<Date> {
    let text = table.value(row, field)?;
    if let Some(written) = dates::read(text) {
        return written.form.date(order);
    }
    // A workbook's day whose cell has lost its format.
    let column = *table.columns.get(&field)?;
    let serial: i32 = text.parse().ok().filter(|serial| row.kind(column) == Kind::Number && (30_000..80_000).contains(serial))?;
    jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(serial)).ok()
}

/// Which accounts there are.
pub(super) fn said_accounts(rows: &[Spend], table: &Table<'_>, decisions: &Decisions) -> String {
    let all: BTreeSet<&str> = rows.iter().map(|row| row.key.account.as_str()).collect();
    let named = all.iter().take(5).copied().collect::<Vec<_>>().join(", ");
    let column = [Field::AccountId, Field::Account].into_iter().find(|field| table.has(*field));
    match (column, &decisions.account) {
        (Some(field), _) => format!("{named}: column `{}`", table.name(field)),
        (None, Some(_)) => format!("{named}: --account"),
        (None, None) => format!("{named}: the file names none; give --account NAME where you have several"),
    }
}
