//! A record of Kafka to a message: which encoding it is, message by message, in the contract's order.

use std::collections::BTreeMap;

use crate::{
    avro::Writer,
    fields::TYPES,
    line::{self, Fields, Given, MOST_BYTES, Message},
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

/// How a message names the schema it was written by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SchemaId {
    /// By a registry's number.
    Number(u32),
    /// By a registry's GUID.
    Guid([u8; 16]),
}

/// The schemas by which messages are written.
#[derive(Clone, Debug)]
pub struct Schemas {
    by_id: BTreeMap<SchemaId, Writer>,
    own: BTreeMap<&'static str, Writer>,
}

impl Schemas {
    /// The schemas of the five types in the contract's order, known by the numbers 1 to 5; an error says what is wrong with one.
    pub fn new(own: [&str; 5]) -> Result<Schemas, String> {
        let own: Vec<Writer> = own.into_iter().map(Writer::parse).collect::<Result<_, _>>()?;
        let by_id = (1..).map(SchemaId::Number).zip(own.iter().cloned()).collect();
        Ok(Schemas { by_id, own: TYPES.iter().map(|(kind, _)| *kind).zip(own).collect() })
    }

    /// Makes a schema known; an error says what is wrong with it.
    pub fn insert(&mut self, id: SchemaId, json: &str) -> Result<(), String> {
        self.by_id.insert(id, Writer::parse(json)?);
        Ok(())
    }
}

/// What a payload is in itself.
enum Body {
    Json,
    FramedAvro,
    OwnAvro,
}

/// The message of a record on the topic of a type.
pub fn read(topic: &'static str, record: &Record<'_>, schemas: &Schemas, zone: &Zone) -> Result<Message, &'static str> {
    let value = record.value.ok_or("null_value")?;
    if value.len() > MOST_BYTES {
        return Err("too_large");
    }
    let (fields, is_cloud_event, record_kind) = fields(topic, value, record, schemas)?;
    let kind = line::find_type(&fields, is_cloud_event)?;
    if [kind, record_kind].into_iter().flatten().any(|kind| kind != topic) {
        return Err("wrong_type");
    }
    line::checked(topic, &fields, zone, record.timestamp.unwrap_or(NOTHING_IS_AHEAD))
}

/// The fields, whether they are a CloudEvent's, and the type whose Avro record they were.
type Read<'a> = (Fields<'a>, bool, Option<&'static str>);

fn fields<'a>(topic: &'static str, value: &'a [u8], record: &Record<'a>, schemas: &Schemas) -> Result<Read<'a>, &'static str> {
    if let Some(id) = header(record, "__value_schema_id") {
        let guid = id.strip_prefix(&[1]).and_then(|guid| guid.try_into().ok()).ok_or("undecodable")?;
        let (fields, kind) = avro(schemas.by_id.get(&SchemaId::Guid(guid)), value)?;
        return Ok((fields, false, kind));
    }
    let content_type = header(record, "content-type").and_then(|of| std::str::from_utf8(of).ok()).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media == "application/cloudevents+json" {
        return Ok((line::cloud_event(line::json(value)?)?, true, None));
    }
    if let Some(version) = text(record, "ce_specversion")? {
        let says = text(record, "ce_type")?.and_then(|name| name.rsplit('.').next());
        let (data, kind) = body(says.unwrap_or(topic), value, data_of(value, &media), schemas, topic)?;
        for name in ["ce_id", "ce_source", "ce_time"] {
            text(record, name)?;
        }
        let attribute = |name: &str| text(record, &format!("ce_{name}")).ok().flatten().map(|text| Given::Text(text.to_owned()));
        return Ok((line::with_attributes(data, version, attribute)?, true, kind));
    }
    let plain = match value.first() {
        Some(0) => Body::FramedAvro,
        Some(b'{') => Body::Json,
        _ => return Err("undecodable"),
    };
    let (fields, kind) = body(topic, value, plain, schemas, topic)?;
    Ok((fields, false, kind))
}

/// What the data of a binary CloudEvent is, by its media type; where that says nothing, by its first byte.
fn data_of(value: &[u8], media: &str) -> Body {
    match value.first() == Some(&0) {
        false if media.contains("avro") => Body::OwnAvro,
        true if !media.contains("json") => Body::FramedAvro,
        _ => Body::Json,
    }
}

fn body<'a>(
    says: &str,
    value: &'a [u8],
    body: Body,
    schemas: &Schemas,
    topic: &'static str,
) -> Result<(Fields<'a>, Option<&'static str>), &'static str> {
    match body {
        Body::Json => Ok((line::json(value)?, None)),
        Body::OwnAvro => avro(schemas.own.get(says).or_else(|| schemas.own.get(topic)), value),
        Body::FramedAvro => {
            let [0, a, b, c, d, data @ ..] = value else { return Err("undecodable") };
            avro(schemas.by_id.get(&SchemaId::Number(u32::from_be_bytes([*a, *b, *c, *d]))), data)
        }
    }
}

fn avro<'a>(writer: Option<&Writer>, data: &[u8]) -> Result<(Fields<'a>, Option<&'static str>), &'static str> {
    let writer = writer.ok_or("unknown_schema")?;
    Ok((writer.read(data)?, writer.kind))
}

/// The value of the first header of a name.
fn header<'a>(record: &Record<'a>, name: &str) -> Option<&'a [u8]> {
    record.headers.iter().find(|(key, _)| *key == name).and_then(|(_, value)| *value)
}

fn text<'a>(record: &Record<'a>, name: &str) -> Result<Option<&'a str>, &'static str> {
    header(record, name).map(std::str::from_utf8).transpose().map_err(|_| "undecodable")
}
