//! What a message gives for a field, as its encoding spells it, and what that is read as.

use std::collections::BTreeMap;

use crate::{
    money,
    time::{When, checked_day, checked_instant, parse_date, parse_time},
};

/// The fields of a message by name.
pub type Fields<'a> = BTreeMap<String, Given<'a>>;

/// What a message gives for a field, as its encoding spells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given<'a> {
    /// JSON of any kind.
    Json(&'a str),
    /// The same, of what was decoded.
    OwnJson(String),
    /// A text that is no JSON.
    Text(String),
    /// An integer that is not said to be a time.
    Whole(i64),
    /// Milliseconds since 1970.
    Instant(i64),
    /// Days since 1970.
    Day(i64),
    /// A decimal number in digits.
    Decimal(String),
    /// A binary number, which only an amount can be, by its shortest decimal text.
    Float(String),
    /// What no field can be.
    Other,
}

impl Given<'_> {
    /// The same for a message that does not outlive this: its JSON is taken apart.
    pub fn into_owned(self) -> Given<'static> {
        match self {
            Given::Json(json) => Given::OwnJson(json.to_owned()),
            Given::OwnJson(json) => Given::OwnJson(json),
            Given::Text(text) => Given::Text(text),
            Given::Whole(n) => Given::Whole(n),
            Given::Instant(at) => Given::Instant(at),
            Given::Day(day) => Given::Day(day),
            Given::Decimal(decimal) => Given::Decimal(decimal),
            Given::Float(number) => Given::Float(number),
            Given::Other => Given::Other,
        }
    }

    /// Whether it is anything: nothing and an empty text are the same.
    pub fn is_there(&self) -> bool {
        match self {
            Given::Text(text) => !text.is_empty(),
            other => !matches!(other.as_json(), Some("null" | "\"\"")),
        }
    }

    pub fn as_json(&self) -> Option<&str> {
        match self {
            Given::Json(json) => Some(json),
            Given::OwnJson(json) => Some(json),
            _ => None,
        }
    }

    /// A JSON value that is not a text.
    pub fn bare_json(&self) -> Option<&str> {
        self.as_json().filter(|json| !json.starts_with('"'))
    }

    pub fn text(&self) -> Option<String> {
        match self {
            Given::Text(text) => Some(text.clone()),
            other => serde_json::from_str(other.as_json()?).ok(),
        }
    }

    pub fn amount(&self) -> Option<i128> {
        match self {
            Given::Whole(units) => money::parse(&units.to_string()),
            Given::Decimal(decimal) => money::parse(decimal),
            Given::Float(number) => money::parse_number(number),
            other => match other.bare_json() {
                Some(json) => money::parse_number(Some(json).filter(|json| json.starts_with(|c: char| c == '-' || c.is_ascii_digit()))?),
                None => money::parse(&other.text()?),
            },
        }
    }

    pub fn integer(&self) -> Option<i64> {
        match self {
            Given::Whole(n) => Some(*n),
            other => other.as_json()?.parse().ok(),
        }
    }

    pub fn time(&self) -> Result<When, &'static str> {
        match self {
            Given::Instant(instant) | Given::Whole(instant) => checked_instant(*instant).ok_or("bad_time"),
            Given::Day(day) => checked_day(*day).map(When::On).ok_or("bad_time"),
            other => match other.bare_json() {
                Some(number) => numeric_time(number),
                None => parse_time(&other.text().ok_or("bad_value")?).ok_or("bad_time"),
            },
        }
    }

    pub fn day(&self) -> Result<i64, &'static str> {
        match self {
            Given::Day(day) => checked_day(*day).ok_or("bad_time"),
            _ => parse_date(&self.text().ok_or("bad_value")?).ok_or("bad_time"),
        }
    }
}

/// Milliseconds; digits that are too many for 64 bits are still a time, though a bad one.
fn numeric_time(json: &str) -> Result<When, &'static str> {
    let digits = json.strip_prefix('-').unwrap_or(json);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("bad_value");
    }
    json.parse().ok().and_then(checked_instant).ok_or("bad_time")
}
