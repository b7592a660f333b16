//! Topics as they should be: made where missing, compared where not.

use std::{
    collections::BTreeMap,
    fmt, thread,
    time::{Duration, Instant},
};

use futures_executor::block_on;
use rdkafka::{
    admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, OwnedResourceSpecifier, ResourceSpecifier, TopicReplication},
    error::RDKafkaErrorCode,
};

use crate::{
    Connection, Error, Reader, Topic,
    context::{Context, PATIENCE},
    error::words,
    properties::Purpose,
};

/// A topic as it should be. All topics have `message.timestamp.type=LogAppendTime` and `cleanup.policy=delete`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions it is made with.
    pub partitions: i32,
    /// On how many brokers each is kept.
    pub replication: i32,
    /// How long records are kept.
    pub retention: Retention,
    /// The largest record batch in bytes; none is the broker's default.
    pub max_message_bytes: Option<u32>,
}

/// How long a topic keeps records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retention {
    /// For ever.
    Forever,
    /// For so many days.
    Days(u32),
}

/// What became of the topics asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopicReport {
    /// The topics that were missing: made by [`ensure_topics`], only named by [`check_topics`].
    pub missing: Vec<String>,
    /// The topics that exist as they should.
    pub right: Vec<String>,
    /// How the others differ.
    pub differences: Vec<Difference>,
}

/// How a topic differs from what it should be. Shown as one plain sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The topic.
    pub topic: String,
    /// What differs, by Kafka's name, or `partitions`, `replication`.
    pub setting: &'static str,
    /// As it is.
    pub found: String,
    /// As it should be.
    pub wanted: String,
}

/// Makes the topics that are missing, and says how those that exist differ. Changes none that exists.
pub fn ensure_topics(connection: &Connection, specs: &[TopicSpec]) -> Result<TopicReport, Error> {
    let admin = Admin::open(connection)?;
    let report = admin.compare(specs)?;
    let missing: Vec<&TopicSpec> = specs.iter().filter(|spec| report.missing.contains(&spec.name)).collect();
    admin.create(&missing)?;
    admin.await_topics(&missing)?;
    Ok(report)
}

/// Says which topics are missing, and how those that exist differ. Changes nothing.
pub fn check_topics(connection: &Connection, specs: &[TopicSpec]) -> Result<TopicReport, Error> {
    Admin::open(connection)?.compare(specs)
}

struct Admin {
    /// Asks what exists; it says why a broker is not reached, which an admin client does not.
    reader: Reader,
    client: AdminClient<Context>,
    brokers: String,
}

impl Admin {
    fn open(connection: &Connection) -> Result<Admin, Error> {
        let brokers = connection.brokers().to_owned();
        let client =
            connection.config(Purpose::Sending, &[], &[]).create_with_context(Context::default()).map_err(|error| connection.unmade(error))?;
        Ok(Admin { reader: Reader::open(connection, &[])?, client, brokers })
    }

    fn compare(&self, specs: &[TopicSpec]) -> Result<TopicReport, Error> {
        let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        let found = self.describe(&names)?;
        let configs = self.configs(found.keys().map(String::as_str).collect())?;
        let mut report = TopicReport::default();
        for spec in specs {
            let Some((topic, config)) = found.get(&spec.name).zip(configs.get(&spec.name)) else {
                report.missing.push(spec.name.clone());
                continue;
            };
            let differences = differences(spec, topic, config);
            if differences.is_empty() {
                report.right.push(spec.name.clone());
            }
            report.differences.extend(differences);
        }
        Ok(report)
    }

    /// The topics that exist.
    fn describe(&self, names: &[&str]) -> Result<BTreeMap<String, Topic>, Error> {
        let topics = self.reader.describe(names, PATIENCE)?;
        Ok(topics.into_iter().filter_map(|(name, topic)| Some((name, topic?))).collect())
    }

    fn configs(&self, names: Vec<&str>) -> Result<BTreeMap<String, ConfigResource>, Error> {
        let resources: Vec<ResourceSpecifier<'_>> = names.into_iter().map(ResourceSpecifier::Topic).collect();
        if resources.is_empty() {
            return Ok(BTreeMap::new());
        }
        let what = "configuration of topics";
        let found = block_on(self.client.describe_configs(&resources, &options())).map_err(|error| Error::of_request(what, &self.brokers, &error))?;
        let mut configs = BTreeMap::new();
        for config in found {
            let config = config.map_err(|code| self.failed(what, words(code)))?;
            if let OwnedResourceSpecifier::Topic(name) = &config.specifier {
                configs.insert(name.clone(), config);
            }
        }
        Ok(configs)
    }

