//! The schemas that are known: ours, embedded, and a table of writers' schemas by id.

use std::collections::BTreeMap;

use model::{
    EventType,
    digest::{Digest, text64},
};

use crate::avro::{SchemaError, Writer};

/// The Avro schema of a type, as in `schemas/*.avsc`.
pub fn embedded_schema(of: EventType) -> &'static str {
    match of {
        EventType::LeadCreated => include_str!("../../../schemas/lead-created.avsc"),
        EventType::DealClosed => include_str!("../../../schemas/deal-closed.avsc"),
        EventType::AdSpend => include_str!("../../../schemas/ad-spend.avsc"),
        EventType::SocialInteraction => include_str!("../../../schemas/social-interaction.avsc"),
        EventType::WebVisit => include_str!("../../../schemas/web-visit.avsc"),
    }
}

/// The JSON Schema of a type's flat JSON form, as in `schemas/*.schema.json`.
pub fn json_schema(of: EventType) -> &'static str {
    match of {
        EventType::LeadCreated => include_str!("../../../schemas/lead-created.schema.json"),
        EventType::DealClosed => include_str!("../../../schemas/deal-closed.schema.json"),
        EventType::AdSpend => include_str!("../../../schemas/ad-spend.schema.json"),
        EventType::SocialInteraction => include_str!("../../../schemas/social-interaction.schema.json"),
        EventType::WebVisit => include_str!("../../../schemas/web-visit.schema.json"),
    }
}

/// What was embedded before, by the ids under which messages were written by it; of one type the later before the earlier. Whoever gives a
/// schema another field gives it another id, and keeps the one before here: logs are read for years.
const EARLIER: [(u32, &str); 1] = [(3, include_str!("../../../schemas/earlier/ad-spend.1.avsc"))];

/// The id under which a type's embedded schema is known. Those of 1 to 5, in the contract's order, were the first.
pub fn embedded_schema_id(of: EventType) -> u32 {
    match of {
        EventType::LeadCreated => 1,
        EventType::DealClosed => 2,
        EventType::AdSpend => 6,
        EventType::SocialInteraction => 4,
        EventType::WebVisit => 5,
    }
}

/// Every Avro schema that is known without configuration, by its id: the embedded ones and those that were embedded before.
pub fn known_schemas() -> impl Iterator<Item = (u32, &'static str)> {
    EventType::ALL.into_iter().map(|of| (embedded_schema_id(of), embedded_schema(of))).chain(EARLIER)
}

/// How a message names its writer's schema.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SchemaId {
    /// A registry's number, from Confluent framing.
    Number(u32),
    /// A registry's GUID, from the `__value_schema_id` header.
    Guid([u8; 16]),
}

/// What is known under an id.
#[derive(Clone, Debug)]
enum Known {
    Avro(Writer),
    /// The payload is JSON, whatever its schema says.
    Json,
}

/// What is in a Confluent frame.
pub(crate) enum Framed<'a> {
    Json,
    /// Avro, by a schema if its id is known.
    Avro(Option<&'a Writer>),
}

/// The writers' schemas that are known, each made ready once.
///
/// A registry can be asked outside: [`Decoder::schema_of`](crate::Decoder::schema_of) names what a message needs, and
/// [`insert`](Schemas::insert) takes the answer.
#[derive(Clone, Debug)]
pub struct Schemas {
    by_id: BTreeMap<SchemaId, Known>,
    /// What was made known, each in a hash.
    told: BTreeMap<SchemaId, u64>,
    /// Ours, of every version, which are known where nothing else is said of an id.
    ours: BTreeMap<SchemaId, Writer>,
    /// Of each type the schemas that it has had, the present one first.
    embedded: BTreeMap<EventType, Vec<Writer>>,
}

