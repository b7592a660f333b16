//! Exchange rates by date, and exact conversion by them.

use std::collections::BTreeMap;

use model::{Currency, Day, Micros};

/// Rates to one euro, by currency and date.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Rates(BTreeMap<Currency, BTreeMap<Day, Rate>>);

/// Units of a currency to one euro, as an exact decimal: `digits` / 10^`places`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rate {
    digits: i128,
    places: u32,
}

/// What is wrong in a table of rates, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct RatesError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// Days a rate may be old.
const MAX_AGE: i32 = 10;
/// Digits a rate may have, which keeps conversion exact in 256 bits.
const MAX_DIGITS: usize = 18;

const ONE: Rate = Rate { digits: 1, places: 0 };

impl Rates {
    /// Reads the layout the European Central Bank publishes: `Date,USD,JPY,...`, a line a day, units to one euro, `N/A` or nothing where
    /// there is none.
    ///
    /// ```
    /// let rates = kpis::Rates::parse("Date,USD,\n2026-03-02,1.25,\n").unwrap();
    /// let (usd, eur) = ("USD".parse().unwrap(), model::Currency::EUR);
    /// let day = model::Day::parse("2026-03-05").unwrap();
    /// assert_eq!(rates.convert(model::Micros(5_000_000), usd, eur, day), Some(model::Micros(4_000_000)));
    /// assert_eq!(rates.convert(model::Micros(5_000_000), usd, eur, day.plus(8)), None, "eleven days old");
    /// ```
    pub fn parse(csv: &str) -> Result<Rates, RatesError> {
        let csv = csv.strip_prefix('\u{feff}').unwrap_or(csv);
        let mut lines = csv.lines().enumerate().map(|(at, line)| (at + 1, line.trim())).filter(|(_, line)| !line.is_empty());
        let (at, header) = lines.next().ok_or(RatesError { line: 1, what: "no header: expected Date,USD,JPY,...".to_owned() })?;
        let currencies = header_currencies(header).map_err(|what| RatesError { line: at, what })?;
        let mut rates = Rates::default();
        for (at, line) in lines {
            rates.add_line(&currencies, line).map_err(|what| RatesError { line: at, what })?;
        }
        Ok(rates)
    }

    fn add_line(&mut self, currencies: &[Option<Currency>], line: &str) -> Result<(), String> {
        let mut fields = line.split(',').map(str::trim);
        let date = fields.next().unwrap_or_default();
        let day = Day::parse(date).map_err(|e| format!("date {date:?}: {e}"))?;
        for (at, field) in fields.enumerate() {
            let Some(column) = currencies.get(at) else {
                if field.is_empty() {
                    continue;
                }
                return Err(format!("{} fields, but the header has {}", at + 2, currencies.len() + 1));
            };
            if let (Some(currency), false) = (column, matches!(field, "" | "N/A")) {
                let rate = Rate::parse(field).ok_or_else(|| format!("{currency} {field:?}: not a decimal above 0 of up to {MAX_DIGITS} digits"))?;
                self.0.entry(*currency).or_default().insert(day, rate);
            }
        }
        Ok(())
    }

    /// An amount in another currency, by the latest rates published at or before a day and at most 10 days old, each leg by itself, across
    /// the euro; rounded half-even to a millionth.
    pub fn convert(&self, amount: Micros, from: Currency, to: Currency, on: Day) -> Option<Micros> {
        if from == to || amount.0 == 0 {
            return Some(amount);
        }
        let (from, to) = (self.rate(from, on)?, self.rate(to, on)?);
        let numerator = to.digits * 10i128.pow(from.places);
        let denominator = from.digits * 10i128.pow(to.places);
        Some(Micros(mul_div_half_even(amount.0, numerator, denominator)))
    }

    fn rate(&self, currency: Currency, on: Day) -> Option<Rate> {
        if currency == Currency::EUR {
            return Some(ONE);
        }
        let (published, rate) = self.0.get(&currency)?.range(..=on).next_back()?;
        (on.0 - published.0 <= MAX_AGE).then_some(*rate)
    }
}

impl Rate {
    fn parse(text: &str) -> Option<Rate> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let rate = Rate { digits: digits.parse().ok()?, places: u32::try_from(fraction.len()).ok()? };
        (rate.digits > 0).then_some(rate)
    }
}

