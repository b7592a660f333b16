//! The two ways in: a line of a file, and a message of Kafka, whose encoding is told message by message.

use std::sync::LazyLock;

use model::{Event, EventType, Millis, Reason, Rejection, Zone};

use crate::{
    Headers, SchemaId, Schemas,
    avro::Writer,
    check::{self, Against},
    cloudevents::{self, Data},
    event,
    field::{Field, Fields},
    headers::{Header, Known, media_type},
    json,
    limits::MESSAGE_BYTES,
    schemas::Framed,
};

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
    let reading = Reading { against: Against { zone, recorded: now }, schemas: &EMBEDDED, topic: None };
    let mut fields = Fields::new();
    json::read(line, &mut fields).map_err(undecodable)?;
    reading.object(&fields)
}

/// The schemas by which the data of a file's CloudEvents may be written.
static EMBEDDED: LazyLock<Schemas> = LazyLock::new(Schemas::embedded);

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
    CloudEventBatch,
    BinaryCloudEvent(Body),
    Plain(Body),
}

/// What a payload is in itself.
#[derive(Clone, Copy)]
enum Body {
    Json,
    /// Confluent framing: a zero, the schema's id, then JSON or Avro as the id says.
    Framed(u32),
    /// Confluent framing around what is known to be JSON.
    FramedJson,
    /// Avro of no named schema, so ours: the present one at 0, or one that was before, at its place.
    OwnAvro(usize),
    /// The data of a CloudEvent that has none.
    Nothing,
}

/// What a payload was.
enum Held {
    Json,
    /// An Avro record, whose name may be that of a type.
    Avro(Option<EventType>),
}

impl Held {
    fn record(self) -> Option<EventType> {
        match self {
            Held::Json => None,
            Held::Avro(record) => record,
        }
    }
}

/// Bytes of Confluent framing before the data.
const FRAME: usize = 5;

impl Decoder {
    /// A decoder for dates of a zone and the writers' schemas that are known.
    pub fn new(zone: Zone, schemas: Schemas) -> Decoder {
        Decoder { zone, schemas }
    }

    /// The zone of dates.
    pub fn zone(&self) -> &Zone {
        &self.zone
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
        match encoding(message.payload?, &Known::of(&message.headers)).ok()? {
            Encoding::BareAvro(id) => Some(id),
            Encoding::Plain(Body::Framed(id)) | Encoding::BinaryCloudEvent(Body::Framed(id)) => Some(SchemaId::Number(id)),
            _ => None,
        }
    }

    /// The events of a message on the topic of a type: one, or those of a batch in their order. `take` is called at least once.
    pub fn each<'a, H: Headers<'a>>(&'a self, topic: EventType, message: &Message<'a, H>, mut take: impl FnMut(Result<Event<'a>, Rejection>)) {
        let headers = Known::of(&message.headers);
        match self.opened(message, &headers) {
            Ok((payload, Encoding::CloudEventBatch)) => self.reading(topic, message.timestamp).batch(payload, take),
            Ok((payload, encoding)) => take(self.reading(topic, message.timestamp).one(payload, encoding, &headers)),
            Err(refusal) => take(Err(refusal)),
        }
    }

    /// The event of a message that holds one: a batch is refused.
    pub fn decode<'a, H: Headers<'a>>(&'a self, topic: EventType, message: &Message<'a, H>) -> Result<Event<'a>, Rejection> {
        let headers = Known::of(&message.headers);
        let (payload, encoding) = self.opened(message, &headers)?;
        self.reading(topic, message.timestamp).one(payload, encoding, &headers)
    }

    fn opened<'a, H>(&self, message: &Message<'a, H>, headers: &Known<'a>) -> Result<(&'a [u8], Encoding), Rejection> {
        let payload = message.payload.ok_or_else(|| Rejection::new(Reason::NullValue, "a record without a value"))?;
        bounded(payload)?;
        Ok((payload, encoding(payload, headers)?))
    }

    fn reading(&self, topic: EventType, recorded: Millis) -> Reading<'_> {
        Reading { against: Against { zone: &self.zone, recorded }, schemas: &self.schemas, topic: Some(topic) }
    }
}

/// What a message is read against.
#[derive(Clone, Copy)]
struct Reading<'d> {
    against: Against<'d>,
    schemas: &'d Schemas,
    /// The type whose topic it is; none in files.
    topic: Option<EventType>,
}

