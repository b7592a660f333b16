//! This reader and apache-avro's, side by side.

use std::collections::HashMap;

use apache_avro::{Decimal, Schema, from_avro_datum, to_avro_datum, types::Value};
use model::EventType;
use proptest::prelude::*;

use super::{Writer, cursor::BadAvro};
use crate::{
    contract::table,
    embedded_schema,
    field::{Field, Fields, Raw},
};

/// A generated type: its schema's JSON, and values of it.
#[derive(Clone, Debug)]
struct Typed {
    schema: String,
    value: Value,
}

fn leaf() -> impl Strategy<Value = Typed> {
    let typed = |schema: &'static str| move |value| Typed { schema: schema.to_owned(), value };
    prop_oneof![
        Just(Typed { schema: r#""null""#.to_owned(), value: Value::Null }),
        any::<bool>().prop_map(Value::Boolean).prop_map(typed(r#""boolean""#)),
        any::<i32>().prop_map(Value::Int).prop_map(typed(r#""int""#)),
        any::<i64>().prop_map(Value::Long).prop_map(typed(r#""long""#)),
        any::<f32>().prop_map(Value::Float).prop_map(typed(r#""float""#)),
        any::<f64>().prop_map(Value::Double).prop_map(typed(r#""double""#)),
        any::<String>().prop_map(Value::String).prop_map(typed(r#""string""#)),
        any::<Vec<u8>>().prop_map(Value::Bytes).prop_map(typed(r#""bytes""#)),
        any::<i32>().prop_map(Value::Date).prop_map(typed(r#"{"type":"int","logicalType":"date"}"#)),
        any::<i32>().prop_map(Value::TimeMillis).prop_map(typed(r#"{"type":"int","logicalType":"time-millis"}"#)),
        any::<i64>().prop_map(Value::TimestampMillis).prop_map(typed(r#"{"type":"long","logicalType":"timestamp-millis"}"#)),
        any::<i64>().prop_map(Value::TimestampMicros).prop_map(typed(r#"{"type":"long","logicalType":"timestamp-micros"}"#)),
        any::<i64>().prop_map(Value::TimestampNanos).prop_map(typed(r#"{"type":"long","logicalType":"timestamp-nanos"}"#)),
        any::<i64>().prop_map(Value::LocalTimestampMillis).prop_map(typed(r#"{"type":"long","logicalType":"local-timestamp-millis"}"#)),
        any::<i64>().prop_map(|n| Value::Decimal(Decimal::from(n.to_be_bytes()))).prop_map(typed(DECIMAL)),
    ]
}

const DECIMAL: &str = r#"{"type":"bytes","logicalType":"decimal","precision":20,"scale":6}"#;

/// Arrays, maps, records and unions of leaves, nested a little.
fn typed() -> impl Strategy<Value = Typed> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            (inner.clone(), 0..4usize).prop_map(|(item, n)| Typed {
                schema: format!(r#"{{"type":"array","items":{}}}"#, item.schema),
                value: Value::Array(vec![item.value; n]),
            }),
            (inner.clone(), 0..3usize).prop_map(|(item, n)| Typed {
                schema: format!(r#"{{"type":"map","values":{}}}"#, item.schema),
                value: Value::Map((0..n).map(|i| (format!("key {i}"), item.value.clone())).collect::<HashMap<_, _>>()),
            }),
            inner
                .clone()
                .prop_filter("a union holds no null twice", |item| item.value != Value::Null && !item.schema.starts_with('['))
                .prop_map(|item| Typed { schema: format!(r#"["null",{}]"#, item.schema), value: Value::Union(1, Box::new(item.value)) }),
        ]
    })
}

/// A record of some event fields and some that no event has.
fn record() -> impl Strategy<Value = (String, Value)> {
    prop::collection::vec(typed(), 1..8).prop_map(|types| {
        let names = ["event_id", "x_one", "occurred_at", "amount", "x_two", "count", "status"];
        let fields: Vec<String> = types.iter().zip(names).map(|(t, name)| format!(r#"{{"name":"{name}","type":{}}}"#, t.schema)).collect();
        let value = Value::Record(types.iter().zip(names).map(|(t, name)| (name.to_owned(), t.value.clone())).collect());
        (format!(r#"{{"type":"record","name":"Any","fields":[{}]}}"#, fields.join(",")), value)
    })
}

/// Whether a raw value says what apache-avro's says.
fn same(raw: Raw<'_>, value: &Value) -> bool {
    match (raw, value) {
        (raw, Value::Union(_, inner)) => same(raw, inner),
        (Raw::Absent, Value::Null) => true,
        (Raw::Text(text), Value::String(other)) => text == other,
        (Raw::Integer(number), Value::Long(other)) => number == *other,
        (Raw::Integer(number), Value::Int(other)) => number == i64::from(*other),
        (Raw::At(at), Value::TimestampMillis(other)) => at == *other,
        (Raw::At(at), Value::TimestampMicros(other)) => at == other.div_euclid(1_000),
        (Raw::At(at), Value::TimestampNanos(other)) => at == other.div_euclid(1_000_000),
        (Raw::On(day), Value::Date(other)) => day == *other,
        // By their numbers: apache-avro cannot turn one of no bytes back.
        (Raw::Decimal(bytes, 6), Value::Decimal(other)) => Decimal::from(bytes) == *other,
        (Raw::Float(number), Value::Float(other)) => number.to_bits() == other.to_bits(),
        (Raw::Double(number), Value::Double(other)) => number.to_bits() == other.to_bits(),
        (Raw::Uuid(bytes), Value::Fixed(16, other)) => other == &bytes,
        (Raw::Other, other) => !matches!(
            other,
            Value::Null
                | Value::String(_)
                | Value::Int(_)
                | Value::Long(_)
                | Value::Float(_)
                | Value::Double(_)
                | Value::TimestampMillis(_)
                | Value::Date(_)
                | Value::Decimal(_)
        ),
        _ => false,
    }
}

fn agree(fields: &Fields<'_>, value: &Value) {
    let Value::Record(values) = value else { panic!("a record") };
    for (name, value) in values {
        if let Some(field) = Field::named(name) {
            assert!(same(fields.get(field), value), "{name}: {:?} is not {value:?}", fields.get(field));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn values_of_any_schema_are_read_as_apache_avro_wrote_them((json, value) in record(), cut in any::<prop::sample::Index>(), noise: (prop::sample::Index, u8)) {
        let schema = Schema::parse_str(&json).unwrap();
        let writer = Writer::parse(&json).unwrap();
        let mut bytes = to_avro_datum(&schema, value.clone()).unwrap();
        let mut fields = Fields::new();
        writer.read(&bytes, &mut fields).unwrap();
        agree(&fields, &value);

        if !bytes.is_empty() {
            // A shorter message is never whole; a changed one may be, but nothing panics or runs away.
            prop_assert!(writer.read(&bytes[..cut.index(bytes.len())], &mut Fields::new()).is_err());
            let at = noise.0.index(bytes.len());
            bytes[at] ^= noise.1;
            let _ = writer.read(&bytes, &mut Fields::new());
        }
    }

    #[test]
    fn of_broken_bytes_both_readers_think_the_same(
        of in prop::sample::select(EventType::ALL.to_vec()),
        texts in prop::collection::vec("[a-zé]{0,6}", 24),
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let writer = Writer::parse(embedded_schema(of)).unwrap();
        let schema = Schema::parse_str(embedded_schema(of)).unwrap();
        let mut bytes = to_avro_datum(&schema, plausible(&schema, &texts)).unwrap();
        for (at, byte) in noise {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut rest = bytes.as_slice();
        let theirs = from_avro_datum(&schema, &mut rest, None).ok().filter(|_| rest.is_empty());
        let mut fields = Fields::new();
        match (writer.read(&bytes, &mut fields), theirs) {
            (Ok(()), Some(value)) => agree(&fields, &value),
            (Err(_), None) => {}
            // apache-avro 0.21 takes a string that is cut off for null.
            (Err(BadAvro::Short), Some(_)) => {}
            (ours, theirs) => panic!("ours {ours:?}, apache-avro's {theirs:?}"),
        }
    }

    #[test]
    fn noise_is_no_danger(bytes: Vec<u8>, of in prop::sample::select(EventType::ALL.to_vec())) {
        let _ = Writer::parse(embedded_schema(of)).unwrap().read(&bytes, &mut Fields::new());
    }
}

/// A record of an embedded schema with something in every field.
fn plausible(schema: &Schema, texts: &[String]) -> Value {
    let Schema::Record(record) = schema else { panic!("a record") };
    let fields = record.fields.iter().zip(texts).map(|(field, text)| {
        let value = match &field.schema {
            Schema::Union(union) => {
                let branch = text.len() % union.variants().len();
                Value::Union(branch as u32, Box::new(one(&union.variants()[branch], text)))
            }
            other => one(other, text),
        };
        (field.name.clone(), value)
    });
    Value::Record(fields.collect())
}

fn one(schema: &Schema, text: &str) -> Value {
    match schema {
        Schema::Null => Value::Null,
        Schema::String => Value::String(text.to_owned()),
        Schema::Long => Value::Long(-(text.len() as i64) * 1_000),
        Schema::TimestampMillis => Value::TimestampMillis(1_772_355_600_000 + text.len() as i64),
        Schema::Date => Value::Date(20_513 + text.len() as i32),
        Schema::Decimal(_) => Value::Decimal(Decimal::from([text.len() as u8, 0x80])),
        other => panic!("no field is {other:?}"),
    }
}

#[test]
fn embedded_schemas_have_the_tables_fields() {
    for of in EventType::ALL {
        let Schema::Record(record) = Schema::parse_str(embedded_schema(of)).unwrap() else { panic!("a record") };
        assert_eq!(record.name.fullname(None), format!("io.kpistream.events.v1.{}", super::record_name(of)));
        let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, table(of).iter().map(|spec| spec.field.name()).collect::<Vec<_>>());
    }
}
