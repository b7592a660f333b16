//! The one owner of rdkafka: readers, producers, topics, and a broker inside the process.
//!
//! Not here: what the bytes mean (`wire`), what to do with them (`engine`), which records are dead letters (`pipeline`).
//!
//! A [`Reader`] is opened on topics and split into [`Lane`]s, one a thread; a lane reads [`Batch`]es of borrowed records and of
//! named [`Failure`]s. Nothing commits offsets: where reading starts is the caller's to know. A [`Producer`] waits rather than
//! drops. [`ensure_topics`] makes what is missing and says how the rest differs.

mod admin;
mod cluster;
mod complaint;
mod connection;
mod context;
mod courier;
mod embedded;
mod error;
mod failure;
mod lane;
mod native;
mod producer;
mod properties;
mod reader;
mod record;
mod try_out;

pub use admin::{Difference, Retention, TopicReport, TopicSpec, check_topics, ensure_topics};
pub use connection::Connection;
pub use courier::Courier;
pub use embedded::EmbeddedBroker;
pub use error::Error;
pub use lane::Lane;
pub use producer::{Partitioner, Producer};
pub use reader::Reader;
pub use record::Batch;
pub use source::{Batching, Extent, Failure, FailureKind, Headers, Message, Partition, Receipt, Record, Refusal, Run, Start, Topic, TopicId};