    fn create(&self, specs: &[&TopicSpec]) -> Result<(), Error> {
        if specs.is_empty() {
            return Ok(());
        }
        let configs: Vec<_> = specs.iter().map(|spec| wanted(spec)).collect();
        let topics: Vec<NewTopic<'_>> = specs.iter().zip(&configs).map(|(spec, config)| new_topic(spec, config)).collect();
        let made =
            block_on(self.client.create_topics(&topics, &options())).map_err(|error| Error::of_request("making topics", &self.brokers, &error))?;
        for result in made {
            match result {
                // Another instance was faster.
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => return Err(self.failed(&format!("making topic {topic}"), words(code))),
            }
        }
        Ok(())
    }

    /// Waits until the brokers know of the topics, which they do a little after these are made.
    fn await_topics(&self, specs: &[&TopicSpec]) -> Result<(), Error> {
        let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        let deadline = Instant::now() + PATIENCE;
        while self.describe(&names)?.len() < names.len() {
            if Instant::now() > deadline {
                return Err(self.failed("making topics", format!("not all of {} are there after {} s", names.join(", "), PATIENCE.as_secs())));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn failed(&self, what: &str, why: String) -> Error {
        Error::Failed { what: what.to_owned(), brokers: self.brokers.clone(), why }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(PATIENCE)).operation_timeout(Some(PATIENCE))
}

fn new_topic<'a>(spec: &'a TopicSpec, config: &'a [(&'static str, String)]) -> NewTopic<'a> {
    let topic = NewTopic::new(&spec.name, spec.partitions, TopicReplication::Fixed(spec.replication));
    config.iter().fold(topic, |topic, (name, value)| topic.set(name, value))
}

/// The settings of a topic, by Kafka's names.
fn wanted(spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let retention = match spec.retention {
        Retention::Forever => "-1".to_owned(),
        Retention::Days(days) => (i64::from(days) * DAY_MS).to_string(),
    };
    let mut settings = vec![
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("cleanup.policy", "delete".to_owned()),
        ("retention.ms", retention),
        // A limit of size would drop records whatever their age.
        ("retention.bytes", "-1".to_owned()),
    ];
    settings.extend(spec.max_message_bytes.map(|bytes| ("max.message.bytes", bytes.to_string())));
    settings
}

const DAY_MS: i64 = model::time::DAY_MS;

fn differences(spec: &TopicSpec, topic: &Topic, config: &ConfigResource) -> Vec<Difference> {
    let counts = [
        ("partitions", topic.partitions.len().to_string(), spec.partitions.to_string()),
        ("replication", topic.replication.to_string(), spec.replication.to_string()),
    ];
    let value = |name: &str| config.get(name).and_then(|entry| entry.value.clone()).unwrap_or_else(|| "not set".to_owned());
    let settings = wanted(spec).into_iter().map(|(name, wanted)| (name, value(name), wanted));
    let all = counts.into_iter().chain(settings).filter(|(_, found, wanted)| found != wanted);
    all.map(|(setting, found, wanted)| Difference { topic: spec.name.clone(), setting, found, wanted }).collect()
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { topic, setting, found, wanted } = self;
        match *setting {
            "partitions" => write!(f, "topic {topic} has {found} partitions, not {wanted}: any number works"),
            "replication" => write!(f, "topic {topic} is kept on {found} brokers, not {wanted}"),
            "message.timestamp.type" => write!(
                f,
                "topic {topic} takes the time of records from their publishers (message.timestamp.type is {found}, not {wanted}): a publisher with a \
                 fast clock can pass off events of the future"
            ),
            "cleanup.policy" => {
                write!(
                    f,
                    "topic {topic} is cleaned by {found}, not only {wanted} (cleanup.policy): compaction loses events that are not the last of their key"
                )
            }
            "retention.ms" => write!(f, "topic {topic} keeps records {}, not {} (retention.ms is {found})", span(found), span(wanted)),
            "retention.bytes" => {
                write!(f, "topic {topic} drops its oldest records above a size, whatever their age (retention.bytes is {found}, not {wanted})")
            }
            _ => write!(f, "topic {topic} has {setting} {found}, not {wanted}"),
        }
    }
}

/// Milliseconds of a retention in words.
fn span(ms: &str) -> String {
    match ms.parse::<i64>() {
        Ok(-1) => "for ever".to_owned(),
        Ok(ms) if ms >= 2 * DAY_MS => format!("for {} days", ms / DAY_MS),
        Ok(ms) => format!("for {} minutes", ms / model::time::MINUTE_MS),
        Err(_) => format!("for {ms}"),
    }
}
