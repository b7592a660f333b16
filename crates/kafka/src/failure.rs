//! What librdkafka's error codes mean for a partition.

use source::FailureKind;

/// The kind of a librdkafka error code, by number: codes of brokers are positive, librdkafka's own negative (rdkafka.h).
/// Numbers rather than the binding's enum, which an unknown code of a newer broker would not be a value of.
pub(crate) fn kind_of(code: i32) -> FailureKind {
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
            assert_eq!(kind_of(code as i32), kind, "{code:?} = {}", code as i32);
        }
    }
}
