//! What a type stands for: Avro's logical types, and the names that Kafka Connect and Debezium put beside them.

use serde_json::Value;

use super::node::{MAX_SCALE, Node, SchemaError};

/// Connect's own decimal.
const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
/// Debezium's decimal of a scale that each value has for itself.
const SCALED_DECIMAL: &str = "io.debezium.data.VariableScaleDecimal";

/// The node of a primitive type; none where the name is of no primitive. What is said of it that is not known, or not so of this type,
/// is passed over, as Avro wants it.
pub(super) fn of_primitive(name: &str, json: &Value) -> Result<Option<Node>, SchemaError> {
    let said = (text(json, "logicalType"), text(json, "connect.name"));
    Ok(Some(match name {
        "null" => Node::Null,
        "boolean" => Node::Boolean,
        "string" => Node::Text,
        "float" => Node::Float,
        "double" => Node::Double,
        "int" => of_int(said),
        "long" => of_long(said),
        "bytes" => scale(json)?.map_or(Node::Bytes, Node::Decimal),
        _ => return Ok(None),
    }))
}

/// The node of a fixed type.
pub(super) fn of_fixed(json: &Value) -> Result<Node, SchemaError> {
    let size = json.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX);
    match scale(json)? {
        Some(scale) => Ok(Node::FixedDecimal(size, scale)),
        None if size == 16 && text(json, "logicalType") == "uuid" => Ok(Node::Uuid),
        None => Ok(Node::Fixed(size)),
    }
}

fn of_int((logical, connect): (&str, &str)) -> Node {
    match (logical, connect) {
        ("date", _) | ("", "io.debezium.time.Date" | "org.apache.kafka.connect.data.Date") => Node::Date,
        ("time-millis", _) | ("", "io.debezium.time.Time" | "io.debezium.time.Year" | "org.apache.kafka.connect.data.Time") => Node::OtherInt,
        _ => Node::Int,
    }
}

/// Debezium's times without a zone are those of UTC; a local time of Avro is no instant.
fn of_long((logical, connect): (&str, &str)) -> Node {
    match (logical, connect) {
        ("timestamp-millis", _) | ("", "io.debezium.time.Timestamp" | "org.apache.kafka.connect.data.Timestamp") => Node::Instant(1),
        ("timestamp-micros", _) | ("", "io.debezium.time.MicroTimestamp") => Node::Instant(1_000),
        ("timestamp-nanos", _) | ("", "io.debezium.time.NanoTimestamp") => Node::Instant(1_000_000),
        ("time-micros" | "local-timestamp-millis" | "local-timestamp-micros" | "local-timestamp-nanos", _) => Node::OtherLong,
        ("", "io.debezium.time.MicroTime" | "io.debezium.time.NanoTime" | "io.debezium.time.MicroDuration") => Node::OtherLong,
        _ => Node::Long,
    }
}

/// The scale of bytes that are a decimal.
fn scale(json: &Value) -> Result<Option<u32>, SchemaError> {
    let is_decimal = text(json, "logicalType") == "decimal" || text(json, "connect.name") == DECIMAL;
    if !is_decimal {
        return Ok(None);
    }
    let of_connect = || json.get("connect.parameters").and_then(|parameters| number(parameters.get("scale")));
    let scale = number(json.get("scale")).or_else(of_connect).unwrap_or(0);
    let is_sound =
        number(json.get("precision")).is_none_or(|precision| scale <= precision) && json.get("scale").is_none_or(|of| number(Some(of)).is_some());
    match u32::try_from(scale) {
        _ if !is_sound => Ok(None),
        Ok(small) if scale <= MAX_SCALE => Ok(Some(small)),
        _ => Err(SchemaError::Scale(scale)),
    }
}

/// Whether a record is Debezium's decimal with a scale of its own.
pub(super) fn is_scaled_decimal(json: &Value, full_name: &str) -> bool {
    let field = |n: usize, name: &str, of: &str| {
        let field = json.get("fields").and_then(|fields| fields.get(n));
        field.is_some_and(|field| {
            text(field, "name") == name && (text(field, "type") == of || field.get("type").is_some_and(|t| text(t, "type") == of))
        })
    };
    let is_named = full_name == SCALED_DECIMAL || text(json, "connect.name") == SCALED_DECIMAL;
    let fields = json.get("fields").and_then(Value::as_array).map_or(0, Vec::len);
    is_named && fields == 2 && field(0, "scale", "int") && field(1, "value", "bytes")
}

/// A number, or one in a text, as Connect writes its parameters.
fn number(json: Option<&Value>) -> Option<u64> {
    match json? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn text<'a>(json: &'a Value, key: &str) -> &'a str {
    json.get(key).and_then(Value::as_str).unwrap_or_default()
}
