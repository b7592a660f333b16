//! Events on their way to Kafka: which topic, which key, in which encoding.

use std::{borrow::Cow, time::Duration};

use kafka::{Connection, Message, Partitioner, Producer};
use model::{Event, InteractionKind};

use crate::{cli::Encoding, config::Topics, failure::Failure};

/// How long the last deliveries are waited for.
const LAST_DELIVERIES: Duration = Duration::from_secs(120);
/// Between the parts of a key.
const PART: char = '\u{1f}';

/// Sends events to their topics.
pub struct Outgoing {
    producer: Producer,
    topics: Topics,
    encoding: Encoding,
}

impl Outgoing {
    /// Connects to the brokers.
    pub fn open(connection: &Connection, topics: &Topics, encoding: Encoding, partitioner: Partitioner) -> Result<Outgoing, Failure> {
        let producer = Producer::open(connection, partitioner)?;
        Ok(Outgoing { producer, topics: topics.clone(), encoding })
    }

    /// Sends an event, waiting where too many are under way.
    pub fn send(&self, event: &Event<'_>) -> Result<(), Failure> {
        let (headers, payload) = match self.encoding {
            Encoding::Avro => (Vec::new(), wire::encode::avro(event, wire::embedded_schema_id(event.event_type()))),
            Encoding::Json => (Vec::new(), wire::encode::json(event)),
            Encoding::Cloudevents => wire::encode::cloudevents_binary(event),
        };
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
        let key = key(event);
        let topic = self.topics.of(event.event_type());
        let message = Message { topic, partition: None, key: Some(key.as_bytes()), payload: Some(&payload), headers: &headers };
        Ok(self.producer.send(&message)?)
    }

    /// Waits until all that was sent is delivered.
    pub fn flush(&self) -> Result<(), Failure> {
        Ok(self.producer.flush(LAST_DELIVERIES)?)
    }

    /// How many events the brokers have acknowledged.
    pub fn delivered(&self) -> u64 {
        self.producer.delivered()
    }
}

/// The key of an event: of an entity its own, so that its revisions stay in order for those who like to read them so; of a
/// single interaction its id, so that a retry lands in the same partition, where it is known for a duplicate.
pub fn key<'a>(event: &'a Event<'_>) -> Cow<'a, str> {
    match event {
        Event::Lead(lead) => Cow::Borrowed(&lead.lead_id),
        Event::Deal(deal) => Cow::Borrowed(&deal.deal_id),
        Event::Spend(row) => {
            let (campaign, ad_group) = (row.campaign_id.as_ref().or(row.campaign.as_ref()), row.ad_group_id.as_ref().or(row.ad_group.as_ref()));
            joined(&[&row.platform, &row.account, row.category.word(), text(campaign), text(ad_group), &row.spend_date.to_string()])
        }
        Event::Social(figure) if figure.stat_date.is_some() || figure.kind == InteractionKind::Audience => {
            let day = figure.stat_date.map(|day| day.to_string()).unwrap_or_default();
            joined(&[&figure.platform, text(figure.account.as_ref()), text(figure.post_id.as_ref()), figure.kind.word(), &day])
        }
        Event::Social(_) | Event::Visit(_) => {
            let head = event.head();
            joined(&[&head.source, &head.event_id])
        }
    }
}

fn text<'a>(text: Option<&'a Cow<'_, str>>) -> &'a str {
    text.map_or("", |text| text)
}

fn joined(parts: &[&str]) -> Cow<'static, str> {
    Cow::Owned(parts.join(&PART.to_string()))
}
