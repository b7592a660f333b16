//! CloudEvents 1.0: their attributes stand for the common fields, their data has the rest.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use model::{EventType, Reason, Rejection};
use serde_json::value::RawValue;

use crate::{
    field::{Field, Fields, Raw},
    headers::{Header, Known},
    limits::BATCH_EVENTS,
};

/// The media type of structured CloudEvents.
pub(crate) const STRUCTURED: &str = "application/cloudevents+json";
/// The media type of several of them in one message.
pub(crate) const BATCH: &str = "application/cloudevents-batch+json";
/// The header that tells binary CloudEvents.
pub(crate) const SPEC_VERSION: &str = "ce_specversion";
/// The version that is written.
pub(crate) const VERSION: &str = "1.0";

/// What stands for what.
const ATTRIBUTES: [(Field, Header, Field); 4] = [
    (Field::Id, Header::Id, Field::EventId),
    (Field::Source, Header::Source, Field::Source),
    (Field::Type, Header::Type, Field::Type),
    (Field::Time, Header::Time, Field::OccurredAt),
];

/// Base64 as it is written, with and without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// The data of a structured event.
pub(crate) enum Data<'a> {
    /// There is none: the same as an object without fields.
    Absent,
    /// A JSON object, by its text.
    Object(&'a str),
    /// Bytes, of the media type that the event names.
    Bytes(Vec<u8>, String),
}

/// The type that an attribute names: behind a reverse-DNS prefix, before a version (`com.acme.lead-created.v1`).
pub(crate) fn type_named(name: &str) -> Option<EventType> {
    let mut rest = name;
    loop {
        let (before, last) = rest.rsplit_once('.').unwrap_or(("", rest));
        match EventType::ALL.into_iter().find(|of| of.name() == last) {
            None if is_version(last) => rest = before,
            named => return named,
        }
    }
}

/// `v1`, `V2`, or a plain number.
fn is_version(part: &str) -> bool {
    let digits = part.strip_prefix(['v', 'V']).unwrap_or(part);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The data of a structured event, whose JSON object was read into `event`.
pub(crate) fn data<'a>(event: &Fields<'a>) -> Result<Data<'a>, Rejection> {
    let version = event.get(Field::SpecVersion).text().ok_or_else(|| undecodable("CloudEvents: `specversion` is not a string"))?;
    check_version(&version)?;
    let (data, encoded) = (event.get(Field::Data), event.get(Field::DataBase64));
    match (data, encoded.is_missing()) {
        (Raw::Nested(object), true) if object.starts_with('{') => Ok(Data::Object(object)),
        (data, true) if data.is_missing() => Ok(Data::Absent),
        (_, true) => Err(undecodable("CloudEvents: `data` is not an object")),
        (data, false) if data.is_missing() => {
            let text = encoded.text().ok_or_else(|| undecodable("CloudEvents: `data_base64` is not a string"))?;
            let bytes = BASE64.decode(text.as_bytes()).map_err(|_| undecodable("CloudEvents: `data_base64` is not Base64"))?;
            let media = event.get(Field::DataContentType).text().unwrap_or_default();
            Ok(Data::Bytes(bytes, media.into_owned()))
        }
        (_, false) => Err(undecodable("CloudEvents: both `data` and `data_base64`")),
    }
}

/// The events of a batch, by their texts.
pub(crate) fn batch(payload: &[u8]) -> Result<Vec<&RawValue>, Rejection> {
    let text = std::str::from_utf8(payload).map_err(|error| undecodable(&format!("not UTF-8 at byte {}", error.valid_up_to())))?;
    let events: Vec<&RawValue> = serde_json::from_str(text)
        .map_err(|error| undecodable(&format!("CloudEvents: a batch that is not a JSON array, from column {} on", error.column())))?;
    match events.len() {
        0 => Err(undecodable("CloudEvents: a batch without events")),
        n if n > BATCH_EVENTS => Err(Rejection::new(Reason::TooLarge, format!("a batch of {n} events: at most {BATCH_EVENTS} are read"))),
        _ => Ok(events),
    }
}

/// A batch of some events of a batch, as they stand in it: given by their places, from 1. None where there is no batch, or not those.
///
/// ```
/// assert_eq!(wire::part_of_batch(b"[{}, {\"id\": 2},{\"id\":3}]", &[2, 3]).unwrap(), b"[{\"id\": 2},{\"id\":3}]");
/// assert_eq!(wire::part_of_batch(b"[{}]", &[2]), None);
/// ```
pub fn part_of_batch(payload: &[u8], places: &[u32]) -> Option<Vec<u8>> {
    let events = batch(payload).ok()?;
    let text = |place: &u32| Some(events.get(usize::try_from(*place).ok()?.checked_sub(1)?)?.get());
    let part: Vec<&str> = places.iter().map(text).collect::<Option<_>>()?;
    Some(format!("[{}]", part.join(",")).into_bytes())
}

/// Lays the attributes of a structured event over the fields of its data.
pub(crate) fn overlay_structured<'a>(event: &Fields<'a>, fields: &mut Fields<'a>) {
    for (attribute, _, field) in ATTRIBUTES {
        overlay(fields, field, event.get(attribute));
    }
}

/// Lays the attributes of a binary event, which are headers, over the fields of its data.
pub(crate) fn overlay_binary<'a>(headers: &Known<'a>, fields: &mut Fields<'a>) -> Result<(), Rejection> {
    check_version(headers.text(Header::SpecVersion)?.unwrap_or_default())?;
    for (_, header, field) in ATTRIBUTES {
        overlay(fields, field, headers.text(header)?.map_or(Raw::Absent, Raw::Text));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_may_have_a_prefix_and_a_version() {
        for name in ["web-visit", "com.acme.web-visit", "web-visit.v1", "com.acme.v3.web-visit.v12", "web-visit.V2", "web-visit.v1.2", ".web-visit"] {
            assert_eq!(type_named(name), Some(EventType::WebVisit), "{name}");
        }
        for name in ["", ".", "v1", "web-visit.", "web-visit.v", "web-visit.beta", "web-visit.v1a", "web-visitv1", "Web-Visit", "web-visit/v1"] {
            assert_eq!(type_named(name), None, "{name}");
        }
    }
}
