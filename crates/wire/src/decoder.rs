//! The two ways in: a line of a file, and a message of Kafka, whose encoding is told message by message.

use model::{
    Event, EventType, Millis, Reason, Rejection, Zone,
    planted::{Plant, planted},
};

use crate::{
    SchemaId, Schemas,
    avro::Writer,
    check::{self, Against},
    cloudevents, event,
    field::{Field, Fields},
    json,
    limits::MESSAGE_BYTES,
};

/// The header of the GUID of the schema by which a bare Avro payload was written.
const SCHEMA_HEADER: &str = "__value_schema_id";
/// The header of the payload's media type.
const CONTENT_TYPE: &str = "content-type";

/// The headers of a message, asked only for the few names that matter.
///
/// `()` has none; a slice of pairs is searched in order.
pub trait Headers<'a> {
    /// The value of the first header of a name.
    fn get(&self, name: &str) -> Option<&'a [u8]>;
}

impl Headers<'_> for () {
    fn get(&self, _: &str) -> Option<&'static [u8]> {
        None
    }
}

impl<'a> Headers<'a> for &'a [(&'a str, &'a [u8])] {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

impl<'a, H: Headers<'a>> Headers<'a> for Option<H> {
    fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.as_ref().and_then(|headers| headers.get(name))
    }
}

/// A message of Kafka, as far as decoding goes.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a, H = ()> {
    /// The record's value; none is `null_value`.
    pub payload: Option<&'a [u8]>,
    /// The record's own timestamp.
    pub timestamp: Millis,
    /// The record's headers.
    pub headers: H,
}

/// Reads one line of an NDJSON file: an event's flat JSON with a `type`, or a structured CloudEvent, told by `specversion`.
///
/// The line comes without its end and without a byte-order mark; a blank line is no event and is not asked about.
///
/// ```
/// use model::{Event, Millis, Zone};
/// let line = br#"{"type":"web-visit","event_id":"v1","source":"web","occurred_at":"2026-03-01T10:00:00Z","action":"purchase"}"#;
/// let event = wire::read_line(line, &Zone::utc(), Millis(1_800_000_000_000)).unwrap();
/// assert!(matches!(event, Event::Visit(visit) if visit.action.as_deref() == Some("purchase")));
///
/// let refused = wire::read_line(b"{}", &Zone::utc(), Millis(1_800_000_000_000)).unwrap_err();
/// assert_eq!(refused.to_string(), "missing_field: field `type`: absent, null or empty");
/// ```
pub fn read_line<'a>(line: &'a [u8], zone: &Zone, now: Millis) -> Result<Event<'a>, Rejection> {
    bounded(line)?;
    let against = Against { zone, recorded: now };
    let mut fields = Fields::new();
    json::read(line, &mut fields).map_err(undecodable)?;
    if fields.is_missing(Field::SpecVersion) {
        let of = check::event_type(&fields, None, flat_type)?;
        event::read(of, &fields, against)
    } else {
        let fields = cloudevents::structured(&fields)?;
        let of = check::event_type(&fields, None, cloudevents::type_named)?;
        event::read(of, &fields, against)
    }
}

/// Turns messages of Kafka into events.
#[derive(Clone, Debug)]
pub struct Decoder {
    zone: Zone,
    schemas: Schemas,
}

/// How a message is encoded, in the contract's order of telling.
enum Encoding {
    /// Avro without a frame, written by the schema of this id.
    BareAvro(SchemaId),
    StructuredCloudEvent,
    BinaryCloudEvent(Body),
    Plain(Body),
}

/// What a payload is in itself.
enum Body {
    Json,
    /// Confluent framing: a zero, the schema's id, then Avro.
    FramedAvro(u32),
    /// Avro of no named schema, so ours.
    OwnAvro,
}

/// Bytes of Confluent framing before the Avro.
const FRAME: usize = 5;

impl Decoder {
    /// A decoder for dates of a zone and the writers' schemas that are known.
    pub fn new(zone: Zone, schemas: Schemas) -> Decoder {
        Decoder { zone, schemas }
    }

    /// The writers' schemas that are known.
    pub fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The same, to make more known.
    pub fn schemas_mut(&mut self) -> &mut Schemas {
        &mut self.schemas
    }

    /// The writer's schema that a message needs, if it names one: to fetch it from a registry before decoding.
    pub fn schema_of<'a, H: Headers<'a>>(message: &Message<'a, H>) -> Option<SchemaId> {
        match encoding(message.payload?, &message.headers).ok()? {
            Encoding::BareAvro(id) => Some(id),
            Encoding::Plain(Body::FramedAvro(id)) | Encoding::BinaryCloudEvent(Body::FramedAvro(id)) => Some(SchemaId::Number(id)),
            _ => None,
        }
    }

