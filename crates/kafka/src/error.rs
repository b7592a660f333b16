//! What can go wrong with a cluster, in one line that says what, where, and what to do.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::properties::is_secret;

/// Why a call of this crate failed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// The list of brokers is empty or has an empty member.
    #[error("brokers {0:?}: give one or more host:port, separated by commas")]
    NoBrokers(String),
    /// A librdkafka property is unknown, has a value it cannot have, or is not the user's to set.
    #[error("kafka property `{name}`: {why}")]
    Property {
        /// The property.
        name: String,
        /// What is wrong with it; never a secret's value.
        why: String,
    },
    /// librdkafka refuses the properties as a whole.
    #[error("kafka client for {brokers}: librdkafka refuses its properties: {why}")]
    Client {
        /// The brokers, as configured.
        brokers: String,
        /// librdkafka's words.
        why: String,
    },
    /// No broker answered in time.
    #[error("no broker answers at {brokers} within {seconds} s ({why}): check that Kafka runs there and can be reached from here")]
    Unreachable {
        /// The brokers, as configured.
        brokers: String,
        /// How long they were waited for.
        seconds: u64,
        /// The first thing librdkafka complained of.
        why: String,
    },
    /// A broker answered, and will have none of us.
    #[error("a broker of {brokers} {what}: {advice} ({why})")]
    Refused {
        /// The brokers, as configured.
        brokers: String,
        /// What it does.
        what: &'static str,
        /// What to do about it.
        advice: &'static str,
        /// librdkafka's words.
        why: String,
    },
    /// Topics that are to be read do not exist.
    #[error("no topic {topics} at {brokers}: make it first, or correct its configured name")]
    NoSuchTopic {
        /// Their names, separated by commas.
        topics: String,
        /// The brokers, as configured.
        brokers: String,
    },
    /// A request failed.
    #[error("{what} at {brokers}: {why}")]
    Failed {
        /// What was asked for.
        what: String,
        /// The brokers, as configured.
        brokers: String,
        /// The broker's or librdkafka's words.
        why: String,
    },
    /// Records that were accepted for sending have not reached the broker and will not.
    #[error("{failed} records were not delivered to {brokers}; the first, to {topic}: {why}")]
    Undelivered {
        /// How many.
        failed: u64,
        /// The brokers, as configured.
        brokers: String,
        /// The topic of the first of them.
        topic: String,
        /// Why the first of them was not delivered.
        why: String,
    },
    /// Records are still on their way when the wait for them ends.
    #[error("{waiting} records are not yet delivered to {brokers} after {seconds} s: check that the brokers are well")]
    StillWaiting {
        /// How many.
        waiting: i32,
        /// The brokers, as configured.
        brokers: String,
        /// How long they were waited for.
        seconds: u64,
    },
}

impl Error {
    /// The error of making a client, without the value of any secret.
    pub(crate) fn of_client(brokers: &str, error: KafkaError) -> Error {
        match error {
            KafkaError::ClientConfig(_, _, name, _) if is_secret(&name) => Error::Property { name, why: "not a value librdkafka accepts".to_owned() },
            KafkaError::ClientConfig(_, why, name, _) => Error::Property { name, why },
            // What it falls back to where no mechanism is given.
            KafkaError::ClientCreation(why) if why.contains("SASL mechanism GSSAPI") => {
                Error::Property { name: "sasl.mechanism".to_owned(), why: "is missing; give SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN".to_owned() }
            }
            KafkaError::ClientCreation(why) => Error::Client { brokers: brokers.to_owned(), why },
            other => Error::Client { brokers: brokers.to_owned(), why: other.to_string() },
        }
    }

    /// The error of a request.
    pub(crate) fn of_request(what: impl Into<String>, brokers: &str, error: &KafkaError) -> Error {
        let why = error.rdkafka_error_code().map_or_else(|| error.to_string(), words);
        Error::Failed { what: what.into(), brokers: brokers.to_owned(), why }
    }
}

/// Whether a request failed for want of a broker that answers, rather than by a broker's answer.
pub(crate) fn is_silence(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::OperationTimedOut
            | Code::RequestTimedOut
            | Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::Resolve
            | Code::Authentication
            | Code::SSL
            | Code::TimedOutQueue
    )
}

/// A code in librdkafka's words, without the binding's name for it.
pub(crate) fn words(code: RDKafkaErrorCode) -> String {
    let both = code.to_string();
    match both.split_once(" (").and_then(|(_, words)| words.strip_suffix(')')) {
        Some(words) => words.to_owned(),
        None => both,
    }
}
