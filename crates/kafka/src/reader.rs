//! The reading of topics, all their partitions, with no consumer group.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::Consumer as _,
    error::{KafkaError, RDKafkaErrorCode},
};

use source::{Extent, Partition, Start, Topic, TopicId};

use crate::{
    Connection, Error, Lane,
    connection::listen,
    context::{Context, FIRST_LOOK, PATIENCE},
    error::{is_silence, words},
    lane::Taken,
    native::{Consumer, Description, describe_topics},
    properties::Purpose,
};

/// What may be set otherwise. Limits of what is fetched ahead hold for each lane.
const DEFAULTS: &[(&str, &str)] = &[
    // Only a name: no group is joined, no offset committed; librdkafka wants one for an assignment.
    ("group.id", "kpistream"),
    // The default of a second stalls a reader that is slower than the fetcher.
    ("fetch.queue.backoff.ms", "10"),
    // A broker is asked once at a time. While some partitions have enough fetched ahead, the others may be at their ends, and the broker
    // then waits so long for news of them: in that time a fast reader must not use up what lies ready (half a second by default).
    ("fetch.wait.max.ms", "50"),
    ("queued.min.messages", "100000"),
    ("queued.max.messages.kbytes", "65536"),
    // A topic that is made anew or grows is noticed within a minute.
    ("topic.metadata.refresh.interval.ms", "60000"),
];

/// What keeps the numbers true.
const MUSTS: &[(&str, &str)] = &[
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("auto.offset.reset", "error"),
    ("check.crcs", "true"),
    ("enable.partition.eof", "false"),
    // What a publisher's transaction has taken back must not be counted.
    ("isolation.level", "read_committed"),
];

/// The configuration of a client that reads.
pub(crate) fn config(connection: &Connection) -> ClientConfig {
    connection.config(Purpose::Reading, DEFAULTS, MUSTS)
}

/// A client that reads topics, in [`Lane`]s. Some thread must call [`serve`](Reader::serve) now and then.
pub struct Reader {
    client: Arc<Consumer>,
    taken: Arc<Taken>,
    connection: Connection,
    brokers: Arc<str>,
    topics: Vec<Topic>,
}

impl Reader {
    /// Connects and finds the topics; an error within 10 seconds where no broker answers, sooner where one refuses us or a topic does not
    /// exist.
    pub fn open(connection: &Connection, topics: &[&str]) -> Result<Reader, Error> {
        let brokers = connection.brokers();
        let client: Consumer = config(connection).create_with_context(Context::default()).map_err(|error| connection.unmade(error))?;
        let client = Arc::new(client);
        let mut reader = Reader { client, taken: Arc::default(), connection: connection.clone(), brokers: brokers.into(), topics: Vec::new() };
        let found = reader.describe(topics, PATIENCE)?;
        let missing: Vec<&str> = found.iter().filter(|(_, topic)| topic.is_none()).map(|(name, _)| name.as_str()).collect();
        if !missing.is_empty() {
            return Err(Error::NoSuchTopic { topics: missing.join(", "), brokers: brokers.to_owned() });
        }
        reader.topics = found.into_values().flatten().collect();
        Ok(reader)
    }

