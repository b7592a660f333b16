//! Avro to the fields of a message: the bytes by apache-avro, what they stand for by the schema's JSON.

use apache_avro::{Schema, from_avro_datum, types::Value};
use serde_json::Value as Json;

use crate::{
    fields::{COMMON, TYPES},
    given::{Fields, Given},
    skim,
    types::{Types, define, join, kind_of, resolve, space_within},
};

/// A schema by which messages are written.
#[derive(Clone, Debug)]
pub struct Writer {
    /// Without what its types stand for.
    schema: Schema,
    /// The named types with the namespaces within them, by their full names.
    types: Types,
    /// The fields in the order of writing: the names under which they are read, and their types.
    fields: Vec<(String, Json)>,
    /// The namespace within the record.
    space: String,
    /// The event type whose record it is; none where its name is another's own.
    pub kind: Option<&'static str>,
}

/// The names of our records, in the order of the types.
const RECORDS: [&str; 5] = ["LeadCreated", "DealClosed", "AdSpend", "SocialInteraction", "WebVisit"];

impl Writer {
    /// Reads a schema; an error says what is wrong with it.
    pub fn parse(json: &str) -> Result<Writer, String> {
        let mut json: Json = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let bare = bare(&json);
        // At these apache-avro panics.
        if has_bad_name(&bare) {
            return Err("a name that is none".to_owned());
        }
        let schema = Schema::parse(&bare).map_err(|error| error.to_string())?;
        while json["type"].is_object() {
            json = json["type"].take();
        }
        if json["type"] != "record" {
            return Err("not a record".to_owned());
        }
        let mut types = Types::new();
        define(&json, "", &mut types);
        let words = |key: &str| json[key].as_array().into_iter().flatten().filter_map(Json::as_str);
        let kind_of = |name: &str| RECORDS.iter().zip(TYPES).find(|(record, _)| Some(**record) == name.rsplit('.').next());
        let kind = json["name"].as_str().into_iter().chain(words("aliases")).find_map(kind_of).map(|(_, (kind, _))| *kind);
        Ok(Writer { schema, fields: named_fields(&json), space: space_within(&json, ""), types, kind })
    }

    /// The fields of a message, which is one value and nothing after it.
    pub fn read(&self, bytes: &[u8]) -> Result<Fields<'static>, &'static str> {
        // apache-avro believes lengths and goes as deep as it is led: what is not what it says, or too deep, is refused before.
        let record: Vec<&Json> = self.fields.iter().map(|(_, json)| json).collect();
        skim::check(&record, &self.space, &self.types, bytes).ok_or("undecodable")?;
        // Of a text that is cut off apache-avro makes a null. So a byte is put after the message: it must be left over, and alone.
        let with_one_more = [bytes, &[0]].concat();
        let mut rest = with_one_more.as_slice();
        let value = from_avro_datum(&self.schema, &mut rest, None).map_err(|_| "undecodable")?;
        let (Value::Record(values), [_]) = (value, rest) else { return Err("undecodable") };
        let fields = values.into_iter().zip(&self.fields).filter_map(|((_, value), (name, json))| Some((name.clone(), self.given(value, json)?)));
        Ok(fields.filter(|(_, given)| given.is_there()).collect())
    }

    fn given(&self, value: Value, json: &Json) -> Option<Given<'static>> {
        let (json, _) = resolve(json, &self.space, &self.types)?;
        Some(match value {
            Value::Null => return None,
            Value::Union(branch, value) => return self.given(*value, json.get(usize::try_from(branch).ok()?)?),
            Value::String(text) | Value::Enum(_, text) => Given::Text(text),
            Value::Int(n) => of_int(n, json),
            Value::Long(n) => of_long(n, json),
            Value::Float(n) => Given::Float(n.to_string()),
            Value::Double(n) => Given::Float(n.to_string()),
            Value::Fixed(16, bytes) if json["logicalType"] == "uuid" => Given::Text(uuid(&bytes)),
            Value::Bytes(bytes) | Value::Fixed(_, bytes) => decimal(&bytes, scale(json)),
            Value::Record(fields) if is_scaled_decimal(json, &self.space) => match fields.as_slice() {
                [(_, Value::Int(scale)), (_, Value::Bytes(bytes))] => decimal(bytes, usize::try_from(*scale).ok()),
                _ => Given::Other,
            },
            _ => Given::Other,
        })
    }
}

