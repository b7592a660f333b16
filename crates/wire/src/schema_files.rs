//! The files in `schemas/` are made from the contract's table. `UPDATE_EXPECT=1 cargo test -p wire` writes them anew.

use std::path::Path;

use model::EventType;

use crate::{
    avro::record_name,
    contract::{AUDIENCE, CLOSED, DELETED, Kind, Need, Spec, table},
    field::Field,
};

const INSTANT: &str = r#"{"type": "long", "logicalType": "timestamp-millis"}"#;
const DATE: &str = r#"{"type": "int", "logicalType": "date"}"#;
const DECIMAL: &str = r#"{"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 6}"#;

fn about(of: EventType) -> &'static str {
    match of {
        EventType::LeadCreated => "A lead as it now is: its whole present state, again with each change.",
        EventType::DealClosed => "A deal as it now is: its whole present state, again with each change.",
        EventType::AdSpend => "A row of spend as its platform now reports it; a restatement is the same row with a higher revision.",
        EventType::SocialInteraction => "A social interaction; with stat_date, or of the kind audience, the absolute figure of a day.",
        EventType::WebVisit => "A visit to the web site, or an action on it.",
    }
}

fn sentence(spec: &Spec) -> String {
    match spec.kind {
        Kind::Word(words) => format!("{} One of: {}.", spec.doc, words.join(", ")),
        _ => spec.doc.to_owned(),
    }
}

