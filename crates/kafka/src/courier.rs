//! Sending records of which each is told what became of it.

use std::{
    fmt, mem,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientContext,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{Producer as _, ProducerContext, ThreadedProducer},
};

use crate::{
    Connection, Error, Message,
    connection::Context,
    error::words,
    producer::{addressed, await_broker},
    properties::Purpose,
};

/// What may be set otherwise.
const DEFAULTS: &[(&str, &str)] = &[
    ("compression.type", "lz4"),
    ("linger.ms", "10"),
    ("queue.buffering.max.messages", "100000"),
    ("queue.buffering.max.kbytes", "131072"),
    ("message.max.bytes", "16777216"),
];

/// What a courier is. A record is not given up while brokers are away; one that the broker refuses is told at once. It is sent again by
/// whoever hears of that, so a record may come twice, and a client that keeps each once would only end where a topic is made anew.
const MUSTS: &[(&str, &str)] = &[
    ("acks", "all"),
    ("enable.idempotence", "false"),
    ("message.timeout.ms", "0"),
    ("partitioner", "consistent_random"),
    // A topic that is gone, and one that is there again, is known soon.
    ("topic.metadata.refresh.interval.ms", "5000"),
    ("topic.metadata.propagation.max.ms", "5000"),
];

/// How many records are sent to the broker together.
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

/// A client that sends. What is on its way when it is dropped may be lost.
pub struct Courier {
    client: ThreadedProducer<Receipts>,
}

#[derive(Default)]
struct Receipts {
    context: Context,
    receipts: Mutex<Vec<Receipt>>,
}

impl Courier {
    /// Connects; an error within 10 seconds where no broker answers.
    pub fn open(connection: &Connection, batching: Batching) -> Result<Courier, Error> {
        let mut config = connection.config(Purpose::Sending, DEFAULTS, MUSTS);
        if batching == Batching::Alone {
            config.set("batch.num.messages", "1");
        }
        let client = ThreadedProducer::from_config_and_context(&config, Receipts::default()).map_err(|error| connection.unmade(error))?;
        let context = &client.client().context().context;
        await_broker(client.client(), context).map_err(|waited| connection.silence(context, waited))?;
        Ok(Courier { client })
    }

    /// Takes a record over for sending, without waiting. What becomes of it is told under this number by [`receipts`](Courier::receipts).
    pub fn send(&self, message: &Message<'_>, number: usize) -> Result<(), Refusal> {
        self.client.send(addressed(message, number)).map_err(|(error, _)| Refusal::of(&error))
    }

    /// What became of records since this was last asked.
    pub fn receipts(&self) -> Vec<Receipt> {
        mem::take(&mut self.client.client().context().receipts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until all that were sent have a receipt, or so long.
    pub fn await_receipts(&self, timeout: Duration) {
        // What is still under way then has no receipt, which says the same.
        let _ = self.client.flush(timeout);
    }
}

impl Refusal {
    fn of(error: &KafkaError) -> Refusal {
        use RDKafkaErrorCode as Code;
        match error.rdkafka_error_code() {
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicId) => Refusal::NoSuchTopic,
            Some(Code::TopicAuthorizationFailed | Code::ClusterAuthorizationFailed) => Refusal::NotAuthorized,
            Some(Code::MessageSizeTooLarge | Code::InvalidMessageSize) => Refusal::TooLarge,
            Some(Code::QueueFull) => Refusal::Full,
            Some(code) => Refusal::Other(words(code)),
            None => Refusal::Other(error.to_string()),
        }
    }
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

impl ClientContext for Receipts {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, line: &str) {
        self.context.log(level, fac, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.context.error(error, reason);
    }
}

impl ProducerContext for Receipts {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let outcome = result.as_ref().map(|_| ()).map_err(|(error, _)| Refusal::of(error));
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).push(Receipt { number, outcome });
    }
}
