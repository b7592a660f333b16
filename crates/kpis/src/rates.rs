//! Exchange rates by date, and exact conversion by them.

mod exact;
mod table;

use std::collections::BTreeMap;

use model::{Currency, Day, Micros};

pub use table::RatesError;

/// Rates to one euro, by currency and date.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Rates(BTreeMap<Currency, BTreeMap<Day, Rate>>);

/// Units of a currency to one euro, as an exact decimal: `digits` / 10^`places`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Rate {
    digits: i128,
    places: u32,
}

/// Why an amount has no counterpart in another currency.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unconvertible {
    /// There is no rate of the day, nor of the days before in which one would still hold.
    NoRate,
    /// It is more millionths than 128 bits hold.
    OutOfRange,
}

/// Days a rate may be old. KPI M2
const MAX_AGE: i32 = 10;
/// Digits a rate may have, which keeps conversion exact in 256 bits.
const MAX_DIGITS: usize = 18;

const ONE: Rate = Rate { digits: 1, places: 0 };

impl Rates {
    /// An amount in another currency, by the latest rates published at or before a day and at most 10 days old, each leg by itself, across
    /// the euro; rounded half-even to a millionth.
    pub fn convert(&self, amount: Micros, from: Currency, to: Currency, on: Day) -> Result<Micros, Unconvertible> {
        if from == to || amount.0 == 0 {
            return Ok(amount);
        }
        let rate = |currency| self.rate(currency, on).ok_or(Unconvertible::NoRate);
        let (from, to) = (rate(from)?, rate(to)?);
        // At most 18 digits times 10^18 each.
        let numerator = to.digits * 10i128.pow(from.places);
        let denominator = from.digits * 10i128.pow(to.places);
        exact::mul_div_half_even(amount.0, numerator, denominator).map(Micros).ok_or(Unconvertible::OutOfRange)
    }

    /// The newest date that has a rate.
    pub fn last_date(&self) -> Option<Day> {
        self.0.values().filter_map(|of_currency| of_currency.keys().next_back().copied()).max()
    }

    fn rate(&self, currency: Currency, on: Day) -> Option<Rate> {
        if currency == Currency::EUR {
            return Some(ONE);
        }
        let (published, rate) = self.0.get(&currency)?.range(..=on).next_back()?;
        (i64::from(on.0) - i64::from(published.0) <= i64::from(MAX_AGE)).then_some(*rate)
    }
}

impl Rate {
    fn parse(text: &str) -> Option<Rate> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.len() + fraction.len() > MAX_DIGITS {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let rate = Rate { digits: digits.parse().ok()?, places: u32::try_from(fraction.len()).ok()? };
        (rate.digits > 0).then_some(rate)
    }

    fn is_one(self) -> bool {
        self.digits == 10i128.pow(self.places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "Date,USD,PLN,JPY,\n2026-03-06,1.0947,4.3631,163.65,\n2026-03-04,1.1,N/A,160,\n";

    fn convert(amount: i128, from: &str, to: &str, day: &str) -> Result<i128, Unconvertible> {
        let rates = Rates::parse(CSV).unwrap();
        rates.convert(Micros(amount), from.parse().unwrap(), to.parse().unwrap(), Day::parse(day).unwrap()).map(|m| m.0)
    }

    #[test]
    fn amounts_cross_by_the_euro_at_the_rates_of_their_day() {
        let none = Err(Unconvertible::NoRate);
        assert_eq!(convert(110, "USD", "EUR", "2026-03-05"), Ok(100));
        assert_eq!(convert(1_094_700, "USD", "PLN", "2026-03-16"), Ok(4_363_100));
        assert_eq!(convert(1, "USD", "PLN", "2026-03-05"), none, "no rate of the zloty yet");
        assert_eq!(convert(1, "USD", "EUR", "2026-03-17"), none, "eleven days old");
        assert_eq!(convert(0, "GBP", "EUR", "2026-03-05"), Ok(0), "nothing is nothing in any currency");
        assert_eq!(convert(7, "GBP", "GBP", "2026-03-05"), Ok(7));
        assert_eq!(Rates::parse(CSV).unwrap().last_date(), Some(Day::parse("2026-03-06").unwrap()));
    }

    #[test]
    fn what_128_bits_cannot_hold_is_out_of_range() {
        let rates = Rates::parse("Date,USD,IDR\n2026-03-05,0.000001,999999999999\n").unwrap();
        let day = Day::parse("2026-03-05").unwrap();
        let convert = |amount, from: &str, to: &str| rates.convert(Micros(amount), from.parse().unwrap(), to.parse().unwrap(), day);
        let largest = 10i128.pow(20);
        assert_eq!(convert(largest, "USD", "IDR"), Ok(Micros(99_999_999_999_900_000_000_000_000_000_000_000_000)));
        assert_eq!(convert(2 * largest, "USD", "IDR"), Err(Unconvertible::OutOfRange));
        assert_eq!(convert(-2 * largest, "USD", "IDR"), Err(Unconvertible::OutOfRange));
        assert_eq!(convert(largest, "IDR", "USD"), Ok(Micros(100)));
    }
}
