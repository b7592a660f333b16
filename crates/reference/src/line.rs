//! The fields of a message to checked facts, or the reason why not; and a line of a file to its fields.

use std::{collections::BTreeMap, sync::LazyLock};

use serde_json::value::RawValue;

use crate::{
    currencies,
    fields::{COMMON, Holds, TYPES, is_passed_over_where_deleted, required},
    given::Given,
    record::{self, Schemas},
    time::{DAY_MS, When, Zone},
};

/// The largest line, or record.
pub const MOST_BYTES: usize = 1 << 20;
/// The longest id, name or label, in bytes.
const LONGEST_TEXT: usize = 1024;

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

/// A source or channel that is too long: its first thousand bytes, and the XXH3 of the whole.
fn shortened(text: &str) -> String {
    let mut beginning = String::new();
    for letter in text.chars() {
        if beginning.len() + letter.len_utf8() > 1000 {
            break;
        }
        beginning.push(letter);
    }
    format!("{beginning}~{:016x}", twox_hash::XxHash3_64::oneshot(text.as_bytes()))
}

/// Reads a line, in the contract's order: decodes, type, required fields, values, future.
pub fn read(line: &[u8], zone: &Zone, now: i64) -> Result<Message, &'static str> {
    if line.len() > MOST_BYTES {
        return Err("too_large");
    }
    OWN.read_by(|schemas| message(line, schemas, zone, now))
}

fn message(line: &[u8], schemas: &Schemas, zone: &Zone, now: i64) -> Result<Message, &'static str> {
    let (fields, is_cloud_event, record) = object(json(line)?, schemas, None)?;
    let kind = find_type(&fields, is_cloud_event)?.ok_or("missing_field")?;
    if record.is_some_and(|record| record != kind) {
        return Err("wrong_type");
    }
    checked(kind, &fields, zone, now)
}

/// Our own schemas, for the data of CloudEvents in files.
static OWN: LazyLock<Schemas> = LazyLock::new(Schemas::own);

/// The fields of a JSON object, flat or a structured CloudEvent's; whether they are the latter's, and the type whose Avro record its
/// data was.
pub fn object<'a>(fields: Fields<'a>, schemas: &Schemas, topic: Option<&'static str>) -> Result<Read<'a>, &'static str> {
    if fields.contains_key("specversion") { cloud_event(fields, schemas, topic) } else { Ok((fields, false, None)) }
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
            let held = match hold(value, *holds)? {
                Held::Text(text) if text.len() > LONGEST_TEXT && matches!(*field, "source" | "channel") => Held::Text(shortened(&text)),
                held => held,
            };
            // What is an id, a name or a label has a bound; a page is none of them.
            if matches!(holds, Holds::Text | Holds::Unread) && *field != "page" && matches!(&held, Held::Text(text) if text.len() > LONGEST_TEXT) {
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
    let Pairs(pairs) = serde_json::from_str(text).map_err(|_| "undecodable")?;
    let mut fields = Fields::new();
    for (name, value) in pairs {
        // Half a surrogate pair is no text, so it is no name of ours.
        let Ok(name) = serde_json::from_str::<String>(name.get()) else { continue };
        let value = Given::Json(value.get());
        // Of several of one name the last counts, also where it says that there is nothing.
        fields.remove(&name);
        if value.is_there() {
            fields.insert(name, value);
        }
    }
    Ok(fields)
}

/// The members of an object as they stand.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> serde::de::Visitor<'de> for Object {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        json.deserialize_map(Object).map(Pairs)
    }
}

/// What is read of a message: its fields, whether they are a CloudEvent's, and the type whose Avro record they were.
pub type Read<'a> = (Fields<'a>, bool, Option<&'static str>);

/// The fields of a structured CloudEvent: those of its data, with its attributes on top.
pub fn cloud_event<'a>(event: Fields<'a>, schemas: &Schemas, topic: Option<&'static str>) -> Result<Read<'a>, &'static str> {
    let version = event.get("specversion").and_then(Given::text).ok_or("undecodable")?;
    if !version.starts_with("1.") {
        return Err("undecodable");
    }
    let text = |name: &str| event.get(name).and_then(Given::text);
    let (data, record) = match (event.get("data"), event.get("data_base64")) {
        (None, None) => (Fields::new(), None),
        (Some(Given::Json(data)), None) if data.starts_with('{') => (json(data.as_bytes())?, None),
        (None, Some(encoded)) => {
            let bytes = base64(&encoded.text().ok_or("undecodable")?).ok_or("undecodable")?;
            let said = text("type").as_deref().and_then(cloud_type).or(topic);
            let media = text("datacontenttype").unwrap_or_default();
            let (fields, record) = record::data(&bytes, record::data_of(&bytes, &record::media(&media)), said, schemas)?;
            (fields.into_iter().map(|(name, value)| (name, value.into_owned())).collect(), record)
        }
        _ => return Err("undecodable"),
    };
    Ok((with_attributes(data, &version, |name| event.get(name).cloned())?, true, record))
}

/// Bytes in Base64, with its padding, a part of it, or none.
fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let wanted = (4 - digits.len() % 4) % 4;
    if wanted == 3 || padding > wanted {
        return None;
    }
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for digit in digits.bytes() {
        bits = bits << 6 | u32::try_from(DIGITS.iter().position(|known| *known == digit)?).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
        bits &= (1 << held) - 1;
    }
    // What is left over must be nothing.
    (bits == 0).then_some(bytes)
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

/// The type that a message names.
pub fn find_type(given: &Fields<'_>, is_cloud_event: bool) -> Result<Option<&'static str>, &'static str> {
    let Some(value) = given.get("type") else { return Ok(None) };
    let name = value.text().ok_or("bad_value")?;
    let kind = if is_cloud_event { cloud_type(&name) } else { TYPES.iter().map(|(kind, _)| *kind).find(|kind| *kind == name) };
    kind.map(Some).ok_or("unknown_type")
}

/// The type that a CloudEvent names, behind a reverse-DNS prefix and before a version.
pub fn cloud_type(name: &str) -> Option<&'static str> {
    let is_version = |part: &&str| {
        let digits = part.strip_prefix('v').or(part.strip_prefix('V')).unwrap_or(part);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    let last = name.rsplit('.').find(|part| !is_version(part))?;
    TYPES.iter().map(|(kind, _)| *kind).find(|kind| *kind == last)
}

fn hold(given: &Given<'_>, holds: Holds) -> Result<Held, &'static str> {
    let text = || given.text().ok_or("bad_value");
    Ok(match holds {
        Holds::Text => Held::Text(text()?),
        // Whatever it says: half a surrogate pair, too.
        Holds::Unread if given.bare_json().is_none() && (given.as_json().is_some() || text().is_ok()) => Held::Text(text().unwrap_or_default()),
        Holds::Unread => return Err("bad_value"),
        Holds::Word(words) => Held::Text(text().ok().filter(|word| words.contains(&word.as_str())).ok_or("bad_value")?),
        Holds::Currency => Held::Text(Some(text()?).filter(|code| currencies::exists(code)).ok_or("bad_currency")?),
        Holds::Amount => Held::Amount(given.amount().ok_or("bad_value")?),
        Holds::Integer => Held::Integer(given.integer().ok_or("bad_value")?),
        Holds::Natural => Held::Integer(given.integer().filter(|n| *n >= 0).ok_or("bad_value")?),
        Holds::Date => Held::Day(given.day()?),
        Holds::Time => Held::Time(given.time()?),
    })
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
