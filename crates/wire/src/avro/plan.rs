//! A writer's schema, laid out flat for reading.

use std::collections::BTreeMap;

use apache_avro::Schema;
use model::EventType;
use serde_json::Value;

use super::{
    meaning,
    names::{fields_by_name, first_bad_name, full_name, last_part, plain},
    node::{Node, NodeId, SchemaError},
};
use crate::field::Field;

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
        let json: Value = serde_json::from_str(json)?;
        // What is left without what the types stand for is checked by apache-avro, which drops or refuses much of what others write.
        let plain = plain(&json);
        // It panics at a name that is none.
        if let Some(name) = first_bad_name(&plain) {
            return Err(SchemaError::Name(name.to_owned()));
        }
        Schema::parse(&plain).map_err(Box::new)?;
        let record = record_of(&json).ok_or(SchemaError::NotARecord)?;
        let mut making = Making::default();
        let ids = making.record(record, "")?.1;
        let fields = fields_by_name(record).into_iter().zip(ids).collect();
        Ok(Writer { nodes: making.nodes, fields, event_type: type_of_record(record) })
    }

    /// The event type whose record this is; none where the name is another's own.
    pub(crate) fn event_type(&self) -> Option<EventType> {
        self.event_type
    }
}

/// The record that a schema is.
fn record_of(json: &Value) -> Option<&Value> {
    match json.get("type")? {
        Value::String(of) if of == "record" => Some(json),
        inner @ Value::Object(_) => record_of(inner),
        _ => None,
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

/// The type whose record it is by its name, or else by an alias.
fn type_of_record(record: &Value) -> Option<EventType> {
    let aliases = record.get("aliases").and_then(Value::as_array);
    let mut names = record.get("name").into_iter().chain(aliases.into_iter().flatten()).filter_map(Value::as_str);
    names.find_map(|name| EventType::ALL.into_iter().find(|of| record_name(*of) == last_part(name)))
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

    fn add_named(&mut self, json: &Value, space: &str, node: Node) -> NodeId {
        let id = self.add(node);
        self.named.insert(full_name(json, space), id);
        id
    }

    /// The node of a type within a namespace.
    fn node(&mut self, json: &Value, space: &str) -> Result<NodeId, SchemaError> {
        match json {
            Value::String(name) => self.of_name(name, json, space),
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.node(branch, space)).collect::<Result<_, _>>()?;
                Ok(self.add(Node::Union(branches)))
            }
            _ => match json.get("type") {
                Some(Value::String(name)) => self.of_name(name, json, space),
                Some(inner) => self.node(inner, space),
                None => Err(SchemaError::Undefined(String::new())),
            },
        }
    }

    /// The node of what is named, with what else is said of it.
    fn of_name(&mut self, name: &str, json: &Value, space: &str) -> Result<NodeId, SchemaError> {
        if let Some(node) = meaning::of_primitive(name, json)? {
            return Ok(self.add(node));
        }
        match name {
            "record" | "error" => Ok(self.record(json, space)?.0),
            "enum" => Ok(self.add_named(json, space, Node::Enum(symbols(json)))),
            "fixed" => Ok(self.add_named(json, space, meaning::of_fixed(json)?)),
            "array" => self.of_items(json, "items", space).map(|item| self.add(Node::Array(item))),
            "map" => self.of_items(json, "values", space).map(|value| self.add(Node::Map(value))),
            _ => {
                let within = if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") };
                let known = self.named.get(&within).or_else(|| self.named.get(name));
                known.copied().ok_or(SchemaError::Undefined(within))
            }
        }
    }

    fn of_items(&mut self, json: &Value, key: &str, space: &str) -> Result<NodeId, SchemaError> {
        self.node(json.get(key).unwrap_or(&Value::Null), space)
    }

    /// A record's node, and those of its fields.
    fn record(&mut self, json: &Value, space: &str) -> Result<(NodeId, Vec<NodeId>), SchemaError> {
        let name = full_name(json, space);
        let inner = name.rsplit_once('.').map_or("", |(space, _)| space);
        let id = self.add_named(json, space, Node::Record(Box::default()));
        let types = json.get("fields").and_then(Value::as_array).into_iter().flatten();
        let fields = types.map(|field| self.of_items(field, "type", inner)).collect::<Result<Vec<_>, _>>()?;
        let whole = if meaning::is_scaled_decimal(json, &name) { Node::ScaledDecimal } else { Node::Record(fields.clone().into()) };
        if let Some(node) = self.nodes.get_mut(id) {
            *node = whole;
        }
        Ok((id, fields))
    }
}

fn symbols(json: &Value) -> Box<[String]> {
    let symbols = json.get("symbols").and_then(Value::as_array).into_iter().flatten();
    symbols.filter_map(Value::as_str).map(str::to_owned).collect()
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
        assert_eq!(refusal(r#"{"type":"record","name":"a-b","fields":[]}"#), "\"a-b\" is no name in Avro");
        assert!(refusal("record").starts_with("not JSON"));
        assert!(refusal(r#"{"type":"record","name":"A","fields":[{"name":"a","type":"B"}]}"#).starts_with("not an Avro schema"));
        assert!(refusal(&"[".repeat(100_000)).starts_with("not JSON: recursion limit"));
        let scale =
            r#"{"type":"record","name":"A","fields":[{"name":"amount","type":{"type":"bytes","logicalType":"decimal","precision":60,"scale":50}}]}"#;
        assert_eq!(refusal(scale), "a decimal of scale 50: at most 38 is read");
    }
}
