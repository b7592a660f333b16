//! `topics create`: makes the topics that are missing, and says how the others differ.

use std::io::{Write, stdout};

use kafka::{Retention, TopicSpec, ensure_topics};
use model::EventType;

use crate::{cli::KafkaArgs, config::Loaded, failure::Failure};

/// Bytes a dead letter may have: whatever a source topic takes must fit, with its headers.
const DEAD_LETTER_BYTES: u32 = 16 << 20;

/// Makes what is missing.
pub fn create(args: &KafkaArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.layers())?;
    let report = ensure_topics(&loaded.kafka.connection()?, &specs(&loaded))?;
    let mut out = stdout().lock();
    for topic in &report.missing {
        writeln!(out, "{topic}: made")?;
    }
    for topic in &report.right {
        writeln!(out, "{topic}: is as it should be")?;
    }
    for difference in &report.differences {
        writeln!(out, "{difference}")?;
    }
    Ok(())
}

/// The topics as they should be: entities are kept for ever, since the fold of their whole log is the state.
pub fn specs(loaded: &Loaded) -> Vec<TopicSpec> {
    let (topics, create) = (&loaded.setup.topics, &loaded.create);
    let spec = |name: &str, retention, max_message_bytes| TopicSpec {
        name: name.to_owned(),
        partitions: create.partitions,
        replication: create.replication,
        retention,
        max_message_bytes,
    };
    let retention = |event_type| match event_type {
        EventType::LeadCreated | EventType::DealClosed | EventType::AdSpend => Retention::Forever,
        EventType::SocialInteraction | EventType::WebVisit => create.interaction_retention,
    };
    let sources = EventType::ALL.into_iter().map(|of| spec(topics.of(of), retention(of), None));
    sources.chain([spec(&topics.dead_letters, create.dead_letter_retention, Some(DEAD_LETTER_BYTES))]).collect()
}
