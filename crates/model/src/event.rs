//! The five events, as they are once every check of the contract has passed. Texts are borrowed from the message.

use serde::{Deserialize, Serialize};

pub use crate::head::{Head, Text};
use crate::{
    interaction::{SocialInteraction, WebVisit},
    lead::{DealClosed, LeadCreated},
    spend::AdSpend,
};

/// The five types, each with its topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum EventType {
    /// A lead's present state.
    LeadCreated,
    /// A deal's present state.
    DealClosed,
    /// A row of spend.
    AdSpend,
    /// A social interaction, or the figure of a day.
    SocialInteraction,
    /// A visit to the web site, or an action on it.
    WebVisit,
}

/// An event of one of the five types.
#[derive(Clone, PartialEq, Debug)]
pub enum Event<'a> {
    /// A lead's present state.
    Lead(LeadCreated<'a>),
    /// A deal's present state.
    Deal(DealClosed<'a>),
    /// A row of spend.
    Spend(AdSpend<'a>),
    /// A social interaction, or the figure of a day.
    Social(SocialInteraction<'a>),
    /// A visit.
    Visit(WebVisit<'a>),
}

impl EventType {
    /// All five, in the contract's order.
    pub const ALL: [EventType; 5] =
        [EventType::LeadCreated, EventType::DealClosed, EventType::AdSpend, EventType::SocialInteraction, EventType::WebVisit];

    /// The type's name, which is its topic's by default.
    pub fn name(self) -> &'static str {
        match self {
            EventType::LeadCreated => "lead-created",
            EventType::DealClosed => "deal-closed",
            EventType::AdSpend => "ad-spend",
            EventType::SocialInteraction => "social-interaction",
            EventType::WebVisit => "web-visit",
        }
    }

    /// The type of a name; a reverse-DNS prefix (`com.acme.lead-created`) is dropped.
    pub fn named(name: &str) -> Option<EventType> {
        let last = name.rsplit('.').next().unwrap_or(name);
        EventType::ALL.into_iter().find(|t| t.name() == last)
    }
}

impl Event<'_> {
    /// The event's type.
    pub fn event_type(&self) -> EventType {
        match self {
            Event::Lead(_) => EventType::LeadCreated,
            Event::Deal(_) => EventType::DealClosed,
            Event::Spend(_) => EventType::AdSpend,
            Event::Social(_) => EventType::SocialInteraction,
            Event::Visit(_) => EventType::WebVisit,
        }
    }

    /// The common fields.
    pub fn head(&self) -> &Head<'_> {
        match self {
            Event::Lead(e) => &e.head,
            Event::Deal(e) => &e.head,
            Event::Spend(e) => &e.head,
            Event::Social(e) => &e.head,
            Event::Visit(e) => &e.head,
        }
    }
}
