//! Names in a schema: of types within namespaces, of fields and their aliases.

use serde_json::{Map, Value};

use crate::field::Field;

/// What of a schema its bytes depend on, and nothing that is said beside it.
const STRUCTURE: [&str; 8] = ["type", "name", "namespace", "fields", "symbols", "items", "values", "size"];

/// A schema without defaults, documentation, aliases and what its types stand for.
pub(super) fn plain(json: &Value) -> Value {
    match json {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, _)| STRUCTURE.contains(&key.as_str()));
            Value::Object(kept.map(|(key, value)| (key.clone(), plain(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(plain).collect()),
        other => other.clone(),
    }
}

/// The first name in a schema that is none.
pub(super) fn first_bad_name(json: &Value) -> Option<&str> {
    match json {
        Value::Object(object) => {
            let own = object.get("name").and_then(Value::as_str).filter(|name| !is_name(name));
            own.or_else(|| object.values().find_map(first_bad_name))
        }
        Value::Array(items) => items.iter().find_map(first_bad_name),
        _ => None,
    }
}

/// Letters, digits and underscores, within a namespace or none; no part begins with a digit.
fn is_name(name: &str) -> bool {
    name.split('.').all(|part| {
        let is_word = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_word && part.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    })
}

/// The full name of a named type that is defined within a namespace.
pub(super) fn full_name(json: &Value, space: &str) -> String {
    let text = |key: &str| json.get(key).and_then(Value::as_str);
    let name = text("name").unwrap_or_default();
    match text("namespace").unwrap_or(space) {
        _ if name.contains('.') => name.to_owned(),
        "" => name.to_owned(),
        space => format!("{space}.{name}"),
    }
}

/// A name without its namespace.
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Which field of an event each field of a record is: by its name, or else by the first of its aliases that no other field is.
pub(super) fn fields_by_name(record: &Value) -> Vec<Option<Field>> {
    let fields = || record.get("fields").and_then(Value::as_array).into_iter().flatten();
    let mut found: Vec<Option<Field>> = fields().map(|field| field.get("name").and_then(Value::as_str).and_then(Field::named)).collect();
    for (n, field) in fields().enumerate() {
        if found.get(n) == Some(&None) {
            let aliases = field.get("aliases").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let free = aliases.filter_map(Field::named).find(|alias| !found.contains(&Some(*alias)));
            if let Some(slot) = found.get_mut(n) {
                *slot = free;
            }
        }
    }
    found
}
