//! Bare Avro into raw fields, by a plan made once from the writer's schema. Nothing is allocated for a message.
//!
//! apache-avro checks what of a schema its bytes depend on; what its types stand for is read here, Debezium's and Connect's among them, which
//! apache-avro does not know. A test holds that this reader and apache-avro's agree on values.

#[cfg(test)]
mod agreement;
mod cursor;
mod meaning;
mod names;
mod node;
mod plan;

pub use node::SchemaError;
pub(crate) use plan::Writer;
#[cfg(test)]
pub(crate) use plan::record_name;
