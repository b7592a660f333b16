//! The table `snapshots`: where the state is kept, and how often.

use std::time::Duration;

use pipeline::snapshots::Kept;

use super::{error::ConfigError, span::parse_span, values::Values};

/// Where snapshots go where nothing is configured: a folder where the process was started.
const DEFAULT_URL: &str = "kpistream-snapshots";
const EVERY: Duration = Duration::from_secs(30);

/// Reads the table `snapshots`; none where they are turned off.
pub fn snapshots(values: &Values) -> Result<Option<Kept>, ConfigError> {
    let url = values.get("snapshots.url", |text| Ok::<_, &str>(text.to_owned()))?.unwrap_or_else(|| DEFAULT_URL.to_owned());
    let every = |text: &str| parse_span(text).filter(|span| !span.is_zero()).ok_or("");
    let every = values.get("snapshots.every", every)?.unwrap_or(EVERY);
    let instance = values.get("snapshots.instance", instance)?.unwrap_or_else(host_name);
    Ok((url != "none").then_some(Kept { url, every, instance }))
}

fn instance(text: &str) -> Result<String, &'static str> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let good = (1..=128).contains(&text.len()) && text.chars().all(legal) && !text.starts_with('.');
    if good { Ok(text.to_owned()) } else { Err("") }
}

/// What the machine, or the container, is called.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    name.and_then(|name| instance(name.trim()).ok()).unwrap_or_else(|| "instance".to_owned())
}
