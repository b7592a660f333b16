//! Numbers as people read them: thousands parted, shares in percent, durations in their two largest units, money rounded
//! once by its currency.

use kpis::{Number, Unit};
use model::{Currency, Micros};

/// A number of a unit.
pub fn number(number: Number, unit: Unit, currency: Currency) -> String {
    match (unit, number) {
        (Unit::Ratio, number) => percent(number.as_f64()),
        (Unit::Seconds, number) => duration(number.as_f64()),
        (Unit::Money, Number::Money(amount)) => money(amount, currency),
        (Unit::Money, number) => fixed_money(number.as_f64(), currency),
        (Unit::Count, Number::Real(x)) => thousands(&format!("{x:.0}")),
        (Unit::Count, number) => part(number, unit, currency),
    }
}

/// A number of a unit by which something moved, with its sign.
pub fn moved(by: f64, unit: Unit, currency: Currency) -> String {
    let size = number(Number::Real(by.abs()), unit, currency);
    format!("{}{size}", if by < 0.0 { "-" } else { "+" })
}

/// A numerator or denominator, which has its own kind whatever the unit of their quotient.
pub fn part(number: Number, unit: Unit, currency: Currency) -> String {
    match number {
        Number::Count(n) => count(n),
        Number::Money(amount) => money(amount, currency),
        Number::Real(x) if unit == Unit::Seconds => duration(x),
        Number::Real(x) => thousands(&format!("{x:.2}")),
    }
}

/// `1,234,567`.
pub fn count(n: impl Into<i128>) -> String {
    thousands(&n.into().to_string())
}

/// `1 line`, `2 lines`.
pub fn counted(n: impl Into<i128>, one: &str) -> String {
    let n = n.into();
    format!("{} {one}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A share: three decimals below 1%, else two.
pub fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    let places = if hundredths != 0.0 && hundredths.abs() < 1.0 { 3 } else { 2 };
    format!("{}%", thousands(&format!("{hundredths:.places$}")))
}

/// A number with so many decimals.
pub fn decimal(x: f64, places: usize) -> String {
    thousands(&format!("{x:.places$}"))
}

/// A duration in its two largest units: `49d 3h`, `3h 12m`, `45s`.
pub fn duration(seconds: f64) -> String {
    const UNITS: [(i128, &str); 4] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")];
    if !seconds.is_finite() || seconds < 10.0 {
        return format!("{seconds:.1}s");
    }
    let exact = seconds.round() as i128;
    let largest = UNITS.iter().position(|(size, _)| exact >= *size).unwrap_or(UNITS.len() - 1);
    let smallest = (largest + 1).min(UNITS.len() - 1);
    // Rounded to the smaller of the two, so that 23h 59m 50s is 1d and not 24h.
    let step = UNITS.get(smallest).map_or(1, |(size, _)| *size);
    let mut rest = (seconds / step as f64).round() as i128 * step;
    let mut parts = Vec::new();
    for (size, unit) in UNITS {
        if rest >= size && parts.len() < 2 {
            parts.push(format!("{}{unit}", count(rest / size)));
            rest %= size;
        }
    }
    parts.join(" ")
}

/// An amount, rounded half-even to its currency's decimals.
pub fn money(amount: Micros, currency: Currency) -> String {
    let places = currency.exponent().min(6);
    let step = 10u128.pow(6 - places as u32);
    let magnitude = amount.0.unsigned_abs();
    let (whole, rest) = (magnitude / step, magnitude % step);
    let up = rest * 2 > step || (rest * 2 == step && whole % 2 == 1);
    let rounded = whole + u128::from(up);
    let sign = if amount.0 < 0 && rounded > 0 { "-" } else { "" };
    let digits = format!("{rounded:0>width$}", width = places + 1);
    let (units, decimals) = digits.split_at(digits.len() - places);
    let point = if places == 0 { "" } else { "." };
    format!("{} {currency}", thousands(&format!("{sign}{units}{point}{decimals}")))
}

fn fixed_money(units: f64, currency: Currency) -> String {
    format!("{} {currency}", thousands(&format!("{units:.places$}", places = currency.exponent())))
}

/// Parts the digits before the point by thousands; a zero has no sign.
fn thousands(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, decimals) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let sign = if digits.bytes().all(|b| matches!(b, b'0' | b'.')) { "" } else { sign };
    let mut parted = String::with_capacity(number.len() + number.len() / 3);
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    format!("{sign}{parted}{decimals}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_once_by_its_currency() {
        let show = |micros, code: &str| money(Micros(micros), code.parse().unwrap());
        assert_eq!(show(1_234_567_895_000, "PLN"), "1,234,567.90 PLN");
        assert_eq!(show(1_234_500_000, "JPY"), "1,234 JPY", "half to even");
        assert_eq!(show(1_235_500_000, "JPY"), "1,236 JPY");
        assert_eq!(show(-12_345_678, "KWD"), "-12.346 KWD");
        assert_eq!(show(-1, "EUR"), "0.00 EUR");
        assert_eq!(number(Number::Real(812.505), Unit::Money, "EUR".parse().unwrap()), "812.50 EUR");
    }

    #[test]
    fn durations_have_their_two_largest_units() {
        let cases = [
            (0.0, "0.0s"),
            (9.96, "10.0s"),
            (45.2, "45s"),
            (3600.0, "1h"),
            (11_520.0, "3h 12m"),
            (86_390.0, "1d"),
            (4_247_472.0, "49d 4h"),
            (1e9, "11,574d 2h"),
        ];
        for (seconds, shown) in cases {
            assert_eq!(duration(seconds), shown);
        }
    }

    #[test]
    fn shares_are_percent() {
        assert_eq!([0.10525, 0.00717, 0.0, -0.351, 24.123, 1.0].map(percent), ["10.53%", "0.717%", "0.00%", "-35.10%", "2,412.30%", "100.00%"]);
    }
}
