//! A source of records and a sink of dead letters, as the pipeline sees them: traits, and the words they speak in.
//!
//! Not here: an implementation. Kafka is one (`kafka`), the simulation's log another; the pipeline does not know which it runs on.
//!
//! A [`Cluster`] gives a [`Reader`] of topics, which is split into [`Lane`]s, one a thread; a lane reads [`Batch`]es of borrowed records and
//! of named [`Failure`]s. It gives a [`Courier`] too, which takes messages to a topic and tells what became of each.

mod cluster;
mod error;
mod failure;
mod letters;
mod partition;
mod record;

pub use cluster::{Cluster, Fetch, Lane, Reader};
pub use error::Error;
pub use failure::{Failure, FailureKind};
pub use letters::{Batching, Courier, Message, Receipt, Refusal};
pub use partition::{Extent, Partition, Start, Topic, TopicId};
pub use record::{Batch, HeaderList, Headers, Record, Run};
