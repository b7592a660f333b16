//! How to reach a cluster.

use std::{
    collections::BTreeMap,
    fmt, fs,
    time::{Duration, Instant},
};

use rdkafka::{ClientConfig, config::RDKafkaLogLevel, consumer::Consumer as _, error::KafkaError};

use crate::{
    Error,
    complaint::{self, Complaint, Refusal},
    context::Context,
    native::Consumer,
    properties::{self, Purpose},
};

/// What librdkafka tells: of a connection that the broker closes no more than this.
const HEARD: RDKafkaLogLevel = RDKafkaLogLevel::Info;

/// How long it is listened for a complaint; it also keeps a broker that refuses at once from being asked all the time.
const LISTEN: Duration = Duration::from_millis(250);

/// How long it is tried whether a certificate is only that of another host.
const PROBE: Duration = Duration::from_secs(2);

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

    /// The same with one more librdkafka property: one that it knows, of a value that it can have, and not one that decides the numbers.
    pub fn with(mut self, name: &str, value: &str) -> Result<Connection, Error> {
        properties::allowed(name, value)?;
        self.properties.insert(name.to_owned(), value.to_owned());
        Ok(self)
    }

    /// The brokers, as given.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// A client's configuration: `defaults`, over them what the user set, over all what must be.
    pub(crate) fn config(&self, purpose: Purpose, defaults: &[(&str, &str)], musts: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set_log_level(HEARD);
        for (name, value) in
            [("client.id", "kpistream"), ("socket.keepalive.enable", "true"), ("reconnect.backoff.max.ms", "2000")].iter().chain(defaults)
        {
            config.set(*name, *value);
        }
        for (name, value) in self.properties.iter().filter(|(name, _)| properties::is_of(name, purpose)) {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.brokers).set("allow.auto.create.topics", "false");
        for (name, value) in musts {
            config.set(*name, *value);
        }
        config
    }

    /// Why there is no client. Of a file that it cannot read librdkafka says no more than its name for it.
    pub(crate) fn unmade(&self, error: KafkaError) -> Error {
        let unread = |(name, file): (&String, &String)| {
            let is_file = properties::FILES.contains(&name.as_str()) && file != "probe";
            let why = if is_file { fs::metadata(file).err() } else { None };
            why.map(|why| Error::Property { name: name.clone(), why: format!("{file}: {why}; give the path of a file that this process may read") })
        };
        self.properties.iter().find_map(unread).unwrap_or_else(|| Error::of_client(&self.brokers, error))
    }

    /// The error of brokers that did not answer within a time, with what a client's context has heard of why.
    pub(crate) fn silence(&self, context: &Context, waited: Duration) -> Error {
        let complaint = context.complaint();
        // A broker that has spoken with us and then hangs up is one that goes down.
        let is_gone = |refusal: &Refusal| *refusal == Refusal::HangsUp && context.has_opened();
        let refusal = complaint.as_ref().and_then(Complaint::refusal).filter(|refusal| !is_gone(refusal));
        let refusal = refusal.map(|refusal| match refusal {
            // Under way it is not asked again and again: the name that was right at the start still is.
            Refusal::Certificate if !context.has_opened() && self.is_only_the_host_name() => Refusal::HostName,
            other => other,
        });
        complaint::error(&self.brokers, waited, complaint.as_ref(), refusal)
    }

    /// Whether the brokers' certificate holds but for the host's name, which librdkafka does not tell. Nothing is sent there that is
    /// secret: neither login nor certificate.
    fn is_only_the_host_name(&self) -> bool {
        let mut config = ClientConfig::new();
        config.set_log_level(HEARD);
        let of_trust = |name: &str| ["ssl.ca.", "ssl.crl.", "ssl.cipher.", "ssl.curves.", "ssl.sigalgs."].iter().any(|start| name.starts_with(start));
        for (name, value) in self.properties.iter().filter(|(name, _)| of_trust(name)) {
            config.set(name, value);
        }
        config.set("bootstrap.servers", &self.brokers).set("security.protocol", "ssl").set("ssl.endpoint.identification.algorithm", "none");
        let Ok(client) = config.create_with_context::<_, Consumer>(Context::quiet()) else { return false };
        if client.fetch_metadata(None, PROBE).is_ok() {
            return true;
        }
        listen(&client);
        let refusal = client.context().complaint().as_ref().and_then(Complaint::refusal);
        refusal.is_some_and(|refusal| refusal != Refusal::Certificate)
    }
}

/// Lets a client's context hear why nothing answers: what is complained of waits on the queue, among log lines.
pub(crate) fn listen(client: &Consumer) {
    let begun = Instant::now();
    while begun.elapsed() < LISTEN || (client.context().complaint().is_none() && begun.elapsed() < LISTEN * 2) {
        _ = client.poll(Duration::from_millis(50));
    }
}

impl fmt::Debug for Connection {
    /// Properties by name only: their values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.properties.keys().collect();
        f.debug_struct("Connection").field("brokers", &self.brokers).field("properties", &names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
