//! The tables that the European Central Bank publishes, historic and daily: read whole, or refused with the line that is wrong.
//!
//! A table is read while others may write it, and its numbers go into every amount: so a line that is cut short, or says what another
//! line or column says too, is no line to guess about.

use std::collections::BTreeMap;

use model::{Currency, Day};

use super::{MAX_DIGITS, Rate, Rates};

/// What is wrong in a table of rates, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RatesError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

const MONTHS: [&str; 12] = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// The currency of each column after the date's; none of one without a name.
struct Columns(Vec<Option<Currency>>);

impl Rates {
    /// Reads a table: `Date,USD,JPY,...`, a line a day in any order, units to one euro, `N/A` or nothing where there is none. Dates are
    /// `2026-03-02`, or `2 March 2026` as in the daily file.
    ///
    /// ```
    /// let rates = kpis::Rates::parse("Date,USD,\n2026-03-02,1.25,\n").unwrap();
    /// let (usd, eur) = ("USD".parse().unwrap(), model::Currency::EUR);
    /// let day = model::Day::parse("2026-03-05").unwrap();
    /// assert_eq!(rates.convert(model::Micros(5_000_000), usd, eur, day), Ok(model::Micros(4_000_000)));
    /// assert!(rates.convert(model::Micros(5_000_000), usd, eur, day.plus(8)).is_err(), "eleven days old");
    /// ```
    pub fn parse(csv: &str) -> Result<Rates, RatesError> {
        let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
        let mut lines = csv.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty());
        let (at, header) = lines.next().ok_or(RatesError { line: 1, what: "no header: expected Date,USD,JPY,...".to_owned() })?;
        let columns = Columns::parse(header).map_err(|what| RatesError { line: at, what })?;
        let mut rates = Rates::default();
        let mut seen: BTreeMap<Day, usize> = BTreeMap::new();
        for (at, line) in lines {
            let refused = |what| RatesError { line: at, what };
            let day = rates.add_line(&columns, line).map_err(refused)?;
            if let Some(first) = seen.insert(day, at) {
                return Err(refused(format!("{day} has a line already, line {first}")));
            }
        }
        // A table without a line is one that is yet to be written.
        if seen.is_empty() { Err(RatesError { line: at + 1, what: "no line of rates below the header".to_owned() }) } else { Ok(rates) }
    }

    /// Adds a line's rates, and says of which day they are.
    fn add_line(&mut self, columns: &Columns, line: &str) -> Result<Day, String> {
        let mut cells = cells(line);
        let date = cells.next().unwrap_or_default();
        let day = day(date).map_err(|why| format!("date {date:?}: {why}"))?;
        let cells: Vec<&str> = cells.collect();
        if cells.len() < columns.named() || cells.iter().skip(columns.0.len()).any(|cell| !cell.is_empty()) {
            return Err(format!("{} cells, but the header has {}", cells.len() + 1, columns.0.len() + 1));
        }
        for (at, cell) in cells.into_iter().enumerate().filter(|(_, cell)| !matches!(*cell, "" | "N/A")) {
            let currency = columns.0.get(at).copied().flatten().ok_or_else(|| format!("{cell:?} stands in column {}, which has no name", at + 2))?;
            let rate = Rate::parse(cell).ok_or_else(|| format!("{currency} {cell:?}: not a decimal above 0 of up to {MAX_DIGITS} digits"))?;
            if currency == Currency::EUR && !rate.is_one() {
                return Err(format!("EUR {cell:?}: rates are units to one euro, so a column EUR can only be 1; this table has another base"));
            }
            self.0.entry(currency).or_default().insert(day, rate);
        }
        Ok(day)
    }
}

impl Columns {
    fn parse(header: &str) -> Result<Columns, String> {
        let mut names = cells(header);
        match names.next() {
            Some(first) if first.eq_ignore_ascii_case("date") => {}
            first => return Err(format!("the header begins with {:?}, not Date", first.unwrap_or_default())),
        }
        let mut columns = Vec::new();
        for name in names {
            let currency = if name.is_empty() { None } else { Some(name.parse().map_err(|e: model::money::UnknownCurrency| e.to_string())?) };
            if currency.is_some() && columns.contains(&currency) {
                return Err(format!("{name} has two columns"));
            }
            columns.push(currency);
        }
        Ok(Columns(columns))
    }

    /// How many columns there are up to the last with a name: a line has as many cells at least.
    fn named(&self) -> usize {
        self.0.iter().rposition(Option::is_some).map_or(0, |last| last + 1)
    }
}

/// The cells of a line, without the blanks and the quotes around them. No cell of these tables has a comma of its own.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|cell| {
        let cell = cell.trim();
        cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).map_or(cell, str::trim)
    })
}

