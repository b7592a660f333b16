//! The latest word on every entity, each single interaction once, and what became of every line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    dimensions::platform_name,
    line,
    message::Message,
    time::{Zone, show_day},
};

/// The contract's reasons, in its order.
const REASONS: [&str; 11] = [
    "undecodable",
    "unknown_schema",
    "missing_field",
    "bad_value",
    "bad_currency",
    "bad_time",
    "future_event",
    "too_large",
    "wrong_type",
    "unknown_type",
    "null_value",
];

/// What is left of the files once every line was read.
#[derive(Default)]
pub struct Latest {
    entities: BTreeMap<Vec<String>, Message>,
    singles: Vec<Message>,
    identities: BTreeSet<Vec<String>>,
    outcomes: BTreeMap<&'static str, u64>,
    /// The entities of which two messages say different things under one stamp.
    pub ambiguous: BTreeSet<String>,
}

impl Latest {
    pub fn read(inputs: &[&[u8]], zone: &Zone, now: i64) -> Latest {
        let mut latest = Latest::default();
        for input in inputs {
            for mut line in input.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)) {
                // A byte-order mark may stand before any line: files are put together.
                while let Some(rest) = line.strip_prefix(b"\xef\xbb\xbf") {
                    line = rest;
                }
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let outcome = match line::read(line, zone, now) {
                    Ok(message) => latest.take(message, zone),
                    Err(reason) => reason,
                };
                *latest.outcomes.entry(outcome).or_default() += 1;
            }
        }
        latest
    }

    /// The messages of a type.
    pub fn of(&self, kind: &str) -> Vec<&Message> {
        self.entities.values().chain(&self.singles).filter(|message| message.kind == kind).collect()
    }

    /// The latest word on a lead.
    pub fn lead(&self, lead_id: &str) -> Option<&Message> {
        self.entities.get(&vec!["lead".to_owned(), lead_id.to_owned()])
    }

    pub fn counts(&self) -> Value {
        let count = |outcome: &str| self.outcomes.get(outcome).copied().unwrap_or_default();
        let rejected: serde_json::Map<String, Value> = REASONS.iter().map(|reason| ((*reason).to_owned(), json!(count(reason)))).collect();
        json!({ "accepted": count("accepted"), "duplicate": count("duplicate"), "stale": count("stale"), "rejected": rejected })
    }

    fn take(&mut self, message: Message, zone: &Zone) -> &'static str {
        if let Some(key) = entity_key(&message, zone) {
            return self.entity(key, message, zone);
        }
        let identity = [message.kind, source(&message), event_id(&message)].map(str::to_owned).to_vec();
        if !self.identities.insert(identity) {
            return "duplicate";
        }
        self.singles.push(message);
        "accepted"
    }

    /// Takes a message about an entity.
    pub fn entity(&mut self, key: Vec<String>, message: Message, zone: &Zone) -> &'static str {
        if let Some(stored) = self.entities.get(&key)
            && stamp(&message, zone) <= stamp(stored, zone)
        {
            // Which of two contents under one stamp counts, a hash decides that only the product knows. Whoever publishes them breaks
            // the contract: it is only told.
            if stamp(&message, zone) == stamp(stored, zone) && message != *stored {
                self.ambiguous.insert(entity_name(&key));
            }
            let same = (source(&message), event_id(&message)) == (source(stored), event_id(stored));
            return if same { "duplicate" } else { "stale" };
        }
        self.entities.insert(key, message);
        "accepted"
    }
}

/// How an entity is called: by the parts of its key, an absent one as `-`, an id with the word.
pub fn entity_name(key: &[String]) -> String {
    let shown = |part: &String| match part.strip_prefix("name ").unwrap_or(part) {
        "" => "-".to_owned(),
        part => part.to_owned(),
    };
    match key {
        [kind, id] => format!("{kind} {id}"),
        [kind, parts @ ..] => format!("{kind} {}", parts.iter().map(shown).collect::<Vec<_>>().join(" / ")),
        [] => String::new(),
    }
}

