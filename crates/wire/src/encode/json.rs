//! JSON, written by hand: the values are few and flat, and writing them cannot fail.

use model::{Event, When};

use super::layout::{self, Value};
use crate::field::Field;

/// An event as flat JSON with its `type`: a line of a file, or a Kafka message.
pub fn json(event: &Event<'_>) -> Vec<u8> {
    let mut object = Object::new();
    object.text(Field::Type.name(), event.event_type().name());
    for (field, value) in layout::layout(event) {
        object.value(field.name(), value);
    }
    object.finish()
}

/// An object in the making.
pub(super) struct Object(Vec<u8>);

impl Object {
    pub(super) fn new() -> Object {
        Object(Vec::with_capacity(256))
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        quoted(&mut self.0, text);
    }

    pub(super) fn value(&mut self, key: &str, value: Value<'_>) {
        match value {
            Value::Text(text) => self.text(key, text),
            Value::Time(When::At(at)) => self.text(key, &at.to_string()),
            Value::Time(When::On(day)) => self.text(key, &day.to_string()),
            Value::Amount(amount) => self.text(key, &amount.to_string()),
            Value::Integer(number) => {
                self.key(key);
                self.0.extend_from_slice(number.to_string().as_bytes());
            }
        }
    }

    pub(super) fn nested(&mut self, key: &str, object: Object) {
        self.key(key);
        self.0.extend(object.finish());
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.0.extend_from_slice(if self.0.is_empty() { b"{}" } else { b"}" });
        self.0
    }

    fn key(&mut self, key: &str) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        quoted(&mut self.0, key);
        self.0.push(b':');
    }
}

fn quoted(out: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1F => out.extend_from_slice(&[b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