fn avro_type(spec: &Spec) -> String {
    let optional = spec.need != Need::Always;
    let branches = match spec.kind {
        Kind::Text | Kind::Currency | Kind::Word(_) => vec![r#""string""#],
        Kind::Time => vec![INSTANT, DATE],
        Kind::Day => vec![DATE],
        Kind::Integer | Kind::Count => vec![r#""long""#],
        Kind::Amount => vec![DECIMAL],
    };
    match (optional, branches.as_slice()) {
        (false, [one]) => (*one).to_owned(),
        (false, many) => format!("[{}]", many.join(", ")),
        (true, many) => format!(r#"["null", {}], "default": null"#, many.join(", ")),
    }
}

fn avsc(of: EventType) -> String {
    let fields: Vec<String> = table(of)
        .iter()
        .map(|spec| format!("    {{\"name\": \"{}\", \"type\": {},\n     \"doc\": \"{}\"}}", spec.field.name(), avro_type(spec), sentence(spec)))
        .collect();
    format!(
        "{{\n  \"type\": \"record\",\n  \"namespace\": \"io.kpistream.events.v1\",\n  \"name\": \"{}\",\n  \"doc\": \"{}\",\n  \"fields\": [\n{}\n  ]\n}}\n",
        record_name(of),
        about(of),
        fields.join(",\n")
    )
}

/// A field's values where it is there, by the shared definitions below.
fn json_kind(spec: &Spec) -> String {
    let definition = match spec.kind {
        Kind::Text if spec.field == Field::Page => "path",
        Kind::Text => "text",
        Kind::Time => "time",
        Kind::Day => "day",
        Kind::Integer => "integer",
        Kind::Count => "count",
        Kind::Amount => "amount",
        Kind::Currency => "currency",
        Kind::Word(of) => return format!("\"enum\": [{}]", words(of)),
    };
    format!("\"$ref\": \"#/$defs/{definition}\"")
}

/// The same of a field that may be absent.
fn json_optional(spec: &Spec) -> String {
    format!("\"anyOf\": [{{{}}}, {{\"$ref\": \"#/$defs/absent\"}}]", json_kind(spec))
}

/// Whether a field is read where its message says that the entity is deleted: those of the key and the common ones are.
fn is_read_of_deleted(of: EventType, field: Field) -> bool {
    use Field::*;
    let common = matches!(field, EventId | Source | OccurredAt | Revision | Status);
    common
        || match of {
            EventType::LeadCreated => field == LeadId,
            EventType::DealClosed => field == DealId,
            EventType::AdSpend => {
                matches!(field, Platform | Account | SpendDate | Category | Campaign | CampaignId | AdGroup | AdGroupId | Ad | AdId | Breakdown)
            }
            EventType::SocialInteraction | EventType::WebVisit => true,
        }
}

/// A property of the object, with what it says.
fn json_property(of: EventType, spec: &Spec) -> String {
    let values = match spec.need {
        // Where it is not read, it may be anything.
        _ if !is_read_of_deleted(of, spec.field) => String::new(),
        Need::Always => format!("{},\n      ", json_kind(spec)),
        _ => format!("{},\n      ", json_optional(spec)),
    };
    format!("    \"{}\": {{{values}\"description\": \"{}\"}}", spec.field.name(), spec.doc)
}

const DEFS: &str = r##"    "absent": {"enum": [null, ""], "description": "The same as if the field were not there."},
    "text": {"type": "string", "minLength": 1, "maxLength": 1024, "description": "At most 1,024 bytes of UTF-8."},
    "path": {"type": "string", "minLength": 1},
    "time": {"description": "RFC 3339 with an offset, or integer milliseconds since 1970 in UTC (in quotes too, 12 to 14 digits), or a date only; from 1990 on.",
      "anyOf": [{"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$"},
        {"type": "string", "pattern": "^[0-9]{12,14}$"},
        {"type": "integer", "minimum": 631152000000, "maximum": 253402300799999}, {"$ref": "#/$defs/day"}]},
    "day": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    "integer": {"type": "integer", "minimum": -9223372036854775808, "maximum": 9223372036854775807, "description": "Written without a point or an exponent."},
    "count": {"type": "integer", "minimum": 0, "maximum": 9223372036854775807, "description": "Written without a point or an exponent."},
    "amount": {"type": ["string", "number"], "pattern": "^-?[0-9]{1,14}([.][0-9]+)?$", "exclusiveMinimum": -100000000000000, "exclusiveMaximum": 100000000000000,
      "description": "A decimal string, or a number taken by its exact digits; kept to a millionth, rounded half-even."},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}"##;

fn words(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// What is required where, as (condition, rows of the table).
fn conditions(of: EventType) -> Vec<(String, Vec<&'static Spec>)> {
    let says =
        |field: Field, of: &[&str]| format!("{{\"required\": [\"{0}\"], \"properties\": {{\"{0}\": {{\"enum\": [{1}]}}}}}}", field.name(), words(of));
    let deleted = says(Field::Status, &[DELETED]);
    let amount = "{\"required\": [\"amount\"], \"properties\": {\"amount\": {\"not\": {\"$ref\": \"#/$defs/absent\"}}}}";
    let needs = [
        (Need::Closed, says(Field::Status, &CLOSED)),
        (Need::WithAmount, format!("{{\"allOf\": [{amount}, {{\"not\": {deleted}}}]}}")),
        (Need::Audience, says(Field::Kind, &[AUDIENCE])),
    ];
    needs.into_iter().map(|(need, condition)| (condition, specs(of, need))).filter(|(_, specs)| !specs.is_empty()).collect()
}

fn specs(of: EventType, need: Need) -> Vec<&'static Spec> {
    table(of).iter().filter(|spec| spec.need == need).collect()
}

fn names(specs: &[&Spec]) -> String {
    words(&specs.iter().map(|spec| spec.field.name()).collect::<Vec<_>>())
}

fn rule((condition, specs): &(String, Vec<&Spec>)) -> String {
    let present: Vec<String> = specs.iter().map(|spec| format!("\"{}\": {{{}}}", spec.field.name(), json_kind(spec))).collect();
    format!("    {{\"if\": {condition},\n     \"then\": {{\"required\": [{}], \"properties\": {{{}}}}}}}", names(specs), present.join(", "))
}

/// What holds of an entity that is not deleted; of one that is, only the key is read.
fn live_rule(of: EventType) -> Option<String> {
    // A closing time is only read of what is closed.
    let unread: Vec<&Spec> = table(of).iter().filter(|spec| !is_read_of_deleted(of, spec.field) && spec.need != Need::Closed).collect();
    let one = |spec: &&Spec| {
        let values = if spec.need == Need::Live { json_kind(spec) } else { json_optional(spec) };
        format!("       \"{}\": {{{values}}}", spec.field.name())
    };
    let properties: Vec<String> = unread.iter().map(one).collect();
    let deleted = format!("{{\"required\": [\"status\"], \"properties\": {{\"status\": {{\"enum\": [\"{DELETED}\"]}}}}}}");
    let required = names(&specs(of, Need::Live));
    let then = format!("{{\"required\": [{required}], \"properties\": {{\n{}}}}}", properties.join(",\n"));
    (!unread.is_empty()).then(|| format!("    {{\"if\": {{\"not\": {deleted}}},\n     \"then\": {then}}}"))
}

fn json_schema(of: EventType) -> String {
    let name = of.name();
    let properties: Vec<String> = table(of).iter().map(|spec| json_property(of, spec)).collect();
    let rules: Vec<String> = live_rule(of).into_iter().chain(conditions(of).iter().map(rule)).collect();
    let rules = if rules.is_empty() { String::new() } else { format!("  \"allOf\": [\n{}\n  ],\n", rules.join(",\n")) };
    [
        "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",".to_owned(),
        format!("  \"$id\": \"urn:kpistream:events:v1:{name}\",\n  \"title\": \"{name}\",\n  \"description\": \"{}\",", about(of)),
        format!("  \"type\": \"object\",\n  \"required\": [{}],\n  \"properties\": {{", names(&specs(of, Need::Always))),
        format!("    \"type\": {{\"anyOf\": [{{\"const\": \"{name}\"}}, {{\"$ref\": \"#/$defs/absent\"}}],"),
        "      \"description\": \"Required in files; in Kafka its absence means the topic's.\"},".to_owned(),
        format!("{}\n  }},\n{rules}  \"$defs\": {{\n{DEFS}\n  }}\n}}\n", properties.join(",\n")),
    ]
    .join("\n")
}

#[test]
fn schema_files_are_those_of_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    for of in EventType::ALL {
        for (extension, text) in [("avsc", avsc(of)), ("schema.json", json_schema(of))] {
            let file = folder.join(format!("{}.{extension}", of.name()));
            expect_test::expect_file![file].assert_eq(&text);
        }
    }
}
