//! Where an instance stands between its start and its end, and why it does not serve KPIs while it does not.

use std::{fmt, time::Duration};

use serde_json::{Value, json};

use crate::VIEW_AGE_LIMIT;

/// Failed partitions that are named; of more the number is said.
const NAMED_AT_MOST: usize = 20;

/// What an instance does, as the process tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Phase {
    /// It takes its port and looks for brokers, topics and snapshots.
    #[default]
    Starting,
    /// It restores the state of a snapshot.
    Restoring(Progress),
    /// It reads the topics.
    Reading,
    /// It stops; no phase follows this one.
    Draining,
}

/// How much of a snapshot is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Bytes that are read.
    pub done: u64,
    /// Bytes that there are; 0 until that is known.
    pub of: u64,
}

/// A partition that is no longer read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FailedPartition {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// Why, as a code in few values.
    pub reason: &'static str,
    /// What more is known, such as the offset and the key of the record that did it; may be empty.
    pub detail: String,
}

/// Why an instance does not serve KPIs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotReady {
    /// It has only just begun.
    Starting,
    /// It restores its state.
    Restoring(Progress),
    /// It has not yet read what is in the broker: so many records are left, where that is known.
    CatchingUp(Option<u64>),
    /// These partitions are no longer read, so the numbers would lack what is in them.
    PartitionFailed(Vec<FailedPartition>),
    /// Nothing has been evaluated yet.
    NothingEvaluated,
    /// What it shows is as old as this.
    Old(Duration),
    /// It stops.
    Draining,
}

impl NotReady {
    /// The state as a word that programs may rely on.
    pub fn state(&self) -> &'static str {
        match self {
            NotReady::Starting => "starting",
            NotReady::Restoring(_) => "restoring",
            NotReady::CatchingUp(_) => "catching_up",
            NotReady::PartitionFailed(_) => "partition_failed",
            NotReady::NothingEvaluated => "evaluating",
            NotReady::Old(_) => "old",
            NotReady::Draining => "draining",
        }
    }

    /// The state with its figures.
    pub(crate) fn json(&self) -> Value {
        let mut said = json!({ "ready": false, "state": self.state(), "why": self.to_string() });
        let figures = match self {
            NotReady::Restoring(Progress { done, of }) => json!({ "bytes_read": done, "bytes": of }),
            NotReady::CatchingUp(Some(lag)) => json!({ "lag": lag }),
            NotReady::PartitionFailed(failed) => json!({ "failed": failed.iter().map(FailedPartition::json).collect::<Vec<_>>() }),
            NotReady::Old(age) => json!({ "age_seconds": age.as_secs() }),
            NotReady::Starting | NotReady::CatchingUp(None) | NotReady::NothingEvaluated | NotReady::Draining => json!({}),
        };
        if let (Value::Object(said), Value::Object(figures)) = (&mut said, figures) {
            said.extend(figures);
        }
        said
    }
}

impl FailedPartition {
    fn json(&self) -> Value {
        json!({ "topic": self.topic, "partition": self.partition, "reason": self.reason, "detail": self.detail })
    }
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotReady::Starting => f.write_str("starting"),
            NotReady::Restoring(Progress { of: 0, .. }) => f.write_str("restoring the state: looking for a snapshot"),
            NotReady::Restoring(Progress { done, of }) => write!(f, "restoring the state: {done} of {of} bytes of the snapshot are read"),
            NotReady::CatchingUp(None) => f.write_str("catching up with the broker"),
            NotReady::CatchingUp(Some(lag)) => write!(f, "catching up with the broker: {lag} records behind"),
            NotReady::PartitionFailed(failed) => {
                write!(f, "partition failed: ")?;
                for (n, partition) in failed.iter().take(NAMED_AT_MOST).enumerate() {
                    write!(f, "{}{partition}", if n == 0 { "" } else { ", " })?;
                }
                let more = failed.len().saturating_sub(NAMED_AT_MOST);
                if more > 0 { write!(f, " and {more} more") } else { Ok(()) }
            }
            NotReady::NothingEvaluated => f.write_str("nothing is evaluated yet"),
            NotReady::Old(age) => write!(f, "what is shown is {} s old, the limit is {} s", age.as_secs(), VIEW_AGE_LIMIT.as_secs()),
            NotReady::Draining => f.write_str("draining"),
        }
    }
}

impl fmt::Display for FailedPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FailedPartition { topic, partition, reason, detail } = self;
        let part = if detail.is_empty() { "" } else { ": " };
        write!(f, "{topic}/{partition} ({reason}{part}{detail})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_says_what_it_waits_for() {
        let failed = |n| FailedPartition { topic: "web-visit".to_owned(), partition: n, reason: "topic_deleted", detail: String::new() };
        for (state, line) in [
            (NotReady::Starting, "starting"),
            (NotReady::Restoring(Progress::default()), "restoring the state: looking for a snapshot"),
            (NotReady::Restoring(Progress { done: 3, of: 12 }), "restoring the state: 3 of 12 bytes of the snapshot are read"),
            (NotReady::CatchingUp(None), "catching up with the broker"),
            (NotReady::CatchingUp(Some(7)), "catching up with the broker: 7 records behind"),
            (NotReady::PartitionFailed(vec![failed(0)]), "partition failed: web-visit/0 (topic_deleted)"),
            (
                NotReady::PartitionFailed(vec![
                    FailedPartition { detail: "offset 7, key \"a\"".to_owned(), reason: "panic", ..failed(2) },
                    failed(3),
                ]),
                "partition failed: web-visit/2 (panic: offset 7, key \"a\"), web-visit/3 (topic_deleted)",
            ),
            (NotReady::Old(Duration::from_millis(31_500)), "what is shown is 31 s old, the limit is 30 s"),
            (NotReady::Draining, "draining"),
        ] {
            assert_eq!(state.to_string(), line);
            assert_eq!((state.json()["ready"].as_bool(), state.json()["why"].as_str()), (Some(false), Some(line)));
        }
        assert!(NotReady::PartitionFailed((0..30).map(failed).collect()).to_string().ends_with(" and 10 more"));
        assert_eq!(NotReady::CatchingUp(Some(7)).json()["lag"], 7);
        assert_eq!(NotReady::PartitionFailed(vec![failed(1)]).json()["failed"][0]["partition"], 1);
    }
}
