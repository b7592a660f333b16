//! `report`: the KPIs of events in files.

use std::io::{BufWriter, Write, stdout};

use kpis::{Request, Span};
use model::When;

use super::folded::Folded;
use crate::{
    cli::ReportArgs,
    config::Loaded,
    failure::Failure,
    output::{self, say},
};

/// The spans of a report that asks for none.
const DEFAULT_SPANS: [&str; 4] = ["this_month", "last_month", "30d", "all"];

/// Reads the files, folds their events, and shows the KPIs.
pub fn run(args: ReportArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let zone = &loaded.settings.zone;
    let as_of = match args.as_of {
        When::At(at) => at,
        When::On(day) => zone.last_instant(day),
    };
    let request = Request { as_of, spans: spans(&args), by: args.by.clone() };
    let folded = Folded::read(args.input, &loaded, as_of, |_, _, _| Ok(()))?;
    for line in folded.rejected_lines() {
        say(format_args!("{line}"));
    }
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    output::write(&mut out, args.format, &folded.evaluate(&request, &loaded.kpis), &folded.counts())?;
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