impl<'d> Reading<'d> {
    /// The event of a message of any encoding but the batch.
    fn one<'a>(self, payload: &'a [u8], encoding: Encoding, headers: &Known<'a>) -> Result<Event<'a>, Rejection>
    where
        'd: 'a,
    {
        let mut fields = Fields::new();
        match encoding {
            Encoding::CloudEventBatch => Err(Rejection::new(Reason::Undecodable, "a batch of events, where one is expected")),
            Encoding::StructuredCloudEvent => {
                json::read(payload, &mut fields).map_err(undecodable)?;
                self.structured(&fields)
            }
            Encoding::BinaryCloudEvent(body) => {
                let said = headers.text(Header::Type)?.and_then(cloudevents::type_named);
                self.tried(body, said, |body| {
                    let mut fields = Fields::new();
                    let held = self.body(payload, body, said, &mut fields)?;
                    cloudevents::overlay_binary(headers, &mut fields)?;
                    self.cloud(held.record(), &fields)
                })
            }
            Encoding::Plain(body) => match self.body(payload, body, None, &mut fields)? {
                Held::Json => self.object(&fields),
                Held::Avro(record) => self.plain(record, &fields),
            },
            Encoding::BareAvro(id) => {
                let held = read_avro(self.schemas.get(id), payload, &mut fields)?;
                self.plain(held.record(), &fields)
            }
        }
    }

    /// The events of a batch, each as if it were alone.
    fn batch<'a>(self, payload: &'a [u8], mut take: impl FnMut(Result<Event<'a>, Rejection>))
    where
        'd: 'a,
    {
        let events = match cloudevents::batch(payload) {
            Ok(events) => events,
            Err(refusal) => return take(Err(refusal)),
        };
        let of = events.len();
        for (n, text) in (1..).zip(events) {
            let mut fields = Fields::new();
            let event = json::read_text(text.get(), &mut fields).map_err(undecodable).and_then(|()| self.structured(&fields));
            take(event.map_err(|refusal| refusal.in_batch(n, of)));
        }
    }

    /// The event of a JSON object: a structured CloudEvent, told by `specversion`, or flat.
    fn object<'a>(self, fields: &Fields<'a>) -> Result<Event<'a>, Rejection> {
        if fields.is_missing(Field::SpecVersion) { self.plain(None, fields) } else { self.structured(fields) }
    }

    /// The event of flat fields.
    fn plain<'a>(self, record: Option<EventType>, fields: &Fields<'a>) -> Result<Event<'a>, Rejection> {
        expect(record, self.topic)?;
        let of = check::event_type(fields, self.topic, flat_type)?;
        event::read(of, fields, self.against)
    }

    /// The event of a structured CloudEvent's fields.
    fn structured<'a>(self, outer: &Fields<'a>) -> Result<Event<'a>, Rejection> {
        let mut fields = Fields::new();
        match cloudevents::data(outer)? {
            Data::Absent => {}
            Data::Object(text) => {
                let of_data = |error: json::BadJson| Rejection::new(Reason::Undecodable, format!("CloudEvents: `data`: {error}"));
                json::read_text(text, &mut fields).map_err(of_data)?;
            }
            Data::Bytes(bytes, media) => return self.encoded(outer, &bytes, &media),
        }
        self.with_attributes(outer, None, fields)
    }

    /// The event of a structured CloudEvent whose data was encoded: it cannot borrow from what is decoded here.
    fn encoded(self, outer: &Fields<'_>, bytes: &[u8], media: &str) -> Result<Event<'static>, Rejection> {
        let said = outer.get(Field::Type).text().and_then(|name| cloudevents::type_named(&name));
        let of_data = |refusal: Rejection| Rejection::new(refusal.reason, format!("CloudEvents: `data_base64`: {}", refusal.detail));
        self.tried(cloud_body(bytes, media_type(media)).map_err(of_data)?, said, |body| {
            let mut fields = Fields::new();
            let held = self.body(bytes, body, said, &mut fields).map_err(of_data)?;
            self.with_attributes(outer, held.record(), fields).map(Event::into_owned)
        })
    }

    /// The event of a body. Where it is Avro that does not say its schema, and gives no event by the present one, the first counts of the
    /// earlier ones by which it does: so every byte belongs to a field, and every field is what it may be. Where there is none, it is refused
    /// as the present one has it.
    fn tried<'a>(self, body: Body, said: Option<EventType>, read: impl Fn(Body) -> Result<Event<'a>, Rejection>) -> Result<Event<'a>, Rejection> {
        let present = read(body);
        if present.is_ok() || !matches!(body, Body::OwnAvro(_)) {
            return present;
        }
        let earlier = 1..self.own(said).len();
        earlier.map(Body::OwnAvro).find_map(|body| read(body).ok()).map_or(present, Ok)
    }

    /// The schemas by which Avro may be written that does not say its own.
    fn own(self, said: Option<EventType>) -> &'d [Writer] {
        said.or(self.topic).map(|of| self.schemas.own(of)).unwrap_or_default()
    }

    fn with_attributes<'a>(self, outer: &Fields<'a>, record: Option<EventType>, mut fields: Fields<'a>) -> Result<Event<'a>, Rejection> {
        cloudevents::overlay_structured(outer, &mut fields);
        self.cloud(record, &fields)
    }

    /// The event of a CloudEvent's fields, its attributes among them.
    fn cloud<'a>(self, record: Option<EventType>, fields: &Fields<'a>) -> Result<Event<'a>, Rejection> {
        let of = check::event_type(fields, self.topic, cloudevents::type_named)?;
        expect(record, Some(of))?;
        event::read(of, fields, self.against)
    }

    /// Reads a payload's fields.
    fn body<'a>(self, payload: &'a [u8], body: Body, said: Option<EventType>, fields: &mut Fields<'a>) -> Result<Held, Rejection>
    where
        'd: 'a,
    {
        let framed = payload.get(FRAME..).unwrap_or_default();
        let json = |bytes: &'a [u8], fields: &mut Fields<'a>| json::read(bytes, fields).map(|()| Held::Json).map_err(undecodable);
        match body {
            Body::Nothing => Ok(Held::Json),
            Body::Json => json(payload, fields),
            Body::FramedJson => json(framed, fields),
            Body::Framed(id) => match self.schemas.framed(id, framed.first()) {
                Framed::Json => json(framed, fields),
                Framed::Avro(writer) => read_avro(writer, framed, fields),
            },
            Body::OwnAvro(place) => read_avro(self.own(said).get(place), payload, fields),
        }
    }
}

