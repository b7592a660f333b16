//! The configuration: a TOML file, over it the environment (`KPISTREAM_KPI__MARGIN`), over it flags; read into types, so
//! that what comes out cannot be wrong.

mod deployment;
mod drift;
mod error;
#[cfg(test)]
mod fuzz;
mod http;
mod keys;
mod layers;
mod meaning;
mod reload;
mod snapshots;
mod span;
mod targets;
#[cfg(test)]
mod tests;
mod values;

use std::{sync::Arc, time::Duration};

use pipeline::Setup;

pub use deployment::{Create, JSON, Kafka, LogFormat, LogLevel};
pub use drift::threshold as drift_threshold;
pub use error::ConfigError;
pub use http::Http;
pub use layers::Layers;
pub use meaning::Aliases;
pub use pipeline::plain;
pub use reload::Reloading;
pub use span::parse_span;

/// Less than the 30 s after which Kubernetes kills.
const SHUTDOWN_SECONDS: i64 = 25;

/// A configuration in which nothing is wrong.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What the pipeline works by: what changes the fold and the KPIs, the topics, the snapshots.
    pub setup: Setup,
    /// Where Kafka is.
    pub kafka: Kafka,
    /// How missing topics are made.
    pub create: Create,
    /// The schemas beside the embedded ones as they were given, [`JSON`] where there is none, for whoever reads by other means.
    pub schema_texts: Vec<(wire::SchemaId, String)>,
    /// The names of channels as they were given; the settings have them looked up already.
    pub aliases: Aliases,
    /// The HTTP port.
    pub http: Http,
    /// How long the end may take.
    pub shutdown: Duration,
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
        let drift = drift::drift(&values, &settings.channels)?;
        let setup = Setup {
            drift: Arc::new(drift),
            served: meaning::served(&values)?,
            rates_file: meaning::rates_file(&values)?,
            topics: deployment::topics(&values)?,
            schemas: deployment::schemas(&schema_texts)?,
            dedup: deployment::dedup(&values)?,
            threads: usize::try_from(values.number("run.threads", 1, 256, cores())?).unwrap_or(1),
            snapshots: snapshots::snapshots(&values)?,
            settings,
            kpis,
        };
        Ok(Loaded {
            kafka: Kafka::read(&values)?,
            create: Create::read(&values)?,
            schema_texts: schema_texts.into_iter().map(|text| (text.id, text.json)).collect(),
            aliases,
            http: Http::read(&values)?,
            shutdown: Duration::from_secs(values.number("shutdown_seconds", 1, 3600, SHUTDOWN_SECONDS)?.unsigned_abs()),
            log_level: values.get("log.level", LogLevel::parse)?.unwrap_or(LogLevel::Info),
            log_format: values.get("log.format", LogFormat::parse)?.unwrap_or(LogFormat::Text),
            setup,
        })
    }
}

fn cores() -> i64 {
    std::thread::available_parallelism().map_or(1, |n| i64::try_from(n.get()).unwrap_or(1).min(256))
}
