//! A line about an event as the flat JSON a publisher would send.

use std::collections::BTreeMap;

use model::Day;
use serde_json::{Map, Value};

/// One of the five types: its word, its name, which fields stand without a name, and which may be named.
struct Kind {
    word: &'static str,
    name: &'static str,
    in_order: &'static [&'static str],
    named: &'static [&'static str],
}

/// `date` is the time a deal was closed, or opened where it is open.
const KINDS: [Kind; 5] = [
    Kind {
        word: "lead",
        name: "lead-created",
        in_order: &["lead_id", "created_at"],
        named: &["channel", "campaign", "segment", "account_id", "visitor_id", "mql_at", "sql_at", "status"],
    },
    Kind {
        word: "deal",
        name: "deal-closed",
        in_order: &["deal_id", "status", "date"],
        named: &["closed_at", "opened_at", "amount", "currency", "lead_id", "account_id", "deal_type", "segment", "product", "owner"],
    },
    Kind {
        word: "spend",
        name: "ad-spend",
        in_order: &["platform", "spend_date", "amount", "currency"],
        named: &[
            "account",
            "campaign",
            "campaign_id",
            "ad_group",
            "ad_group_id",
            "ad",
            "ad_id",
            "breakdown",
            "channel",
            "segment",
            "category",
            "impressions",
            "clicks",
            "status",
        ],
    },
    Kind {
        word: "social",
        name: "social-interaction",
        in_order: &["platform", "kind", "occurred_at"],
        named: &["count", "account", "post_id", "channel", "campaign", "segment", "lead_id", "stat_date"],
    },
    Kind {
        word: "visit",
        name: "web-visit",
        in_order: &["occurred_at"],
        named: &["visitor_id", "action", "session_id", "page", "channel", "campaign", "segment"],
    },
];
const COMMON: [&str; 4] = ["event_id", "source", "occurred_at", "revision"];
const INTEGERS: [&str; 4] = ["revision", "count", "impressions", "clicks"];

/// Whether a line that begins so is an event's.
pub(super) fn is_event(word: &str) -> bool {
    KINDS.iter().any(|kind| kind.word == word)
}

/// Writes events, with what a line leaves out.
#[derive(Default)]
pub(super) struct Publisher {
    events: u64,
    /// When the last message about a lead or deal was sent.
    last: BTreeMap<(&'static str, String), String>,
}

impl Publisher {
    /// The JSON of a line's words; the first says the type.
    pub fn event(&mut self, words: &[String], currency: &str) -> Result<String, String> {
        let (word, words) = words.split_first().ok_or("no event")?;
        let kind = KINDS.iter().find(|kind| kind.word == word).ok_or_else(|| format!("unknown event {word:?}"))?;
        let mut fields = kind.fields(words)?;
        self.events += 1;
        let mut default = |name: &str, value: String| {
            fields.entry(name.to_owned()).or_insert(value);
        };
        default("event_id", format!("event-{}", self.events));
        default("source", "scenario".to_owned());
        default("revision", self.events.to_string());
        if kind.word == "spend" {
            default("account", "main".to_owned());
        }
        if fields.contains_key("amount") {
            fields.entry("currency".to_owned()).or_insert_with(|| currency.to_owned());
        }
        self.date(kind, &mut fields)?;
        let mut json = Map::from_iter([("type".to_owned(), Value::from(kind.name))]);
        for (name, text) in fields {
            let value = value(&name, text)?;
            json.insert(name, value);
        }
        Ok(Value::from(json).to_string())
    }

    /// `occurred_at`, where the line does not say it: the event's own date; of a spend row the day after, when its day is complete.
    fn date(&mut self, kind: &'static Kind, fields: &mut BTreeMap<String, String>) -> Result<(), String> {
        let key = (kind.word, kind.in_order.first().and_then(|name| fields.get(*name)).cloned().unwrap_or_default());
        if !fields.contains_key("occurred_at") {
            let own = match kind.word {
                "spend" => fields.get("spend_date").map(|date| day_after(date)).transpose()?,
                _ => ["closed_at", "created_at", "opened_at", "stat_date"].iter().find_map(|name| fields.get(*name)).cloned(),
            };
            let at = own.or_else(|| self.last.get(&key).cloned()).ok_or("say when: no date, and no earlier message about the same")?;
            fields.insert("occurred_at".to_owned(), at);
        }
        if let Some(at) = fields.get("occurred_at") {
            self.last.insert(key, at.clone());
        }
        Ok(())
    }
}

impl Kind {
    fn fields(&self, words: &[String]) -> Result<BTreeMap<String, String>, String> {
        let (mut fields, mut in_order) = (BTreeMap::new(), self.in_order.iter());
        for word in words {
            let (name, text) = match word.split_once('=') {
                Some((name, text)) => (self.known(name)?, text),
                None => (*in_order.next().ok_or_else(|| format!("one word too many: {word:?}"))?, word.as_str()),
            };
            if fields.insert(name.to_owned(), text.to_owned()).is_some() {
                return Err(format!("{name} is there twice"));
            }
        }
        if let Some(date) = fields.remove("date") {
            let name = if fields.get("status").is_some_and(|status| status == "open") { "opened_at" } else { "closed_at" };
            fields.insert(name.to_owned(), date);
        }
        Ok(fields)
    }

    fn known<'a>(&self, name: &'a str) -> Result<&'a str, String> {
        let known = || self.in_order.iter().chain(self.named).chain(&COMMON).filter(|known| **known != "date");
        if known().any(|known| *known == name) {
            return Ok(name);
        }
        Err(format!("a {} has no {name:?}, but {}", self.word, known().copied().collect::<Vec<_>>().join(", ")))
    }
}

fn value(name: &str, text: String) -> Result<Value, String> {
    match text.as_str() {
        "null" => Ok(Value::Null),
        _ if INTEGERS.contains(&name) => text.parse::<i64>().map(Value::from).map_err(|_| format!("{name} {text:?} is not a whole number")),
        _ => Ok(Value::from(text)),
    }
}

fn day_after(date: &str) -> Result<String, String> {
    let day = Day::parse(date).map_err(|e| format!("spend_date {date:?}: {e}"))?;
    Ok(day.plus(1).to_string())
}
