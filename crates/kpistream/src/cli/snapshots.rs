//! Arguments of `snapshots`.

use std::time::Duration;

use clap::Args;

use super::{ConfigArgs, span};

/// Arguments of `snapshots`.
#[derive(Args, Debug)]
pub struct SnapshotsArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// The store, instead of the configured one: a folder or a URL
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// Arguments of `snapshots prune`.
#[derive(Args, Debug)]
pub struct PruneArgs {
    /// The store
    #[command(flatten)]
    pub store: SnapshotsArgs,
    /// An instance that has stored nothing for this long will not come back; an hour at the least
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "30d")]
    pub older_than: Duration,
    /// Only of this instance; repeatable
    #[arg(long = "instance", value_name = "NAME")]
    pub instances: Vec<String>,
    /// Also the last snapshot of versions and settings that no instance runs with any more; there is no way back to those then
    #[arg(long)]
    pub earlier_lines: bool,
    /// Remove nothing; show what would be
    #[arg(long)]
    pub dry_run: bool,
}
