//! What a payload is in itself, and its fields.

use crate::{
    avro::Writer,
    given::Fields,
    json::json,
    schemas::{SchemaId, Schemas},
};

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
        Body::Json => Ok((json(value)?, None)),
        Body::FramedJson => Ok((json(behind_frame(value))?, None)),
        Body::Framed if is_json(value, schemas) => Ok((json(behind_frame(value))?, None)),
        Body::Framed => avro(frame_id(value).and_then(|id| schemas.avro(id)), behind_frame(value)),
        Body::OwnAvro => avro(says.and_then(|says| schemas.own.get(says)), value),
    }
}

fn frame_id(value: &[u8]) -> Option<SchemaId> {
    let [0, a, b, c, d, ..] = value else { return None };
    Some(SchemaId::Number(u32::from_be_bytes([*a, *b, *c, *d])))
}

pub fn behind_frame(value: &[u8]) -> &[u8] {
    value.get(5..).unwrap_or_default()
}

/// Whether what is framed is JSON: so it is said of its id, or nothing is and it looks so.
pub fn is_json(value: &[u8], schemas: &Schemas) -> bool {
    let Some(id) = frame_id(value) else { return false };
    match schemas.by_id.get(&id) {
        Some(known) => known.is_none(),
        None => behind_frame(value).starts_with(b"{"),
    }
}

pub fn avro<'a>(writer: Option<&Writer>, data: &[u8]) -> Result<(Fields<'a>, Option<&'static str>), &'static str> {
    let writer = writer.ok_or("unknown_schema")?;
    Ok((writer.read(data)?, writer.kind))
}

/// A media type in lower case, without its parameters.
pub fn media(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