    /// The event of a message on the topic of a type.
    pub fn decode<'a, H: Headers<'a>>(&'a self, topic: EventType, message: &Message<'a, H>) -> Result<Event<'a>, Rejection> {
        let payload = message.payload.ok_or_else(|| Rejection::new(Reason::NullValue, "a record without a value"))?;
        bounded(payload)?;
        assert!(!planted(Plant::Panics) || payload.windows(16).all(|part| part != b"panic-in-decoder"), "planted");
        let against = Against { zone: &self.zone, recorded: message.timestamp };
        let mut fields = Fields::new();
        match encoding(payload, &message.headers)? {
            Encoding::StructuredCloudEvent => {
                json::read(payload, &mut fields).map_err(undecodable)?;
                let fields = cloudevents::structured(&fields)?;
                check::event_type(&fields, Some(topic), cloudevents::type_named)?;
                return event::read(topic, &fields, against);
            }
            Encoding::BinaryCloudEvent(body) => {
                let said = cloudevents::header(&message.headers, "ce_type")?.and_then(cloudevents::type_named);
                let record = self.body(payload, body, said.unwrap_or(topic), &mut fields)?;
                cloudevents::binary(&message.headers, &mut fields)?;
                check::event_type(&fields, Some(topic), cloudevents::type_named)?;
                expect(record, topic)?;
            }
            Encoding::BareAvro(id) => {
                let record = self.avro(payload, id, &mut fields)?;
                expect(record, topic)?;
                check::event_type(&fields, Some(topic), flat_type)?;
            }
            Encoding::Plain(body) => {
                let record = self.body(payload, body, topic, &mut fields)?;
                expect(record, topic)?;
                check::event_type(&fields, Some(topic), flat_type)?;
            }
        }
        event::read(topic, &fields, against)
    }

    /// Reads a payload's fields; an Avro record's name may be that of a type.
    fn body<'a>(&'a self, payload: &'a [u8], body: Body, of: EventType, fields: &mut Fields<'a>) -> Result<Option<EventType>, Rejection> {
        match body {
            Body::Json => json::read(payload, fields).map(|()| None).map_err(undecodable),
            Body::FramedAvro(id) => self.avro(payload.get(FRAME..).unwrap_or_default(), SchemaId::Number(id), fields),
            Body::OwnAvro => read_avro(self.schemas.own(of), payload, fields),
        }
    }

    fn avro<'a>(&'a self, bytes: &'a [u8], id: SchemaId, fields: &mut Fields<'a>) -> Result<Option<EventType>, Rejection> {
        read_avro(self.schemas.get(id), bytes, fields)
    }
}

fn read_avro<'a>(writer: Option<&'a Writer>, bytes: &'a [u8], fields: &mut Fields<'a>) -> Result<Option<EventType>, Rejection> {
    let writer = writer.ok_or_else(|| Rejection::new(Reason::UnknownSchema, "the schema's id is not known"))?;
    writer.read(bytes, fields).map_err(|error| Rejection::new(Reason::Undecodable, format!("not Avro of its schema: {error}")))?;
    Ok(writer.event_type())
}

/// Refuses a record that is named as another type's.
fn expect(record: Option<EventType>, topic: EventType) -> Result<(), Rejection> {
    match record {
        Some(said) if said != topic => Err(Rejection::new(Reason::WrongType, format!("a record of {}", check::wrong_type(said, topic)))),
        _ => Ok(()),
    }
}

fn encoding<'a>(payload: &[u8], headers: &impl Headers<'a>) -> Result<Encoding, Rejection> {
    if let Some(id) = headers.get(SCHEMA_HEADER) {
        return match id.split_first() {
            Some((1, guid)) if let Ok(guid) = guid.try_into() => Ok(Encoding::BareAvro(SchemaId::Guid(guid))),
            _ => Err(Rejection::new(Reason::Undecodable, format!("header `{SCHEMA_HEADER}`: not 17 bytes of 1 and a GUID"))),
        };
    }
    let content_type = headers.get(CONTENT_TYPE).map(media_type).unwrap_or_default();
    if content_type.eq_ignore_ascii_case(cloudevents::STRUCTURED) {
        return Ok(Encoding::StructuredCloudEvent);
    }
    if headers.get(cloudevents::SPEC_VERSION).is_some() {
        return cloud_body(payload, content_type).map(Encoding::BinaryCloudEvent);
    }
    match payload.first() {
        Some(0) => framed(payload).map(Encoding::Plain),
        Some(b'{') => Ok(Encoding::Plain(Body::Json)),
        Some(_) => Err(Rejection::new(Reason::Undecodable, "neither Avro in Confluent framing nor a JSON object")),
        None => Err(Rejection::new(Reason::Undecodable, "empty")),
    }
}

/// The data of a binary CloudEvent by its media type; where that says nothing, by its first byte.
fn cloud_body(payload: &[u8], content_type: &str) -> Result<Body, Rejection> {
    let (is_framed, lower) = (payload.first() == Some(&0), content_type.to_ascii_lowercase());
    if lower.contains("avro") && !is_framed {
        Ok(Body::OwnAvro)
    } else if is_framed && !lower.contains("json") {
        framed(payload)
    } else {
        Ok(Body::Json)
    }
}

fn framed(payload: &[u8]) -> Result<Body, Rejection> {
    match payload {
        [0, a, b, c, d, ..] => Ok(Body::FramedAvro(u32::from_be_bytes([*a, *b, *c, *d]))),
        _ => Err(Rejection::new(Reason::Undecodable, "ends within the schema's id")),
    }
}

/// The media type of a `content-type`, without its parameters.
fn media_type(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default().split(';').next().unwrap_or_default().trim()
}

/// The type that flat JSON names, in full.
fn flat_type(name: &str) -> Option<EventType> {
    EventType::ALL.into_iter().find(|of| of.name() == name)
}

fn bounded(bytes: &[u8]) -> Result<(), Rejection> {
    if bytes.len() <= MESSAGE_BYTES {
        return Ok(());
    }
    Err(Rejection::new(Reason::TooLarge, format!("{} bytes: at most {MESSAGE_BYTES} are read", bytes.len())))
}

fn undecodable(error: json::BadJson) -> Rejection {
    Rejection::new(Reason::Undecodable, error.to_string())
}
