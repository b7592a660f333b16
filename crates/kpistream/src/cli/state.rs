//! Arguments of the commands that look at a state.

use clap::Args;
use model::When;

use super::{KafkaArgs, when};

/// Arguments of `state`.
#[derive(Args, Debug)]
pub struct StateArgs {
    /// Kafka and the configuration
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// The snapshot of this instance, instead of the newest of all
    #[arg(long, value_name = "NAME", conflicts_with = "rebuild")]
    pub instance: Option<String>,
    /// From the beginning of the topics, without a snapshot
    #[arg(long)]
    pub rebuild: bool,
    /// Read on to the present ends of the topics
    #[arg(long, conflicts_with = "at")]
    pub latest: bool,
    /// Read on to these offsets, TOPIC/PARTITION=OFFSET; the record there is the first that is not in the state
    #[arg(long, value_name = "OFFSET", value_parser = offset, value_delimiter = ',')]
    pub at: Vec<Offset>,
    /// The instant that says what is too old to be kept: RFC 3339, or a date for the end of that day; default now
    #[arg(long, value_name = "T", value_parser = when)]
    pub now: Option<When>,
}

/// An offset of a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Kafka and the configuration
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// The snapshot of this instance, instead of the newest of all
    #[arg(long, value_name = "NAME")]
    pub instance: Option<String>,
    /// Differences listed, the largest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

fn offset(text: &str) -> Result<Offset, &'static str> {
    let parse = || {
        let (partition, offset) = text.split_once('=')?;
        let (topic, number) = partition.rsplit_once('/')?;
        let offset = offset.parse().ok().filter(|offset| *offset >= 0)?;
        Some(Offset { topic: topic.to_owned(), partition: number.parse().ok().filter(|number| *number >= 0)?, offset })
    };
    parse().ok_or("give TOPIC/PARTITION=OFFSET, such as web-visit/0=1200")
}
