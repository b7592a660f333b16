//! CloudEvents: their attributes over the fields of their data.

use crate::{
    fields::TYPES,
    given::{Fields, Given},
    json::json,
    payload::{data, data_of, media},
    schemas::Schemas,
};

/// The fields of a JSON object, flat or a structured CloudEvent's; whether they are the latter's, and the type whose Avro record its
/// data was.
pub fn object<'a>(fields: Fields<'a>, schemas: &Schemas, topic: Option<&'static str>) -> Result<Read<'a>, &'static str> {
    if fields.contains_key("specversion") { cloud_event(fields, schemas, topic) } else { Ok((fields, false, None)) }
}

/// What is read of a message: its fields, whether they are a CloudEvent's, and the type whose Avro record they were.
pub type Read<'a> = (Fields<'a>, bool, Option<&'static str>);

/// The fields of a structured CloudEvent: those of its data, with its attributes on top.
pub fn cloud_event<'a>(event: Fields<'a>, schemas: &Schemas, topic: Option<&'static str>) -> Result<Read<'a>, &'static str> {
    let version = event.get("specversion").and_then(Given::text).ok_or("undecodable")?;
    if !version.starts_with("1.") {
        return Err("undecodable");
    }
    let text = |name: &str| event.get(name).and_then(Given::text);
    let (data, record) = match (event.get("data"), event.get("data_base64")) {
        (None, None) => (Fields::new(), None),
        (Some(Given::Json(data)), None) if data.starts_with('{') => (json(data.as_bytes())?, None),
        (None, Some(encoded)) => {
            let bytes = base64(&encoded.text().ok_or("undecodable")?).ok_or("undecodable")?;
            let said = text("type").as_deref().and_then(cloud_type).or(topic);
            let said_to_be = media(&text("datacontenttype").unwrap_or_default());
            let (fields, record) = data(&bytes, data_of(&bytes, &said_to_be), said, schemas)?;
            (fields.into_iter().map(|(name, value)| (name, value.into_owned())).collect(), record)
        }
        _ => return Err("undecodable"),
    };
    Ok((with_attributes(data, &version, |name| event.get(name).cloned())?, true, record))
}

/// Bytes in Base64, with its padding, a part of it, or none.
fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let wanted = (4 - digits.len() % 4) % 4;
    if wanted == 3 || padding > wanted {
        return None;
    }
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for digit in digits.bytes() {
        bits = bits << 6 | u32::try_from(DIGITS.iter().position(|known| *known == digit)?).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
        bits &= (1 << held) - 1;
    }
    // What is left over must be nothing.
    (bits == 0).then_some(bytes)
}

/// The fields of a CloudEvent's data with its attributes on top, which stand for their fields also where they are missing; only the
/// time may be in the data instead.
pub fn with_attributes<'a>(mut data: Fields<'a>, version: &str, attribute: impl Fn(&str) -> Option<Given<'a>>) -> Result<Fields<'a>, &'static str> {
    if !version.starts_with("1.") {
        return Err("undecodable");
    }
    for (name, field) in [("id", "event_id"), ("source", "source"), ("type", "type"), ("time", "occurred_at")] {
        match attribute(name).filter(Given::is_there) {
            Some(value) => drop(data.insert(field.to_owned(), value)),
            None if name == "time" => {}
            None => drop(data.remove(field)),
        }
    }
    Ok(data)
}

/// The type that a message names.
pub fn find_type(given: &Fields<'_>, is_cloud_event: bool) -> Result<Option<&'static str>, &'static str> {
    let Some(value) = given.get("type") else { return Ok(None) };
    let name = value.text().ok_or("bad_value")?;
    let kind = if is_cloud_event { cloud_type(&name) } else { TYPES.iter().map(|(kind, _)| *kind).find(|kind| *kind == name) };
    kind.map(Some).ok_or("unknown_type")
}

/// The type that a CloudEvent names, behind a reverse-DNS prefix and before a version.
pub fn cloud_type(name: &str) -> Option<&'static str> {
    let is_version = |part: &&str| {
        let digits = part.strip_prefix('v').or(part.strip_prefix('V')).unwrap_or(part);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    let last = name.rsplit('.').find(|part| !is_version(part))?;
    TYPES.iter().map(|(kind, _)| *kind).find(|kind| *kind == last)
}
