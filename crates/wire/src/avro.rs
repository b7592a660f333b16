//! Bare Avro into raw fields, by a plan made once from the writer's schema. Nothing is allocated for a message.
//!
//! apache-avro reads and checks the schemas; a test holds that this reader and apache-avro's agree on values.

#[cfg(test)]
mod agreement;
mod cursor;
mod meaning;
mod names;
mod plan;

pub use plan::SchemaError;
pub(crate) use plan::Writer;
#[cfg(test)]
pub(crate) use plan::record_name;
