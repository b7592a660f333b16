//! The keys that say where things are and how they run; none of them changes a KPI.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use engine::DedupLimits;
use kafka::{Connection, Retention};
use model::EventType;
use pipeline::Topics;
use wire::{SchemaId, Schemas};

use super::{
    error::ConfigError,
    plain,
    span::parse_span,
    values::{Leaf, Values},
};
use crate::failure::Failure;

const DAY_SECONDS: u64 = 86_400;

/// Where Kafka is and how it is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Kafka {
    /// `host:port` of some brokers, parted by commas; none where none is configured.
    pub brokers: Option<String>,
    /// librdkafka's properties; some are secrets.
    pub properties: BTreeMap<String, String>,
}

impl fmt::Debug for Kafka {
    /// The properties by name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka").field("brokers", &self.brokers).field("properties", &self.properties.keys()).finish()
    }
}

impl Kafka {
    /// Reads the table `kafka`. A property whose name ends in `_file` is read from that file, so that a secret need not
    /// stand in the configuration: `"sasl.password_file" = "/run/secrets/password"`.
    pub fn read(values: &Values) -> Result<Kafka, ConfigError> {
        let host_port = |text: &str| {
            let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty()).and_then(|(_, port)| port.parse::<u16>().ok());
            if port.is_some() { Ok(text.to_owned()) } else { Err("") }
        };
        let brokers = values.list("kafka.brokers", host_port)?.filter(|list| !list.is_empty()).map(|list| list.join(","));
        // A property may be given itself or as the file that holds it: whichever the higher layer gives holds.
        let mut leaves: BTreeMap<String, &Leaf> = BTreeMap::new();
        for leaf in values.under("kafka.properties") {
            let name = property_name(leaf);
            let name = name.strip_suffix("_file").unwrap_or(&name).to_owned();
            match leaves.insert(name.clone(), leaf) {
                Some(other) if other.layer() == leaf.layer() => {
                    return Err(leaf.refused_for(Some(format!("`{name}` is given too")), "one of the two".to_owned()));
                }
                Some(other) if other.layer() > leaf.layer() => _ = leaves.insert(name, other),
                _ => {}
            }
        }
        let properties = leaves.into_values().map(property).collect::<Result<_, _>>()?;
        Ok(Kafka { brokers, properties })
    }

    /// The connection, if brokers are configured.
    pub fn connection(&self) -> Result<Connection, Failure> {
        let none = "no brokers are configured; give --brokers HOST:PORT, or kafka.brokers in the configuration";
        let connection = Connection::new(self.brokers.as_deref().ok_or_else(|| Failure::usage(none))?);
        let with = |connection: Connection, (name, value): (&String, &String)| connection.with(name, value);
        connection.and_then(|connection| self.properties.iter().try_fold(connection, with)).map_err(Failure::usage)
    }

    /// Whether the properties go together and the files they name are of use; nothing is connected to.
    pub fn try_out(&self) -> Result<(), Failure> {
        if self.brokers.is_none() || self.properties.is_empty() {
            return Ok(());
        }
        self.connection()?.try_out().map_err(Failure::failed)
    }
}

/// The name of a property, as librdkafka has it, or that name and `_file`.
fn property_name(leaf: &Leaf) -> String {
    leaf.path().get(2..).unwrap_or_default().join(".")
}

fn property(leaf: &Leaf) -> Result<(String, String), ConfigError> {
    let name = property_name(leaf);
    let (name, value) = match name.strip_suffix("_file") {
        None => (name, leaf.text()?.to_owned()),
        Some(secret) => {
            let file = leaf.file()?;
            let text = std::fs::read_to_string(&file)
                .map_err(|error| leaf.useless(&file, format!("{}; give a file that holds the value", plain(&error))))?;
            (secret.to_owned(), text.trim_end_matches(['\r', '\n']).to_owned())
        }
    };
    // Some are how the fold stays right, so they are not for the configuration to change.
    let allowed = Connection::new("any:9092").and_then(|connection| connection.with(&name, &value));
    allowed.map_err(|error| leaf.refused_for(Some(error.to_string()), "a property and a value that librdkafka takes, or leave it out".to_owned()))?;
    Ok((name, value))
}

/// How missing topics are made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Create {
    /// Partitions of each.
    pub partitions: i32,
    /// Replicas of each partition.
    pub replication: i32,
    /// How long interactions are kept. Entities are for ever.
    pub interaction_retention: Retention,
    /// How long dead letters are kept.
    pub dead_letter_retention: Retention,
}

/// Reads the names in the table `topics`.
pub fn topics(values: &Values) -> Result<Topics, ConfigError> {
    let mut taken: Vec<String> = Vec::new();
    let mut name = |key: &str, default: &str| {
        let name = values.get(&format!("topics.{key}"), topic_name)?.unwrap_or_else(|| default.to_owned());
        match values.leaf(&format!("topics.{key}")) {
            Some(leaf) if taken.contains(&name) => Err(leaf.refused("another topic has that name")),
            _ => {
                taken.push(name.clone());
                Ok(name)
            }
        }
    };
    let mut names = EventType::ALL.map(|t| t.name().to_owned());
    for own in &mut names {
        *own = name(&own.replace('-', "_"), own)?;
    }
    let dead_letters = name("dead_letters", "kpistream.dead-letters")?;
    Ok(Topics { names, dead_letters })
}