/// `2026-03-02`, or `2 March 2026`.
fn day(text: &str) -> Result<Day, String> {
    let plain = Day::parse(text);
    let written = written(text).map(|text| Day::parse(&text));
    let unlike = || "give 2026-03-02, or 2 March 2026 as in the daily file".to_owned();
    plain.or_else(|error| written.unwrap_or(Err(error))).map_err(|error| match error {
        model::time::TimeError::OutOfRange => error.to_string(),
        _ => unlike(),
    })
}

/// `2 March 2026` as `2026-03-02`.
fn written(text: &str) -> Option<String> {
    let mut words = text.split_ascii_whitespace();
    let (day, month, year) = (words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? + 1;
    let digits = |word: &str, most: usize| (1..=most).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    (words.next().is_none() && digits(day, 2) && digits(year, 4)).then(|| format!("{year}-{month:02}-{day:0>2}"))
}

#[cfg(test)]
mod tests {
    use model::Micros;

    use super::*;

    /// What ten dollars of 2026-03-10 are in zloty.
    fn ten_dollars(csv: &str) -> Option<String> {
        let rates = Rates::parse(csv).unwrap_or_else(|error| panic!("{csv:?}: {error}"));
        let (usd, pln) = ("USD".parse().unwrap(), "PLN".parse().unwrap());
        rates.convert(Micros(10_000_000), usd, pln, Day::parse("2026-03-10").unwrap()).ok().map(|amount| amount.to_string())
    }

    #[test]
    fn tables_are_read_however_they_are_written() {
        for csv in [
            "Date,USD,PLN\n2026-03-10,1.25,4\n",
            "\u{feff}Date, USD, PLN, \r\n10 March 2026, 1.25, 4, \r\n",
            "\"Date\",\"PLN\",\"USD\"\r\n\"2026-03-10\",\"4\",\"1.25\"\r\n\r\n",
            "DATE,PLN,EUR,USD,,\n2026-03-01,1,1.000,1,,\n2026-03-10,4,N/A,1.25,,\n2026-03-02,3,,2,,",
            "Date,USD,PLN\n09 March 2026,1.25,4.0000\n",
        ] {
            assert_eq!(ten_dollars(csv).as_deref(), Some("32.00"), "{csv:?}");
        }
        assert_eq!(ten_dollars("Date,USD,PLN\n2026-03-10,1.25,N/A\n"), None);
    }

    #[test]
    fn a_bad_table_says_where() {
        for (csv, message) in [
            ("", "line 1: no header: expected Date,USD,JPY,..."),
            ("Datum,USD\n", "line 1: the header begins with \"Datum\", not Date"),
            ("Date;USD\n2026-03-10;1\n", "line 1: the header begins with \"Date;USD\", not Date"),
            ("Date,USD\n", "line 2: no line of rates below the header"),
            ("Date,XYZ\n", "line 1: \"XYZ\" is not an ISO 4217 currency code in upper case"),
            ("Date,USD,PLN,USD\n2026-03-10,1,2,3\n", "line 1: USD has two columns"),
            ("Date,USD\n2026-3-1,1\n", "line 2: date \"2026-3-1\": give 2026-03-02, or 2 March 2026 as in the daily file"),
            ("Date,USD\n31 June 2026,1\n", "line 2: date \"31 June 2026\": give 2026-03-02, or 2 March 2026 as in the daily file"),
            ("Date,USD\n\n2026-03-01,-1\n", "line 3: USD \"-1\": not a decimal above 0 of up to 18 digits"),
            ("Date,USD\n2026-03-01,0.000\n", "line 2: USD \"0.000\": not a decimal above 0 of up to 18 digits"),
            ("Date,USD\n2026-03-01,1e400\n", "line 2: USD \"1e400\": not a decimal above 0 of up to 18 digits"),
            ("Date,USD\n2026-03-01,\"1,0947\"\n", "line 2: 3 cells, but the header has 2"),
            ("Date,USD\n2026-03-01,1,2\n", "line 2: 3 cells, but the header has 2"),
            ("Date,USD,PLN,\n2026-03-01,1.0\n", "line 2: 2 cells, but the header has 4"),
            ("Date,USD,,PLN\n2026-03-01,1,2,3\n", "line 2: \"2\" stands in column 3, which has no name"),
            ("Date,USD\n2026-03-01,1\n2026-02-27,1\n1 March 2026,2\n", "line 4: 2026-03-01 has a line already, line 2"),
            (
                "Date,EUR,USD\n2026-03-01,0.9,1\n",
                "line 2: EUR \"0.9\": rates are units to one euro, so a column EUR can only be 1; this table has another base",
            ),
        ] {
            assert_eq!(Rates::parse(csv).unwrap_err().to_string(), message);
        }
    }
}
