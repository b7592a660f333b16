//! The fields of a JSON object.

use serde_json::value::RawValue;

use crate::given::{Fields, Given};

/// The fields that are there of a JSON object.
pub fn json(bytes: &[u8]) -> Result<Fields<'_>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "undecodable")?;
    let Pairs(pairs) = serde_json::from_str(text).map_err(|_| "undecodable")?;
    let mut fields = Fields::new();
    for (name, value) in pairs {
        // Half a surrogate pair is no text, so it is no name of ours.
        let Ok(name) = serde_json::from_str::<String>(name.get()) else { continue };
        let value = Given::Json(value.get());
        // Of several of one name the last counts, also where it says that there is nothing.
        fields.remove(&name);
        if value.is_there() {
            fields.insert(name, value);
        }
    }
    Ok(fields)
}

/// The members of an object as they stand.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> serde::de::Visitor<'de> for Object {
            type Value = Vec<(&'de RawValue, &'de RawValue)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        json.deserialize_map(Object).map(Pairs)
    }
}
