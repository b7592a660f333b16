//! A writer's schema, laid out flat for reading.

use std::collections::BTreeMap;

use apache_avro::{
    Schema,
    schema::{DecimalSchema, Name, Namespace, RecordSchema},
};
use model::EventType;

use crate::field::Field;

/// A writer's schema that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The text is not an Avro schema.
    #[error("not an Avro schema: {0}")]
    Invalid(#[from] Box<apache_avro::Error>),
    /// Events are records.
    #[error("not a record: an event's schema is one")]
    NotARecord,
    /// A name that is used but nowhere defined.
    #[error("the type {0:?} is nowhere defined")]
    Undefined(String),
    /// More decimals than a number of 128 bits has.
    #[error("a decimal of scale {0}: at most {MAX_SCALE} is read")]
    Scale(usize),
}

const MAX_SCALE: usize = 38;

/// The place of a node in its plan.
pub(super) type NodeId = usize;

/// How to read a value.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Null,
    Boolean,
    Int,
    Long,
    Bytes,
    Text,
    /// So many bytes that stand for nothing a field has: fixed, float, double, duration.
    Fixed(usize),
    Date,
    /// An instant of so many units a millisecond.
    Instant(i64),
    /// An integer that stands for nothing a field has: a time of day, a local time.
    OtherInt,
    OtherLong,
    Decimal(u32),
    FixedDecimal(usize, u32),
    Enum(Box<[String]>),
    Array(NodeId),
    Map(NodeId),
    Union(Box<[NodeId]>),
    Record(Box<[NodeId]>),
}

/// A writer's schema, ready to read messages by.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(super) nodes: Vec<Node>,
    /// The event's fields in the order of writing; those that no event has are read over.
    pub(super) fields: Vec<(Option<Field>, NodeId)>,
    event_type: Option<EventType>,
}

impl Writer {
    /// Makes a plan from a schema's JSON.
    pub(crate) fn parse(json: &str) -> Result<Writer, SchemaError> {
        let schema = Schema::parse_str(json).map_err(Box::new)?;
        let Schema::Record(record) = &schema else { return Err(SchemaError::NotARecord) };
        let mut making = Making::default();
        let ids = making.record(record, &None)?.1;
        let fields = record.fields.iter().map(|field| Field::named(&field.name)).zip(ids).collect();
        Ok(Writer { nodes: making.nodes, fields, event_type: type_of_record(&record.name.name) })
    }

    /// The event type whose record this is; none where the name is another's own.
    pub(crate) fn event_type(&self) -> Option<EventType> {
        self.event_type
    }
}

/// The record's name of a type.
pub(crate) fn record_name(of: EventType) -> &'static str {
    match of {
        EventType::LeadCreated => "LeadCreated",
        EventType::DealClosed => "DealClosed",
        EventType::AdSpend => "AdSpend",
        EventType::SocialInteraction => "SocialInteraction",
        EventType::WebVisit => "WebVisit",
    }
}

fn type_of_record(name: &str) -> Option<EventType> {
    EventType::ALL.into_iter().find(|of| record_name(*of) == name)
}

/// A plan in the making. Schemas may refer to types by name, to themselves too, so names are noted before bodies.
#[derive(Default)]
struct Making {
    nodes: Vec<Node>,
    named: BTreeMap<String, NodeId>,
}

impl Making {
    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn add_named(&mut self, name: &Name, space: &Namespace, node: Node) -> NodeId {
        let id = self.add(node);
        self.named.insert(name.fullname(space.clone()), id);
        id
    }

    fn node(&mut self, schema: &Schema, space: &Namespace) -> Result<NodeId, SchemaError> {
        let node = match schema {
            Schema::Null => Node::Null,
            Schema::Boolean => Node::Boolean,
            Schema::Int => Node::Int,
            Schema::Long => Node::Long,
            Schema::Float => Node::Fixed(4),
            Schema::Double => Node::Fixed(8),
            Schema::Duration => Node::Fixed(12),
            Schema::Bytes | Schema::BigDecimal => Node::Bytes,
            Schema::String | Schema::Uuid => Node::Text,
            Schema::Date => Node::Date,
            Schema::TimestampMillis => Node::Instant(1),
            Schema::TimestampMicros => Node::Instant(1_000),
            Schema::TimestampNanos => Node::Instant(1_000_000),
            Schema::TimeMillis => Node::OtherInt,
            Schema::TimeMicros | Schema::LocalTimestampMillis | Schema::LocalTimestampMicros | Schema::LocalTimestampNanos => Node::OtherLong,
            Schema::Array(array) => Node::Array(self.node(&array.items, space)?),
            Schema::Map(map) => Node::Map(self.node(&map.types, space)?),
            Schema::Union(union) => {
                let variants = union.variants().iter().map(|variant| self.node(variant, space));
                Node::Union(variants.collect::<Result<_, _>>()?)
            }
            Schema::Decimal(decimal) => return self.decimal(decimal, space),
            Schema::Enum(symbols) => return Ok(self.add_named(&symbols.name, space, Node::Enum(symbols.symbols.clone().into()))),
            Schema::Fixed(fixed) => return Ok(self.add_named(&fixed.name, space, Node::Fixed(fixed.size))),
            Schema::Record(record) => return Ok(self.record(record, space)?.0),
            Schema::Ref { name } => {
                let name = name.fullname(space.clone());
                return self.named.get(&name).copied().ok_or(SchemaError::Undefined(name));
            }
        };
        Ok(self.add(node))
    }

    fn decimal(&mut self, decimal: &DecimalSchema, space: &Namespace) -> Result<NodeId, SchemaError> {
        let scale = u32::try_from(decimal.scale).ok().filter(|_| decimal.scale <= MAX_SCALE).ok_or(SchemaError::Scale(decimal.scale))?;
        Ok(match decimal.inner.as_ref() {
            Schema::Fixed(fixed) => self.add_named(&fixed.name, space, Node::FixedDecimal(fixed.size, scale)),
            _ => self.add(Node::Decimal(scale)),
        })
    }

    /// A record's node, and those of its fields.
    fn record(&mut self, record: &RecordSchema, space: &Namespace) -> Result<(NodeId, Vec<NodeId>), SchemaError> {
        let inner = record.name.fully_qualified_name(space).namespace;
        let id = self.add_named(&record.name, space, Node::Record(Box::default()));
        let fields = record.fields.iter().map(|field| self.node(&field.schema, &inner)).collect::<Result<Vec<_>, _>>()?;
        if let Some(node) = self.nodes.get_mut(id) {
            *node = Node::Record(fields.clone().into());
        }
        Ok((id, fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_in_their_namespace() {
        let writer = Writer::parse(
            r#"{"type":"record","name":"WebVisit","namespace":"a.b","fields":[
                {"name":"one","type":{"type":"enum","name":"Word","symbols":["x"]}},
                {"name":"two","type":"Word"},
                {"name":"three","type":["null","a.b.Word","WebVisit"]}]}"#,
        );
        assert_eq!(writer.unwrap().event_type(), Some(EventType::WebVisit));
    }

    #[test]
    fn what_no_event_can_be_is_refused() {
        let refusal = |json: &str| Writer::parse(json).unwrap_err().to_string();
        assert_eq!(refusal(r#""string""#), "not a record: an event's schema is one");
        assert!(refusal(r#"{"type":"record"}"#).starts_with("not an Avro schema"));
        let scale =
            r#"{"type":"record","name":"A","fields":[{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":60,"scale":50}}]}"#;
        assert_eq!(refusal(scale), "a decimal of scale 50: at most 38 is read");
    }
}
