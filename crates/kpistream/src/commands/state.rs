//! `state`: the state at given offsets as text, so that two can be compared.

use std::{
    collections::BTreeMap,
    io::{Write, stdout},
    time::Duration,
};

use ::snapshots::Origin;
use kafka::{Extent, Partition, Reader};
use model::When;

use super::now;
use pipeline::{
    snapshots::{self as store, Restored},
    state::State,
};

use crate::{
    cli::{Offset, StateArgs},
    config::Loaded,
    failure::Failure,
    output::say,
};

/// How long an answer of the broker is waited for.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// Writes the state of a snapshot, of given offsets, or of all that the topics have.
pub fn run(args: &StateArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.kafka.layers())?;
    let connection = loaded.kafka.connection()?;
    let names: Vec<&str> = loaded.setup.topics.names.iter().map(String::as_str).collect();
    let reader = Reader::open(&connection, &names)?;
    let mut restored = if args.rebuild { Restored::default() } else { restored(args.instance.as_deref(), &loaded, &reader)? };
    let as_of = match args.now {
        None => now(),
        Some(When::At(at)) => at,
        Some(When::On(day)) => loaded.setup.settings.zone.last_instant(day),
    };
    let history = std::mem::take(&mut restored.history);
    let mut state = State::new(&loaded.setup, restored, as_of);
    let mut extents = Vec::new();
    if args.rebuild || !args.at.is_empty() || args.latest {
        let partitions: Vec<Partition> = reader.partitions().cloned().collect();
        extents = ends(reader.extents(&partitions, ANSWER)?, &args.at)?;
    }
    let beginnings: Vec<Extent> = extents.iter().filter(|extent| state.begins(&extent.partition)).cloned().collect();
    history.begun(&connection, &beginnings)?.missing(&loaded.setup).iter().for_each(|missing| say(format_args!("{missing}")));
    state.read_to(&reader, &extents, as_of)?;
    stdout().lock().write_all(state.dump(as_of).as_bytes())?;
    Ok(())
}

/// The newest snapshot, or that of an instance.
pub(super) fn restored(instance: Option<&str>, loaded: &Loaded, reader: &Reader) -> Result<Restored, Failure> {
    let none = || Failure::usage("snapshots are turned off, so there is none to look at; give snapshots.url in the configuration");
    let mut line = store::open(&loaded.setup, reader.topics())?.ok_or_else(none)?;
    let refused: Vec<Origin> = match (instance, &loaded.setup.snapshots) {
        (Some(instance), Some(configured)) => {
            let objects = ::snapshots::Objects::open(&configured.url).map_err(Failure::usage)?;
            let all = ::snapshots::list(&objects).map_err(Failure::failed)?;
            all.into_iter().map(|entry| entry.origin).filter(|origin| origin.instance != instance).collect()
        }
        _ => Vec::new(),
    };
    let restored = store::restore_but(&mut line, &loaded.setup, refused);
    if restored.book.is_none() {
        return Err(Failure::failed("there is no snapshot of these topics and this configuration that is whole; see `kpistream snapshots check`"));
    }
    Ok(restored)
}

/// The ends that are asked for; without any, those that the topics have now.
fn ends(extents: Vec<Extent>, asked: &[Offset]) -> Result<Vec<Extent>, Failure> {
    if asked.is_empty() {
        return Ok(extents);
    }
    let asked: BTreeMap<(&str, i32), i64> = asked.iter().map(|asked| ((asked.topic.as_str(), asked.partition), asked.offset)).collect();
    let end = |extent: &Extent| asked.get(&(&*extent.partition.topic, extent.partition.number)).copied();
    let beyond = extents.iter().find(|extent| end(extent).is_some_and(|end| end > extent.end));
    if let Some(extent) = beyond {
        return Err(Failure::usage(format_args!("{} ends at offset {}: give one up to that", extent.partition, extent.end)));
    }
    Ok(extents.into_iter().filter_map(|extent| end(&extent).map(|end| Extent { end, ..extent })).collect())
}
