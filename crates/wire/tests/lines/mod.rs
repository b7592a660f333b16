//! Lines of the five types, and what becomes of them.

#![allow(dead_code, reason = "each test file uses some")]
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use model::{Event, Millis, Reason, Zone};
use wire::read_line;

/// 2026-03-01T10:00:00Z.
pub const NOW: Millis = Millis(1_772_359_200_000);

pub const LEAD: &str =
    r#"{"type":"lead-created","event_id":"e1","source":"crm","occurred_at":"2026-02-01T10:00:00Z","lead_id":"l1","created_at":"2026-02-01""#;
pub const DEAL: &str = r#"{"type":"deal-closed","event_id":"e1","source":"crm","occurred_at":"2026-02-10T10:00:00Z","deal_id":"d1","status":"won","closed_at":"2026-02-09T08:00:00+01:00""#;
pub const SPEND: &str = r#"{"type":"ad-spend","event_id":"e1","source":"ads","occurred_at":"2026-02-02T03:00:00Z","platform":"meta","account":"a1","spend_date":"2026-02-01","amount":"12.50","currency":"EUR""#;
pub const SOCIAL: &str = r#"{"type":"social-interaction","event_id":"e1","source":"soc","occurred_at":1769940000000,"platform":"x","kind":"like""#;
pub const VISIT: &str = r#"{"type":"web-visit","event_id":"e1","source":"web","occurred_at":"2026-02-01T10:00:00Z""#;

pub fn zone() -> Zone {
    Zone::named("Europe/Warsaw").unwrap()
}

/// A message with more fields; of a field that comes twice the last counts.
pub fn line(message: &str, more: &str) -> String {
    if more.is_empty() { format!("{message}}}") } else { format!("{message},{more}}}") }
}

/// The event of a message with more fields.
pub fn read(message: &str, more: &str) -> Event<'static> {
    read_line(line(message, more).leak().as_bytes(), &zone(), NOW).unwrap_or_else(|refused| panic!("{more}: {refused}"))
}

/// Why a message with more fields is refused.
pub fn refused(message: &str, more: &str) -> String {
    match read_line(line(message, more).as_bytes(), &zone(), NOW) {
        Ok(event) => panic!("{more} is read as {event:?}"),
        Err(refusal) => refusal.to_string(),
    }
}

pub fn check(message: &str, more: &str, refusal: &str) {
    assert_eq!(refused(message, more), refusal, "{more}");
}

/// Only the reason, and that the detail names the field.
pub fn check_field(message: &str, more: &str, reason: Reason, field: &str) {
    let refusal = refused(message, more);
    assert!(refusal.starts_with(&format!("{reason}: field `{field}`: ")), "{more}: {refusal}");
}

pub fn deal(more: &str) -> model::DealFacts<'static> {
    let Event::Deal(deal) = read(DEAL, more) else { panic!("a deal") };
    deal.facts.unwrap()
}
