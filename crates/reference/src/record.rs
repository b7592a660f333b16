//! A record of Kafka to a message: which encoding it is, message by message, in the contract's order.

use serde_json::value::RawValue;

use crate::{
    cloud::{Read, cloud_event, cloud_type, find_type, object, with_attributes},
    given::Given,
    json::json,
    message::{MOST_BYTES, Message, checked},
    payload::{Body, avro, behind_frame, data, data_of, is_json, media},
    schemas::{SchemaId, Schemas},
    time::Zone,
};

/// A record of a topic.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Its value; none is a null value.
    pub value: Option<&'a [u8]>,
    /// Its own time, in milliseconds since 1970; none where it carries none.
    pub timestamp: Option<i64>,
    /// Its headers, in order.
    pub headers: Vec<(&'a str, Option<&'a [u8]>)>,
}

/// A record without a time has none that anything could be ahead of; this one is in the year 9999.
const NOTHING_IS_AHEAD: i64 = 253_402_300_799_999;

/// The messages of a record on the topic of a type: one, or those of a batch.
pub fn read(topic: &'static str, record: &Record<'_>, schemas: &Schemas, zone: &Zone) -> Vec<Result<Message, &'static str>> {
    let value = match record.value {
        None => return vec![Err("null_value")],
        Some(value) if value.len() > MOST_BYTES => return vec![Err("too_large")],
        Some(value) => value,
    };
    let message = |read: Result<Read<'_>, &'static str>| {
        let (fields, is_cloud_event, record_kind) = read?;
        let kind = find_type(&fields, is_cloud_event)?;
        if [kind, record_kind].into_iter().flatten().any(|kind| kind != topic) {
            return Err("wrong_type");
        }
        checked(topic, &fields, zone, record.timestamp.unwrap_or(NOTHING_IS_AHEAD))
    };
    if header(record, "__value_schema_id").is_none() && content_type(record) == "application/cloudevents-batch+json" {
        let events: Vec<&RawValue> = match std::str::from_utf8(value).ok().and_then(|text| serde_json::from_str(text).ok()) {
            Some(events) => events,
            None => return vec![Err("undecodable")],
        };
        return match events.len() {
            0 => vec![Err("undecodable")],
            10_001.. => vec![Err("too_large")],
            _ => {
                let one = |event: &RawValue| schemas.read_by(|schemas| message(structured(event.get().as_bytes(), schemas, topic)));
                events.into_iter().map(one).collect()
            }
        };
    }
    vec![schemas.read_by(|schemas| message(fields(topic, value, record, schemas)))]
}

fn structured<'a>(value: &'a [u8], schemas: &Schemas, topic: &'static str) -> Result<Read<'a>, &'static str> {
    cloud_event(json(value)?, schemas, Some(topic))
}

fn fields<'a>(topic: &'static str, value: &'a [u8], record: &Record<'a>, schemas: &Schemas) -> Result<Read<'a>, &'static str> {
    if let Some(id) = header(record, "__value_schema_id") {
        let guid = id.strip_prefix(&[1]).and_then(|guid| guid.try_into().ok()).ok_or("undecodable")?;
        let (fields, kind) = avro(schemas.avro(SchemaId::Guid(guid)), value)?;
        return Ok((fields, false, kind));
    }
    let named = content_type(record);
    if named == "application/cloudevents+json" {
        return structured(value, schemas, topic);
    }
    if let Some(version) = text(record, "ce_specversion")? {
        let says = text(record, "ce_type")?.and_then(cloud_type).unwrap_or(topic);
        let of_data = media(header(record, "ce_datacontenttype").and_then(|of| std::str::from_utf8(of).ok()).unwrap_or_default());
        let (fields, kind) = data(value, data_of(value, if named.is_empty() { &of_data } else { &named }), Some(says), schemas)?;
        for name in ["ce_id", "ce_source", "ce_time"] {
            text(record, name)?;
        }
        let attribute = |name: &str| text(record, &format!("ce_{name}")).ok().flatten().map(|text| Given::Text(text.to_owned()));
        return Ok((with_attributes(fields, version, attribute)?, true, kind));
    }
    match value.first() {
        Some(0) if is_json(value, schemas) => object(json(behind_frame(value))?, schemas, Some(topic)),
        Some(0) => data(value, Body::Framed, Some(topic), schemas).map(|(fields, kind)| (fields, false, kind)),
        _ if value.iter().find(|byte| !b" \t\r\n".contains(byte)) == Some(&b'{') => object(json(value)?, schemas, Some(topic)),
        _ => Err("undecodable"),
    }
}

/// The value of the last header of a name, in any case.
fn header<'a>(record: &Record<'a>, name: &str) -> Option<&'a [u8]> {
    record.headers.iter().rev().find(|(key, _)| key.to_ascii_lowercase() == name).and_then(|(_, value)| *value)
}

fn text<'a>(record: &Record<'a>, name: &str) -> Result<Option<&'a str>, &'static str> {
    header(record, name).map(std::str::from_utf8).transpose().map_err(|_| "undecodable")
}

fn content_type(record: &Record<'_>) -> String {
    media(header(record, "content-type").and_then(|of| std::str::from_utf8(of).ok()).unwrap_or_default())
}
