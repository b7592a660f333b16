//! Currencies by their codes and signs.

use model::Currency;

/// Signs that stand for one currency. `$`, `kr` and `¥` stand for several, so they stand for none here.
const SIGNS: &[(&str, &str)] = &[
    ("€", "EUR"),
    ("£", "GBP"),
    ("R$", "BRL"),
    ("zł", "PLN"),
    ("Kč", "CZK"),
    ("Ft", "HUF"),
    ("lei", "RON"),
    ("лв", "BGN"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("₪", "ILS"),
    ("₺", "TRY"),
    ("₴", "UAH"),
    ("₫", "VND"),
    ("₱", "PHP"),
    ("฿", "THB"),
    ("Rp", "IDR"),
    ("RM", "MYR"),
    ("円", "JPY"),
    ("US$", "USD"),
    ("CA$", "CAD"),
    ("C$", "CAD"),
    ("AU$", "AUD"),
    ("A$", "AUD"),
    ("NZ$", "NZD"),
    ("S$", "SGD"),
    ("SG$", "SGD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("MX$", "MXN"),
    ("Fr.", "CHF"),
    ("SFr.", "CHF"),
    ("JP¥", "JPY"),
    ("CN¥", "CNY"),
    ("元", "CNY"),
    ("S/", "PEN"),
];

/// Signs of more than one currency.
const SHARED_SIGNS: &[&str] = &["$", "¥", "￥", "kr", "kr.", "Kr", "Fr", "L"];

/// The currency that a text names by its code or by a sign that has only one.
pub fn currency(text: &str) -> Option<Currency> {
    let text = text.trim().trim_end_matches(':');
    let by_sign = || SIGNS.iter().find(|(sign, _)| *sign == text).map(|(_, code)| *code);
    text.to_uppercase().parse().ok().filter(|_| text.len() == 3).or_else(|| by_sign()?.parse().ok())
}

/// The letters and signs around an amount, and what they name; an error where it is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    /// Nothing stands there.
    None,
    /// One currency.
    Of(Currency),
    /// A sign that several currencies share.
    Shared,
}

/// What stands before or behind the digits of an amount.
pub fn sign(text: &str) -> Option<Sign> {
    let text = text.trim();
    if text.is_empty() {
        Some(Sign::None)
    } else if SHARED_SIGNS.contains(&text) {
        Some(Sign::Shared)
    } else {
        // In small letters `all` is a word, and no lek of Albania.
        currency(text).filter(|_| !text.bytes().any(|b| b.is_ascii_lowercase()) || !text.is_ascii() || text.len() < 3).map(Sign::Of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_several_currencies_name_none() {
        assert_eq!(currency("R$").map(|c| c.to_string()), Some("BRL".to_owned()));
        assert_eq!(currency("sgd").map(|c| c.to_string()), Some("SGD".to_owned()));
        assert_eq!((currency("$"), sign("$"), sign("kr"), sign("seats")), (None, Some(Sign::Shared), Some(Sign::Shared), None));
    }
}