impl Create {
    /// Reads the table `topics.create`.
    pub fn read(values: &Values) -> Result<Create, ConfigError> {
        let small = |key: &str, most, default| Ok::<i32, ConfigError>(i32::try_from(values.number(key, 1, most, default)?).unwrap_or(1));
        let retention = |text: &str| match text {
            "forever" => Ok(Retention::Forever),
            span => parse_span(span).map(|span| span.as_secs().div_ceil(DAY_SECONDS)).filter(|days| *days > 0).and_then(days).ok_or(""),
        };
        Ok(Create {
            partitions: small("topics.create.partitions", 1000, 4)?,
            replication: small("topics.create.replication", 9, 1)?,
            // 25 months, of 31 days, so that no month the KPIs look back to is missing its first days.
            interaction_retention: values.get("topics.create.interaction_retention", retention)?.unwrap_or(Retention::Days(775)),
            dead_letter_retention: values.get("topics.create.dead_letter_retention", retention)?.unwrap_or(Retention::Days(90)),
        })
    }
}

fn days(days: u64) -> Option<Retention> {
    u32::try_from(days).ok().map(Retention::Days)
}

fn topic_name(text: &str) -> Result<String, &'static str> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let good = (1..=249).contains(&text.len()) && text.bytes().all(legal) && text != "." && text != "..";
    if good { Ok(text.to_owned()) } else { Err("") }
}

/// Reads the table `dedup`. The bound keeps what a partition's ids take under some 100 MB.
pub fn dedup(values: &Values) -> Result<DedupLimits, ConfigError> {
    let span_ms = |text: &str| parse_span(text).map(|span| span.as_millis()).filter(|ms| *ms > 0).and_then(|ms| i64::try_from(ms).ok()).ok_or("");
    let span_ms = values.get("dedup.span", span_ms)?.unwrap_or(24 * 3_600_000);
    let ids = values.number("dedup.max_ids", 1000, 1_000_000_000, 2_000_000)?;
    Ok(DedupLimits { span_ms: Some(span_ms), ids: usize::try_from(ids).unwrap_or(usize::MAX), clock_records: DedupLimits::CLOCK_RECORDS })
}

/// A writer's schema beside the embedded ones.
pub struct SchemaText<'a> {
    /// By what messages name it.
    pub id: SchemaId,
    /// What it says.
    pub json: String,
    leaf: &'a Leaf,
    file: PathBuf,
}

/// Reads the table `schemas.ids`: the writers' schemas beside the embedded ones, by Confluent's id or by GUID.
pub fn schema_texts(values: &Values) -> Result<Vec<SchemaText<'_>>, ConfigError> {
    let text = |leaf| {
        let (id, (file, text)) = (schema_id(leaf)?, schema_text(leaf)?);
        Ok(SchemaText { id, json: text.into_owned(), leaf, file })
    };
    values.under("schemas.ids").map(text).collect()
}

/// The writers' schemas, the embedded ones among them.
pub fn schemas(texts: &[SchemaText<'_>]) -> Result<Schemas, ConfigError> {
    let mut schemas = Schemas::embedded();
    for SchemaText { id, json, leaf, file } in texts {
        if json == JSON {
            schemas.insert_json(*id);
        } else {
            schemas.insert(*id, json).map_err(|error| leaf.useless(file, error))?;
        }
    }
    Ok(schemas)
}

fn schema_id(leaf: &Leaf) -> Result<SchemaId, ConfigError> {
    let name = leaf.path().last().copied().unwrap_or_default().to_owned();
    let number = name.parse().ok().map(SchemaId::Number);
    number
        .or_else(|| guid(&name).map(SchemaId::Guid))
        .ok_or_else(|| leaf.refused_for(None, "a schema id (a whole number or a GUID) as the key".to_owned()))
}

fn guid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(u128::from_str_radix(&digits, 16).ok()?.to_be_bytes())
}

/// What stands in place of a schema where the payload is JSON.
pub const JSON: &str = "json";

/// The schema that a value names, and where it is from.
fn schema_text(leaf: &Leaf) -> Result<(PathBuf, Cow<'static, str>), ConfigError> {
    if leaf.text()? == JSON {
        return Ok((PathBuf::from(JSON), Cow::Borrowed(JSON)));
    }
    if let Some(event_type) = EventType::named(leaf.text()?) {
        return Ok((PathBuf::from(event_type.name()), Cow::Borrowed(wire::embedded_schema(event_type))));
    }
    let file = leaf.file()?;
    if file.extension() != Some(Path::new("avsc").as_os_str()) {
        return Err(leaf.refused(""));
    }
    let text = std::fs::read_to_string(&file).map_err(|error| leaf.useless(&file, plain(&error)))?;
    Ok((file, Cow::Owned(text)))
}

macro_rules! word {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the words say it")]
        pub enum $name { $($variant),+ }

        impl $name {
            /// The value of a word.
            pub fn parse(word: &str) -> Result<$name, &'static str> {
                match word { $($word => Ok($name::$variant),)+ _ => Err("") }
            }
        }
    };
}

word!(
    /// How much is logged.
    LogLevel { Error = "error", Warn = "warn", Info = "info", Debug = "debug", Trace = "trace" }
);

word!(
    /// How it is logged.
    LogFormat { Text = "text", Json = "json" }
);
