//! `verify`: the state of an instance against the naive reference, from the records on, number by number.

mod shown;
mod source;

use std::io::{Write, stdout};

use kafka::Reader;
use reference::{Recount, Scope};
use verify::compare;

use super::{now, state::restored};
use pipeline::{
    replay,
    state::{self, State},
};

use crate::{cli::VerifyArgs, config::Loaded, failure::Failure, output::say};

use source::Source;

/// Compares the state of a snapshot with what the reference makes of the topics.
pub fn run(args: &VerifyArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.kafka.layers())?;
    let connection = loaded.kafka.connection()?;
    let names: Vec<&str> = loaded.setup.topics.names.iter().map(String::as_str).collect();
    let reader = Reader::open(&connection, &names)?;
    let as_of = now();
    let mut state = State::new(&loaded.setup, restored(args.instance.as_deref(), &loaded, &reader)?, as_of);
    state.settle(as_of);
    against(&state, &loaded, &reader, args.limit)
}

/// Compares a state, wherever it comes from, with what the reference makes of the topics up to its offsets.
fn against(state: &State<'_>, loaded: &Loaded, reader: &Reader, limit: usize) -> Result<(), Failure> {
    let held = verify::State { book: state.book(), streams: state.streams().collect(), visitors: state.visitors(), settings: &loaded.setup.settings };
    let limits =
        reference::Limits { span_ms: loaded.setup.dedup.span_ms, ids: loaded.setup.dedup.ids, clock_records: loaded.setup.dedup.clock_records };
    let mut recount = Recount::new(source::options(loaded), held.keep(), limits, source::schemas(loaded)?);
    let mut topics = Source::new(state, loaded, reader)?;
    replay::read(reader, &topics.stretches(), |partition, records| {
        let Some(source) = state::source(&loaded.setup, partition) else { return };
        for record in records {
            let (read, is_beyond) = (source::record(*record), topics.heard(source, *record));
            let scope = if is_beyond { Scope::FiguresOnly } else { Scope::All };
            recount.record(source.topic.name(), source.partition, &read, scope);
        }
    })?;
    let (reach, lost) = topics.reach();
    lost.iter().for_each(|lost| say(format_args!("{lost}")));
    let comparison = compare(&held, &recount.finish(), &reach, limit);
    let mut out = stdout().lock();
    shown::write(&mut out, &comparison, topics.records())?;
    out.flush()?;
    if comparison.is_proof() { Ok(()) } else { Err(Failure::Found) }
}
