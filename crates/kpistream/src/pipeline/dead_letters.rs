//! Where refused records go: bytes unchanged, keyed by where they stood, with the reason.

use std::time::Duration;

use engine::Position;
use kafka::{Connection, Message, Partitioner, Producer, Record};
use model::Rejection;

use crate::failure::Failure;

/// How long a drain waits for the last deliveries.
const LAST_DELIVERIES: Duration = Duration::from_secs(10);

/// Sends dead letters. The same one may be sent again after a restart; its key tells.
pub struct DeadLetters {
    producer: Producer,
    topic: String,
}

impl DeadLetters {
    /// Connects to the brokers.
    pub fn open(connection: &Connection, topic: &str) -> Result<DeadLetters, Failure> {
        // A dead letter is never given up while the brokers are away: the fold waits for them instead.
        let patient = connection.clone().with("message.timeout.ms", "0")?;
        Ok(DeadLetters { producer: Producer::open(&patient, Partitioner::Crc32)?, topic: topic.to_owned() })
    }

    /// Sends the refused one of some records of a partition.
    pub fn send_one_of(&self, records: &[Record<'_>], at: Position, rejection: &Rejection) -> Result<(), Failure> {
        let refused = records.binary_search_by_key(&at.offset, |record| record.offset()).ok().and_then(|found| records.get(found));
        refused.map_or(Ok(()), |record| self.send(*record, rejection))
    }

    /// Sends a refused record; waits where too many are under way.
    fn send(&self, record: Record<'_>, rejection: &Rejection) -> Result<(), Failure> {
        let (topic, partition, offset) = (&*record.partition.topic, record.partition.number.to_string(), record.offset().to_string());
        let key = format!("{topic}/{partition}/{offset}");
        let headers: [(&str, &[u8]); 5] = [
            ("reason", rejection.reason.code().as_bytes()),
            ("detail", rejection.detail.as_bytes()),
            ("topic", topic.as_bytes()),
            ("partition", partition.as_bytes()),
            ("offset", offset.as_bytes()),
        ];
        let message = Message { topic: &self.topic, partition: None, key: Some(key.as_bytes()), payload: record.payload(), headers: &headers };
        self.producer.send(&message).map_err(|error| self.failed(&error))
    }

    /// Waits until all are delivered.
    pub fn flush(&self) -> Result<(), Failure> {
        self.producer.flush(LAST_DELIVERIES).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &kafka::Error) -> Failure {
        Failure::failed(format_args!("dead letters cannot be written to {}: {error}; make the topic with `kpistream topics create`", self.topic))
    }
}
