//! Why a message is refused. A refusal is data, not an error: it is counted and goes to the dead letters.

use std::fmt;

/// The reasons of the contract.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// The bytes are not the encoding they claim to be.
    Undecodable,
    /// The schema id resolves nowhere.
    UnknownSchema,
    /// A required field is absent, null or empty.
    MissingField,
    /// A field has the wrong type, or a word that is not among its own.
    BadValue,
    /// Not an ISO 4217 code.
    BadCurrency,
    /// Not a time, or one outside 1990 to 9999.
    BadTime,
    /// More than 24 hours ahead of its record.
    FutureEvent,
    /// Over 1 MiB.
    TooLarge,
    /// A type that is not the topic's.
    WrongType,
    /// A type that is none of the five.
    UnknownType,
    /// A Kafka record without a value.
    NullValue,
}

impl Reason {
    /// All of them, in the contract's order.
    pub const ALL: [Reason; 11] = [
        Reason::Undecodable,
        Reason::UnknownSchema,
        Reason::MissingField,
        Reason::BadValue,
        Reason::BadCurrency,
        Reason::BadTime,
        Reason::FutureEvent,
        Reason::TooLarge,
        Reason::WrongType,
        Reason::UnknownType,
        Reason::NullValue,
    ];

    /// The reason's code.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Undecodable => "undecodable",
            Reason::UnknownSchema => "unknown_schema",
            Reason::MissingField => "missing_field",
            Reason::BadValue => "bad_value",
            Reason::BadCurrency => "bad_currency",
            Reason::BadTime => "bad_time",
            Reason::FutureEvent => "future_event",
            Reason::TooLarge => "too_large",
            Reason::WrongType => "wrong_type",
            Reason::UnknownType => "unknown_type",
            Reason::NullValue => "null_value",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// A refusal: the reason, and the field or position and what is wrong there. The detail never carries a field's content,
/// which may be personal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rejection {
    /// The reason's code.
    pub reason: Reason,
    /// What is wrong and where, in a few words.
    pub detail: String,
    /// Of a batch the refused events by their places in it, from 1, in order; empty where the whole message is refused.
    pub events: Vec<u32>,
}

impl Rejection {
    /// A refusal for a reason.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Rejection {
        Rejection { reason, detail: detail.into(), events: Vec::new() }
    }

    /// The refusal of one event of a batch of so many.
    pub fn in_batch(self, event: u32, of: usize) -> Rejection {
        Rejection { detail: format!("event {event} of {of}: {}", self.detail), events: vec![event], ..self }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.detail)
    }
}