fn read_avro<'a>(writer: Option<&'a Writer>, bytes: &'a [u8], fields: &mut Fields<'a>) -> Result<Held, Rejection> {
    let writer = writer.ok_or_else(|| Rejection::new(Reason::UnknownSchema, "the schema's id is not known"))?;
    writer.read(bytes, fields).map_err(|error| Rejection::new(Reason::Undecodable, format!("not Avro of its schema: {error}")))?;
    Ok(Held::Avro(writer.event_type()))
}

/// Refuses a record that is named as another type's.
fn expect(record: Option<EventType>, topic: Option<EventType>) -> Result<(), Rejection> {
    match (record, topic) {
        (Some(said), Some(topic)) if said != topic => {
            Err(Rejection::new(Reason::WrongType, format!("a record of {}", check::wrong_type(said, topic))))
        }
        _ => Ok(()),
    }
}

fn encoding(payload: &[u8], headers: &Known<'_>) -> Result<Encoding, Rejection> {
    if let Some(id) = headers.get(Header::Schema) {
        return match id.split_first() {
            Some((1, guid)) if let Ok(guid) = guid.try_into() => Ok(Encoding::BareAvro(SchemaId::Guid(guid))),
            _ => Err(Rejection::new(Reason::Undecodable, format!("header `{}`: not 17 bytes of 1 and a GUID", Header::Schema.name()))),
        };
    }
    let media = headers.content_type();
    if media.eq_ignore_ascii_case(cloudevents::STRUCTURED) {
        return Ok(Encoding::StructuredCloudEvent);
    }
    if media.eq_ignore_ascii_case(cloudevents::BATCH) {
        return Ok(Encoding::CloudEventBatch);
    }
    if headers.get(Header::SpecVersion).is_some() {
        return cloud_body(payload, headers.data_type()).map(Encoding::BinaryCloudEvent);
    }
    match payload.first() {
        Some(0) => framed(payload).map(Encoding::Plain),
        Some(_) if payload.trim_ascii_start().first() == Some(&b'{') => Ok(Encoding::Plain(Body::Json)),
        Some(_) => Err(Rejection::new(Reason::Undecodable, "neither Avro in Confluent framing nor a JSON object")),
        None => Err(Rejection::new(Reason::Undecodable, "empty")),
    }
}

/// The data of a CloudEvent by its media type; where that says nothing, by its first byte. No JSON begins with a zero, so a zero
/// before what is said to be JSON is a frame.
fn cloud_body(payload: &[u8], media: &str) -> Result<Body, Rejection> {
    let lower = media.to_ascii_lowercase();
    match payload.first() {
        None => Ok(Body::Nothing),
        Some(0) if lower.contains("json") => framed(payload).map(|_| Body::FramedJson),
        Some(0) => framed(payload),
        Some(_) if lower.contains("avro") => Ok(Body::OwnAvro(0)),
        Some(_) => Ok(Body::Json),
    }
}

fn framed(payload: &[u8]) -> Result<Body, Rejection> {
    match payload {
        [0, a, b, c, d, ..] => Ok(Body::Framed(u32::from_be_bytes([*a, *b, *c, *d]))),
        _ => Err(Rejection::new(Reason::Undecodable, "ends within the schema's id")),
    }
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
