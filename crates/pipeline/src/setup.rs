//! What a pipeline is configured with.

use std::{path::PathBuf, sync::Arc};

use engine::DedupLimits;
use model::{EventType, Settings};

use crate::snapshots;

/// What a pipeline is configured with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What changes the fold.
    pub settings: Settings,
    /// What changes the KPIs.
    pub kpis: kpis::Config,
    /// What is watched for drift.
    pub drift: Arc<drift::Config>,
    /// Where their exchange rates are from.
    pub rates_file: Option<PathBuf>,
    /// The windows that are evaluated for all who look.
    pub served: Vec<kpis::Span>,
    /// The topics' names.
    pub topics: Topics,
    /// The writers' schemas by id, the embedded ones among them.
    pub schemas: wire::Schemas,
    /// Over which span of log time, and how many ids of a partition, interactions are deduplicated.
    pub dedup: DedupLimits,
    /// How many threads fold.
    pub threads: usize,
    /// Where the state is kept; none where it is not.
    pub snapshots: Option<snapshots::Kept>,
}

/// The topics' names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Topics {
    /// The source topics, in the order of [`EventType::ALL`].
    pub names: [String; 5],
    /// Where refused messages go.
    pub dead_letters: String,
}

impl Topics {
    /// The topic of a type.
    pub fn of(&self, event_type: EventType) -> &str {
        let [leads, deals, spend, social, visits] = &self.names;
        match event_type {
            EventType::LeadCreated => leads,
            EventType::DealClosed => deals,
            EventType::AdSpend => spend,
            EventType::SocialInteraction => social,
            EventType::WebVisit => visits,
        }
    }

    /// The type of a topic's events.
    pub fn type_of(&self, topic: &str) -> Option<EventType> {
        EventType::ALL.into_iter().find(|of| self.of(*of) == topic)
    }
}

#[cfg(test)]
impl Setup {
    /// Nothing but the settings is configured.
    pub fn of(settings: Settings) -> Setup {
        Setup {
            kpis: kpis::Config::new(&settings, model::Currency::EUR),
            drift: Arc::default(),
            rates_file: None,
            served: Vec::new(),
            topics: Topics { names: EventType::ALL.map(|of| of.name().to_owned()), dead_letters: "dead-letters".to_owned() },
            schemas: wire::Schemas::embedded(),
            dedup: DedupLimits::NONE,
            threads: 1,
            snapshots: None,
            settings,
        }
    }
}
