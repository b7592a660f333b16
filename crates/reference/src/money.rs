//! Amounts in millionths and their conversion, exactly, by dated rates.

use std::collections::BTreeMap;

use crate::time::parse_date;

/// The oldest rate that still counts, in days.
const OLDEST: i64 = 10;

/// A fraction `.0 / .1` of integers.
type Fraction = (i128, i128);

/// The rates of the ECB's layout: units of a currency per euro, by date.
pub struct Rates {
    reporting: String,
    of: BTreeMap<(String, i64), Fraction>,
}

impl Rates {
    pub fn parse(csv: &str, reporting: &str) -> Rates {
        let mut lines = csv.trim_start_matches('\u{feff}').lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>());
        let header = lines.next().unwrap_or_default();
        let mut of = BTreeMap::new();
        for row in lines.filter(|row| row.len() > 1) {
            let day = parse_date(row[0]).unwrap_or_else(|| panic!("rates: {} is not a date", row[0]));
            for (currency, rate) in header.iter().zip(&row).skip(1).filter(|(currency, rate)| !currency.is_empty() && !matches!(**rate, "" | "N/A")) {
                of.insert(((*currency).to_owned(), day), decimal(rate));
            }
        }
        Rates { reporting: reporting.to_owned(), of }
    }

    /// An amount in the reporting currency, half-even to a millionth; `None` where there is no rate.
    pub fn convert(&self, micros: i128, currency: &str, day: i64) -> Option<i128> {
        if micros == 0 || currency == self.reporting {
            return Some(micros);
        }
        let (from, to) = (self.leg(currency, day)?, self.leg(&self.reporting, day)?);
        Some(divide_half_even(micros * to.0 * from.1, to.1 * from.0))
    }

    /// Units per euro by the latest rate that is not older than ten days.
    fn leg(&self, currency: &str, day: i64) -> Option<Fraction> {
        if currency == "EUR" {
            return Some((1, 1));
        }
        (day - OLDEST..=day).rev().find_map(|published| self.of.get(&(currency.to_owned(), published)).copied())
    }

    /// The sum of (millionths, currency, booking day): cell by cell of currency and day, each converted, then added up.
    pub fn sum<'a>(&self, amounts: impl IntoIterator<Item = (i128, &'a str, i64)>) -> Option<i128> {
        cells(amounts).into_iter().map(|((currency, day), micros)| self.convert(micros, currency, day)).sum()
    }
}

/// Amounts by currency and booking day.
pub fn cells<'a>(amounts: impl IntoIterator<Item = (i128, &'a str, i64)>) -> BTreeMap<(&'a str, i64), i128> {
    let mut cells = BTreeMap::new();
    for (micros, currency, day) in amounts {
        *cells.entry((currency, day)).or_default() += micros;
    }
    cells
}

/// Millionths of `-?`, up to 14 digits, `.` and digits.
pub fn parse(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.len() > 14 {
        return None;
    }
    let (kept, cut) = fraction.split_at(fraction.len().min(6));
    let magnitude: i128 = format!("{whole}{kept:0<6}").parse().ok()?;
    let up = match cut.strip_prefix('5') {
        Some(rest) => rest.bytes().any(|b| b != b'0') || magnitude % 2 == 1,
        None => cut >= "5",
    };
    let rounded = magnitude + i128::from(up);
    Some(if text.starts_with('-') { -rounded } else { rounded })
}

/// The same of a JSON number, which may have an exponent of any size.
pub fn parse_number(json: &str) -> Option<i128> {
    let lower = json.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // An exponent that no integer holds is far beyond all that counts, in one direction or the other.
    let exponent: i64 = exponent.parse().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let zeros = (all.len() - significant.len()) as i64;
    // The number is 0.significant x 10^power.
    let power = (whole.len() as i64 - zeros).saturating_add(exponent);
    match power {
        15.. => None,
        1..15 => {
            let padded = format!("{significant:0<15}");
            let (whole, fraction) = padded.split_at(power as usize);
            parse(&format!("{sign}{whole}.{fraction}0"))
        }
        -6..1 => parse(&format!("{sign}0.{}{significant}", "0".repeat(power.unsigned_abs() as usize))),
        _ => Some(0),
    }
}

/// A decimal as a fraction.
fn decimal(text: &str) -> Fraction {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let value = format!("{whole}{fraction}").parse().unwrap_or_else(|e| panic!("{text} is not a decimal: {e}"));
    (value, 10i128.pow(fraction.len() as u32))
}

/// A quotient rounded to the nearest integer, a half to the even one.
pub fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + quotient.rem_euclid(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_half_even() {
        for (text, micros) in [
            ("0.0000005", 0),
            ("-0.0000015", -2),
            ("19.9999985", 19_999_998),
            ("19.9999995", 20_000_000),
            ("0.00000050000001", 1),
            ("1234.5", 1_234_500_000),
            ("0.0000014999999999999999999999999999999999999999", 1),
        ] {
            assert_eq!(parse(text), Some(micros), "{text}");
        }
        for (text, micros) in [
            ("1e3", 1_000_000_000),
            ("12.25", 12_250_000),
            ("-25E-1", -2_500_000),
            ("1e-7", 0),
            ("0.00001234e5", 1_234_000),
            ("0E-41", 0),
            ("4.9E-324", 0),
            ("1e-99999999999999999999", 0),
            ("5.1e-7", 1),
            ("0e9999", 0),
        ] {
            assert_eq!(parse_number(text), Some(micros), "{text}");
        }
        for bad in ["", "1.", ".5", "+5", "1e3", "1,50", "123456789012345"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        let zeros = "0".repeat(70_000);
        assert_eq!(parse_number(&format!("1{zeros}e-70000")), Some(1_000_000));
        for bad in ["1e14", "1e99999999999999999999", &format!("1{zeros}e-40")] {
            assert_eq!(parse_number(bad), None);
        }
    }

    #[test]
    fn each_leg_has_its_own_latest_rate() {
        let rates = Rates::parse("Date,USD,PLN,\n2026-03-12,N/A,4.5000,\n2026-03-10,1.2,4,\n", "PLN");
        let day = |text| parse_date(text).unwrap();
        assert_eq!(rates.convert(1_200_000, "USD", day("2026-03-12")), Some(4_500_000));
        assert_eq!(rates.convert(1_200_000, "USD", day("2026-03-20")), Some(4_500_000));
        assert_eq!(rates.convert(1_200_000, "USD", day("2026-03-21")), None, "the dollar's rate is eleven days old");
        assert_eq!(rates.convert(1, "EUR", day("2026-03-09")), None);
        assert_eq!(rates.convert(7, "PLN", day("1990-01-01")), Some(7));
        assert_eq!(divide_half_even(-5, 2), -2);
    }
}
