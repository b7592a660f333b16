//! Sending records: all of them, or an error.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, ClientContext, IntoOpaque, Message as _,
    client::Client,
    config::{FromClientConfigAndContext, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::{DeliveryResult, Header, OwnedHeaders},
    producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer},
};

use source::Message;

use crate::{
    Connection, Error, Partition, Record,
    context::{Context, FIRST_LOOK, PATIENCE},
    error::words,
    properties::Purpose,
};

/// What may be set otherwise.
const DEFAULTS: &[(&str, &str)] = &[
    ("compression.type", "lz4"),
    ("linger.ms", "10"),
    ("message.timeout.ms", "60000"),
    // What is waiting is bounded, by count and by size; at the bound, sending waits.
    ("queue.buffering.max.messages", "100000"),
    ("queue.buffering.max.kbytes", "65536"),
    // Dead letters may be larger than any event: the topic has the last word.
    ("message.max.bytes", "16777216"),
];

/// What keeps every record once.
const MUSTS: &[(&str, &str)] = &[("acks", "all"), ("enable.idempotence", "true")];

/// How long a full queue is waited on at a time.
const ROOM: Duration = Duration::from_millis(10);

/// How long it is until a broker is asked again.
const PAUSE: Duration = Duration::from_millis(250);

/// How a record without a given partition is placed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Partitioner {
    /// By the CRC32 of its key, as librdkafka's clients do; at random where it has none.
    #[default]
    Crc32,
    /// By the murmur2 hash of its key, as Java's clients do; at random where it has none.
    Murmur2,
}

/// A client that sends. [`flush`](Producer::flush) before it is dropped: what is on its way then is lost.
pub struct Producer {
    client: ThreadedProducer<Deliveries>,
    brokers: String,
}

/// What the broker said of the records sent.
#[derive(Default)]
pub(crate) struct Deliveries {
    context: Context,
    delivered: AtomicU64,
    failed: AtomicU64,
    /// Topic of, and reason for, the first that failed.
    first: Mutex<Option<(String, String)>>,
}

impl Producer {
    /// Connects; an error within 10 seconds where no broker answers, sooner where one refuses us.
    pub fn open(connection: &Connection, partitioner: Partitioner) -> Result<Producer, Error> {
        let partitioner = match partitioner {
            Partitioner::Crc32 => "consistent_random",
            Partitioner::Murmur2 => "murmur2_random",
        };
        let brokers = connection.brokers().to_owned();
        let mut config = config(connection);
        config.set("partitioner", partitioner);
        let client = ThreadedProducer::from_config_and_context(&config, Deliveries::default()).map_err(|error| connection.unmade(error))?;
        let context = &client.client().context().context;
        // A thread of its own calls back what it hears.
        await_broker(client.client(), context, || ()).map_err(|waited| connection.silence(context, waited))?;
        Ok(Producer { client, brokers })
    }

    /// Takes a record over for sending; waits where too many are under way. Its delivery shows in [`flush`](Producer::flush).
    ///
    /// Once a record was not delivered, no other is taken until a flush has said so: what follows a hole is not sent unawares.
    pub fn send(&self, message: &Message<'_>) -> Result<(), Error> {
        self.undelivered().map_or(Ok(()), Err)?;
        self.take_over(message.topic, addressed(message, ()))
    }

