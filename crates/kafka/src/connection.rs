//! How to reach a cluster, and what librdkafka says while we are connected to it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext,
    config::RDKafkaLogLevel,
    consumer::ConsumerContext,
    error::{KafkaError, RDKafkaErrorCode},
};

use crate::Error;

/// How long a broker is waited for before it counts as down.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What a name must hold to be taken for that of a secret.
const SECRETS: &[&str] = &["password", "secret", "pem", "key", "token", "jaas", "credential", "oauthbearer.config"];

/// Properties this crate decides, and why.
const OURS: &[(&str, &str)] = &[
    ("bootstrap.servers", "is the list of brokers"),
    ("metadata.broker.list", "is the list of brokers"),
    ("enable.auto.commit", "offsets are kept with the state, never in Kafka"),
    ("enable.auto.offset.store", "offsets are kept with the state, never in Kafka"),
    ("auto.offset.reset", "a lost offset is a failure of its partition, never a jump"),
    ("check.crcs", "is always on: a damaged record must not be counted"),
    ("enable.partition.eof", "the end of a partition is not an event here"),
    ("acks", "all replicas acknowledge every record"),
    ("request.required.acks", "all replicas acknowledge every record"),
    ("enable.idempotence", "is always on: a retry must not become a second record"),
    ("partitioner", "is chosen for each producer"),
    ("allow.auto.create.topics", "a misspelt topic is an error, not a new topic"),
];

/// The brokers of a cluster and the librdkafka properties to reach them with, such as `security.protocol`.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    brokers: String,
    properties: BTreeMap<String, String>,
}

impl Connection {
    /// A connection to brokers, `host:port` separated by commas.
    ///
    /// ```
    /// let connection = kafka::Connection::new("kafka-1:9092, kafka-2:9092")?
    ///     .with("security.protocol", "ssl")?
    ///     .with("sasl.password", "hunter2")?;
    /// assert_eq!(format!("{connection:?}"), r#"Connection { brokers: "kafka-1:9092,kafka-2:9092", properties: ["sasl.password", "security.protocol"] }"#);
    /// # Ok::<(), kafka::Error>(())
    /// ```
    pub fn new(brokers: &str) -> Result<Connection, Error> {
        let members: Vec<&str> = brokers.split(',').map(str::trim).collect();
        if members.iter().any(|member| member.is_empty() || member.contains(char::is_whitespace)) {
            return Err(Error::NoBrokers(brokers.to_owned()));
        }
        Ok(Connection { brokers: members.join(","), properties: BTreeMap::new() })
    }

    /// The same with one more librdkafka property. Whether librdkafka knows it shows when a client is made.
    pub fn with(mut self, name: &str, value: &str) -> Result<Connection, Error> {
        if let Some((_, why)) = OURS.iter().find(|(ours, _)| *ours == name) {
            return Err(Error::Property { name: name.to_owned(), why: format!("cannot be set: {why}") });
        }
        self.properties.insert(name.to_owned(), value.to_owned());
        Ok(self)
    }

    /// The brokers, as given.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// A client's configuration: `defaults`, over them what the user set, over all what must be.
    pub(crate) fn config(&self, defaults: &[(&str, &str)], musts: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Warning);
        for (name, value) in
            [("client.id", "kpistream"), ("socket.keepalive.enable", "true"), ("reconnect.backoff.max.ms", "2000")].iter().chain(defaults)
        {
            config.set(*name, *value);
        }
        for (name, value) in &self.properties {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.brokers).set("allow.auto.create.topics", "false");
        for (name, value) in musts {
            config.set(*name, *value);
        }
        config
    }
}

impl fmt::Debug for Connection {
    /// Properties by name only: their values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.properties.keys().collect();
        f.debug_struct("Connection").field("brokers", &self.brokers).field("properties", &names).finish()
    }
}

/// Whether a property's value must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|part| name.contains(part))
}

/// Takes librdkafka's log lines to ours, and keeps the first complaint for the error that may follow.
#[derive(Default)]
pub(crate) struct Context {
    complaint: Mutex<Option<String>>,
}

impl Context {
    /// Whether librdkafka complained.
    pub(crate) fn has_complaint(&self) -> bool {
        self.complaint.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// What librdkafka first complained of, or that it did not.
    pub(crate) fn complaint(&self) -> String {
        let complaint = self.complaint.lock().unwrap_or_else(PoisonError::into_inner);
        complaint.clone().unwrap_or_else(|| "no answer".to_owned())
    }

    /// The error of brokers that did not answer.
    pub(crate) fn unreachable(&self, brokers: &str, waited: Duration) -> Error {
        Error::Unreachable { brokers: brokers.to_owned(), seconds: waited.as_secs(), why: self.complaint() }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, line: &str) {
        use RDKafkaLogLevel as Level;
        match level {
            Level::Emerg | Level::Alert | Level::Critical | Level::Error => tracing::error!(target: "kafka", fac, "{line}"),
            Level::Warning => tracing::warn!(target: "kafka", fac, "{line}"),
            Level::Notice | Level::Info => tracing::info!(target: "kafka", fac, "{line}"),
            Level::Debug => tracing::debug!(target: "kafka", fac, "{line}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(target: "kafka", "{reason}");
        // "all brokers are down" says less than the failure that came before it.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            let reason = reason.split(" (after ").next().unwrap_or(reason);
            self.complaint.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| reason.to_owned());
        }
    }
}

impl ConsumerContext for Context {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_the_numbers_is_not_the_users_to_set() {
        let connection = Connection::new("localhost:9092").unwrap();
        assert_eq!(
            connection.with("check.crcs", "false").unwrap_err().to_string(),
            "kafka property `check.crcs`: cannot be set: is always on: a damaged record must not be counted"
        );
    }

    #[test]
    fn brokers_are_hosts() {
        for bad in ["", " ", "a:1,,b:2", "a b"] {
            assert_eq!(Connection::new(bad), Err(Error::NoBrokers(bad.to_owned())));
        }
    }

    #[test]
    fn secrets_stay_secret() {
        let error = KafkaError::ClientConfig(
            rdkafka::types::RDKafkaConfRes::RD_KAFKA_CONF_INVALID,
            "Invalid value \"hunter2\"".to_owned(),
            "ssl.key.password".to_owned(),
            "hunter2".to_owned(),
        );
        assert_eq!(Error::of_client("b", error).to_string(), "kafka property `ssl.key.password`: not a value librdkafka accepts");
    }
}
