//! The fields of a message to checked facts, or the reason why not; and a line of a file to its fields.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::{
    currencies,
    fields::{COMMON, Holds, TYPES, is_passed_over_where_deleted, required},
    money,
    time::{DAY_MS, When, Zone, checked_day, checked_instant, parse_date, parse_time},
};

/// The largest line, or record.
pub const MOST_BYTES: usize = 1 << 20;
/// The longest id, name or label, in bytes.
const LONGEST_TEXT: usize = 1024;
/// How deep a message may be nested.
const DEEPEST: usize = 64;

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

/// What a message gives for a field, as its encoding spells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Given<'a> {
    /// JSON of any kind.
    Json(&'a str),
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
    /// What no field can be.
    Other,
}

/// The fields of a message by name.
pub type Fields<'a> = BTreeMap<String, Given<'a>>;

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
    let fields = json(line)?;
    let is_cloud_event = fields.contains_key("specversion");
    let fields = if is_cloud_event { cloud_event(fields)? } else { fields };
    let kind = find_type(&fields, is_cloud_event)?.ok_or("missing_field")?;
    checked(kind, &fields, zone, now)
}

/// Checks the fields of a message of a type.
pub fn checked(kind: &'static str, given: &Fields<'_>, zone: &Zone, now: i64) -> Result<Message, &'static str> {
    let word = |field: &str| given.get(field).and_then(Given::text).unwrap_or_default();
    for field in ["event_id", "source", "occurred_at"].into_iter().chain(required(kind, word, |field| given.contains_key(field))) {
        if !given.contains_key(field) {
            return Err("missing_field");
        }
    }
    // The close of a deal that is not closed is not read at all, nor is anything but the key of what is deleted.
    let unclosed = kind == "deal-closed" && word("status") == "open";
    let deleted = word("status") == "deleted" && !matches!(kind, "social-interaction" | "web-visit");
    let mut values = BTreeMap::new();
    let fields = TYPES.iter().filter(|(name, _)| *name == kind).flat_map(|(_, fields)| *fields);
    // A visit is no entity, so a revision of it is a field that nobody knows.
    let is_passed_over = |field: &str| match field {
        _ if deleted && is_passed_over_where_deleted(kind, field, |other| given.contains_key(other)) => true,
        "closed_at" => unclosed,
        "revision" => kind == "web-visit",
        _ => false,
    };
    for (field, holds) in COMMON.iter().chain(fields).filter(|(field, _)| !is_passed_over(field)) {
        if let Some(value) = given.get(*field) {
            let held = hold(value, *holds)?;
            // What is an id, a name or a label has a bound; a page is none of them.
            if *holds == Holds::Text && *field != "page" && matches!(&held, Held::Text(text) if text.len() > LONGEST_TEXT) {
                return Err("too_large");
            }
            values.insert(*field, held);
        }
    }
    let mut message = Message { kind, values };
    close_lost_deal(&mut message, zone);
    refuse_future(&message, unclosed, zone, now)?;
    Ok(message)
}

/// The fields that are there of a JSON object.
pub fn json(bytes: &[u8]) -> Result<Fields<'_>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "undecodable")?;
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| "undecodable")?;
    // Half a surrogate pair is no text, and what is nested too deep is not read.
    let is_broken = |value: &&RawValue| value.get().starts_with('"') && serde_json::from_str::<String>(value.get()).is_err();
    if depth(text) > DEEPEST || raw.values().any(is_broken) {
        return Err("undecodable");
    }
    Ok(raw.into_iter().map(|(name, value)| (name, Given::Json(value.get()))).filter(|(_, value)| value.is_there()).collect())
}

