//! What all threads of a pipeline share.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicBool},
};

use engine::SourcePartition;
use exporter::Board;
use model::{EventType, Settings};
use source::Partition;
use wire::Decoder;

use crate::{dead_letters::DeadLetters, failed::FailedPartitions, freshness::Freshness, stop::Stop, view::Views, visitors::Visitors};

/// What all threads share.
pub struct Shared {
    /// What bytes mean.
    pub decoder: Decoder,
    /// Where refused records go.
    pub dead_letters: DeadLetters,
    /// What the threads that fold show.
    pub views: Views,
    /// What is shown of all that.
    pub board: Arc<Board>,
    /// What changes the fold.
    pub settings: Arc<Settings>,
    /// The types of events by topic.
    pub topics: BTreeMap<String, EventType>,
    /// The partitions that are no longer read.
    pub failed: FailedPartitions,
    /// Whether the pipeline is to stop.
    pub stop: Stop,
    /// When views are wanted, and how old they were.
    pub freshness: Freshness,
    /// The visitors that the threads of interactions have handed over.
    pub visitors: Arc<Visitors>,
    /// Every partition has once been read to its end, and none has failed.
    pub ready: AtomicBool,
}

impl Shared {
    /// A partition as the engine names it.
    pub fn source(&self, partition: &Partition) -> Option<SourcePartition> {
        self.topics.get(&*partition.topic).map(|topic| SourcePartition { topic: *topic, partition: partition.number })
    }
}

/// Whether a topic's events are entities, which meet in the book.
pub fn is_entity(topic: EventType) -> bool {
    matches!(topic, EventType::LeadCreated | EventType::DealClosed | EventType::AdSpend)
}
