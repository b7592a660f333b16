//! Exchange rates for the simulated days, and amounts of a plausible size in any currency.

use std::fmt::Write;

use model::{Currency, Day, Micros};

use crate::{calendar::weekday, chance::Chance};

/// Units of a currency per euro, about.
const PER_EURO: &[(&str, f64)] = &[
    ("USD", 1.09),
    ("JPY", 162.0),
    ("CZK", 25.1),
    ("DKK", 7.46),
    ("GBP", 0.855),
    ("HUF", 392.0),
    ("PLN", 4.31),
    ("RON", 4.97),
    ("SEK", 11.3),
    ("CHF", 0.957),
    ("NOK", 11.6),
    ("TRY", 35.0),
    ("AUD", 1.65),
    ("BRL", 5.6),
    ("CAD", 1.48),
    ("CNY", 7.8),
    ("HKD", 8.5),
    ("INR", 90.5),
    ("KRW", 1470.0),
    ("MXN", 19.5),
    ("NZD", 1.79),
    ("SGD", 1.46),
    ("ZAR", 20.1),
];

/// Simulated reference rates from `from` to `to`, in the layout of the ECB's file: newest first, working days only, units per
/// euro. Of a day they depend on the seed alone.
///
/// ```
/// let csv = simulator::rates_csv(1, model::Day(20_513), model::Day(20_520));
/// assert!(csv.starts_with("Date,USD,JPY,"));
/// assert_eq!(csv.lines().count(), 1 + 5, "Sunday to Sunday has five working days");
/// ```
pub fn rates_csv(seed: u64, from: Day, to: Day) -> String {
    let mut csv = PER_EURO.iter().fold("Date".to_owned(), |header, (code, _)| header + "," + code);
    csv.push('\n');
    for day in (from.0..=to.0).rev().map(Day).filter(|day| weekday(*day) < 5) {
        _ = write!(csv, "{day}");
        for (currency, (_, rate)) in PER_EURO.iter().enumerate() {
            _ = write!(csv, ",{:.4}", rate * swing(seed, currency as u64, day));
        }
        csv.push('\n');
    }
    csv
}

/// A few per cent up and down over weeks: straight lines between a random point of each ten days and the next.
fn swing(seed: u64, currency: u64, day: Day) -> f64 {
    let point = |n: i32| 1.0 + 0.02 * Chance::new(seed, &[7, currency, u64::from(n.unsigned_abs())]).between(-1.0, 1.0);
    let (span, part) = (day.0.div_euclid(10), f64::from(day.0.rem_euclid(10)) / 10.0);
    point(span) + part * (point(span + 1) - point(span))
}

/// About so many euros in a currency, in whole hundredths of its unit (whole units of those that have no smaller coin).
pub(crate) fn money(euros: f64, currency: Currency) -> Micros {
    let rate = PER_EURO.iter().find(|(code, _)| *code == currency.code()).map_or(1.0, |(_, rate)| *rate);
    let (coins, coin) = if currency.exponent() == 0 { (1.0, 1_000_000) } else { (100.0, 10_000) };
    Micros((euros * rate * coins).round() as i128 * coin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_coins_of_their_currency() {
        assert_eq!(money(10.123, "EUR".parse().unwrap()).to_string(), "10.12");
        assert_eq!(money(10.123, "JPY".parse().unwrap()).to_string(), "1640.00");
    }

    #[test]
    fn rates_stay_near_and_depend_on_the_day_alone() {
        let (from, to) = (Day(20_500), Day(20_600));
        let long = rates_csv(3, from, to);
        let short = rates_csv(3, from.plus(40), to.plus(-30));
        assert!(short.lines().all(|line| long.contains(line)));
        for line in long.lines().skip(1) {
            let usd: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
            assert!((1.05..1.13).contains(&usd), "{line}");
        }
    }
}
