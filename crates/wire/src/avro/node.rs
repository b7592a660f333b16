//! How one value of a schema is read, and why none may be.

/// The decimals that a number of 128 bits has.
pub(super) const MAX_SCALE: u64 = 38;

/// A writer's schema that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// The text is not an Avro schema.
    #[error("not an Avro schema: {0}")]
    Invalid(#[from] Box<apache_avro::Error>),
    /// Something is called by what Avro takes for no name.
    #[error("{0:?} is no name in Avro")]
    Name(String),
    /// Events are records.
    #[error("not a record: an event's schema is one")]
    NotARecord,
    /// A name that is used but nowhere defined.
    #[error("the type {0:?} is nowhere defined")]
    Undefined(String),
    /// More decimals than a number of 128 bits has.
    #[error("a decimal of scale {0}: at most {MAX_SCALE} is read")]
    Scale(u64),
}

/// The place of a node in its plan.
pub(super) type NodeId = usize;

/// How to read a value.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    /// So many bytes that stand for nothing a field has.
    Fixed(usize),
    /// Sixteen bytes that are a UUID.
    Uuid,
    Date,
    /// An instant of so many units a millisecond.
    Instant(i64),
    /// An integer that stands for nothing a field has: a time of day, a local time.
    OtherInt,
    OtherLong,
    Decimal(u32),
    FixedDecimal(usize, u32),
    /// A record of a decimal's scale and its unscaled bytes, as Debezium writes it.
    ScaledDecimal,
    Enum(Box<[String]>),
    Array(NodeId),
    Map(NodeId),
    Union(Box<[NodeId]>),
    Record(Box<[NodeId]>),
}