fn header_currencies(header: &str) -> Result<Vec<Option<Currency>>, String> {
    let mut names = header.split(',').map(str::trim);
    match names.next() {
        Some(first) if first.eq_ignore_ascii_case("date") => {}
        first => return Err(format!("the header begins with {:?}, not Date", first.unwrap_or_default())),
    }
    names
        .map(|name| if name.is_empty() { Ok(None) } else { name.parse().map(Some).map_err(|e: model::money::UnknownCurrency| e.to_string()) })
        .collect()
}

/// a x n / d, exactly, rounded half-even; n and d above 0.
fn mul_div_half_even(a: i128, n: i128, d: i128) -> i128 {
    let divisor = gcd(n, d);
    let (n, d) = (n / divisor, d / divisor);
    let (quotient, remainder) = match a.checked_mul(n) {
        Some(product) => (product.div_euclid(d), product.rem_euclid(d)),
        None => wide_div(a, n, d),
    };
    let twice = remainder.checked_mul(2).map_or(std::cmp::Ordering::Greater, |twice| twice.cmp(&d));
    let up = twice.is_gt() || (twice.is_eq() && quotient.rem_euclid(2) == 1);
    quotient + i128::from(up)
}

/// a x n divided by d (Euclidean), bit by bit, where the product has no room in 128 bits.
fn wide_div(a: i128, n: i128, d: i128) -> (i128, i128) {
    let (whole, rest) = (a.div_euclid(d), a.rem_euclid(d));
    let (mut quotient, mut remainder) = (0i128, 0i128);
    for bit in (0..127).rev() {
        quotient *= 2;
        remainder *= 2;
        if n >> bit & 1 == 1 {
            remainder += rest;
        }
        quotient += remainder / d;
        remainder %= d;
    }
    (whole * n + quotient, remainder)
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "Date,USD,PLN,JPY,\n2026-03-06,1.0947,4.3631,163.65,\n2026-03-04,1.1,N/A,160,\n";

    fn convert(amount: i128, from: &str, to: &str, day: &str) -> Option<i128> {
        let rates = Rates::parse(CSV).unwrap();
        rates.convert(Micros(amount), from.parse().unwrap(), to.parse().unwrap(), Day::parse(day).unwrap()).map(|m| m.0)
    }

    #[test]
    fn amounts_cross_by_the_euro_at_the_rates_of_their_day() {
        assert_eq!(convert(110, "USD", "EUR", "2026-03-05"), Some(100));
        assert_eq!(convert(1_094_700, "USD", "PLN", "2026-03-16"), Some(4_363_100));
        assert_eq!(convert(1, "USD", "PLN", "2026-03-05"), None, "no rate of the zloty yet");
        assert_eq!(convert(1, "USD", "EUR", "2026-03-17"), None, "eleven days old");
        assert_eq!(convert(0, "GBP", "EUR", "2026-03-05"), Some(0), "nothing is nothing in any currency");
        assert_eq!(convert(7, "GBP", "GBP", "2026-03-05"), Some(7));
    }

    #[test]
    fn rounding_is_half_even_and_large_amounts_are_exact() {
        assert_eq!([5, 15, -5, -15, 6].map(|a| mul_div_half_even(a, 1, 10)), [0, 2, 0, -2, 1]);
        let a = 123_456_789_012_345_678_901_234_567_890i128;
        assert_eq!(mul_div_half_even(a, 43_631_000_000_000, 10_947_000_000_000), mul_div_half_even(a, 43_631, 10_947));
        let (q, r) = wide_div(a, 43_631, 10_947);
        assert_eq!((q, r), ((a * 43_631).div_euclid(10_947), (a * 43_631).rem_euclid(10_947)));
    }

    #[test]
    fn a_bad_table_says_where() {
        for (csv, message) in [
            ("", "line 1: no header: expected Date,USD,JPY,..."),
            ("Datum,USD\n", "line 1: the header begins with \"Datum\", not Date"),
            ("Date,XYZ\n", "line 1: \"XYZ\" is not an ISO 4217 currency code in upper case"),
            ("Date,USD\n2026-3-1,1\n", "line 2: date \"2026-3-1\": not an RFC 3339 time with an offset, nor a date"),
            ("Date,USD\n2026-03-01,-1\n", "line 2: USD \"-1\": not a decimal above 0 of up to 18 digits"),
            ("Date,USD\n2026-03-01,1,2\n", "line 2: 3 fields, but the header has 2"),
        ] {
            assert_eq!(Rates::parse(csv).unwrap_err().to_string(), message);
        }
    }
}
