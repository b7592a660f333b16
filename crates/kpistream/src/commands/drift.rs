//! `drift`: which alarms would have been raised, when, why and how they ended.

use std::io::{BufWriter, Write, stdout};

use drift::Question;
use exporter::drift_json;
use model::{Millis, When, Zone};

use super::folded::Folded;
use crate::{
    cli::{BaselineArgs, BaselineCommand, DriftArgs, DriftCommand, ExplainFormat},
    config::Loaded,
    failure::Failure,
    output::{self, say},
};

/// Shows drift.
pub fn run(command: DriftCommand) -> Result<(), Failure> {
    match command.baseline {
        None => show(command.show),
        Some(BaselineCommand::Baseline(args)) => baseline(args),
    }
}

fn show(args: DriftArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let setup = &loaded.setup;
    // clap has asked for it.
    let Some(as_of) = args.as_of else { return Err(Failure::usage("--as-of T is needed")) };
    let as_of = instant(as_of, &setup.settings.zone);
    let folded = Folded::read(args.input, &loaded, as_of)?;
    folded.rejected_lines().iter().for_each(|line| say(format_args!("{line}")));
    let named = |name: &String| setup.settings.channels.named(name).to_owned();
    let channels = (!args.channels.is_empty()).then(|| args.channels.iter().map(named).collect());
    let question = Question { as_of, channels, threshold: args.threshold };
    let drift = folded.drift(&question, &setup.drift, &setup.kpis);
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    match args.format {
        ExplainFormat::Json => writeln!(out, "{}", drift_json(&drift).with_steps(args.steps))?,
        ExplainFormat::Table => output::write_drift(&mut out, &drift, args.steps)?,
    }
    Ok(out.flush()?)
}

fn baseline(args: BaselineArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let setup = &loaded.setup;
    let as_of = instant(args.as_of, &setup.settings.zone);
    let folded = Folded::read(args.input, &loaded, as_of)?;
    folded.rejected_lines().iter().for_each(|line| say(format_args!("{line}")));
    let proposals = folded.baselines(as_of, &setup.drift, &setup.kpis);
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    output::write_proposals(&mut out, &proposals, setup.kpis.currency)?;
    Ok(out.flush()?)
}

fn instant(as_of: When, zone: &Zone) -> Millis {
    match as_of {
        When::At(at) => at,
        When::On(day) => zone.last_instant(day),
    }
}
