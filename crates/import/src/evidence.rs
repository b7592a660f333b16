//! What a file tells of how it is written: the order of days and months, the decimal sign, the days it covers, when it was pulled.

mod decimal;
mod order;

use jiff::civil::Date;
use model::{Millis, Zone};

use crate::{
    dates::{self, Order, Written},
    table::Table,
    words::norm,
};

pub use decimal::decimal;
pub use order::order;

/// Something decided, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decided<T> {
    /// What.
    pub what: T,
    /// What in the file decides it, or whose decision it is.
    pub why: String,
}

impl<T> Decided<T> {
    fn by(what: T, why: impl Into<String>) -> Decided<T> {
        Decided { what, why: why.into() }
    }
}

/// Words of lines that say when a report was made, as [`norm`] has them.
const MADE: &[&str] = &[
    "generated",
    "date generated",
    "report generated",
    "created on",
    "exported",
    "downloaded",
    "erstellt",
    "generiert",
    "exportiert",
    "généré",
    "générée",
    "créé le",
    "exporté",
    "generado",
    "fecha de generación",
    "exportado",
    "generato",
    "data di generazione",
    "esportato",
    "gerado",
    "gegenereerd",
    "aangemaakt",
    "geëxporteerd",
    "wygenerowano",
    "data wygenerowania",
    "genererad",
    "genereret",
    "generert",
    "skapad",
    "vygenerováno",
    "vytvořeno",
    "生成",
    "作成日",
    "出力日",
];

/// Words of lines that say up to when a report is complete, and so that it was not made before.
const COMPLETE: &[&str] = &[
    "last completed",
    "available hour",
    "available day",
    "letzte abgeschlossene",
    "letzter abgeschlossener",
    "dernière heure",
    "dernier jour",
    "última hora",
    "último día",
    "ultima ora",
    "ultimo giorno",
    "último dia",
    "laatst voltooide",
    "ostatnia",
    "ostatni dzień",
    "senast",
    "senest",
];

fn says(line: &str, words: &[&str]) -> bool {
    let line = norm(line);
    words.iter().any(|word| line.contains(word))
}

/// The days that a report covers by the lines before its header.
pub fn range(table: &Table<'_>, order: Option<Order>) -> Option<(Date, Date)> {
    let days = lines_of_range(table).flat_map(dates::within).filter_map(|written| written.form.date(order));
    let days: Vec<Date> = days.collect();
    let (first, last) = (days.iter().min()?, days.iter().max()?);
    (days.len() > 1).then_some((*first, *last))
}

fn lines_of_range<'t>(table: &'t Table<'_>) -> impl Iterator<Item = &'t str> {
    table.before.iter().map(|(_, line)| line.as_str()).filter(|line| !says(line, MADE) && !says(line, COMPLETE))
}

/// When a report was pulled by the lines around its rows.
pub fn pulled_at(table: &Table<'_>, order: Option<Order>, zone: &Zone) -> Option<Decided<Millis>> {
    let mut lines = table.before.iter().chain(&table.behind).filter(|(_, line)| says(line, MADE) || says(line, COMPLETE));
    let read = |(n, line): &(u64, String)| {
        let written = dates::within(line).pop()?;
        let utc = says_utc(table, line);
        Some(Decided::by(instant(written, order, zone, utc)?, format!("line {n}")))
    };
    let made: Vec<Decided<Millis>> = lines.by_ref().filter_map(read).collect();
    made.into_iter().max_by_key(|made| made.what)
}

/// Whether a time of a line is of UTC, by the line or by a title such as `(in UTC)`.
fn says_utc(table: &Table<'_>, line: &str) -> bool {
    let is_utc = |text: &str| norm(text).contains("utc");
    is_utc(line) || table.before.iter().any(|(_, line)| is_utc(line)) || table.header.cells().any(is_utc)
}

/// The instant of a written time; without a zone of its own it is one of `zone`, or of UTC.
pub fn instant(written: Written, order: Option<Order>, zone: &Zone, utc: bool) -> Option<Millis> {
    let civil = written.datetime(order)?;
    let day = model::Day::from_date(civil.date());
    let time =
        i64::from(civil.hour()) * 3_600_000 + i64::from(civil.minute()) * 60_000 + i64::from(civil.second()) * 1000 + i64::from(civil.millisecond());
    let as_utc = Millis(i64::from(day.0) * model::time::DAY_MS + time);
    match written.offset {
        Some(minutes) => Some(as_utc.plus(-i64::from(minutes) * model::time::MINUTE_MS)),
        None if utc => Some(as_utc),
        None => Some(local(as_utc, zone)),
    }
}

/// The instant at which a zone's clocks show what `as_utc` shows in UTC. A time that is skipped is as much later, of one that comes twice the
/// first counts.
fn local(as_utc: Millis, zone: &Zone) -> Millis {
    let shows = |at: Millis| zone.offset_ms(at);
    let early = as_utc.plus(-shows(as_utc.plus(-model::time::DAY_MS)));
    let late = as_utc.plus(-shows(as_utc.plus(model::time::DAY_MS)));
    let is = |at: Millis| at.plus(shows(at)) == as_utc;
    if is(early) || !is(late) { early } else { late }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> String {
        let zone = Zone::named(zone).unwrap();
        instant(dates::read(text).unwrap(), Some(Order::MonthFirst), &zone, false).unwrap().to_string()
    }

    #[test]
    fn a_time_without_a_zone_is_of_the_business() {
        for (text, zone, instant) in [
            ("2026-03-31 23:40", "Europe/Warsaw", "2026-03-31T21:40:00Z"),
            ("2026-01-20 09:00", "Europe/Warsaw", "2026-01-20T08:00:00Z"),
            ("2026-03-29 02:30", "Europe/Warsaw", "2026-03-29T01:30:00Z"),
            ("2026-10-25 02:30", "Europe/Warsaw", "2026-10-25T00:30:00Z"),
            ("4/2/2026, 9:14 AM", "America/New_York", "2026-04-02T13:14:00Z"),
            ("2026-03-12T10:05:09+02:00", "Europe/Warsaw", "2026-03-12T08:05:09Z"),
        ] {
            assert_eq!(at(text, zone), instant, "{text}");
        }
    }
}
