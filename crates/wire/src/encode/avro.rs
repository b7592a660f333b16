//! Avro by the embedded schemas, in Confluent framing.

use model::{Event, Micros, When};

use super::layout::{self, Value};
use crate::{
    contract::{Kind, Need, Spec, table},
    field::Field,
};

/// An event in Confluent framing: a zero, the id under which readers know the type's embedded schema, then Avro.
pub fn avro(event: &Event<'_>, schema_id: u32) -> Vec<u8> {
    let values = layout::layout(event);
    let mut out = Vec::with_capacity(256);
    out.push(0);
    out.extend_from_slice(&schema_id.to_be_bytes());
    for spec in table(event.event_type()) {
        field(&mut out, spec, find(&values, spec.field));
    }
    out
}

fn find<'e>(values: &[(Field, Value<'e>)], field: Field) -> Option<Value<'e>> {
    values.iter().find(|(of, _)| *of == field).map(|(_, value)| *value)
}

/// A field by its schema: a union with null first where it may be absent, of an instant and a date where it is a time.
fn field(out: &mut Vec<u8>, spec: &Spec, value: Option<Value<'_>>) {
    let nullable = spec.need != Need::Always;
    let Some(value) = value else { return long(out, 0) };
    let branch = i64::from(nullable) + i64::from(spec.kind == Kind::Time && matches!(value, Value::Time(When::On(_))));
    if nullable || spec.kind == Kind::Time {
        long(out, branch);
    }
    match value {
        Value::Text(text) => bytes(out, text.as_bytes()),
        Value::Time(When::At(at)) => long(out, at.0),
        Value::Time(When::On(day)) => long(out, i64::from(day.0)),
        Value::Integer(number) => long(out, number),
        Value::Amount(Micros(unscaled)) => bytes(out, shortest(&unscaled.to_be_bytes())),
    }
}

fn long(out: &mut Vec<u8>, number: i64) {
    let mut bits = (number << 1 ^ number >> 63) as u64;
    while bits > 0x7F {
        out.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    long(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

/// A big-endian two's complement number without the leading bytes that only repeat its sign.
fn shortest(mut number: &[u8]) -> &[u8] {
    while let [sign @ (0x00 | 0xFF), next, ..] = number
        && (sign ^ next) < 0x80
    {
        number = number.get(1..).unwrap_or_default();
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_their_sign_allows() {
        for (number, short) in
            [(0i128, vec![0]), (-1, vec![0xFF]), (127, vec![0x7F]), (128, vec![0, 0x80]), (-128, vec![0x80]), (-129, vec![0xFF, 0x7F])]
        {
            assert_eq!(shortest(&number.to_be_bytes()), short, "{number}");
        }
    }

    #[test]
    fn longs_are_zig_zag_varints() {
        let of = |number| {
            let mut out = Vec::new();
            long(&mut out, number);
            out
        };
        assert_eq!(of(0), [0]);
        assert_eq!(of(-1), [1]);
        assert_eq!(of(64), [0x80, 1]);
        assert_eq!(of(i64::MIN), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]);
    }
}
