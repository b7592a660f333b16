//! `simulate`: plausible events as NDJSON.

use std::io::{BufWriter, Write, stdout};

use model::When;
use simulator::{Options, Simulator};

use crate::{cli::SimulateArgs, config::Loaded, failure::Failure};

/// Writes the events of a seed to standard output.
pub fn run(args: &SimulateArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let zone = loaded.setup.settings.zone;
    let end = match args.end {
        When::At(at) => at,
        // The end of that day; nothing is dated at or after the end.
        When::On(day) => zone.first_instant(day.plus(1)),
    };
    let scenario = args.scenario.of(zone.day_of(end.plus(-1)));
    let currencies = vec![loaded.setup.kpis.currency];
    let options = Options { zone, scale: args.scale, currencies, scenario, ..Options::new(args.seed, args.days, end) };
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    for event in Simulator::new(options) {
        out.write_all(&wire::encode::json(&event))?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
