//! `check`: what is wrong with a configuration, or with events in files.

use std::io::{BufWriter, Write, stdout};

use kpis::Config;
use model::Settings;

use super::now;
use crate::{
    cli::CheckArgs,
    config::{ConfigError, Loaded},
    failure::Failure,
    input::{Blocks, Parsed, Progress, relay},
    output::{Rejections, count, counted},
};

/// Checks what is given; something wrong is exit code 1.
pub fn run(args: &CheckArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers()).map_err(|error| match error {
        // A file to check that is not there is bad usage; what is wrong in it is what was asked for.
        ConfigError::Unreadable { .. } => Failure::usage(error),
        _ if args.config.config.is_some() => Failure::failed(error),
        _ => Failure::usage(error),
    })?;
    if let Some(file) = &args.config.config {
        writeln!(stdout(), "{}: nothing wrong; {}", file.display(), summary(&loaded.settings, &loaded.kpis))?;
    }
    if args.input.is_empty() { Ok(()) } else { check_input(args, &loaded) }
}

fn summary(settings: &Settings, kpis: &Config) -> String {
    let margin = kpis.margin.map_or("no margin, so roi is undefined".to_owned(), |margin| format!("margin {margin}"));
    let (zone, currency, horizon, lag) = (settings.zone.name(), kpis.currency, settings.horizon_days, kpis.lag_days);
    format!("time zone {zone}, currency {currency}, {margin}, leads mature after {horizon} days, spend leads by {lag} days")
}

fn check_input(args: &CheckArgs, loaded: &Loaded) -> Result<(), Failure> {
    let (now, zone) = (now(), &loaded.settings.zone);
    let blocks = Blocks::open(args.input.clone())?;
    let progress = Progress::of_files(blocks.files(), blocks.read());
    let mut out = BufWriter::new(stdout());
    let mut rejections = Rejections::default();
    let mut read = 0u64;
    relay(
        blocks,
        loaded.threads,
        |line| wire::read_line(line, zone, now),
        |lines| -> Result<(), Failure> {
            progress.show();
            read += lines.len() as u64;
            for Parsed { file, line, event } in lines {
                if let Err(rejection) = event {
                    writeln!(out, "{}:{line}: {rejection}", args.input.get(file).map(|path| path.display().to_string()).unwrap_or_default())?;
                    rejections.note(file, line, rejection);
                }
            }
            Ok(())
        },
    )?;
    drop(progress);
    if rejections.total() == 0 {
        writeln!(out, "{}, nothing wrong", counted(read, "event"))?;
        out.flush()?;
        return Ok(());
    }
    writeln!(out, "{} of {}; {}", count(rejections.total()), counted(read, "line"), rejections.summary())?;
    out.flush()?;
    Err(Failure::Found)
}
