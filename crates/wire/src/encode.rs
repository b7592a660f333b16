//! Events to bytes, in every encoding that is read.
//!
//! An event is laid out once, as its fields' values in the contract's order; each encoding writes that. What an event does not
//! keep (`product`, `owner`, `session_id`, `page`, and all but the key of what is deleted) is not written.

mod avro;
mod json;
mod layout;

use model::{Event, When};

pub use avro::avro;
pub use json::json;

use crate::{cloudevents, field::Field};
use layout::Value;

/// An event as a structured CloudEvent, to be sent with the `content-type` `application/cloudevents+json`; also a line of a file.
///
/// A date only is no CloudEvents time: it is written in the data.
pub fn cloudevents_structured(event: &Event<'_>) -> Vec<u8> {
    let values = layout::layout(event);
    let mut envelope = json::Object::new();
    envelope.text(Field::SpecVersion.name(), cloudevents::VERSION);
    envelope.text(Field::Id.name(), &event.head().event_id);
    envelope.text(Field::Source.name(), &event.head().source);
    envelope.text(Field::Type.name(), event.event_type().name());
    if let When::At(at) = event.head().occurred_at {
        envelope.text(Field::Time.name(), &at.to_string());
    }
    envelope.text("datacontenttype", "application/json");
    envelope.nested(Field::Data.name(), data(event, &values));
    envelope.finish()
}

/// An event as a binary CloudEvent: its headers, and the payload in JSON.
pub fn cloudevents_binary(event: &Event<'_>) -> (Vec<(&'static str, Vec<u8>)>, Vec<u8>) {
    let head = event.head();
    let mut headers = vec![
        (cloudevents::SPEC_VERSION, cloudevents::VERSION.into()),
        ("ce_id", head.event_id.as_bytes().to_vec()),
        ("ce_source", head.source.as_bytes().to_vec()),
        ("ce_type", event.event_type().name().into()),
        ("content-type", "application/json".into()),
    ];
    if let When::At(at) = head.occurred_at {
        headers.push(("ce_time", at.to_string().into_bytes()));
    }
    (headers, data(event, &layout::layout(event)).finish())
}

/// What is not among the attributes.
fn data(event: &Event<'_>, values: &[(Field, Value<'_>)]) -> json::Object {
    let dated = matches!(event.head().occurred_at, When::On(_));
    let mut object = json::Object::new();
    for (field, value) in values {
        match field {
            Field::EventId | Field::Source => {}
            Field::OccurredAt if !dated => {}
            _ => object.value(field.name(), *value),
        }
    }
    object
}