/// How the entity of a message is called.
pub fn name_of(message: &Message, zone: &Zone) -> String {
    entity_key(message, zone).map_or_else(String::new, |key| entity_name(&key))
}

/// Whether a social interaction is the figure of a day: an entity.
pub fn is_figure(message: &Message) -> bool {
    message.day("stat_date").is_some() || message.text("kind") == Some("audience")
}

/// The day of a social interaction.
pub fn social_day(message: &Message, zone: &Zone) -> i64 {
    message.day("stat_date").unwrap_or_else(|| zone.day(message.must(message.time("occurred_at"))))
}

/// The key of an entity; `None` of what stands alone.
pub fn entity_key(message: &Message, zone: &Zone) -> Option<Vec<String>> {
    let text = |field: &str| message.text(field).unwrap_or_default().to_owned();
    let platform = || platform_name(message.must(message.text("platform")));
    let id_or_name = |id: &str, name: &str| match message.text(id) {
        Some(id) => format!("id {id}"),
        None => message.text(name).map(str::trim).filter(|name| !name.is_empty()).map_or_else(String::new, |name| format!("name {name}")),
    };
    match message.kind {
        "lead-created" => Some(vec!["lead".to_owned(), text("lead_id")]),
        "deal-closed" => Some(vec!["deal".to_owned(), text("deal_id")]),
        "ad-spend" => {
            let category = message.text("category").unwrap_or("media").to_owned();
            let (campaign, group) = (id_or_name("campaign_id", "campaign"), id_or_name("ad_group_id", "ad_group"));
            let (ad, breakdown) = (id_or_name("ad_id", "ad"), id_or_name("", "breakdown"));
            let day = show_day(message.must(message.day("spend_date")));
            Some(vec!["spend".to_owned(), platform(), text("account"), category, campaign, group, ad, breakdown, day])
        }
        "social-interaction" if is_figure(message) => {
            let kind = text("kind");
            let post = if kind == "audience" { String::new() } else { text("post_id") };
            Some(vec!["figure".to_owned(), platform(), text("account"), post, kind, show_day(social_day(message, zone))])
        }
        _ => None,
    }
}

/// What orders the messages of one key.
fn stamp<'a>(message: &'a Message, zone: &Zone) -> (i64, i64, &'a str) {
    let occurred_at = zone.instant(message.must(message.time("occurred_at")));
    (message.integer("revision").unwrap_or(occurred_at), occurred_at, event_id(message))
}

pub fn event_id(message: &Message) -> &str {
    message.must(message.text("event_id"))
}

pub fn source(message: &Message) -> &str {
    message.must(message.text("source"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_a_campaign_make_no_other_row() {
        let key = |campaign: &str| {
            let row = format!(
                r#"{{"type":"ad-spend","event_id":"e","source":"s","occurred_at":"2025-02-01","platform":"Meta ","account":"a","spend_date":"2025-01-01","amount":1,"currency":"EUR"{campaign}}}"#
            );
            let zone = Zone::named("UTC");
            name_of(&line::read(row.as_bytes(), &zone, i64::MAX).unwrap(), &zone)
        };
        assert_eq!(key(r#","campaign":" spring""#), "spend meta / a / media / spring / - / - / - / 2025-01-01");
        assert_eq!(key(r#","campaign":"  ","ad_group_id":"7""#), "spend meta / a / media / - / id 7 / - / - / 2025-01-01");
        assert_eq!(key(r#","ad":"7","breakdown":" country=DE""#), "spend meta / a / media / - / - / 7 / country=DE / 2025-01-01");
        assert_eq!(key(r#","platform":" META","ad_id":"7","ad":"x""#), "spend meta / a / media / - / - / id 7 / - / 2025-01-01");
    }
}
