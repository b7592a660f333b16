//! `check`: what is wrong with a configuration, or with events in files.

mod warnings;

use std::{
    io::{BufWriter, Write, stdout},
    path::Path,
};

use kpis::{Config, Request};
use model::{Rejection, Settings};

use super::{
    folded::{Folded, Seen},
    now,
};
use crate::{
    cli::CheckArgs,
    config::{ConfigError, Loaded},
    failure::Failure,
    output::{count, counted, percent},
};
use warnings::Warnings;

/// The share of conversions within the horizon below which the horizon is called short.
const WITHIN_HORIZON: f64 = 0.9;

/// Checks what is given; something wrong is exit code 1.
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers()).map_err(|error| match error {
        // A file to check that is not there is bad usage; what is wrong in it is what was asked for.
        ConfigError::Unreadable { .. } => Failure::usage(error),
        _ if args.config.config.is_some() => Failure::failed(error),
        _ => Failure::usage(error),
    })?;
    loaded.kafka.try_out()?;
    if let Some(file) = &args.config.config {
        writeln!(stdout(), "{}: nothing wrong; {}", file.display(), summary(&loaded.setup.settings, &loaded.setup.kpis))?;
    }
    if args.input.is_empty() { Ok(()) } else { check_input(args, &loaded) }
}

fn summary(settings: &Settings, kpis: &Config) -> String {
    let margin = kpis.margin.map_or("no margin, so roi is undefined".to_owned(), |margin| format!("margin {margin}"));
    let (zone, currency, horizon, lag) = (settings.zone.name(), kpis.currency, settings.horizon_days, kpis.lag_days);
    let rates = kpis.rates.last_date().map_or_else(String::new, |day| format!(", exchange rates up to {day}"));
    format!("time zone {zone}, currency {currency}, {margin}, leads mature after {horizon} days, spend leads by {lag} days{rates}")
}

fn check_input(args: &CheckArgs, loaded: &Loaded) -> Result<(), Failure> {
    let mut out = BufWriter::new(stdout());
    // No KPI is looked at, so of no minute.
    let never = model::Millis::LATEST;
    let mut warnings = Warnings::default();
    let look = |seen: Seen<'_>| warnings.look_at(seen.file, seen.line, seen.event, seen.conflicting);
    let refused = |file: &Path, line, rejection: &Rejection| writeln!(out, "{}:{line}: {rejection}", file.display());
    let folded = Folded::read_looking(args.input.clone(), loaded, never, refused, look)?;
    let read = folded.counts().read();
    let rejected = folded.rejections().total();
    if rejected == 0 {
        writeln!(out, "{}, {}", counted(read, "event"), if warnings.is_empty() { "nothing wrong" } else { "none refused" })?;
    } else {
        writeln!(out, "{} of {}; {}", count(rejected), counted(read, "line"), folded.rejections().summary())?;
    }
    write!(out, "{warnings}")?;
    if let Some(warning) = short_horizon(&folded, loaded) {
        writeln!(out, "{warning}")?;
    }
    out.flush()?;
    if rejected == 0 { Ok(()) } else { Err(Failure::Found) }
}

/// A horizon after which many leads still convert makes the mature conversion too low.
fn short_horizon(folded: &Folded, loaded: &Loaded) -> Option<String> {
    let request = Request { as_of: now(), spans: Vec::new(), by: Vec::new() };
    let share = folded.evaluate(&request, &loaded.setup.kpis).data_state.conversion_within_horizon.filter(|share| *share < WITHIN_HORIZON)?;
    let horizon = loaded.setup.settings.horizon_days;
    Some(format!("warning: only {} of conversions come within {horizon} days; give a longer kpi.conversion_horizon_days", percent(share)))
}
