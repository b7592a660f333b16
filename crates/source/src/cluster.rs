//! What gives records and takes messages.

use std::{collections::BTreeMap, time::Duration};

use crate::{Batch, Batching, Courier, Error, Extent, Partition, Start, Topic};

/// Whoever has the topics.
pub trait Cluster: Send + Sync {
    /// Finds topics, to be read; an error within seconds where nobody answers, or one of them does not exist.
    fn reader(&self, topics: &[&str], fetch: Fetch) -> Result<Box<dyn Reader>, Error>;

    /// Takes messages to topics from now on.
    fn courier(&self, batching: Batching) -> Result<Box<dyn Courier>, Error>;
}

/// How much is fetched before it is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fetch {
    /// As much as lets a reader go on without a pause.
    Ahead,
    /// As little as can be: only the first records are wanted.
    Little,
}

/// Topics that are read, in [`Lane`]s. Some thread must call [`serve`](Reader::serve) now and then.
pub trait Reader: Send + Sync {
    /// The topics as they were when the reader was opened, by name.
    fn topics(&self) -> &[Topic];

    /// The topics as they are now; `None` for one that is not there any more. Another id is another topic of the same name.
    fn discover(&self, timeout: Duration) -> Result<BTreeMap<String, Option<Topic>>, Error>;

    /// A lane that reads these partitions. A reader reads each partition once.
    fn lane(&self, starts: &[(Partition, Start)]) -> Result<Box<dyn Lane>, Error>;

    /// What the partitions hold now, in the order given.
    fn extents(&self, partitions: &[Partition], timeout: Duration) -> Result<Vec<Extent>, Error>;

    /// Hears what concerns the source as a whole: it goes on by itself, and an error here is for the record.
    fn serve(&self, timeout: Duration) -> Result<(), Error>;

    /// All partitions as they were when the reader was opened, by topic and number.
    fn partitions(&self) -> Vec<Partition> {
        self.topics().iter().flat_map(|topic| topic.partitions.clone()).collect()
    }
}

/// Some partitions of a reader, for one thread. Dropping it ends their reading.
pub trait Lane: Send {
    /// The partitions, in the order they were given: a [`Run`](crate::Run)'s `slot` is a place in it.
    fn partitions(&self) -> &[Partition];

    /// Reads these partitions too.
    fn add(&mut self, starts: &[(Partition, Start)]) -> Result<(), Error>;

    /// Reads at most `max` records. Waits for the first at most `wait`, and never for a full batch.
    fn read(&mut self, max: usize, wait: Duration) -> Box<dyn Batch>;

    /// The offset after the last one read of each partition, those that are no records included; none where nothing was read.
    fn positions(&self) -> Result<Vec<Option<i64>>, Error>;

    /// Reads the partition of a slot no more: its records cannot be gone on with.
    fn stop(&mut self, slot: usize);
}
