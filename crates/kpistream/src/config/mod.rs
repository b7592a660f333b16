//! The configuration: a TOML file, over it the environment (`KPISTREAM_KPI__MARGIN`), over it flags; read into types, so
//! that what comes out cannot be wrong.

mod deployment;
mod error;
#[cfg(test)]
mod fuzz;
mod http;
mod keys;
mod layers;
mod meaning;
mod snapshots;
mod span;
#[cfg(test)]
mod tests;
mod values;

use std::time::Duration;

use engine::DedupLimits;
use model::Settings;

pub use deployment::{JSON, Kafka, LogFormat, LogLevel, Topics};
pub use error::ConfigError;
pub use http::Http;
pub use layers::Layers;
pub use meaning::Aliases;
pub use snapshots::Snapshots;
pub use span::parse_span;

/// Less than the 30 s after which Kubernetes kills.
const SHUTDOWN_SECONDS: i64 = 25;

/// A configuration in which nothing is wrong.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What changes the fold.
    pub settings: Settings,
    /// What changes the KPIs.
    pub kpis: kpis::Config,
    /// Where their exchange rates are from.
    pub rates_file: Option<std::path::PathBuf>,
    /// The windows that `run` serves.
    pub served: Vec<kpis::Span>,
    /// Where Kafka is.
    pub kafka: Kafka,
    /// The topics' names, and how they are made.
    pub topics: Topics,
    /// The writers' schemas by id, the embedded ones among them.
    pub schemas: wire::Schemas,
    /// The schemas beside the embedded ones as they were given, [`JSON`] where there is none, for whoever reads by other means.
    pub schema_texts: Vec<(wire::SchemaId, String)>,
    /// The names of channels as they were given; the settings have them looked up already.
    pub aliases: Aliases,
    /// The HTTP port.
    pub http: Http,
    /// How long the end may take.
    pub shutdown: Duration,
    /// Over which span of log time, and how many ids of a partition, interactions are deduplicated.
    pub dedup: DedupLimits,
    /// How many threads fold.
    pub threads: usize,
    /// Where the state is kept; none where it is not.
    pub snapshots: Option<Snapshots>,
    /// What is logged.
    pub log_level: LogLevel,
    /// How it is logged.
    pub log_format: LogFormat,
}

impl Loaded {
    /// Reads and checks a configuration.
    pub fn load(layers: Layers) -> Result<Loaded, ConfigError> {
        let values = layers.read()?;
        let aliases = meaning::aliases(&values)?;
        let settings = meaning::settings(&values, &aliases)?;
        let schema_texts = deployment::schema_texts(&values)?;
        let kpis = meaning::kpis(&values, &settings)?;
        Ok(Loaded {
            served: meaning::served(&values)?,
            rates_file: meaning::rates_file(&values)?,
            kafka: Kafka::read(&values)?,
            topics: Topics::read(&values)?,
            schemas: deployment::schemas(&schema_texts)?,
            schema_texts: schema_texts.into_iter().map(|text| (text.id, text.json)).collect(),
            aliases,
            http: Http::read(&values)?,
            shutdown: Duration::from_secs(values.number("shutdown_seconds", 1, 3600, SHUTDOWN_SECONDS)?.unsigned_abs()),
            dedup: deployment::dedup(&values)?,
            threads: usize::try_from(values.number("run.threads", 1, 256, cores())?).unwrap_or(1),
            snapshots: snapshots::snapshots(&values)?,
            log_level: values.get("log.level", LogLevel::parse)?.unwrap_or(LogLevel::Info),
            log_format: values.get("log.format", LogFormat::parse)?.unwrap_or(LogFormat::Text),
            settings,
            kpis,
        })
    }
}

fn cores() -> i64 {
    std::thread::available_parallelism().map_or(1, |n| i64::try_from(n.get()).unwrap_or(1).min(256))
}

/// The system's reason in a few words, without its error number.
pub fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::InvalidData => "not UTF-8 text".to_owned(),
        _ => error.to_string().replace('\n', " "),
    }
}
