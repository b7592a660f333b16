//! What went wrong with one partition.

use std::fmt;

use crate::Partition;

/// A partition's failure, as it arrived among its records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The partition; none where librdkafka names none.
    pub partition: Option<Partition>,
    /// The offset it concerns, where it concerns one.
    pub offset: Option<i64>,
    /// What it is.
    pub kind: FailureKind,
    /// librdkafka's words.
    pub detail: String,
}

/// What a failure is, and so whether the partition can go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FailureKind {
    /// The next record is not kept any more, or is not there yet: the topic was truncated or made anew.
    OffsetOutOfRange,
    /// The topic or the partition does not exist (any more).
    UnknownTopic,
    /// A checksum is wrong, or compressed records cannot be unpacked.
    Corrupt,
    /// The records are of a format this build cannot read.
    Unsupported,
    /// The broker does not let us read the topic; librdkafka goes on asking.
    NotAuthorized,
    /// Another answer of the broker; librdkafka goes on asking.
    Broker,
    /// Another failure inside librdkafka: what it skipped is not known.
    Client,
}

impl FailureKind {
    /// Its name as a label.
    pub fn label(self) -> &'static str {
        match self {
            FailureKind::OffsetOutOfRange => "offset_out_of_range",
            FailureKind::UnknownTopic => "unknown_topic",
            FailureKind::Corrupt => "corrupt",
            FailureKind::Unsupported => "unsupported",
            FailureKind::NotAuthorized => "not_authorized",
            FailureKind::Broker => "broker",
            FailureKind::Client => "client",
        }
    }

    /// Whether the partition stops here: going on would skip records unseen. The others are passing, and nothing is skipped.
    pub fn is_final(self) -> bool {
        !matches!(self, FailureKind::NotAuthorized | FailureKind::Broker)
    }

    /// The kind of a librdkafka error code, by number: codes of brokers are positive, librdkafka's own negative (rdkafka.h).
    /// Numbers rather than the binding's enum, which an unknown code of a newer broker would not be a value of.
    pub(crate) fn of_code(code: i32) -> FailureKind {
        match code {
            // OFFSET_OUT_OF_RANGE, _AUTO_OFFSET_RESET, _NO_OFFSET, _LOG_TRUNCATION
            1 | -140 | -168 | -139 => FailureKind::OffsetOutOfRange,
            // UNKNOWN_TOPIC_OR_PART, UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID, _UNKNOWN_PARTITION, _UNKNOWN_TOPIC
            3 | 100 | 103 | -190 | -188 => FailureKind::UnknownTopic,
            // INVALID_MSG, _BAD_MSG, _BAD_COMPRESSION, _UNDERFLOW
            2 | -199 | -198 | -155 => FailureKind::Corrupt,
            // _NOT_IMPLEMENTED, _UNSUPPORTED_FEATURE
            -170 | -165 => FailureKind::Unsupported,
            // TOPIC_AUTHORIZATION_FAILED, GROUP_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED, SASL_AUTHENTICATION_FAILED
            29 | 30 | 31 | 58 => FailureKind::NotAuthorized,
            // UNKNOWN; _TRANSPORT, _RESOLVE, _ALL_BROKERS_DOWN, _TIMED_OUT, _SSL, _AUTHENTICATION: it reconnects by itself
            -1 | -195 | -193 | -187 | -185 | -181 | -169 => FailureKind::Broker,
            code if code > 0 => FailureKind::Broker,
            _ => FailureKind::Client,
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureKind::OffsetOutOfRange => "offset out of range",
            FailureKind::UnknownTopic => "no such topic or partition",
            FailureKind::Corrupt => "damaged records",
            FailureKind::Unsupported => "records of an unknown format",
            FailureKind::NotAuthorized => "not authorized",
            FailureKind::Broker => "the broker's answer",
            FailureKind::Client => "a failure of librdkafka",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.partition {
            Some(partition) => write!(f, "{partition}")?,
            None => f.write_str("a partition librdkafka does not name")?,
        }
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset}")?;
        }
        write!(f, ": {}: {}", self.kind, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::types::RDKafkaRespErr as Code;

    use super::*;

    #[test]
    fn codes_are_those_of_librdkafka() {
        let cases = [
            (Code::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, FailureKind::OffsetOutOfRange),
            (Code::RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, FailureKind::OffsetOutOfRange),
            (Code::RD_KAFKA_RESP_ERR__NO_OFFSET, FailureKind::OffsetOutOfRange),
            (Code::RD_KAFKA_RESP_ERR__LOG_TRUNCATION, FailureKind::OffsetOutOfRange),
            (Code::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, FailureKind::UnknownTopic),
            (Code::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_ID, FailureKind::UnknownTopic),
            (Code::RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, FailureKind::UnknownTopic),
            (Code::RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, FailureKind::UnknownTopic),
            (Code::RD_KAFKA_RESP_ERR_INVALID_MSG, FailureKind::Corrupt),
            (Code::RD_KAFKA_RESP_ERR__BAD_MSG, FailureKind::Corrupt),
            (Code::RD_KAFKA_RESP_ERR__BAD_COMPRESSION, FailureKind::Corrupt),
            (Code::RD_KAFKA_RESP_ERR__UNDERFLOW, FailureKind::Corrupt),
            (Code::RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, FailureKind::Unsupported),
            (Code::RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, FailureKind::Unsupported),
            (Code::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, FailureKind::NotAuthorized),
            (Code::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, FailureKind::NotAuthorized),
            (Code::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, FailureKind::NotAuthorized),
            (Code::RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, FailureKind::NotAuthorized),
            (Code::RD_KAFKA_RESP_ERR_UNKNOWN, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__TRANSPORT, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__RESOLVE, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__TIMED_OUT, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__SSL, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__AUTHENTICATION, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, FailureKind::Broker),
            (Code::RD_KAFKA_RESP_ERR__FAIL, FailureKind::Client),
        ];
        for (code, kind) in cases {
            assert_eq!(FailureKind::of_code(code as i32), kind, "{code:?} = {}", code as i32);
        }
    }
}
