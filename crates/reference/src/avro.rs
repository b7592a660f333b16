//! Avro to the fields of a message, by apache-avro.

use apache_avro::{Schema, from_avro_datum, schema::DecimalSchema, types::Value};

use crate::{
    fields::TYPES,
    line::{Fields, Given},
};

/// A schema by which messages are written.
#[derive(Clone, Debug)]
pub struct Writer {
    schema: Schema,
    /// The event type whose record it is; none where its name is another's own.
    pub kind: Option<&'static str>,
}

/// The names of our records, in the order of the types.
const RECORDS: [&str; 5] = ["LeadCreated", "DealClosed", "AdSpend", "SocialInteraction", "WebVisit"];

impl Writer {
    /// Reads a schema; an error says what is wrong with it.
    pub fn parse(json: &str) -> Result<Writer, String> {
        let mut json: serde_json::Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
        uuids_as_texts(&mut json);
        let schema = Schema::parse(&json).map_err(|error| error.to_string())?;
        let Schema::Record(record) = &schema else { return Err("not a record".to_owned()) };
        let kind = RECORDS.iter().zip(TYPES).find(|(name, _)| **name == record.name.name).map(|(_, (kind, _))| *kind);
        Ok(Writer { schema, kind })
    }

    /// The fields of a message, which is one value and nothing after it.
    pub fn read(&self, bytes: &[u8]) -> Result<Fields<'static>, &'static str> {
        // Of a text that is cut off apache-avro makes a null. So a byte is put after the message: it must be left over, and alone.
        let with_one_more = [bytes, &[0]].concat();
        let mut rest = with_one_more.as_slice();
        let value = from_avro_datum(&self.schema, &mut rest, None).map_err(|_| "undecodable")?;
        let (Value::Record(values), Schema::Record(record), [_]) = (value, &self.schema, rest) else { return Err("undecodable") };
        let fields = values.into_iter().zip(&record.fields).filter_map(|((name, value), field)| Some((name, given(value, &field.schema)?)));
        Ok(fields.filter(|(_, given)| given.is_there()).collect())
    }
}

/// A text that is said to be a UUID is a text as it stands: apache-avro would write it anew.
fn uuids_as_texts(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(object) => {
            if object.get("logicalType").is_some_and(|of| of == "uuid") {
                object.remove("logicalType");
            }
            object.values_mut().for_each(uuids_as_texts);
        }
        serde_json::Value::Array(array) => array.iter_mut().for_each(uuids_as_texts),
        _ => {}
    }
}

fn given(value: Value, schema: &Schema) -> Option<Given<'static>> {
    Some(match value {
        Value::Null => return None,
        Value::Union(branch, value) => {
            let Schema::Union(union) = schema else { return Some(Given::Other) };
            return given(*value, union.variants().get(branch as usize)?);
        }
        Value::String(text) | Value::Enum(_, text) => Given::Text(text),
        Value::Int(n) => Given::Whole(n.into()),
        Value::Long(n) => Given::Whole(n),
        Value::Date(day) => Given::Day(day.into()),
        Value::TimestampMillis(at) => Given::Instant(at),
        Value::TimestampMicros(at) => Given::Instant(at.div_euclid(1_000)),
        Value::TimestampNanos(at) => Given::Instant(at.div_euclid(1_000_000)),
        Value::Decimal(decimal) => {
            let bytes = Vec::try_from(&decimal).ok();
            bytes.and_then(|bytes: Vec<u8>| digits(&bytes, schema)).map_or(Given::Other, Given::Decimal)
        }
        _ => Given::Other,
    })
}

/// A big-endian two's complement number with the schema's decimals, in digits.
fn digits(bytes: &[u8], schema: &Schema) -> Option<String> {
    let Schema::Decimal(DecimalSchema { scale, .. }) = schema else { return None };
    let is_negative = *bytes.first()? >= 0x80;
    let start = if is_negative { -1i128 } else { 0 };
    let number = bytes.iter().try_fold(start, |number, byte| number.checked_mul(256)?.checked_add(i128::from(*byte)))?;
    // Not by a width of formatting, which has a limit of its own.
    let digits = number.unsigned_abs().to_string();
    let digits = "0".repeat((scale + 1).saturating_sub(digits.len())) + &digits;
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if number < 0 { "-" } else { "" };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_in_digits() {
        let schema =
            |scale: usize| Schema::parse_str(&format!(r#"{{"type":"bytes","logicalType":"decimal","precision":20,"scale":{scale}}}"#)).unwrap();
        for (bytes, scale, shown) in [
            (&[0x01, 0x00][..], 2, Some("2.56")),
            (&[0xFF, 0x85], 0, Some("-123")),
            (&[0xFF], 6, Some("-0.000001")),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5], 1, Some("0.5")),
            (&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, None),
            (&[], 6, None),
        ] {
            assert_eq!(digits(bytes, &schema(scale)).as_deref(), shown, "{bytes:?}");
        }
    }
}