/// How deep brackets nest, those in texts aside.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0usize, 0, false, false);
    for c in json.bytes() {
        match c {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => depth += 1,
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The fields of a structured CloudEvent: those of its data, with its attributes on top.
pub fn cloud_event(event: Fields<'_>) -> Result<Fields<'_>, &'static str> {
    let version = event.get("specversion").and_then(Given::text).ok_or("undecodable")?;
    let Some(Given::Json(data)) = event.get("data") else { return Err("undecodable") };
    let data = json(data.as_bytes())?;
    with_attributes(data, &version, |name| event.get(name).cloned())
}

/// The fields of a CloudEvent's data with its attributes on top, which stand for their fields also where they are missing; only the
/// time may be in the data instead.
pub fn with_attributes<'a>(mut data: Fields<'a>, version: &str, attribute: impl Fn(&str) -> Option<Given<'a>>) -> Result<Fields<'a>, &'static str> {
    if !version.starts_with("1.") {
        return Err("undecodable");
    }
    for (name, field) in [("id", "event_id"), ("source", "source"), ("type", "type"), ("time", "occurred_at")] {
        match attribute(name).filter(Given::is_there) {
            Some(value) => drop(data.insert(field.to_owned(), value)),
            None if name == "time" => {}
            None => drop(data.remove(field)),
        }
    }
    Ok(data)
}

/// The type that a message names; that of a CloudEvent may have a reverse-DNS prefix.
pub fn find_type(given: &Fields<'_>, is_cloud_event: bool) -> Result<Option<&'static str>, &'static str> {
    let Some(value) = given.get("type") else { return Ok(None) };
    let name = value.text().ok_or("bad_value")?;
    let last = if is_cloud_event { name.rsplit('.').next().unwrap_or_default() } else { &name };
    TYPES.iter().find(|(kind, _)| *kind == last).map(|(kind, _)| Some(*kind)).ok_or("unknown_type")
}

impl Given<'_> {
    /// Whether it is anything: nothing and an empty text are the same.
    pub fn is_there(&self) -> bool {
        !matches!(self, Given::Json("null" | "\"\"")) && !matches!(self, Given::Text(text) if text.is_empty())
    }

    fn text(&self) -> Option<String> {
        match self {
            Given::Json(json) => serde_json::from_str(json).ok(),
            Given::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn amount(&self) -> Option<i128> {
        match self {
            Given::Json(number) if !number.starts_with('"') => money::parse_number(number),
            Given::Whole(units) => money::parse(&units.to_string()),
            Given::Decimal(decimal) => money::parse(decimal),
            _ => money::parse(&self.text()?),
        }
    }

    fn integer(&self) -> Option<i64> {
        match self {
            Given::Json(json) => json.parse().ok(),
            Given::Whole(n) => Some(*n),
            _ => None,
        }
    }

    fn time(&self) -> Result<When, &'static str> {
        match self {
            Given::Json(number) if !number.starts_with('"') => numeric_time(number),
            Given::Instant(instant) | Given::Whole(instant) => checked_instant(*instant).ok_or("bad_time"),
            Given::Day(day) => checked_day(*day).map(When::On).ok_or("bad_time"),
            _ => parse_time(&self.text().ok_or("bad_value")?).ok_or("bad_time"),
        }
    }

    fn day(&self) -> Result<i64, &'static str> {
        match self {
            Given::Day(day) => checked_day(*day).ok_or("bad_time"),
            _ => parse_date(&self.text().ok_or("bad_value")?).ok_or("bad_time"),
        }
    }
}

fn hold(given: &Given<'_>, holds: Holds) -> Result<Held, &'static str> {
    let text = || given.text().ok_or("bad_value");
    Ok(match holds {
        Holds::Text => Held::Text(text()?),
        Holds::Word(words) => Held::Text(text().ok().filter(|word| words.contains(&word.as_str())).ok_or("bad_value")?),
        Holds::Currency => Held::Text(Some(text()?).filter(|code| currencies::exists(code)).ok_or("bad_currency")?),
        Holds::Amount => Held::Amount(given.amount().ok_or("bad_value")?),
        Holds::Integer => Held::Integer(given.integer().ok_or("bad_value")?),
        Holds::Natural => Held::Integer(given.integer().filter(|n| *n >= 0).ok_or("bad_value")?),
        Holds::Date => Held::Day(given.day()?),
        Holds::Time => Held::Time(given.time()?),
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
        if instant > now.saturating_add(DAY_MS) && !(unclosed && *field == "opened_at") {
            return Err("future_event");
        }
    }
    Ok(())
}