/// A schema with nothing but what its bytes depend on.
fn bare(json: &Json) -> Json {
    match json {
        Json::Object(object) => {
            let structural = |key: &str| ["type", "name", "namespace", "fields", "symbols", "items", "values", "size"].contains(&key);
            object.iter().filter(|(key, _)| structural(key)).map(|(key, value)| (key.clone(), bare(value))).collect()
        }
        Json::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}

fn has_bad_name(json: &Json) -> bool {
    let is_bad = |name: &str| {
        let begins_well = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        !name.split('.').all(|part| begins_well(part) && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    };
    match json {
        Json::Object(object) => object.get("name").and_then(Json::as_str).is_some_and(is_bad) || object.values().any(has_bad_name),
        Json::Array(items) => items.iter().any(has_bad_name),
        _ => false,
    }
}

/// The fields of a record by the names that events give them: their own, or an alias that no other field has.
fn named_fields(record: &Json) -> Vec<(String, Json)> {
    let is_ours = |name: &str| COMMON.iter().chain(TYPES.iter().flat_map(|(_, fields)| *fields)).any(|(field, _)| *field == name) || name == "type";
    let fields: Vec<&Json> = record["fields"].as_array().into_iter().flatten().collect();
    let mut names: Vec<String> = fields.iter().map(|field| field["name"].as_str().unwrap_or_default().to_owned()).collect();
    for n in 0..names.len() {
        if !is_ours(&names[n]) {
            let aliases = fields[n]["aliases"].as_array().into_iter().flatten().filter_map(Json::as_str);
            if let Some(alias) = aliases.filter(|alias| is_ours(alias)).find(|alias| !names.iter().any(|name| name == alias)) {
                names[n] = alias.to_owned();
            }
        }
    }
    names.into_iter().zip(fields).map(|(name, field)| (name, field["type"].clone())).collect()
}

/// What is said of a type: its logical type, or what Connect calls it.
fn said(json: &Json) -> &str {
    json["logicalType"].as_str().filter(|name| !name.is_empty()).or_else(|| json["connect.name"].as_str()).unwrap_or_default()
}

fn of_int(n: i32, json: &Json) -> Given<'static> {
    match said(json) {
        "date" | "io.debezium.time.Date" | "org.apache.kafka.connect.data.Date" => Given::Day(n.into()),
        "time-millis" | "io.debezium.time.Time" | "io.debezium.time.Year" | "org.apache.kafka.connect.data.Time" => Given::Other,
        _ => Given::Whole(n.into()),
    }
}

fn of_long(n: i64, json: &Json) -> Given<'static> {
    match said(json) {
        "timestamp-millis" | "io.debezium.time.Timestamp" | "org.apache.kafka.connect.data.Timestamp" => Given::Instant(n),
        "timestamp-micros" | "io.debezium.time.MicroTimestamp" => Given::Instant(n.div_euclid(1_000)),
        "timestamp-nanos" | "io.debezium.time.NanoTimestamp" => Given::Instant(n.div_euclid(1_000_000)),
        "time-micros" | "io.debezium.time.MicroTime" | "io.debezium.time.NanoTime" | "io.debezium.time.MicroDuration" => Given::Other,
        "local-timestamp-millis" | "local-timestamp-micros" | "local-timestamp-nanos" => Given::Other,
        _ => Given::Whole(n),
    }
}

fn uuid(bytes: &[u8]) -> String {
    let group = |from: usize, to: usize| bytes[from..to].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    [group(0, 4), group(4, 6), group(6, 8), group(8, 10), group(10, 16)].join("-")
}

/// The decimals of bytes that are a decimal.
fn scale(json: &Json) -> Option<usize> {
    if json["logicalType"] != "decimal" && json["connect.name"] != "org.apache.kafka.connect.data.Decimal" {
        return None;
    }
    let number = |json: &Json| json.as_u64().or_else(|| json.as_str()?.parse().ok());
    let scale = match json.get("scale") {
        Some(scale) => number(scale)?,
        None => number(&json["connect.parameters"]["scale"]).unwrap_or(0),
    };
    let precision = number(&json["precision"]).unwrap_or(u64::MAX);
    usize::try_from(scale).ok().filter(|_| scale <= precision)
}

fn is_scaled_decimal(json: &Json, space: &str) -> bool {
    const NAME: &str = "io.debezium.data.VariableScaleDecimal";
    let own = join(&space_within(json, space), json["name"].as_str().unwrap_or_default());
    let fields = json["fields"].as_array().map(|fields| fields.iter().map(|field| (&field["name"], kind_of(&field["type"]))).collect::<Vec<_>>());
    let wanted = [("scale", "int"), ("value", "bytes")];
    (own == NAME || json["connect.name"] == NAME)
        && fields.is_some_and(|fields| fields.iter().map(|(name, of)| (name.as_str(), *of)).eq(wanted.map(|(name, of)| (Some(name), of))))
}

fn decimal(bytes: &[u8], scale: Option<usize>) -> Given<'static> {
    match scale {
        Some(scale @ ..=38) => digits(bytes, scale).map_or(Given::Other, Given::Decimal),
        // Only Debezium's own have more places: what a number of 128 bits leaves there is nothing.
        Some(scale) => digits(bytes, 0).map_or(Given::Other, |number| Given::Float(format!("{number}e-{scale}"))),
        None => Given::Other,
    }
}

/// A big-endian two's complement number with so many decimals, in digits.
fn digits(bytes: &[u8], scale: usize) -> Option<String> {
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
        for (bytes, scale, shown) in [
            (&[0x01, 0x00][..], 2, Some("2.56")),
            (&[0xFF, 0x85], 0, Some("-123")),
            (&[0xFF], 6, Some("-0.000001")),
            (&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5], 1, Some("0.5")),
            (&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, None),
            (&[], 6, None),
        ] {
            assert_eq!(digits(bytes, scale).as_deref(), shown, "{bytes:?}");
        }
    }
}
