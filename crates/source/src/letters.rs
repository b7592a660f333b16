//! Where messages go, and what became of each.

use std::{fmt, time::Duration};

/// A record to send. It gets the time of sending as its timestamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition; else whoever sends it chooses one by its key.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value; none is a null value.
    pub payload: Option<&'a [u8]>,
    /// The headers, in order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// Who takes messages to topics. What is on its way when it is dropped may be lost.
pub trait Courier: Send + Sync {
    /// Takes a message over for sending, without waiting. What becomes of it is told under this number by [`receipts`](Courier::receipts).
    fn send(&self, message: &Message<'_>, number: usize) -> Result<(), Refusal>;

    /// What became of messages since this was last asked.
    fn receipts(&self) -> Vec<Receipt>;

    /// Waits until all that were sent have a receipt, or so long.
    fn await_receipts(&self, timeout: Duration);
}

/// How many messages are sent together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Batching {
    /// As many as come together. A batch that is too large is refused with all its records.
    Together,
    /// Each alone: one that is refused is itself too large.
    Alone,
}

/// What became of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// The number it was sent under.
    pub number: usize,
    /// Whether it is in its topic.
    pub outcome: Result<(), Refusal>,
}

/// Why a record is not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The topic, or its partition, does not exist.
    NoSuchTopic,
    /// The broker does not let us write the topic.
    NotAuthorized,
    /// It, or what it was sent together with, is larger than the broker takes.
    TooLarge,
    /// Too many are under way.
    Full,
    /// Another answer, in librdkafka's words.
    Other(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::NoSuchTopic => "no such topic",
            Refusal::NotAuthorized => "not authorized",
            Refusal::TooLarge => "too large",
            Refusal::Full => "too many are under way",
            Refusal::Other(words) => words,
        })
    }
}
