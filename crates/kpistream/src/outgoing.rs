//! Events on their way to Kafka, by the publisher that other services use.

use std::time::Duration;

use kafka::{Connection, Partitioner};
use model::Event;
use pipeline::Topics;
use publisher::{Publisher, Settings};

use crate::{cli::Encoding, failure::Failure};

/// How long the last deliveries are waited for.
const LAST_DELIVERIES: Duration = Duration::from_secs(120);

/// Sends events to their topics.
pub struct Outgoing(Publisher);

impl Outgoing {
    /// Connects to the brokers.
    pub fn open(connection: &Connection, topics: &Topics, encoding: Encoding, partitioner: Partitioner) -> Result<Outgoing, Failure> {
        let encoding = match encoding {
            Encoding::Avro => publisher::Encoding::Avro,
            Encoding::Json => publisher::Encoding::Json,
            Encoding::Cloudevents => publisher::Encoding::CloudEvents,
        };
        let settings = Settings { topics: topics.names.clone(), encoding, partitioner };
        Ok(Outgoing(Publisher::open(connection, settings)?))
    }

    /// Sends an event, waiting where too many are under way.
    pub fn send(&self, event: &Event<'_>) -> Result<(), Failure> {
        Ok(self.0.send(event)?)
    }

    /// Waits until all that was sent is delivered.
    pub fn flush(&self) -> Result<(), Failure> {
        Ok(self.0.flush(LAST_DELIVERIES)?)
    }

    /// How many events the brokers have acknowledged.
    pub fn delivered(&self) -> u64 {
        self.0.delivered()
    }
}
