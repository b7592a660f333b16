//! Kafka as a source of records and a sink of messages, for whoever does not care that it is Kafka.

use std::{collections::BTreeMap, time::Duration};

use source::{Batching, Cluster, Extent, Fetch, Partition, Start, Topic};

use crate::{Connection, Courier, Error, Lane, Reader};

/// Where only the first records are wanted.
const LITTLE: [(&str, &str); 2] = [("queued.min.messages", "1"), ("fetch.message.max.bytes", "65536")];

impl Cluster for Connection {
    fn reader(&self, topics: &[&str], fetch: Fetch) -> Result<Box<dyn source::Reader>, source::Error> {
        let connection = match fetch {
            Fetch::Ahead => self.clone(),
            Fetch::Little => LITTLE.iter().try_fold(self.clone(), |connection, (name, value)| connection.with(name, value))?,
        };
        Ok(Box::new(Reader::open(&connection, topics)?))
    }

    fn courier(&self, batching: Batching) -> Result<Box<dyn source::Courier>, source::Error> {
        Ok(Box::new(Courier::open(self, batching)?))
    }
}

impl source::Reader for Reader {
    fn topics(&self) -> &[Topic] {
        self.topics()
    }

    fn discover(&self, timeout: Duration) -> Result<BTreeMap<String, Option<Topic>>, source::Error> {
        Ok(self.discover(timeout)?)
    }

    fn lane(&self, starts: &[(Partition, Start)]) -> Result<Box<dyn source::Lane>, source::Error> {
        Ok(Box::new(self.lane(starts)?))
    }

    fn extents(&self, partitions: &[Partition], timeout: Duration) -> Result<Vec<Extent>, source::Error> {
        Ok(self.extents(partitions, timeout)?)
    }

    fn serve(&self, timeout: Duration) -> Result<(), source::Error> {
        Ok(self.serve(timeout)?)
    }
}

impl source::Lane for Lane {
    fn partitions(&self) -> &[Partition] {
        self.partitions()
    }

    fn add(&mut self, starts: &[(Partition, Start)]) -> Result<(), source::Error> {
        Ok(self.add(starts)?)
    }

    fn read(&mut self, max: usize, wait: Duration) -> Box<dyn source::Batch> {
        Box::new(self.read(max, wait))
    }

    fn positions(&self) -> Result<Vec<Option<i64>>, source::Error> {
        Ok(self.positions()?)
    }

    fn stop(&mut self, slot: usize) {
        self.stop(slot);
    }
}

impl From<Error> for source::Error {
    fn from(error: Error) -> source::Error {
        let line = error.to_string();
        match error {
            Error::NoBrokers(_) | Error::Property { .. } | Error::Client { .. } => source::Error::Configured(line),
            Error::Unreachable { .. } | Error::Refused { .. } | Error::NoSuchTopic { .. } => source::Error::Away(line),
            Error::Failed { .. } | Error::Undelivered { .. } | Error::StillWaiting { .. } => source::Error::Failed(line),
        }
    }
}
