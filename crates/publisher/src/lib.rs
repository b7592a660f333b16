//! The library other Rust services publish events with: an event in, a well-formed and well-keyed message out.
//!
//! Not its job: deciding what an event means, or reading any back.
//!
//! ```no_run
//! use model::{Event, Millis, WebVisit, When, event::Head};
//! use publisher::{Connection, Publisher, Settings};
//!
//! let publisher = Publisher::open(&Connection::new("127.0.0.1:9092")?, Settings::default())?;
//! publisher.send(&Event::Visit(WebVisit {
//!     head: Head { event_id: "v-1".into(), source: "shop".into(), occurred_at: When::At(Millis(1_780_272_000_000)), revision: None },
//!     visitor_id: Some("visitor-7".into()),
//!     action: Some("form_submit".into()),
//!     channel: Some("Paid Social".into()),
//!     campaign: None,
//!     segment: None,
//! }))?;
//! publisher.flush(std::time::Duration::from_secs(30))?;
//! # Ok::<(), publisher::Error>(())
//! ```

mod key;

use std::time::Duration;

use kafka::{Message, Producer};
use model::{Event, EventType};

pub use kafka::{Connection, Error, Partitioner};
pub use key::key;

/// How events are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// Avro in Confluent framing, by the embedded schemas, under the ids by which every instance knows them.
    #[default]
    Avro,
    /// Flat JSON.
    Json,
    /// CloudEvents 1.0 in binary mode, with JSON data.
    CloudEvents,
}

/// How and where events are published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The topics, in the order of [`EventType::ALL`].
    pub topics: [String; 5],
    /// How events are written.
    pub encoding: Encoding,
    /// How keys are spread over partitions. Any will do: kpistream never joins by partition.
    pub partitioner: Partitioner,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            topics: EventType::ALL.map(|event_type| event_type.name().to_owned()),
            encoding: Encoding::default(),
            partitioner: Partitioner::Crc32,
        }
    }
}

/// Publishes events. Records carry the time of publishing; when something happened is the event's to say.
pub struct Publisher {
    producer: Producer,
    settings: Settings,
}

impl Publisher {
    /// Connects to the brokers.
    pub fn open(connection: &Connection, settings: Settings) -> Result<Publisher, Error> {
        Ok(Publisher { producer: Producer::open(connection, settings.partitioner)?, settings })
    }

    /// Sends an event, waiting where too many are under way.
    pub fn send(&self, event: &Event<'_>) -> Result<(), Error> {
        let (headers, payload) = self.encoded(event);
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        let key = key(event);
        let message =
            Message { topic: self.topic(event.event_type()), partition: None, key: Some(key.as_bytes()), payload: Some(&payload), headers: &headers };
        self.producer.send(&message)
    }

    /// Waits until all that was sent is delivered, and says if anything was not.
    pub fn flush(&self, timeout: Duration) -> Result<(), Error> {
        self.producer.flush(timeout)
    }

    /// How many events the brokers have acknowledged.
    pub fn delivered(&self) -> u64 {
        self.producer.delivered()
    }

    fn topic(&self, event_type: EventType) -> &str {
        let [leads, deals, spend, social, visits] = &self.settings.topics;
        match event_type {
            EventType::LeadCreated => leads,
            EventType::DealClosed => deals,
            EventType::AdSpend => spend,
            EventType::SocialInteraction => social,
            EventType::WebVisit => visits,
        }
    }

    fn encoded(&self, event: &Event<'_>) -> (Vec<(&'static str, Vec<u8>)>, Vec<u8>) {
        match self.settings.encoding {
            Encoding::Avro => (Vec::new(), wire::encode::avro(event, wire::embedded_schema_id(event.event_type()))),
            Encoding::Json => (Vec::new(), wire::encode::json(event)),
            Encoding::CloudEvents => wire::encode::cloudevents_binary(event),
        }
    }
}