    /// The topics as they were when the reader was opened, by name.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// All partitions as they were when the reader was opened, by topic and number.
    pub fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.topics.iter().flat_map(|topic| &topic.partitions)
    }

    /// The topics as they are now; `None` for one that is not there any more. Another id is another topic of the same name.
    pub fn discover(&self, timeout: Duration) -> Result<BTreeMap<String, Option<Topic>>, Error> {
        let names: Vec<&str> = self.topics.iter().map(|topic| &*topic.name).collect();
        self.describe(&names, timeout)
    }

    /// A lane that reads these partitions. A reader reads each partition once.
    pub fn lane(&self, starts: &[(Partition, Start)]) -> Result<Lane, Error> {
        let mut lane = Lane::new(Arc::clone(&self.client), Arc::clone(&self.taken), Arc::clone(&self.brokers))?;
        if !starts.is_empty() {
            lane.add(starts)?;
        }
        Ok(lane)
    }

    /// What the partitions hold now, asked of the brokers in one request each; in the order given.
    pub fn extents(&self, partitions: &[Partition], timeout: Duration) -> Result<Vec<Extent>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let first = self.offsets(partitions, Offset::Beginning, timeout)?;
        let end = self.offsets(partitions, Offset::End, timeout)?;
        let extents = partitions.iter().zip(first.iter().zip(end));
        Ok(extents.map(|(partition, (first, end))| Extent { partition: partition.clone(), first: *first, end }).collect())
    }

    /// Lets librdkafka log and report what concerns the client as a whole, such as brokers that are down: it goes on by itself,
    /// and an error here is for the record. Records never pass here. To be called about once a second, from any thread.
    pub fn serve(&self, timeout: Duration) -> Result<(), Error> {
        match self.client.poll(timeout) {
            None => Ok(()),
            Some(Err(error)) => Err(Error::of_request("kafka client", &self.brokers, &error)),
            Some(Ok(_)) => Err(Error::Failed {
                what: "kafka client".to_owned(),
                brokers: self.brokers.to_string(),
                why: "a record came outside of its lane".to_owned(),
            }),
        }
    }

    /// Topics by name; `None` for one that does not exist.
    pub(crate) fn describe(&self, names: &[&str], timeout: Duration) -> Result<BTreeMap<String, Option<Topic>>, Error> {
        let found = self.ask(names, timeout)?;
        if !found.is_empty() {
            self.client.context().opened();
        }
        found.into_iter().map(|description| self.topic(description)).collect()
    }

    /// Asks until there is an answer, the time is over, or the brokers have said that they will have none of us.
    fn ask(&self, names: &[&str], timeout: Duration) -> Result<Vec<Description>, Error> {
        let (begun, mut look) = (Instant::now(), FIRST_LOOK);
        loop {
            let left = timeout.saturating_sub(begun.elapsed());
            let (code, why) = match describe_topics(self.client.client(), names, look.min(left)) {
                Ok(found) => return Ok(found),
                Err(failed) => failed,
            };
            listen(&self.client);
            if !is_silence(code) || self.client.context().is_refused() || begun.elapsed() >= timeout {
                return Err(self.error(code, why, timeout));
            }
            look = (look * 2).min(timeout);
        }
    }

    fn topic(&self, description: Description) -> Result<(String, Option<Topic>), Error> {
        let name: Arc<str> = description.name.as_str().into();
        match description.error {
            None => {
                let named = |number: &i32| Partition::new(Arc::clone(&name), *number);
                let mut partitions: Vec<Partition> = description.partitions.iter().map(named).collect();
                partitions.sort();
                let leaders = description.leaders.iter().map(|(number, leader)| (named(number), *leader)).collect();
                let id = description.id.map(TopicId);
                Ok((description.name, Some(Topic { name, id, partitions, leaders, replication: description.replication })))
            }
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic | RDKafkaErrorCode::UnknownTopicId) => {
                Ok((description.name, None))
            }
            Some(code) => Err(Error::Failed { what: format!("topic {name}"), brokers: self.brokers.to_string(), why: words(code) }),
        }
    }

    fn offsets(&self, partitions: &[Partition], at: Offset, timeout: Duration) -> Result<Vec<i64>, Error> {
        let failed = |error: KafkaError| match error.rdkafka_error_code().filter(|code| is_silence(*code)) {
            Some(code) => self.error(code, words(code), timeout),
            None => Error::of_request("asking for offsets", &self.brokers, &error),
        };
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition_offset(&partition.topic, partition.number, at).map_err(failed)?;
        }
        let found = self.client.offsets_for_times(list, timeout).map_err(failed)?;
        let offset = |partition: &Partition| {
            let element = found.find_partition(&partition.topic, partition.number);
            let offset = element.map(|element| element.error().map(|()| element.offset()).map_err(failed)).transpose()?;
            match offset {
                Some(Offset::Offset(offset)) => Ok(offset),
                _ => Err(Error::Failed { what: format!("offsets of {partition}"), brokers: self.brokers.to_string(), why: "no answer".to_owned() }),
            }
        };
        partitions.iter().map(offset).collect()
    }

    fn error(&self, code: RDKafkaErrorCode, why: String, waited: Duration) -> Error {
        if !is_silence(code) {
            return Error::Failed { what: "topics".to_owned(), brokers: self.brokers.to_string(), why };
        }
        listen(&self.client);
        self.connection.silence(self.client.context(), waited)
    }
}
