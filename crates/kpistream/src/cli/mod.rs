//! The command line.

mod drift;
mod import;
mod scenario;
mod snapshots;
mod state;
pub mod usage;

use std::{path::PathBuf, time::Duration};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use kpis::{By, Span};
use model::{Reason, When};

use crate::{
    config::{Layers, parse_span},
    output::Format,
};

pub use drift::{BaselineArgs, BaselineCommand, DriftArgs, DriftCommand};
pub use import::ImportArgs;
pub use scenario::ScenarioArgs;
pub use snapshots::{PruneArgs, SnapshotsArgs};
pub use state::{Offset, StateArgs, VerifyArgs};

/// Marketing and sales events to KPIs, from Kafka or from files.
#[derive(Parser, Debug)]
#[command(name = "kpistream", version, propagate_version = true, disable_help_subcommand = true, infer_long_args = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Everything in one process: an embedded broker, simulated history, then a live stream
    Demo(DemoArgs),
    /// The pipeline against a Kafka cluster; SIGTERM drains it
    Run(RunArgs),
    /// The KPIs of events in files, without a broker
    Report(ReportArgs),
    /// Why a KPI of events in files is what it is, entity by entity
    Explain(ExplainArgs),
    /// Whether fewer or more customers come of spend and leads than a baseline lets expect: since when, and by which channels
    Drift(DriftCommand),
    /// Publish events from files to Kafka
    Publish(PublishArgs),
    /// Exports of CRMs and ad platforms to events, as NDJSON or to Kafka
    Import(Box<ImportArgs>),
    /// Plausible events as NDJSON, the same for the same seed
    Simulate(SimulateArgs),
    /// Check a configuration, or events in files; exit code 1 where something is wrong
    Check(CheckArgs),
    /// The topics
    #[command(subcommand)]
    Topics(TopicsCommand),
    /// The messages that were refused
    #[command(subcommand, name = "dead-letters")]
    DeadLetters(DeadLettersCommand),
    /// The state as text, to be compared: of a snapshot, or at given offsets
    State(StateArgs),
    /// Recompute a snapshot's state from the topics by other code, and compare number by number; exit code 1 where they differ
    Verify(VerifyArgs),
    /// The snapshots of the state
    #[command(subcommand)]
    Snapshots(SnapshotsCommand),
}

/// Where the configuration comes from: a file, over it `KPISTREAM_...` of the environment, over it flags.
#[derive(Args, Debug, Default, Clone)]
pub struct ConfigArgs {
    /// A configuration in TOML
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The business time zone, an IANA name
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// The reporting currency, an ISO 4217 code
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// The share of a sale's value that is margin, above 0 and at most 1
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub margin: Option<String>,
    /// Exchange rates as the ECB publishes them: a CSV of units per 1 EUR
    #[arg(long, value_name = "FILE")]
    pub rates: Option<String>,
}

/// Where Kafka is, beside the configuration.
#[derive(Args, Debug, Default, Clone)]
pub struct KafkaArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Brokers as HOST:PORT, several with commas between
    #[arg(long, value_name = "BROKERS")]
    pub brokers: Option<String>,
}

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// End after this long, such as 60s; without it, on Ctrl-C
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    pub for_: Option<Duration>,
    /// Days of simulated history; without it 90, with a scenario 540
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=730))]
    pub days: Option<u32>,
    /// What changes
    #[command(flatten)]
    pub scenario: ScenarioArgs,
    /// Another seed, other events
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where to serve HTTP, IP:PORT
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<String>,
}

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// Kafka and the configuration
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Where to serve HTTP, IP:PORT
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<String>,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Event files: NDJSON, also .gz and .zst; `-` is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// The instant of the KPIs: RFC 3339, or a date for the end of that day
    #[arg(long, value_name = "T", value_parser = when)]
    pub as_of: When,
    /// A window such as 7d, this_month, or all; repeatable
    #[arg(long = "window", value_name = "W", value_parser = window)]
    pub windows: Vec<Span>,
    /// A row for each calendar day, week, month or quarter; repeatable
    #[arg(long = "period", value_name = "PERIOD", value_parser = period)]
    pub periods: Vec<Span>,
    /// A breakdown by channel, campaign, segment, or several with commas between; repeatable
    #[arg(long = "by", value_name = "DIMENSIONS", value_parser = by)]
    pub by: Vec<By>,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The KPI by its name in JSON, such as cac
    #[arg(value_name = "KPI")]
    pub kpi: String,
    /// Its variant, where it has several
    #[arg(long, value_name = "VARIANT")]
    pub variant: Option<String>,
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Event files: NDJSON, also .gz and .zst; `-` is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// The instant of the KPI: RFC 3339, or a date for the end of that day
    #[arg(long, value_name = "T", value_parser = when)]
    pub as_of: When,
    /// A window such as 7d, this_month or all, or a calendar period such as 2018-03
    #[arg(long, value_name = "W")]
    pub window: String,
    /// One channel only
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    /// Entries listed for each part, the largest first
    #[arg(long, value_name = "N", default_value_t = exporter::explain::ENTRIES)]
    pub limit: usize,
    /// The form of the explanation
    #[arg(long, value_enum, default_value_t = ExplainFormat::Table)]
    pub format: ExplainFormat,
}

/// The forms of an explanation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ExplainFormat {
    /// Aligned columns, for people
    Table,
    /// JSON
    Json,
}