impl Schemas {
    /// The embedded schemas, each under its id.
    ///
    /// ```
    /// let mut schemas = wire::Schemas::embedded();
    /// schemas.insert(wire::SchemaId::Number(1042), wire::embedded_schema(model::EventType::WebVisit)).unwrap();
    /// assert!(schemas.insert(wire::SchemaId::Number(7), "{}").is_err());
    /// ```
    pub fn embedded() -> Schemas {
        let mut embedded: BTreeMap<EventType, Vec<Writer>> = BTreeMap::new();
        // That all can be read is held by a test.
        for (of, writer) in
            known_schemas().filter_map(|(_, schema)| Writer::parse(schema).ok()).filter_map(|writer| Some((writer.event_type()?, writer)))
        {
            embedded.entry(of).or_default().push(writer);
        }
        let ours = known_schemas().filter_map(|(id, schema)| Some((SchemaId::Number(id), Writer::parse(schema).ok()?))).collect();
        Schemas { by_id: BTreeMap::new(), told: BTreeMap::new(), ours, embedded }
    }

    /// Makes a schema known under an id, in place of what was known under it.
    pub fn insert(&mut self, id: SchemaId, json: &str) -> Result<(), SchemaError> {
        self.by_id.insert(id, Known::Avro(Writer::parse(json)?));
        self.told.insert(id, text64(json));
        Ok(())
    }

    /// Makes known that what is framed under an id is JSON.
    pub fn insert_json(&mut self, id: SchemaId) {
        self.by_id.insert(id, Known::Json);
        self.told.insert(id, text64("json"));
    }

    /// Takes in what was made known: by another table a log is folded into another state.
    pub fn digest(&self, digest: &mut Digest) {
        digest.number(self.told.len() as u64);
        for (id, told) in &self.told {
            match id {
                SchemaId::Number(number) => digest.number(*number),
                SchemaId::Guid(guid) => digest.number(i128::from_be_bytes(*guid)),
            };
            digest.number(*told);
        }
    }

    /// Whether a schema is known under an id.
    pub fn knows(&self, id: SchemaId) -> bool {
        self.by_id.contains_key(&id) || self.ours.contains_key(&id)
    }

    /// The Avro schema of an id.
    pub(crate) fn get(&self, id: SchemaId) -> Option<&Writer> {
        match self.by_id.get(&id) {
            Some(Known::Avro(writer)) => Some(writer),
            Some(Known::Json) => None,
            None => self.ours.get(&id),
        }
    }

    /// What is in a frame of an id, by what was made known; else by the first byte behind the frame. No event's Avro of an embedded
    /// schema begins with a `{`: there it would be a negative length.
    pub(crate) fn framed(&self, id: u32, first: Option<&u8>) -> Framed<'_> {
        let id = SchemaId::Number(id);
        match self.by_id.get(&id) {
            Some(Known::Json) => Framed::Json,
            None if first == Some(&b'{') => Framed::Json,
            _ => Framed::Avro(self.get(id)),
        }
    }

    /// The schemas that a type has had, the present one first: by which of them Avro without an id was written is not told.
    pub(crate) fn own(&self, of: EventType) -> &[Writer] {
        self.embedded.get(&of).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Default for Schemas {
    fn default() -> Schemas {
        Schemas::embedded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_embedded_schemas_can_be_read() {
        let schemas = Schemas::embedded();
        for of in EventType::ALL {
            assert_eq!(schemas.own(of).first().and_then(Writer::event_type), Some(of));
            assert_eq!(schemas.get(SchemaId::Number(embedded_schema_id(of))).and_then(Writer::event_type), Some(of));
        }
        for (id, schema) in known_schemas() {
            let of = Writer::parse(schema).unwrap().event_type();
            assert_eq!(schemas.get(SchemaId::Number(id)).and_then(Writer::event_type), of);
        }
        assert_eq!(EventType::ALL.map(|of| schemas.own(of).len()), [1, 1, 2, 1, 1]);
        assert!(!schemas.knows(SchemaId::Number(0)) && !schemas.knows(SchemaId::Number(7)));
    }
}
