//! Numbers as people's programs write them, and which of point and comma is the decimal sign.

use model::{Currency, Micros};

use crate::words::{self, Sign};

/// The decimal sign of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decimal {
    /// `1,234.56`
    Point,
    /// `1.234,56`
    Comma,
}

/// What one number tells of its file's decimal sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// No number.
    None,
    /// Digits alone, or with blanks or apostrophes between thousands.
    Plain,
    /// Only this sign can be the decimal one.
    Decides(Decimal),
    /// One sign before three digits: thousands where it is not the decimal sign; it is this one if it is.
    Either(Decimal),
}

/// A number taken apart: sign, digits with separators, and what stands around them.
#[derive(Clone, Copy, Debug)]
struct Parts<'a> {
    negative: bool,
    digits: &'a str,
    sign: Sign,
}

impl Decimal {
    fn sign(self) -> char {
        match self {
            Decimal::Point => '.',
            Decimal::Comma => ',',
        }
    }

    fn of(sign: char) -> Decimal {
        if sign == ',' { Decimal::Comma } else { Decimal::Point }
    }

    /// The other one.
    pub fn other(self) -> Decimal {
        match self {
            Decimal::Point => Decimal::Comma,
            Decimal::Comma => Decimal::Point,
        }
    }

    /// An example for people.
    pub fn example(self) -> &'static str {
        match self {
            Decimal::Point => "1,234.56",
            Decimal::Comma => "1.234,56",
        }
    }
}

/// What a text tells of the decimal sign. A percent sign behind it is passed over.
pub fn shape(text: &str) -> Shape {
    let Some(parts) = parts(text.trim().trim_end_matches('%')) else { return Shape::None };
    let digits = parts.digits;
    let places: Vec<(usize, char)> = digits.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let (Some((first, one)), Some((last, other))) = (places.first().copied(), places.last().copied()) else { return Shape::Plain };
    if one != other {
        return Shape::Decides(Decimal::of(other));
    }
    if first != last {
        return Shape::Decides(Decimal::of(one).other());
    }
    let (before, after) = (digits.get(..first).unwrap_or_default(), digits.get(last + 1..).unwrap_or_default());
    let grouped = before.contains(is_blank_between);
    let is_group = after.len() == 3 && !grouped && (1..=3).contains(&before.len()) && !before.starts_with('0');
    if is_group { Shape::Either(Decimal::of(one)) } else { Shape::Decides(Decimal::of(one)) }
}

/// Whether a text has four digits or more before its sign with nothing between: thousands are not marked there.
pub fn is_ungrouped(text: &str) -> bool {
    parts(text).is_some_and(|parts| parts.digits.bytes().take_while(u8::is_ascii_digit).count() > 3)
}

/// The amount of a text, and what stands around it; none where it is no number in this form.
pub fn amount(text: &str, decimal: Decimal) -> Option<(Micros, Sign)> {
    let parts = parts(text)?;
    let (whole, fraction) = match parts.digits.rsplit_once(decimal.sign()) {
        Some((whole, fraction)) => (whole, fraction),
        None => (parts.digits, ""),
    };
    let whole = ungrouped(whole, decimal.other().sign())?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sign = if parts.negative { "-" } else { "" };
    let text = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    Some((Micros::parse(&text).ok()?, parts.sign))
}

/// The currency that stands beside an amount.
pub fn currency(text: &str) -> Option<Currency> {
    parts(text).and_then(|parts| match parts.sign {
        Sign::Of(currency) => Some(currency),
        _ => None,
    })
}

