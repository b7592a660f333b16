//! A line of a file to a message.

use std::sync::LazyLock;

use crate::{
    cloud::{find_type, object},
    json::json,
    message::{MOST_BYTES, Message, checked},
    schemas::Schemas,
    time::Zone,
};

/// Reads a line, in the contract's order: decodes, type, required fields, values, future.
pub fn read(line: &[u8], zone: &Zone, now: i64) -> Result<Message, &'static str> {
    if line.len() > MOST_BYTES {
        return Err("too_large");
    }
    OWN.read_by(|schemas| message(line, schemas, zone, now))
}

fn message(line: &[u8], schemas: &Schemas, zone: &Zone, now: i64) -> Result<Message, &'static str> {
    let (fields, is_cloud_event, record) = object(json(line)?, schemas, None)?;
    let kind = find_type(&fields, is_cloud_event)?.ok_or("missing_field")?;
    if record.is_some_and(|record| record != kind) {
        return Err("wrong_type");
    }
    checked(kind, &fields, zone, now)
}

/// Our own schemas, for the data of CloudEvents in files.
static OWN: LazyLock<Schemas> = LazyLock::new(Schemas::own);
