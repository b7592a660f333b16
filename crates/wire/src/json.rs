//! A JSON object into raw fields, borrowed from its text.

#[cfg(test)]
mod agreement;
mod scan;

use crate::field::{Field, Fields, Raw};

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
    let take = |name: Raw<'a>, value| {
        if let Some(field) = named(name) {
            fields.set(field, value);
        }
    };
    scan::object(text, take).map_err(|stop| BadJson::NotAnObject(column(text, stop.0)))
}

/// The field of a name, which may have escapes.
fn named(name: Raw<'_>) -> Option<Field> {
    match name {
        Raw::Text(name) => Field::named(name),
        other => Field::named(&other.text()?),
    }
}

/// The column of a byte in its line, from 1; of the end, that of the last byte.
#[cold]
fn column(text: &str, at: usize) -> usize {
    let line = text.as_bytes().iter().take(at).rev().take_while(|byte| **byte != b'\n').count();
    if at < text.len() { line + 1 } else { line }
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
            "{\"event_id\":\"\\x\"}",
            "{\"event_id\":\"\\ud8g0\"}",
            "{\"x\ty\":1}",
            "{1:1}",
        ] {
            assert_eq!(check(bad), None, "{bad}");
        }
        assert!(read(b"{\"x\":\"\xff\"}", &mut Fields::new()).is_err(), "also a field that is ignored must be UTF-8");
    }

    #[test]
    fn what_nobody_reads_may_be_anything() {
        for x in [r#""cut \ud83d""#, r#"{"\udc00":["\ud800"]}"#, "1e999999", "-0.0e-99999", &"9".repeat(100_000)] {
            assert_eq!(check(&format!(r#"{{"x":{x},"event_id":"a"}}"#)), Some(vec![(Field::EventId, Raw::Text("a"))]), "{x}");
            assert_eq!(check(&format!(r#"{{"\ud800":{x},"event_id":"a"}}"#)), Some(vec![(Field::EventId, Raw::Text("a"))]), "{x}");
        }
        for n in [63, 64, 127, 128, 200_000] {
            let nested = format!(r#"{{"x":{}{},"event_id":"a"}}"#, "[".repeat(n), "]".repeat(n));
            assert!(check(&nested).is_some(), "{n}");
            let nested = format!(r#"{{"x":{}1{},"event_id":"a"}}"#, r#"{"y":"#.repeat(n), "}".repeat(n));
            assert!(check(&nested).is_some(), "{n}");
            assert!(check(&nested.replacen('}', "", 1)).is_none(), "one bracket is missing");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_no_text() {
        for half in [r"\ud83d", r"\ud83d x", r"\ude00", r"\ud83d\u0041", r"\ud83d\ud83d"] {
            let json = format!(r#"{{"event_id":"{half}"}}"#);
            let mut fields = Fields::new();
            read(json.as_bytes(), &mut fields).unwrap();
            let raw = fields.get(Field::EventId);
            assert!(raw.text().is_none() && !raw.is_missing(), "{half}");
        }
    }
}
