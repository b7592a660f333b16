//! What went wrong with one partition.

use std::fmt;

use crate::Partition;

/// A partition's failure, as it arrived among its records.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The partition; none where the source names none.
    pub partition: Option<Partition>,
    /// The offset it concerns, where it concerns one.
    pub offset: Option<i64>,
    /// What it is.
    pub kind: FailureKind,
    /// The source's words.
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
    /// The broker does not let us read the topic; it is asked again and again.
    NotAuthorized,
    /// Another answer of the broker; it is asked again and again.
    Broker,
    /// Another failure inside the client: what it skipped is not known.
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
            FailureKind::Client => "a failure of the client",
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.partition {
            Some(partition) => write!(f, "{partition}")?,
            None => f.write_str("a partition that is not named")?,
        }
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset}")?;
        }
        write!(f, ": {}: {}", self.kind, self.detail)
    }
}
