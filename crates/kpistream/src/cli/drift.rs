//! The arguments of `drift`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::When;

use super::{ConfigArgs, ExplainFormat, when};
use crate::config::drift_threshold;

/// `drift`, or a command about it.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct DriftCommand {
    /// What else to do
    #[command(subcommand)]
    pub baseline: Option<BaselineCommand>,
    /// What to show
    #[command(flatten)]
    pub show: DriftArgs,
}

/// Commands about drift.
#[derive(Subcommand, Debug)]
pub enum BaselineCommand {
    /// Propose the days of a baseline, and say why
    Baseline(BaselineArgs),
}

/// Arguments of `drift`.
#[derive(Args, Debug)]
pub struct DriftArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Event files: NDJSON, also .gz and .zst; `-` is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// The instant: RFC 3339, or a date for the end of that day
    #[arg(long, required = true, value_name = "T", value_parser = when)]
    pub as_of: Option<When>,
    /// A channel to show beside the totals, watched or not; repeatable
    #[arg(long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<String>,
    /// Show every step
    #[arg(long)]
    pub steps: bool,
    /// The score that is an alarm, instead of the configured one
    #[arg(long, value_name = "H", value_parser = threshold, allow_hyphen_values = true)]
    pub threshold: Option<f64>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = ExplainFormat::Table)]
    pub format: ExplainFormat,
}

/// Arguments of `drift baseline`.
#[derive(Args, Debug)]
pub struct BaselineArgs {
    /// The configuration
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Event files: NDJSON, also .gz and .zst; `-` is standard input
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// The instant: RFC 3339, or a date for the end of that day
    #[arg(long, required = true, value_name = "T", value_parser = when)]
    pub as_of: When,
}

fn threshold(text: &str) -> Result<f64, &'static str> {
    drift_threshold(text).map_err(|_| "give a number above 0 and at most 1000, such as 2.95")
}
