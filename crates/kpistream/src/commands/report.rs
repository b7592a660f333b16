//! `report`: the KPIs of events in files.

use std::io::{BufWriter, Write, stdout};

use kpis::{Request, Span};
use model::When;

use super::folded::Folded;
use crate::{
    cli::ReportArgs,
    config::Loaded,
    failure::Failure,
    output::{self, count, say},
};

/// The spans of a report that asks for none.
const DEFAULT_SPANS: [&str; 4] = ["this_month", "last_month", "30d", "all"];

/// Calendar periods that one report shows. Data of a century have fewer days, and a date of the year 9999 is no date to wait for.
const PERIODS_AT_MOST: usize = 100_000;

/// Reads the files, folds their events, and shows the KPIs.
pub fn run(args: ReportArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let zone = &loaded.setup.settings.zone;
    let as_of = match args.as_of {
        When::At(at) => at,
        When::On(day) => zone.last_instant(day),
    };
    let request = Request { as_of, spans: spans(&args), by: args.by.clone() };
    let folded = Folded::read(args.input, &loaded, as_of)?;
    let periods = folded.instances_at_most(&request, &loaded.setup.kpis);
    if periods > PERIODS_AT_MOST {
        return Err(Failure::usage(format_args!(
            "--period: up to {} periods from the first day with data to {}, at most {}: ask for longer periods, or for an earlier --as-of",
            count(periods as i128),
            zone.day_of(as_of),
            count(PERIODS_AT_MOST as i128)
        )));
    }
    for line in folded.rejected_lines() {
        say(format_args!("{line}"));
    }
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    output::write(&mut out, args.format, &folded.evaluate(&request, &loaded.setup.kpis), &folded.counts())?;
    Ok(out.flush()?)
}

fn spans(args: &ReportArgs) -> Vec<Span> {
    if args.windows.is_empty() && args.periods.is_empty() {
        return DEFAULT_SPANS.iter().filter_map(|name| Span::parse(name).ok()).collect();
    }
    let mut spans: Vec<Span> = Vec::new();
    for span in args.windows.iter().chain(&args.periods) {
        // Asked for twice, it is shown once: each row has a name of its own.
        if !spans.contains(span) {
            spans.push(*span);
        }
    }
    spans
}
