//! `explain`: why a KPI of events in files is what it is.

use std::io::{BufWriter, Write, stdout};

use kpis::explain::{Question, WindowName};
use model::When;

use super::folded::Folded;
use crate::{
    cli::{ExplainArgs, ExplainFormat},
    config::Loaded,
    failure::Failure,
    output::{say, write_explanation},
};

/// Reads the files, folds their events, and lists what a KPI is made of.
pub fn run(args: ExplainArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let kpi = kpis::explain::kpi_named(&args.kpi, args.variant.as_deref()).map_err(Failure::usage)?;
    let window = WindowName::parse(&args.window).map_err(Failure::usage)?;
    let zone = &loaded.setup.settings.zone;
    let as_of = match args.as_of {
        When::At(at) => at,
        When::On(day) => zone.last_instant(day),
    };
    let question = Question { kpi, window, channel: args.channel, as_of };
    let folded = Folded::read(args.input, &loaded, as_of)?;
    for line in folded.rejected_lines() {
        say(format_args!("{line}"));
    }
    let explanation = folded.explain(&question, &loaded, args.limit);
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    match args.format {
        ExplainFormat::Table => write_explanation(&mut out, kpi, &explanation, zone)?,
        ExplainFormat::Json => {
            serde_json::to_writer(&mut out, &explanation).map_err(Failure::failed)?;
            writeln!(out)?;
        }
    }
    Ok(out.flush()?)
}
