//! The fields of a message to checked facts, or the reason why not.

use std::collections::BTreeMap;

use crate::{
    currencies,
    fields::{COMMON, Holds, TYPES, is_passed_over_where_deleted, required},
    given::{Fields, Given},
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
