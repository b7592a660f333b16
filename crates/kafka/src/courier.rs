//! Sending records of which each is told what became of it.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientContext,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::DeliveryResult,
    producer::{BaseProducer, Producer as _, ProducerContext},
};

use source::{Batching, Message, Receipt, Refusal};

use crate::{
    Connection, Error,
    context::Context,
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

/// A client that sends. What is on its way when it is dropped may be lost.
pub struct Courier {
    /// Whoever asks for receipts has it call us back: a thread of rdkafka's that does so spins for a millisecond of every hundred.
    client: BaseProducer<Receipts>,
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
        let client = BaseProducer::from_config_and_context(&config, Receipts::default()).map_err(|error| connection.unmade(error))?;
        let context = &client.client().context().context;
        await_broker(client.client(), context, || client.poll(Duration::ZERO)).map_err(|waited| connection.silence(context, waited))?;
        Ok(Courier { client })
    }

    fn held(&self) -> MutexGuard<'_, Vec<Receipt>> {
        self.client.client().context().receipts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl source::Courier for Courier {
    fn send(&self, message: &Message<'_>, number: usize) -> Result<(), Refusal> {
        self.client.send(addressed(message, number)).map_err(|(error, _)| refusal(&error))
    }

    fn receipts(&self) -> Vec<Receipt> {
        // Each call serves one event of many receipts, or one that has none.
        let mut before = usize::MAX;
        while self.held().len() != before {
            before = self.held().len();
            self.client.poll(Duration::ZERO);
        }
        mem::take(&mut *self.held())
    }

    fn await_receipts(&self, timeout: Duration) {
        // What is still under way then has no receipt, which says the same.
        let _ = self.client.flush(timeout);
    }
}

fn refusal(error: &KafkaError) -> Refusal {
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
        let outcome = result.as_ref().map(|_| ()).map_err(|(error, _)| refusal(error));
        self.receipts.lock().unwrap_or_else(PoisonError::into_inner).push(Receipt { number, outcome });
    }
}
