//! A record of Kafka to a message: which encoding it is, message by message, in the contract's order.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::value::RawValue;

use crate::{
    avro::Writer,
    fields::TYPES,
    given::Given,
    line::{self, Fields, MOST_BYTES, Message, Read},
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
    /// None where what is framed by an id is JSON.
    by_id: Arc<BTreeMap<SchemaId, Option<Writer>>>,
    /// Those of data that names none.
    own: Arc<BTreeMap<&'static str, Writer>>,
    /// Ours by their numbers, which hold where nothing else is said of these.
    ours: Arc<BTreeMap<u32, Writer>>,
    /// Those that were ours before.
    earlier: Arc<BTreeMap<&'static str, Writer>>,
}

/// The schemas of the five types.
const OWN: [&str; 5] = [
    include_str!("../../../schemas/lead-created.avsc"),
    include_str!("../../../schemas/deal-closed.avsc"),
    include_str!("../../../schemas/ad-spend.avsc"),
    include_str!("../../../schemas/social-interaction.avsc"),
    include_str!("../../../schemas/web-visit.avsc"),
];

/// What was our own of a type before.
const EARLIER: (&str, &str) = ("ad-spend", include_str!("../../../schemas/earlier/ad-spend.1.avsc"));

impl Schemas {
    /// The schemas of the five types in the contract's order, known by the numbers 1 to 5 where no other is known by them; an error
    /// says what is wrong with one.
    pub fn new(own: [&str; 5]) -> Result<Schemas, String> {
        let own: Vec<Writer> = own.into_iter().map(Writer::parse).collect::<Result<_, _>>()?;
        let ours = (1..).zip(own.iter().cloned()).collect();
        let earlier = BTreeMap::from([(EARLIER.0, Writer::parse(EARLIER.1)?)]);
        let own = TYPES.iter().map(|(kind, _)| *kind).zip(own).collect();
        Ok(Schemas { by_id: Arc::default(), own: Arc::new(own), ours: Arc::new(ours), earlier: Arc::new(earlier) })
    }

    /// The embedded schemas.
    pub fn own() -> Schemas {
        Schemas::new(OWN).unwrap_or_else(|error| panic!("a schema of ours is broken: {error}"))
    }

    /// Makes a schema of ours known by its number, unless something else is said of it; an error says what is wrong with it.
    pub fn insert_ours(&mut self, number: u32, json: &str) -> Result<(), String> {
        Arc::make_mut(&mut self.ours).insert(number, Writer::parse(json)?);
        Ok(())
    }

    /// Makes a schema known; an error says what is wrong with it.
    pub fn insert(&mut self, id: SchemaId, json: &str) -> Result<(), String> {
        Arc::make_mut(&mut self.by_id).insert(id, Some(Writer::parse(json)?));
        Ok(())
    }

    /// Makes known that what is framed by an id is JSON.
    pub fn insert_json(&mut self, id: SchemaId) {
        Arc::make_mut(&mut self.by_id).insert(id, None);
    }

