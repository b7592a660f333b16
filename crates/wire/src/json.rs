//! A JSON object into raw fields, borrowed from its text.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{
    field::{Field, Fields, Raw},
    limits::DEPTH,
};

/// Why a text is not a JSON object that can be read. No field's content is in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadJson {
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    #[error("not a JSON object, from column {0} on")]
    NotAnObject(usize),
}

/// Reads the fields of an object; fields of other names are skipped, of one that comes twice the last counts.
pub(crate) fn read<'a>(bytes: &'a [u8], fields: &mut Fields<'a>) -> Result<(), BadJson> {
    let text = std::str::from_utf8(bytes).map_err(|error| BadJson::NotUtf8(error.valid_up_to()))?;
    read_text(text, fields)
}

/// The same of what is known to be UTF-8.
pub(crate) fn read_text<'a>(text: &'a str, fields: &mut Fields<'a>) -> Result<(), BadJson> {
    let mut json = serde_json::Deserializer::from_str(text);
    // The error's own words may quote the message.
    json.deserialize_map(Object(fields)).and_then(|()| json.end()).map_err(|error| BadJson::NotAnObject(error.column()))
}

struct Object<'f, 'a>(&'f mut Fields<'a>);

impl<'a> Visitor<'a> for Object<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key_seed(Key)? {
            let value: &'a RawValue = map.next_value()?;
            let raw = raw(value.get()).ok_or_else(|| de::Error::custom("nested too deep, or half a surrogate pair"))?;
            if let Some(field) = field {
                self.0.set(field, raw);
            }
        }
        Ok(())
    }
}

/// A key, as the field it names.
struct Key;

impl<'a> DeserializeSeed<'a> for Key {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'a>>(self, key: D) -> Result<Option<Field>, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<Field>, E> {
        Ok(Field::named(name))
    }
}

/// A JSON value by its first letter; none where it cannot be read for its depth or a broken escape.
fn raw(text: &str) -> Option<Raw<'_>> {
    Some(match text.as_bytes().first()? {
        b'"' => {
            let inner = text.get(1..text.len() - 1)?;
            if !inner.as_bytes().contains(&b'\\') {
                Raw::Text(inner)
            } else if !has_surrogates(inner) || serde_json::from_str::<String>(text).is_ok() {
                Raw::Escaped(text)
            } else {
                return None;
            }
        }
        b'n' => Raw::Absent,
        b't' | b'f' => Raw::Other,
        b'{' | b'[' => {
            if depth(text) + 1 > DEPTH {
                return None;
            }
            Raw::Nested(text)
        }
        _ => Raw::Number(text),
    })
}

/// Whether an escape may be half of a pair, which serde_json sees only when it resolves it.
fn has_surrogates(text: &str) -> bool {
    text.as_bytes().windows(3).any(|w| matches!(w, [b'\\', b'u', b'd' | b'D']))
}

/// How deep a whole JSON value nests.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    deepest
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Option<Vec<(Field, Raw<'_>)>> {
        let mut fields = Fields::new();
        read(json.as_bytes(), &mut fields).ok()?;
        let seen = [Field::EventId, Field::Amount, Field::Data, Field::Status];
        Some(seen.into_iter().map(|field| (field, fields.get(field))).filter(|(_, raw)| *raw != Raw::Absent).collect())
    }

    #[test]
    fn values_are_borrowed_as_they_stand() {
        let json = r#" {"event_id" : "a", "x":[{"event_id":1}], "amount":1.50e2, "data":{"a":"]}\""}, "status":true} "#;
        let want = vec![
            (Field::EventId, Raw::Text("a")),
            (Field::Amount, Raw::Number("1.50e2")),
            (Field::Data, Raw::Nested(r#"{"a":"]}\""}"#)),
            (Field::Status, Raw::Other),
        ];
        assert_eq!(check(json), Some(want));
    }

    #[test]
    fn the_last_word_on_a_field_counts() {
        assert_eq!(check(r#"{"event_id":"a","event_id":2}"#), Some(vec![(Field::EventId, Raw::Number("2"))]));
        assert_eq!(check(r#"{"event_id":"a","event_id":null}"#), Some(vec![]));
        assert_eq!(check(r#"{"event\u005fid":"a"}"#), Some(vec![(Field::EventId, Raw::Text("a"))]));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in [
            "",
            "null",
            "[]",
            "1",
            "\"a\"",
            "{",
            "{}{}",
            "{\"a\":1,}",
            "{\"a\":01}",
            "{\"a\":\"\n\"}",
            "{'a':1}",
            "{\"a\":NaN}",
            "{\"a\" 1}",
            "{\"event_id\":\"\\ud800\"}",
            "{\"event_id\":\"\\x\"}",
        ] {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert!(read(b"{\"x\":\"\xff\"}", &mut Fields::new()).is_err(), "also a field that is ignored must be UTF-8");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{{\"x\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(DEPTH - 1)).is_some());
        assert!(check(&nested(DEPTH)).is_none());
        assert!(check(&nested(200_000)).is_none());
        assert!(
            check(r#"{"x":["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["]}"#).is_some(),
            "brackets in texts do not nest"
        );
    }
}
