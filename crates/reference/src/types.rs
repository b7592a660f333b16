//! The named types of an Avro schema.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Named types, and the namespace within each.
pub type Types = BTreeMap<String, (Json, String)>;

/// The namespace within a named type.
pub fn space_within(json: &Json, space: &str) -> String {
    let name = json["name"].as_str().unwrap_or_default();
    match name.rsplit_once('.') {
        Some((space, _)) => space.to_owned(),
        None => json["namespace"].as_str().unwrap_or(space).to_owned(),
    }
}

pub fn join(space: &str, name: &str) -> String {
    if space.is_empty() || name.contains('.') { name.to_owned() } else { format!("{space}.{name}") }
}

pub fn define(json: &Json, space: &str, types: &mut Types) {
    match json {
        Json::Array(branches) => branches.iter().for_each(|branch| define(branch, space, types)),
        Json::Object(object) => {
            let mut space = space.to_owned();
            if json["type"].as_str().is_some_and(|of| matches!(of, "record" | "error" | "enum" | "fixed")) {
                space = space_within(json, &space);
                types.insert(join(&space, json["name"].as_str().unwrap_or_default()), (json.clone(), space.clone()));
            }
            for inner in ["type", "items", "values"].iter().filter_map(|key| object.get(*key)) {
                define(inner, &space, types);
            }
            for field in object.get("fields").and_then(Json::as_array).into_iter().flatten() {
                define(&field["type"], &space, types);
            }
        }
        _ => {}
    }
}

/// A type as it is defined, and the namespace within it.
pub fn resolve<'a>(json: &'a Json, space: &str, types: &'a Types) -> Option<(&'a Json, String)> {
    let name = match json {
        Json::String(name) => name,
        Json::Array(_) => return Some((json, space.to_owned())),
        _ if json["type"].is_string() => json["type"].as_str()?,
        _ => return resolve(json.get("type")?, space, types),
    };
    let is_named = !matches!(
        name,
        "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string" | "record" | "error" | "enum" | "fixed" | "array" | "map"
    );
    if is_named {
        let (json, space) = types.get(&join(space, name)).or_else(|| types.get(name))?;
        return Some((json, space.clone()));
    }
    let is_definition = matches!(name, "record" | "error") && json.is_object();
    Some((json, if is_definition { space_within(json, space) } else { space.to_owned() }))
}

/// The name of a resolved type's kind.
pub fn kind_of(json: &Json) -> &str {
    json.as_str().or_else(|| json["type"].as_str()).unwrap_or_default()
}
