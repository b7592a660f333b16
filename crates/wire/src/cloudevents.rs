//! CloudEvents 1.0: its attributes stand for the common fields, its data has the rest.

use model::{EventType, Reason, Rejection};

use crate::{
    decoder::Headers,
    field::{Field, Fields, Raw},
    json,
};

/// The header that tells binary CloudEvents.
pub(crate) const SPEC_VERSION: &str = "ce_specversion";
/// The media type of structured CloudEvents.
pub(crate) const STRUCTURED: &str = "application/cloudevents+json";
/// The version that is written.
pub(crate) const VERSION: &str = "1.0";

/// What stands for what.
const ATTRIBUTES: [(Field, &str, Field); 4] = [
    (Field::Id, "ce_id", Field::EventId),
    (Field::Source, "ce_source", Field::Source),
    (Field::Type, "ce_type", Field::Type),
    (Field::Time, "ce_time", Field::OccurredAt),
];

/// The type that an attribute names, after a reverse-DNS prefix.
pub(crate) fn type_named(name: &str) -> Option<EventType> {
    EventType::named(name)
}

/// The fields of a structured event, whose JSON object was read into `event`.
pub(crate) fn structured<'a>(event: &Fields<'a>) -> Result<Fields<'a>, Rejection> {
    let version = event.get(Field::SpecVersion).text().ok_or_else(|| undecodable("CloudEvents: `specversion` is not a string"))?;
    check_version(&version)?;
    let data = match event.get(Field::Data) {
        Raw::Nested(data) if data.starts_with('{') => data,
        _ => return Err(undecodable("CloudEvents: `data` is not an object")),
    };
    let mut fields = Fields::new();
    json::read_text(data, &mut fields).map_err(|error| undecodable(&format!("CloudEvents: `data`: {error}")))?;
    for (attribute, _, field) in ATTRIBUTES {
        overlay(&mut fields, field, event.get(attribute));
    }
    Ok(fields)
}

/// Lays the attributes of a binary event, which are headers, over the fields of its data.
pub(crate) fn binary<'a>(headers: &impl Headers<'a>, fields: &mut Fields<'a>) -> Result<(), Rejection> {
    check_version(header(headers, SPEC_VERSION)?.unwrap_or_default())?;
    for (_, name, field) in ATTRIBUTES {
        overlay(fields, field, header(headers, name)?.map_or(Raw::Absent, Raw::Text));
    }
    Ok(())
}

/// A header's text.
pub(crate) fn header<'a>(headers: &impl Headers<'a>, name: &str) -> Result<Option<&'a str>, Rejection> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    std::str::from_utf8(value).map(Some).map_err(|_| undecodable(&format!("header `{name}` is not UTF-8")))
}

/// An attribute stands for its field also where it is missing; only the time may be in the data instead.
fn overlay<'a>(fields: &mut Fields<'a>, field: Field, attribute: Raw<'a>) {
    if field != Field::OccurredAt || !attribute.is_missing() {
        fields.set(field, attribute);
    }
}

fn check_version(version: &str) -> Result<(), Rejection> {
    if version.starts_with("1.") { Ok(()) } else { Err(undecodable("CloudEvents: not of a version 1")) }
}

fn undecodable(what: &str) -> Rejection {
    Rejection::new(Reason::Undecodable, what)
}
