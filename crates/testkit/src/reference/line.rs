//! One line of a file to a message, or the reason why not.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{
    currencies,
    fields::{COMMON, Field, Holds, TYPES, required},
    money,
    time::{DAY_MS, When, Zone, checked_instant, parse_date, parse_time},
};

/// The largest line.
const MOST_BYTES: usize = 1 << 20;

/// A message that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// One of the five types.
    pub kind: &'static str,
    values: BTreeMap<&'static str, Held>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
enum Held {
    Text(String),
    Time(When),
    Day(i64),
    Amount(i128),
    Integer(i64),
}

type Raw<'a> = BTreeMap<String, &'a RawValue>;

impl Message {
    /// The text of a field, if it is there.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.values.get(field)? {
            Held::Text(text) => Some(text),
            other => panic!("{field} holds {other:?}"),
        }
    }

    pub fn time(&self, field: &str) -> Option<When> {
        match self.values.get(field)? {
            Held::Time(when) => Some(*when),
            other => panic!("{field} holds {other:?}"),
        }
    }

    pub fn day(&self, field: &str) -> Option<i64> {
        match self.values.get(field)? {
            Held::Day(day) => Some(*day),
            other => panic!("{field} holds {other:?}"),
        }
    }

    /// The amount in millionths with its currency.
    pub fn money(&self) -> Option<(i128, String)> {
        match self.values.get("amount")? {
            Held::Amount(micros) => Some((*micros, self.text("currency")?.to_owned())),
            other => panic!("amount holds {other:?}"),
        }
    }

    pub fn integer(&self, field: &str) -> Option<i64> {
        match self.values.get(field)? {
            Held::Integer(n) => Some(*n),
            other => panic!("{field} holds {other:?}"),
        }
    }

    /// A field that every message of the kind has.
    pub fn must<T>(&self, value: Option<T>) -> T {
        value.unwrap_or_else(|| panic!("a checked message lacks a required field: {self:?}"))
    }
}

/// Reads a line, in the contract's order: decodes, type, required fields, values, future.
pub fn read(line: &[u8], zone: &Zone, now: i64) -> Result<Message, &'static str> {
    if line.len() > MOST_BYTES {
        return Err("too_large");
    }
    let text = std::str::from_utf8(line).map_err(|_| "undecodable")?;
    let read: Raw<'_> = serde_json::from_str(text).map_err(|_| "undecodable")?;
    let is_cloud_event = read.get("specversion").is_some_and(|value| is_there(value));
    let raw = flat(read)?;
    let (kind, fields) = find_type(&raw, is_cloud_event)?;
    let word = |field: &str| raw.get(field).and_then(|value| string(value)).unwrap_or_default();
    for field in ["event_id", "source", "occurred_at"].into_iter().chain(required(kind, word, |field| raw.contains_key(field))) {
        if !raw.contains_key(field) {
            return Err("missing_field");
        }
    }
    // The close of a deal that is not closed is not read at all.
    let unclosed = kind == "deal-closed" && matches!(word("status").as_str(), "open" | "deleted");
    let mut values = BTreeMap::new();
    for (field, holds) in COMMON.iter().chain(fields).filter(|(field, _)| !(unclosed && *field == "closed_at")) {
        if let Some(value) = raw.get(*field) {
            values.insert(*field, hold(value.get(), *holds)?);
        }
    }
    let mut message = Message { kind, values };
    close_lost_deal(&mut message, zone);
    refuse_future(&message, unclosed, zone, now)?;
    Ok(message)
}

/// The fields that are there, of flat JSON and of CloudEvents alike.
fn flat(mut raw: Raw<'_>) -> Result<Raw<'_>, &'static str> {
    raw.retain(|_, value| is_there(value));
    if !raw.contains_key("specversion") {
        return Ok(raw);
    }
    let data = raw.get("data").ok_or("undecodable")?;
    let mut fields: Raw<'_> = serde_json::from_str(data.get()).map_err(|_| "undecodable")?;
    fields.retain(|_, value| is_there(value));
    for (attribute, field) in [("id", "event_id"), ("source", "source"), ("type", "type"), ("time", "occurred_at")] {
        match raw.get(attribute) {
            Some(value) => drop(fields.insert(field.to_owned(), value)),
            None if attribute == "time" => {}
            None => drop(fields.remove(field)),
        }
    }
    Ok(fields)
}

/// The type; that of a CloudEvent may have a reverse-DNS prefix.
fn find_type(raw: &Raw<'_>, is_cloud_event: bool) -> Result<(&'static str, &'static [Field]), &'static str> {
    let value = raw.get("type").ok_or("missing_field")?;
    let name = string(value).ok_or("bad_value")?;
    let last = if is_cloud_event { name.rsplit('.').next().unwrap_or_default() } else { &name };
    TYPES.iter().find(|(kind, _)| *kind == last).copied().ok_or("unknown_type")
}

fn is_there(value: &RawValue) -> bool {
    !matches!(value.get(), "null" | "\"\"")
}

fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

fn hold(json: &str, holds: Holds) -> Result<Held, &'static str> {
    let text = || serde_json::from_str::<String>(json).map_err(|_| "bad_value");
    Ok(match holds {
        Holds::Text => Held::Text(text()?),
        Holds::Word(words) => Held::Text(text().ok().filter(|word| words.contains(&word.as_str())).ok_or("bad_value")?),
        Holds::Currency => Held::Text(Some(text()?).filter(|code| currencies::exists(code)).ok_or("bad_currency")?),
        Holds::Amount if json.starts_with('"') => Held::Amount(money::parse(&text()?).ok_or("bad_value")?),
        Holds::Amount => Held::Amount(money::parse_number(json).ok_or("bad_value")?),
        Holds::Integer => Held::Integer(json.parse().map_err(|_| "bad_value")?),
        Holds::Natural => Held::Integer(json.parse().ok().filter(|n| *n >= 0).ok_or("bad_value")?),
        Holds::Date => Held::Day(parse_date(&text()?).ok_or("bad_time")?),
        Holds::Time if json.starts_with('"') => Held::Time(parse_time(&text()?).ok_or("bad_time")?),
        Holds::Time => Held::Time(numeric_time(json)?),
    })
}

/// Milliseconds; digits that are too many for 64 bits are still a time, though a bad one.
fn numeric_time(json: &str) -> Result<When, &'static str> {
    let digits = json.strip_prefix('-').unwrap_or(json);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("bad_value");
    }
    json.parse().ok().and_then(checked_instant).ok_or("bad_time")
}

/// A deal cannot have been lost after it was reported lost (CRMs keep the planned close there).
fn close_lost_deal(message: &mut Message, zone: &Zone) {
    if message.kind != "deal-closed" || message.text("status") != Some("lost") {
        return;
    }
    if let (Some(closed), Some(occurred)) = (message.time("closed_at"), message.time("occurred_at"))
        && zone.instant(closed) > zone.instant(occurred)
    {
        message.values.insert("closed_at", Held::Time(occurred));
    }
}

fn refuse_future(message: &Message, unclosed: bool, zone: &Zone, now: i64) -> Result<(), &'static str> {
    for (field, value) in &message.values {
        let instant = match value {
            Held::Time(when) => zone.instant(*when),
            Held::Day(day) => zone.first_instant(*day),
            _ => continue,
        };
        if instant > now + DAY_MS && !(unclosed && *field == "opened_at") {
            return Err("future_event");
        }
    }
    Ok(())
}