/// Arguments of `publish`.
#[derive(Args, Debug)]
pub struct PublishArgs {
    /// Kafka and the configuration
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Event files: NDJSON, also .gz and .zst; `-` is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// How the messages are encoded
    #[arg(long, value_enum, default_value_t = Encoding::Avro)]
    pub encoding: Encoding,
    /// How keys are spread over partitions: as librdkafka does, or as Java clients do
    #[arg(long, value_enum, default_value_t = Partitioner::ConsistentRandom)]
    pub partitioner: Partitioner,
}

/// How messages are encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Encoding {
    /// Avro in Confluent framing
    Avro,
    /// Plain JSON
    Json,
    /// CloudEvents in binary mode
    Cloudevents,
}

/// How keys are spread over partitions.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Partitioner {
    /// CRC32, librdkafka's default
    #[value(name = "consistent_random")]
    ConsistentRandom,
    /// Murmur2, Java's
    #[value(name = "murmur2_random")]
    Murmur2Random,
}

/// Arguments of `simulate`.
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Days of history
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Another seed, other events
    #[arg(long)]
    pub seed: u64,
    /// Where the history ends: RFC 3339, or a date for the end of that day
    #[arg(long, value_name = "T", value_parser = when, default_value = "2026-01-01T00:00:00Z")]
    pub end: When,
    /// How many times as much happens
    #[arg(long, value_name = "X", value_parser = scale, default_value_t = 1.0)]
    pub scale: f64,
    /// What changes
    #[command(flatten)]
    pub scenario: ScenarioArgs,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["input", "config"]))]
pub struct CheckArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Event files: NDJSON, also .gz and .zst; `-` is standard input
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
}

/// The topics.
#[derive(Subcommand, Debug)]
pub enum TopicsCommand {
    /// Make the topics that are missing, and say how the others differ from what is wanted
    Create(KafkaArgs),
}

/// The messages that were refused.
#[derive(Subcommand, Debug)]
pub enum DeadLettersCommand {
    /// Show where each stood and why it was refused
    List(DeadLettersArgs),
    /// Publish them again, as they were, to the partitions they came from, and mark them, so that it is done once
    Replay(ReplayArgs),
}

/// The snapshots of the state.
#[derive(Subcommand, Debug)]
pub enum SnapshotsCommand {
    /// Show every snapshot in the store, by fingerprint and instance
    List(SnapshotsArgs),
    /// The same, with every piece read and held against its checksum; exit code 1 where one is damaged
    Check(SnapshotsArgs),
    /// Remove what instances left that will not come back; the furthest whole snapshot of each fingerprint stays
    Prune(PruneArgs),
}

/// Arguments of `dead-letters`.
#[derive(Args, Debug)]
pub struct DeadLettersArgs {
    /// Kafka and the configuration
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Only those refused for this reason
    #[arg(long, value_parser = reason)]
    pub reason: Option<Reason>,
    /// Only those of this topic
    #[arg(long)]
    pub topic: Option<String>,
    /// Only those refused at this time or later: RFC 3339, or a date for its beginning
    #[arg(long, value_name = "T", value_parser = when)]
    pub since: Option<When>,
    /// Only those refused at this time or earlier: RFC 3339, or a date for its end
    #[arg(long, value_name = "T", value_parser = when)]
    pub until: Option<When>,
}

/// Arguments of `dead-letters replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// Which dead letters
    #[command(flatten)]
    pub letters: DeadLettersArgs,
    /// Publish nothing; show what would be, as `list` does
    #[arg(long)]
    pub dry_run: bool,
    /// Also those that were published again before and were refused again
    #[arg(long)]
    pub again: bool,
}

impl ConfigArgs {
    /// The layers of the configuration, with the environment of this process.
    pub fn layers(&self) -> Layers {
        let flags =
            [("--time-zone", "time_zone", &self.time_zone), ("--currency", "currency", &self.currency), ("--margin", "kpi.margin", &self.margin)];
        let flags = flags.into_iter().chain([("--rates", "money.rates", &self.rates)]);
        Layers {
            file: self.config.clone(),
            environment: std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect(),
            flags: flags.filter_map(|(flag, key, value)| Some((flag, key, value.clone()?))).collect(),
        }
    }
}

impl KafkaArgs {
    /// The layers of the configuration, the brokers among them.
    pub fn layers(&self) -> Layers {
        let mut layers = self.config.layers();
        layers.flags.extend(self.brokers.clone().map(|brokers| ("--brokers", "kafka.brokers", brokers)));
        layers
    }
}

fn when(text: &str) -> Result<When, model::time::TimeError> {
    When::parse(text)
}

fn window(name: &str) -> Result<Span, kpis::UnknownSpan> {
    Span::parse(name)
}

fn period(name: &str) -> Result<Span, kpis::UnknownSpan> {
    Span::period(name)
}

fn by(names: &str) -> Result<By, kpis::UnknownSpan> {
    By::parse(names)
}

fn span(text: &str) -> Result<Duration, &'static str> {
    parse_span(text).ok_or("give a number and s, m, h or d, such as 60s")
}

fn reason(code: &str) -> Result<Reason, String> {
    let codes = || Reason::ALL.map(Reason::code).join(", ");
    Reason::ALL.into_iter().find(|reason| reason.code() == code).ok_or_else(|| format!("give one of {}", codes()))
}

fn scale(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|x| (0.001..=1000.0).contains(x)).ok_or("give a number from 0.001 to 1000")
}