/// A workbook's double, as the shortest decimal of its 15 digits that count.
///
/// ```
/// assert_eq!(import::number_of_workbook(33.340000000000003), "33.34");
/// assert_eq!(import::number_of_workbook(21_456_789_012.0), "21456789012");
/// assert_eq!(import::number_of_workbook(0.1 + 0.2), "0.3");
/// ```
pub fn of_workbook(value: f64) -> String {
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    // Doubles from 1e15 on are written out as they are: whether digits were lost is for whoever reads them.
    if value.abs() < 1e15 { format!("{rounded}") } else { format!("{value}") }
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let (text, bracketed) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let (before, digits, behind) = (text.get(..first)?, text.get(first..=last)?, text.get(last + 1..)?);
    let minus = |c: char| matches!(c, '-' | '\u{2212}' | '\u{2013}');
    let negative = bracketed || before.contains(minus);
    let is_between = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || is_blank_between(c);
    if !digits.chars().all(is_between) {
        return None;
    }
    let (before, behind) = (before.trim_matches(|c: char| minus(c) || c.is_whitespace()), behind.trim());
    let sign = match (words::sign(before)?, words::sign(behind)?) {
        (sign, Sign::None) | (Sign::None, sign) => sign,
        _ => return None,
    };
    Some(Parts { negative, digits, sign })
}

/// What may stand between thousands beside point and comma.
fn is_blank_between(c: char) -> bool {
    c == '\'' || c == '\u{2019}' || c.is_whitespace()
}

/// The digits of a whole number without what stands between its thousands; none where that stands elsewhere.
fn ungrouped(whole: &str, sign: char) -> Option<String> {
    let is_mark = |c: char| c == sign || is_blank_between(c);
    let groups: Vec<&str> = whole.split(is_mark).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = match rest.split_last() {
        Some((last, middle)) => (Some(last), middle),
        None => (None, rest),
    };
    // In India the groups before the last one are of two digits.
    let fits = (1..=3).contains(&first.len()) && middle.iter().all(|group| matches!(group.len(), 2 | 3)) && last.is_none_or(|group| group.len() == 3);
    let digits = groups.concat();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    (is_number && (rest.is_empty() || fits)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, decimal: Decimal) -> String {
        amount(text, decimal).map_or("none".to_owned(), |(amount, _)| amount.to_string())
    }

    #[test]
    fn a_number_tells_its_decimal_sign_or_does_not() {
        use Shape::{Decides, Either, Plain};
        for (text, told) in [
            ("1,532.13", Decides(Decimal::Point)),
            ("1.532,13", Decides(Decimal::Comma)),
            ("12.345.678", Decides(Decimal::Comma)),
            ("1,23,456", Decides(Decimal::Point)),
            ("708.64", Decides(Decimal::Point)),
            ("7,14%", Decides(Decimal::Comma)),
            ("3\u{a0}147,14", Decides(Decimal::Comma)),
            ("1'234.500", Decides(Decimal::Point)),
            ("0.125", Decides(Decimal::Point)),
            ("1234.567", Decides(Decimal::Point)),
            ("1.234", Either(Decimal::Point)),
            ("12,345", Either(Decimal::Comma)),
            ("450", Plain),
            ("3\u{202f}105", Plain),
            ("-", Shape::None),
            ("Brand", Shape::None),
            ("2026-03-01", Shape::None),
        ] {
            assert_eq!(shape(text), told, "{text}");
        }
    }

    #[test]
    fn amounts_are_read_by_the_files_sign() {
        for (text, amount) in [
            ("1.234,56", "1234.56"),
            ("1.234", "1234.00"),
            ("R$ 1.234,50", "1234.50"),
            ("12,5 €", "12.50"),
            ("-1 234,5", "-1234.50"),
            ("(12,30)", "-12.30"),
            ("1\u{202f}979,63", "1979.63"),
            ("27\u{a0}617,32", "27617.32"),
            ("1.23", "none"),
            ("1,2,3", "none"),
            ("12.34.567", "12.34.567"),
        ] {
            let amount = if amount == "12.34.567" { "1234567.00" } else { amount };
            assert_eq!(read(text, Decimal::Comma), amount, "{text}");
        }
        for (text, amount) in
            [("1'234.50", "1234.50"), ("1,23,456.78", "123456.78"), ("CHF 10", "10.00"), ("12,34", "none"), ("7.0", "7.00"), ("5 seats", "none")]
        {
            assert_eq!(read(text, Decimal::Point), amount, "{text}");
        }
    }

    #[test]
    fn what_stands_beside_an_amount_is_its_currency() {
        assert_eq!(currency("R$ 1.234,50").map(|c| c.to_string()), Some("BRL".to_owned()));
        assert_eq!(currency("$5.00"), None);
    }
}
