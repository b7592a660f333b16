//! The partitions one thread reads.

use std::{
    collections::BTreeSet,
    ffi::CString,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{Offset, TopicPartitionList, consumer::Consumer as _};

use source::{Failure, Partition, Start};

use crate::{
    Batch, Error,
    context::PATIENCE,
    failure::kind_of,
    native::{Consumer, Queue, RawMessage},
    record::Span,
};

/// Some partitions of a [`Reader`](crate::Reader), for one thread. Dropping it ends their reading.
pub struct Lane {
    queue: Queue,
    partitions: Arc<[Partition]>,
    /// By slot: whether the partition has failed for good.
    stopped: Vec<bool>,
    client: Arc<Consumer>,
    taken: Arc<Taken>,
    brokers: Arc<str>,
}

/// The partitions a client reads or has read, each once. To end the reading of a partition takes librdkafka a moment, at whose end
/// it forgets where the partition delivers: one that was assigned again by then would deliver where nobody reads.
#[derive(Default)]
pub(crate) struct Taken(Mutex<BTreeSet<Partition>>);

impl Taken {
    fn take(&self, partition: &Partition) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(partition.clone())
    }
}

impl Lane {
    pub(crate) fn new(client: Arc<Consumer>, taken: Arc<Taken>, brokers: Arc<str>) -> Result<Lane, Error> {
        let no_queue = || Error::Client { brokers: brokers.to_string(), why: "librdkafka gives no queue".to_owned() };
        let queue = Queue::new(Arc::clone(&client)).ok_or_else(no_queue)?;
        Ok(Lane { queue, partitions: Arc::new([]), stopped: Vec::new(), client, taken, brokers })
    }

    /// The partitions, in the order they were given: a [`Run`](crate::Run)'s `slot` is a place in it.
    pub fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    /// Reads these partitions too. A reader reads a partition once: one that has failed is read anew by another reader.
    pub fn add(&mut self, starts: &[(Partition, Start)]) -> Result<(), Error> {
        let mut assignment = TopicPartitionList::with_capacity(starts.len());
        for (partition, start) in starts {
            let offset = match start {
                Start::Beginning => Offset::Beginning,
                Start::At(offset) => Offset::Offset(*offset),
            };
            let what = || format!("reading {partition}");
            assignment
                .add_partition_offset(&partition.topic, partition.number, offset)
                .map_err(|error| Error::of_request(what(), &self.brokers, &error))?;
            // Before the assignment: librdkafka leaves a queue forwarded by us as it is, and no record can go elsewhere.
            let topic = CString::new(&*partition.topic).unwrap_or_default();
            if !self.taken.take(partition) {
                return Err(Error::Failed {
                    what: what(),
                    brokers: self.brokers.to_string(),
                    why: "this reader has had it; open another".to_owned(),
                });
            }
            if !self.queue.receive_from(&topic, partition.number) {
                return Err(Error::Failed { what: what(), brokers: self.brokers.to_string(), why: "no such partition".to_owned() });
            }
        }
        self.client.incremental_assign(&assignment).map_err(|error| Error::of_request("assigning partitions", &self.brokers, &error))?;
        self.partitions = self.partitions.iter().chain(starts.iter().map(|(partition, _)| partition)).cloned().collect();
        self.stopped.resize(self.partitions.len(), false);
        Ok(())
    }

