//! A Kafka broker inside the process: librdkafka's mock cluster, for the demo and for fast tests.

use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};

use crate::{Connection, Error};

/// A broker on a free loopback port, gone when dropped. It proves nothing about Kafka: it has no retention, no compaction and no
/// admin requests but for the description of topics, and keeps the last 5 MiB or 100,000 batches of each partition, in memory.
pub struct EmbeddedBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl EmbeddedBroker {
    /// Starts one with these topics and their counts of partitions.
    pub fn start(topics: &[(&str, i32)]) -> Result<EmbeddedBroker, Error> {
        EmbeddedBroker::start_brokers(1, topics)
    }

    /// Starts several that are one cluster.
    pub fn start_brokers(brokers: i32, topics: &[(&str, i32)]) -> Result<EmbeddedBroker, Error> {
        let failed = |what: String| move |error| Error::of_request(what, "the embedded broker", &error);
        let cluster = MockCluster::new(brokers).map_err(failed("starting".to_owned()))?;
        for (topic, partitions) in topics {
            cluster.create_topic(topic, *partitions, 1).map_err(failed(format!("making topic {topic}")))?;
        }
        Ok(EmbeddedBroker { cluster })
    }

    /// Its `host:port`.
    pub fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Has one of several brokers lead a partition; they are numbered from 1.
    pub fn lead(&self, topic: &str, partition: i32, broker: i32) -> Result<(), Error> {
        let failed = |error| Error::of_request("choosing a leader", "the embedded broker", &error);
        self.cluster.partition_leader(topic, partition, Some(broker)).map_err(failed)
    }

    /// Ends one of several brokers, or brings it back.
    pub fn set_up(&self, broker: i32, is_up: bool) -> Result<(), Error> {
        let failed = |error| Error::of_request("ending a broker", "the embedded broker", &error);
        if is_up { self.cluster.broker_up(broker) } else { self.cluster.broker_down(broker) }.map_err(failed)
    }

    /// A connection to it.
    pub fn connection(&self) -> Result<Connection, Error> {
        Connection::new(&self.brokers())
    }
}
