//! The one owner of rdkafka: readers, producers, topics, and a broker inside the process.
//!
//! Not here: what the bytes mean (`wire`), what to do with them (`engine`), which records are dead letters (`kpistream`).
//!
//! A [`Reader`] is opened on topics and split into [`Lane`]s, one a thread; a lane reads [`Batch`]es of borrowed records and of
//! named [`Failure`]s. Nothing commits offsets: where reading starts is the caller's to know. A [`Producer`] waits rather than
//! drops. [`ensure_topics`] makes what is missing and says how the rest differs.

mod admin;
mod complaint;
mod connection;
mod courier;
mod embedded;
mod error;
mod failure;
mod lane;
mod native;
mod partition;
mod producer;
mod properties;
mod reader;
mod record;

pub use admin::{Difference, Retention, TopicReport, TopicSpec, check_topics, ensure_topics};
pub use connection::Connection;
pub use courier::{Batching, Courier, Receipt, Refusal};
pub use embedded::EmbeddedBroker;
pub use error::Error;
pub use failure::{Failure, FailureKind};
pub use lane::Lane;
pub use partition::{Extent, Partition, Start, Topic, TopicId};
pub use producer::{Message, Partitioner, Producer};
pub use reader::Reader;
pub use record::{Batch, Headers, Record, Run};