    /// Takes a record that was read over for sending again with this value, else as it was but for its time: to its partition, with its key
    /// and its headers, those without a value too, and one header more. Else as [`send`](Producer::send).
    pub fn send_again(&self, record: Record<'_>, payload: Option<&[u8]>, more: (&str, &[u8])) -> Result<(), Error> {
        self.undelivered().map_or(Ok(()), Err)?;
        let Partition { topic, number } = record.partition;
        let kept = record.headers().filter(|(name, _)| *name != more.0).map(|(key, value)| Header { key, value });
        let headers = kept.chain([Header { key: more.0, value: Some(more.1) }]).fold(OwnedHeaders::new(), OwnedHeaders::insert);
        let mut again: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic).partition(*number).headers(headers);
        (again.key, again.payload) = (record.key, payload);
        self.take_over(topic, again)
    }

    fn take_over(&self, topic: &str, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<(), Error> {
        loop {
            match self.client.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), refused)) => record = refused,
                Err((error, _)) => return Err(Error::of_request(format!("sending to {topic}"), &self.brokers, &error)),
            }
            self.client.poll(ROOM);
            self.undelivered().map_or(Ok(()), Err)?;
        }
    }

    /// Waits until all records sent are delivered; an error where some were not, or are not yet.
    pub fn flush(&self, timeout: Duration) -> Result<(), Error> {
        let begun = Instant::now();
        let flushed = self.client.flush(timeout);
        if let Some(error) = self.undelivered() {
            self.deliveries().forget();
            return Err(error);
        }
        match flushed {
            Ok(()) => Ok(()),
            Err(_) if self.client.in_flight_count() > 0 => {
                Err(Error::StillWaiting { waiting: self.client.in_flight_count(), brokers: self.brokers.clone(), seconds: begun.elapsed().as_secs() })
            }
            Err(error) => Err(Error::of_request("flushing", &self.brokers, &error)),
        }
    }

    /// How many records the brokers have acknowledged.
    pub fn delivered(&self) -> u64 {
        self.deliveries().delivered.load(Ordering::Relaxed)
    }

    fn deliveries(&self) -> &Deliveries {
        self.client.client().context()
    }

    fn undelivered(&self) -> Option<Error> {
        let deliveries = self.deliveries();
        let failed = deliveries.failed.load(Ordering::Acquire);
        if failed == 0 {
            return None;
        }
        let first = deliveries.first.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (topic, why) = first.unwrap_or_default();
        Some(Error::Undelivered { failed, brokers: self.brokers.clone(), topic, why })
    }
}

/// The configuration of a client that sends.
pub(crate) fn config(connection: &Connection) -> ClientConfig {
    connection.config(Purpose::Sending, DEFAULTS, MUSTS)
}

/// Waits for an answer, until the time is over or the brokers have said that they will have none of us: how long that was. `served` has the
/// client call back what it has heard.
pub(crate) fn await_broker<C: ClientContext>(client: &Client<C>, context: &Context, served: impl Fn()) -> Result<(), Duration> {
    let (begun, mut look) = (Instant::now(), FIRST_LOOK);
    while client.fetch_cluster_id(look.min(PATIENCE.saturating_sub(begun.elapsed()))).is_none() {
        served();
        if context.is_refused() || begun.elapsed() >= PATIENCE {
            return Err(PATIENCE);
        }
        // Where a broker closes the connection there is no answer at once.
        thread::sleep(PAUSE);
        look = (look * 2).min(PATIENCE);
    }
    context.opened();
    Ok(())
}

/// A message as librdkafka takes it, with what is to be told when it is delivered.
pub(crate) fn addressed<'a, O: IntoOpaque>(message: &Message<'a>, opaque: O) -> BaseRecord<'a, [u8], [u8], O> {
    let mut record = BaseRecord::with_opaque_to(message.topic, opaque);
    (record.partition, record.key, record.payload) = (message.partition, message.key, message.payload);
    if !message.headers.is_empty() {
        let headers = message.headers.iter().map(|(key, value)| Header { key, value: Some(*value) });
        record.headers = Some(headers.fold(OwnedHeaders::new_with_capacity(message.headers.len()), OwnedHeaders::insert));
    }
    record
}

impl Deliveries {
    /// Of a client that sends nothing.
    pub(crate) fn quiet() -> Deliveries {
        Deliveries { context: Context::quiet(), ..Deliveries::default() }
    }

    fn forget(&self) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        self.failed.store(0, Ordering::Release);
        *first = None;
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, line: &str) {
        self.context.log(level, fac, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.context.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        match result {
            Ok(_) => {
                self.delivered.fetch_add(1, Ordering::Relaxed);
            }
            Err((error, message)) => {
                let why = error.rdkafka_error_code().map_or_else(|| error.to_string(), words);
                let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| (message.topic().to_owned(), why));
                self.failed.fetch_add(1, Ordering::Release);
            }
        }
    }
}