    /// What is read by these schemas; where nothing is, and one was ours before, by that one.
    pub fn read_by<T>(&self, read: impl Fn(&Schemas) -> Result<T, &'static str>) -> Result<T, &'static str> {
        let earlier = || Schemas { own: Arc::clone(&self.earlier), ..self.clone() };
        read(self).or_else(|refused| read(&earlier()).map_err(|_| refused))
    }

    fn avro(&self, id: SchemaId) -> Option<&Writer> {
        match (self.by_id.get(&id), id) {
            (Some(known), _) => known.as_ref(),
            (None, SchemaId::Number(number)) => self.ours.get(&number),
            (None, SchemaId::Guid(_)) => None,
        }
    }
}

/// What a payload is in itself.
#[derive(Clone, Copy)]
pub enum Body {
    /// Empty.
    Nothing,
    /// JSON as it stands.
    Json,
    /// JSON behind a frame.
    FramedJson,
    /// What the frame's id says.
    Framed,
    /// Avro by our own schema.
    OwnAvro,
}

/// The messages of a record on the topic of a type: one, or those of a batch.
pub fn read(topic: &'static str, record: &Record<'_>, schemas: &Schemas, zone: &Zone) -> Vec<Result<Message, &'static str>> {
    let value = match record.value {
        None => return vec![Err("null_value")],
        Some(value) if value.len() > MOST_BYTES => return vec![Err("too_large")],
        Some(value) => value,
    };
    let message = |read: Result<Read<'_>, &'static str>| {
        let (fields, is_cloud_event, record_kind) = read?;
        let kind = line::find_type(&fields, is_cloud_event)?;
        if [kind, record_kind].into_iter().flatten().any(|kind| kind != topic) {
            return Err("wrong_type");
        }
        line::checked(topic, &fields, zone, record.timestamp.unwrap_or(NOTHING_IS_AHEAD))
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

fn structured<'a>(json: &'a [u8], schemas: &Schemas, topic: &'static str) -> Result<Read<'a>, &'static str> {
    line::cloud_event(line::json(json)?, schemas, Some(topic))
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
        let says = text(record, "ce_type")?.and_then(line::cloud_type).unwrap_or(topic);
        let of_data = media(header(record, "ce_datacontenttype").and_then(|of| std::str::from_utf8(of).ok()).unwrap_or_default());
        let (fields, kind) = data(value, data_of(value, if named.is_empty() { &of_data } else { &named }), Some(says), schemas)?;
        for name in ["ce_id", "ce_source", "ce_time"] {
            text(record, name)?;
        }
        let attribute = |name: &str| text(record, &format!("ce_{name}")).ok().flatten().map(|text| Given::Text(text.to_owned()));
        return Ok((line::with_attributes(fields, version, attribute)?, true, kind));
    }
    match value.first() {
        Some(0) if is_json(value, schemas) => line::object(line::json(behind_frame(value))?, schemas, Some(topic)),
        Some(0) => data(value, Body::Framed, Some(topic), schemas).map(|(fields, kind)| (fields, false, kind)),
        _ if value.iter().find(|byte| !b" \t\r\n".contains(byte)) == Some(&b'{') => line::object(line::json(value)?, schemas, Some(topic)),
        _ => Err("undecodable"),
    }
}

/// What a CloudEvent's data is, by its media type; where that says nothing, by its first byte.
pub fn data_of(value: &[u8], media: &str) -> Body {
    match (value.first(), media.contains("json"), media.contains("avro")) {
        (None, ..) => Body::Nothing,
        (Some(0), true, _) => Body::FramedJson,
        (Some(0), false, _) => Body::Framed,
        (Some(_), _, true) => Body::OwnAvro,
        (Some(_), _, false) => Body::Json,
    }
}

/// The fields of a payload, and the type whose Avro record it was.
pub fn data<'a>(value: &'a [u8], body: Body, says: Option<&str>, schemas: &Schemas) -> Result<(Fields<'a>, Option<&'static str>), &'static str> {
    let is_framed = matches!(body, Body::Framed | Body::FramedJson);
    if is_framed && value.len() < 5 {
        return Err("undecodable");
    }
    match body {
        Body::Nothing => Ok((Fields::new(), None)),
        Body::Json => Ok((line::json(value)?, None)),
        Body::FramedJson => Ok((line::json(behind_frame(value))?, None)),
        Body::Framed if is_json(value, schemas) => Ok((line::json(behind_frame(value))?, None)),
        Body::Framed => avro(frame_id(value).and_then(|id| schemas.avro(id)), behind_frame(value)),
        Body::OwnAvro => avro(says.and_then(|says| schemas.own.get(says)), value),
    }
}

fn frame_id(value: &[u8]) -> Option<SchemaId> {
    let [0, a, b, c, d, ..] = value else { return None };
    Some(SchemaId::Number(u32::from_be_bytes([*a, *b, *c, *d])))
}

fn behind_frame(value: &[u8]) -> &[u8] {
    value.get(5..).unwrap_or_default()
}

/// Whether what is framed is JSON: so it is said of its id, or nothing is and it looks so.
fn is_json(value: &[u8], schemas: &Schemas) -> bool {
    let Some(id) = frame_id(value) else { return false };
    match schemas.by_id.get(&id) {
        Some(known) => known.is_none(),
        None => behind_frame(value).starts_with(b"{"),
    }
}

fn avro<'a>(writer: Option<&Writer>, data: &[u8]) -> Result<(Fields<'a>, Option<&'static str>), &'static str> {
    let writer = writer.ok_or("unknown_schema")?;
    Ok((writer.read(data)?, writer.kind))
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

/// A media type in lower case, without its parameters.
pub fn media(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
