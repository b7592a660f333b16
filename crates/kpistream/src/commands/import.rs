//! `import`: exports of other systems to events, in a file or to Kafka. Nothing is written before all files are understood.

mod target;

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use import::{Decisions, Mapping, Outcome, Refusal, Run, Seen, limits};
use model::Millis;

use crate::{
    cli::ImportArgs,
    commands::now,
    config::Loaded,
    failure::Failure,
    output::{counted, printable, say},
};

/// Rejected rows that are named for each run.
const NAMED: usize = limits::NAMED;

/// Imports the files, or says what decides what they leave open.
pub fn run(args: ImportArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.kafka().layers())?;
    let zone = &loaded.setup.settings.zone;
    let (mappings, only) = mappings(&args.mappings)?;
    let mut run = Run::new(mappings, decisions(&args, only, |when| zone.instant(when)), zone.clone(), now());
    let mut refused: Vec<String> = Vec::new();
    for file in &args.files {
        let name = file.display().to_string();
        let read = read(file)?;
        match run.file(&name, &read.bytes, read.modified) {
            Ok(seen) => show(&name, &seen),
            Err(refusal) => refused.push(told(&name, &refusal)),
        }
    }
    if let Some(last) = refused.pop() {
        refused.iter().for_each(|line| say(format_args!("kpistream: {line}")));
        return Err(Failure::failed(last));
    }
    let outcome = run.finish().map_err(|refused| Failure::failed(told(&refused.file, &refused.refusal)))?;
    show_outcome(&args.files, &outcome);
    if args.dry_run {
        return target::first(&outcome);
    }
    match (&args.brokers, &args.output) {
        (Some(_), _) => target::publish(&loaded, args.encoding, &outcome),
        (None, Some(file)) => target::file(file, &outcome),
        (None, None) => target::stdout_lines(&outcome),
    }
}

fn told(file: &str, refusal: &Refusal) -> String {
    let text: String = refusal.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match (file, refusal.place.as_str()) {
        ("", _) => text,
        (file, "") => format!("{file}: {text}"),
        (file, _) => format!("{file}, {text}"),
    }
}

/// A file's bytes and when it was written.
struct Contents {
    bytes: Vec<u8>,
    modified: Option<Millis>,
}

fn read(path: &Path) -> Result<Contents, Failure> {
    let wrong = |error: std::io::Error| Failure::usage(format_args!("cannot read {}: {}", path.display(), crate::config::plain(&error)));
    let file = fs::File::open(path).map_err(wrong)?;
    let modified = file.metadata().and_then(|about| about.modified()).ok();
    let since = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let mut bytes = Vec::new();
    // One byte more than is read tells that there are too many.
    file.take(limits::FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(wrong)?;
    Ok(Contents { bytes, modified: since.and_then(|since| i64::try_from(since.as_millis()).ok()).map(Millis) })
}

/// The mappings: one's own before those that are built in. A name that is no file's picks those of a system.
fn mappings(given: &[String]) -> Result<(Vec<Mapping>, Option<String>), Failure> {
    let (mut all, mut only) = (Vec::new(), None);
    for name in given {
        if !name.ends_with(".toml") {
            only = Some(name.clone());
            continue;
        }
        let text = fs::read_to_string(name).map_err(|error| Failure::usage(format_args!("cannot read {name}: {}", crate::config::plain(&error))))?;
        let own = import::mapping::parse(name, &text).map_err(Failure::usage)?;
        all.extend(own);
    }
    let built_in = import::mapping::built_in().map_err(Failure::usage)?;
    if let Some(name) = only.as_ref().filter(|name| !all.iter().chain(&built_in).any(|mapping| mapping.system == **name)) {
        let mut known: Vec<&str> = built_in.iter().map(|mapping| mapping.system.as_str()).collect();
        known.dedup();
        return Err(Failure::usage(format_args!("--mapping {name}: neither a .toml file nor one of {}", known.join(", "))));
    }
    // What one's own mapping calls by the name of a system takes its place.
    let is_new = |mapping: &Mapping| !all.iter().any(|own: &Mapping| own.system == mapping.system && own.kind == mapping.kind);
    let built_in: Vec<Mapping> = built_in.into_iter().filter(is_new).collect();
    all.extend(built_in);
    Ok((all, only))
}

fn decisions(args: &ImportArgs, mapping: Option<String>, instant: impl Fn(model::When) -> Millis) -> Decisions {
    Decisions {
        currency: args.currency,
        order: args.date_order.map(Into::into),
        decimal: args.decimal.map(Into::into),
        encoding: args.text_encoding,
        breakdown: args.breakdown.clone(),
        sum_over: args.sum_over.clone(),
        sum: args.sum,
        ignore: args.ignore_column.clone(),
        stages: args.stages.iter().cloned().collect(),
        deal_contact: args.deal_contact.map(Into::into),
        account: args.account.clone(),
        pulled_at: args.pulled_at.map(instant),
        unreconciled: args.unreconciled,
        by_day: args.by_day,
        mapping,
    }
}

fn show(file: &str, seen: &Seen) {
    say(format_args!("{file}"));
    for (what, said) in &seen.0 {
        let said: String = said.chars().filter(|c| !c.is_control()).collect();
        say(format_args!("  {what:<9} {said}"));
    }
}

fn show_outcome(files: &[PathBuf], outcome: &Outcome) {
    outcome.notes.iter().for_each(|note| say(format_args!("{note}")));
    let place = |file: usize| files.get(file).map_or_else(String::new, |file| file.display().to_string());
    for (file, reject) in outcome.rejects.iter().take(NAMED) {
        say(format_args!("{}:{}: {}: {}", place(*file), reject.line, reject.kind, printable(&reject.why)));
    }
    if outcome.rejects.len() > NAMED {
        say(format_args!("..."));
    }
    if !outcome.rejects.is_empty() {
        let all: Vec<_> = outcome.rejects.iter().map(|(_, reject)| reject.clone()).collect();
        let kinds: Vec<String> = import::by_kind(&all).into_iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        say(format_args!("{} left out: {}", counted(all.len() as u64, "row"), kinds.join(", ")));
    }
}