    /// Reads a partition on from another offset; what was fetched ahead is forgotten. To be called once the partition has given
    /// something: before that librdkafka may refuse.
    pub fn seek(&mut self, partition: &Partition, offset: i64) -> Result<(), Error> {
        let failed = |error| Error::of_request(format!("seeking {partition} to offset {offset}"), &self.brokers, &error);
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&partition.topic, partition.number, Offset::Offset(offset)).map_err(failed)?;
        let sought = self.client.seek_partitions(list, PATIENCE).map_err(failed)?;
        sought.elements().iter().try_for_each(|element| element.error()).map_err(failed)
    }

    /// Reads at most `max` records. Waits for the first at most `wait`, and never for a full batch.
    pub fn read(&mut self, max: usize, wait: Duration) -> Batch {
        let mut messages = Vec::with_capacity(max);
        self.queue.read(&mut messages, max, wait);
        let failures = self.sift(&mut messages);
        let runs = self.runs(&messages);
        Batch::new(messages, runs, Arc::clone(&self.partitions), failures, Arc::clone(&self.client))
    }

    /// The offset after the last one read of each partition, those of transaction markers included; none where nothing was read.
    /// Once all that was read is done with, a partition whose position is its end has nothing more.
    pub fn positions(&self) -> Result<Vec<Option<i64>>, Error> {
        let all = self.client.position().map_err(|error| Error::of_request("reading positions", &self.brokers, &error))?;
        let position = |partition: &Partition| match all.find_partition(&partition.topic, partition.number)?.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        };
        Ok(self.partitions.iter().map(position).collect())
    }

    /// Takes errors out from among the records, and with a final one all that follows of its partition: what comes after a hole
    /// must not be counted as if there were none.
    fn sift(&mut self, messages: &mut Vec<RawMessage>) -> Vec<Failure> {
        let clean = !self.stopped.contains(&true) && messages.iter().all(|message| message.code() == 0);
        if clean {
            return Vec::new();
        }
        let (mut failures, mut ended) = (Vec::new(), Vec::new());
        messages.retain(|message| {
            let slot = self.slot(message);
            let failed = slot.and_then(|slot| self.stopped.get(slot)).is_some_and(|stopped| *stopped);
            if message.code() == 0 || failed {
                return !failed;
            }
            let partition = slot.and_then(|slot| self.partitions.get(slot)).cloned();
            let kind = kind_of(message.code());
            if let Some(stopped) = slot.filter(|_| kind.is_final()).and_then(|slot| self.stopped.get_mut(slot)) {
                *stopped = true;
                ended.extend(partition.clone());
            }
            let detail = String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned();
            failures.push(Failure { partition, offset: Some(message.offset()).filter(|offset| *offset >= 0), kind, detail });
            false
        });
        self.leave(ended.iter());
        failures
    }

    fn runs(&self, messages: &[RawMessage]) -> Vec<Span> {
        let mut end = 0;
        let same = |a: &RawMessage, b: &RawMessage| a.partition() == b.partition() && a.topic_mark() == b.topic_mark();
        let spans = messages.chunk_by(same).filter_map(|chunk| {
            let start = end;
            end += chunk.len();
            let slot = self.slot(chunk.first()?);
            // A partition delivers here only if `add` gave it a slot.
            debug_assert!(slot.is_some(), "a record of a partition that is not this lane's");
            Some(Span { slot: slot?, range: start..end })
        });
        spans.collect()
    }

    fn slot(&self, message: &RawMessage) -> Option<usize> {
        let (topic, number) = (message.topic()?, message.partition());
        self.partitions.iter().position(|partition| partition.number == number && *partition.topic == *topic)
    }

    /// Reads the partition of a slot no more: its records cannot be gone on with.
    pub fn stop(&mut self, slot: usize) {
        let Some(stopped) = self.stopped.get_mut(slot).filter(|stopped| !**stopped) else { return };
        *stopped = true;
        self.leave(self.partitions.get(slot).into_iter());
    }

    /// Ends the reading of partitions, so that librdkafka fetches nothing for them any more.
    fn leave<'a>(&self, partitions: impl Iterator<Item = &'a Partition>) {
        let mut list = TopicPartitionList::new();
        for partition in partitions {
            list.add_partition(&partition.topic, partition.number);
        }
        if list.count() > 0
            && let Err(error) = self.client.incremental_unassign(&list)
        {
            tracing::warn!(target: "kafka", %error, "ending the reading of partitions");
        }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let read = self.partitions.iter().zip(&self.stopped).filter(|(_, stopped)| !**stopped);
        self.leave(read.map(|(partition, _)| partition));
    }
}
