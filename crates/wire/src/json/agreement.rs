//! The scan against serde_json: the same fields of whatever is an object, and nothing of what is none.

use std::fmt;

use proptest::{prelude::*, sample::Index};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::scan;
use crate::field::Raw;

type Members<'a> = Vec<(Raw<'a>, Raw<'a>)>;

struct Object;

impl<'a> Visitor<'a> for Object {
    type Value = Members<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&'a RawValue, &'a RawValue>()? {
            members.push((raw(name.get()), raw(value.get())));
        }
        Ok(members)
    }
}

/// A value by its first letter.
fn raw(text: &str) -> Raw<'_> {
    match text.as_bytes()[0] {
        b'"' if !text.contains('\\') => Raw::Text(&text[1..text.len() - 1]),
        b'"' => Raw::Escaped(text),
        b'n' => Raw::Absent,
        b't' | b'f' => Raw::Other,
        b'{' | b'[' => Raw::Nested(text),
        _ => Raw::Number(text),
    }
}

fn by_serde_json(text: &str) -> Option<Members<'_>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let members = json.deserialize_map(Object).ok()?;
    json.end().ok().map(|()| members)
}

fn by_scan(text: &str) -> Option<Members<'_>> {
    let mut members = Vec::new();
    scan::object(text, |name, value| members.push((name, value))).ok().map(|()| members)
}

/// Texts that are JSON's smallest parts, or nearly.
fn part() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        " ",
        "\n",
        "\t",
        "\r",
        "\u{b}",
        "\0",
        "\u{7f}",
        "é",
        "\u{1f600}",
        "null",
        "true",
        "false",
        "nul",
        "0",
        "-0",
        "-",
        "01",
        "12",
        "1.5",
        "1.",
        ".5",
        "1e9",
        "1E+2",
        "1e",
        "1e-",
        "-7.25e-3",
        "99999999999999999999",
        "NaN",
        "\"a\"",
        "\"\"",
        "\"\\u00e9\"",
        "\"\\ud83d\"",
        "\"\\u12g4\"",
        "\"\\x\"",
        "\"\\\\\\\"\"",
        "\"long enough for a word\"",
        "\"event_id\":",
        "\"x\" : ",
        "{\"a\":[1,{}]}",
        "[[],[{}]]",
        "\"\u{1f}\"",
        "\"1234567\u{1}\"",
        "\"12345678\"",
        "/",
        "+1",
        "u",
        "\"a\":1,",
    ];
    prop_oneof![8 => proptest::sample::select(KNOWN).prop_map(str::to_owned), 1 => ".{0,12}"]
}

/// An object that is one, with all that may stand in it.
fn object() -> impl Strategy<Value = String> {
    let blank = || proptest::sample::select(&["", "", "", " ", "\n \t", "\r\n"][..]);
    let text = || {
        prop_oneof!["[ -!#-\\[\\]-~]{0,20}", "[^\"\\\\\u{0}-\u{1f}]{0,12}", "([a-z]{0,9}(\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4})){1,3}[a-z]{0,9}",]
            .prop_map(|text| format!("\"{text}\""))
    };
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?";
    let scalar = prop_oneof![text(), number, proptest::sample::select(&["null", "true", "false"][..]).prop_map(str::to_owned)];
    let value = scalar.prop_recursive(6, 40, 5, move |inner| {
        let item = (blank(), inner.clone(), blank()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let member = (blank(), text(), blank(), inner).prop_map(|(a, name, b, value)| format!("{a}{name}{b}:{a}{value}{b}"));
        prop_oneof![
            proptest::collection::vec(item, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    });
    let member = (blank(), text(), blank(), value).prop_map(|(a, name, b, value)| format!("{a}{name}{a}:{b}{value}{b}"));
    (proptest::collection::vec(member, 0..8), blank()).prop_map(|(members, b)| format!("{b}{{{}}}{b}", members.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_object_is_read_as_serde_json_does(text in object()) {
        prop_assert!(by_scan(&text).is_some(), "{text}");
        prop_assert_eq!(by_scan(&text), by_serde_json(&text), "{}", text);
    }

    #[test]
    fn an_object_with_a_fault_is_read_or_refused_as_serde_json_does(text in object(), at in any::<Index>(), len in 0..3usize, part in part()) {
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let rest = chars[(at + len).min(chars.len())..].iter();
        let text: String = chars[..at].iter().copied().chain(part.chars()).chain(rest.copied()).collect();
        prop_assert_eq!(by_scan(&text), by_serde_json(&text), "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_as_serde_json_does(parts in proptest::collection::vec(part(), 0..12)) {
        for text in [parts.concat(), format!("{{{}}}", parts.concat()), format!("{{\"a\":{}", parts.concat())] {
            prop_assert_eq!(by_scan(&text), by_serde_json(&text), "{}", text);
        }
    }
}
