//! librdkafka's properties: which there are, which of them are not the user's to set, and which must not be shown.

use rdkafka::{ClientConfig, error::KafkaError, types::RDKafkaConfRes};

use crate::Error;

/// The names that librdkafka knows and what a client must do to have a use for each; made from its CONFIGURATION.md, without what no
/// text can set. librdkafka itself decides what it knows: this is for suggestions, and for which client gets what.
const KNOWN: &str = include_str!("properties.txt");

/// What a name must hold to be taken for that of a secret.
const SECRETS: &[&str] = &["password", "secret", "pem", "key", "token", "jaas", "credential", "oauthbearer.config"];

/// What authenticates, of what librdkafka was built with here.
const MECHANISMS: &[&str] = &["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"];
const NOT_BUILT: &str = "OAUTHBEARER (OIDC) and GSSAPI (Kerberos) are not built in; give sasl.mechanism SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN, \
                         or a certificate by ssl.certificate.location and ssl.key.location";

/// Properties of which only some values are right, and why. Of most none is: this crate sets them.
const OURS: &[(&str, &[&str], &str)] = &[
    ("bootstrap.servers", &[], "cannot be set: it is the list of brokers, kafka.brokers"),
    ("metadata.broker.list", &[], "cannot be set: it is the list of brokers, kafka.brokers"),
    ("enable.auto.commit", &[], "cannot be set: offsets are kept with the state, never in Kafka"),
    ("auto.commit.enable", &[], "cannot be set: offsets are kept with the state, never in Kafka"),
    ("enable.auto.offset.store", &[], "cannot be set: offsets are kept with the state, never in Kafka"),
    ("auto.offset.reset", &[], "cannot be set: a lost offset is a failure of its partition, never a jump"),
    ("check.crcs", &[], "cannot be set: is always on: a damaged record must not be counted"),
    ("enable.partition.eof", &[], "cannot be set: the end of a partition is not an event here"),
    ("isolation.level", &["read_committed"], "is always read_committed: a record that its publisher took back must not be counted"),
    ("acks", &[], "cannot be set: all replicas acknowledge every record"),
    ("request.required.acks", &[], "cannot be set: all replicas acknowledge every record"),
    ("enable.idempotence", &[], "cannot be set: is always on: a retry must not become a second record"),
    ("transactional.id", &[], "cannot be set: each record is sent by itself, outside of transactions"),
    ("partitioner", &[], "cannot be set: is chosen for each producer"),
    ("allow.auto.create.topics", &[], "cannot be set: a misspelt topic is an error, not a new topic"),
    ("topic.blacklist", &[], "cannot be set: a topic that is to be read must be seen"),
    ("sasl.mechanism", MECHANISMS, NOT_BUILT),
    ("sasl.mechanisms", MECHANISMS, NOT_BUILT),
    ("enable.sasl.oauthbearer.unsecure.jwt", &["false"], NOT_BUILT),
];

/// The beginnings of names that belong to what is not built in.
const FOREIGN: &[&str] = &["sasl.oauthbearer.", "sasl.kerberos."];

/// Properties that name a file or folder.
pub(crate) const FILES: &[&str] = &["ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location"];

/// What a client does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    Reading,
    Sending,
}

/// Whether a property may be set so, as far as one can say of it alone.
pub(crate) fn allowed(name: &str, value: &str) -> Result<(), Error> {
    let refused = |why: String| Err(Error::Property { name: name.to_owned(), why });
    if let Some((_, right, why)) = OURS.iter().find(|(ours, ..)| *ours == name)
        && !right.contains(&value)
    {
        return refused((*why).to_owned());
    }
    if FOREIGN.iter().any(|start| name.starts_with(start)) {
        return refused(NOT_BUILT.to_owned());
    }
    match ClientConfig::new().set(name, value).create_native_config() {
        Ok(_) => Ok(()),
        Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)) => {
            refused(format!("librdkafka has no such property; the nearest is `{}`", nearest(name)))
        }
        Err(KafkaError::ClientConfig(_, why, ..)) if !is_secret(name) => refused(one_line(&why)),
        Err(_) => refused("not a value librdkafka accepts".to_owned()),
    }
}

/// Whether a client of a purpose has a use for a property; one that has none warns of it.
pub(crate) fn is_of(name: &str, purpose: Purpose) -> bool {
    let other = match purpose {
        Purpose::Reading => "sending",
        Purpose::Sending => "reading",
    };
    !known().any(|(known, of)| known == name && of == other)
}

/// Whether a property's value must not be shown.
pub(crate) fn is_secret(name: &str) -> bool {
    SECRETS.iter().any(|part| name.contains(part))
}

/// The name that librdkafka knows and that reads most like another.
fn nearest(name: &str) -> &'static str {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(known, name);
    known().map(|(known, _)| known).max_by(|a, b| likeness(a).total_cmp(&likeness(b))).unwrap_or_default()
}

fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    KNOWN.lines().filter_map(|line| line.split_once(' '))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_names_are_librdkafkas() {
        for (name, of) in known() {
            let set = ClientConfig::new().set(name, "").create_native_config();
            let unknown = matches!(set, Err(KafkaError::ClientConfig(RDKafkaConfRes::RD_KAFKA_CONF_UNKNOWN, ..)));
            assert!(!unknown && matches!(of, "reading" | "sending" | "both"), "{name} {of}");
        }
    }
}
