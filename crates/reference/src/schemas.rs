//! The schemas by which messages are written.

use std::{collections::BTreeMap, sync::Arc};

use crate::{avro::Writer, fields::TYPES};

/// How a message names the schema it was written by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SchemaId {
    /// By a registry's number.
    Number(u32),
    /// By a registry's GUID.
    Guid([u8; 16]),
}

/// The schemas by which messages are written.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// None where what is framed by an id is JSON.
    pub(crate) by_id: Arc<BTreeMap<SchemaId, Option<Writer>>>,
    /// Those of data that names none.
    pub(crate) own: Arc<BTreeMap<&'static str, Writer>>,
    /// Ours by their numbers, which hold where nothing else is said of these.
    ours: Arc<BTreeMap<u32, Writer>>,
    /// Those that were ours before.
    earlier: Arc<BTreeMap<&'static str, Writer>>,
}

/// The schemas of the five types.
const OWN: [&str; 5] = [
    include_str!("../../../schemas/lead-created.avsc"),
    include_str!("../../../schemas/deal-closed.avsc"),
    include_str!("../../../schemas/ad-spend.avsc"),
    include_str!("../../../schemas/social-interaction.avsc"),
    include_str!("../../../schemas/web-visit.avsc"),
];

/// What was our own of a type before.
const EARLIER: (&str, &str) = ("ad-spend", include_str!("../../../schemas/earlier/ad-spend.1.avsc"));

impl Schemas {
    /// The schemas of the five types in the contract's order, known by the numbers 1 to 5 where no other is known by them; an error
    /// says what is wrong with one.
    pub fn new(own: [&str; 5]) -> Result<Schemas, String> {
        let own: Vec<Writer> = own.into_iter().map(Writer::parse).collect::<Result<_, _>>()?;
        let ours = (1..).zip(own.iter().cloned()).collect();
        let earlier = BTreeMap::from([(EARLIER.0, Writer::parse(EARLIER.1)?)]);
        let own = TYPES.iter().map(|(kind, _)| *kind).zip(own).collect();
        Ok(Schemas { by_id: Arc::default(), own: Arc::new(own), ours: Arc::new(ours), earlier: Arc::new(earlier) })
    }

    /// The embedded schemas.
    pub fn own() -> Schemas {
        Schemas::new(OWN).unwrap_or_else(|error| panic!("a schema of ours is broken: {error}"))
    }

    /// Makes a schema of ours known by its number, unless something else is said of it; an error says what is wrong with it.
    pub fn insert_ours(&mut self, number: u32, json: &str) -> Result<(), String> {
        Arc::make_mut(&mut self.ours).insert(number, Writer::parse(json)?);
        Ok(())
    }

    /// Makes a schema known; an error says what is wrong with it.
    pub fn insert(&mut self, id: SchemaId, json: &str) -> Result<(), String> {
        Arc::make_mut(&mut self.by_id).insert(id, Some(Writer::parse(json)?));
        Ok(())
    }

    /// Makes known that what is framed by an id is JSON.
    pub fn insert_json(&mut self, id: SchemaId) {
        Arc::make_mut(&mut self.by_id).insert(id, None);
    }

    /// What is read by these schemas; where nothing is, and one was ours before, by that one.
    pub fn read_by<T>(&self, read: impl Fn(&Schemas) -> Result<T, &'static str>) -> Result<T, &'static str> {
        let earlier = || Schemas { own: Arc::clone(&self.earlier), ..self.clone() };
        read(self).or_else(|refused| read(&earlier()).map_err(|_| refused))
    }

    /// The schema of an id, where it is one of Avro.
    pub(crate) fn avro(&self, id: SchemaId) -> Option<&Writer> {
        match (self.by_id.get(&id), id) {
            (Some(known), _) => known.as_ref(),
            (None, SchemaId::Number(number)) => self.ours.get(&number),
            (None, SchemaId::Guid(_)) => None,
        }
    }
}
