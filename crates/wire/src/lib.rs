//! Bytes to events and back: Avro, plain JSON and CloudEvents, told apart message by message.
//!
//! Not its job: where the bytes come from (`kafka`, files), what an event counts for (`engine`), what becomes of a refused
//! one. Every encoding is read into the same raw fields, and one stage checks those in the contract's order: so a message
//! is refused for the same reason whatever it is written in. Nothing is allocated for a message in which no text has escapes.

mod avro;
mod check;
mod cloudevents;
mod contract;
mod decoder;
pub mod encode;
mod event;
mod field;
mod headers;
mod json;
pub mod limits;
#[cfg(test)]
mod schema_files;
mod schemas;

pub use avro::SchemaError;
pub use cloudevents::part_of_batch;
pub use decoder::{Decoder, Message, read_line};
pub use headers::Headers;
pub use schemas::{SchemaId, Schemas, embedded_schema, embedded_schema_id, json_schema, known_schemas};
