//! `snapshots`: what lies in the store, and whether it is whole.

use std::{
    io::{Write, stdout},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use ::snapshots::{Blobs, Entry, Judged, Objects, Prune};
use model::Millis;

use crate::{
    cli::{PruneArgs, SnapshotsArgs},
    config::Loaded,
    failure::Failure,
    output::{counted, say},
};

/// Shows every snapshot: fingerprint, instance and number, records, pieces, bytes, bytes in the store, parted by tabs.
pub fn list(args: &SnapshotsArgs) -> Result<(), Failure> {
    let store = open(args)?;
    show(&::snapshots::list(&store as &dyn Blobs).map_err(Failure::failed)?).map(|_| ())
}

/// The same with every piece read.
pub fn check(args: &SnapshotsArgs) -> Result<(), Failure> {
    let store = open(args)?;
    match show(&::snapshots::check(&store as &dyn Blobs).map_err(Failure::failed)?)? {
        0 => Ok(()),
        damaged => Err(Failure::failed(format_args!(
            "{} damaged: an instance starts from the newest that is whole, and removes the others in time",
            counted(damaged, "snapshot")
        ))),
    }
}

/// What is shorter is no sign that an instance is gone: it may be starting, or its store away.
const SHORTEST: Duration = Duration::from_secs(3600);

/// Removes what instances left that will not come back. Shows every folder: fingerprint, instance, objects, bytes, when the last was
/// stored, and what became of it, parted by tabs.
pub fn prune(args: &PruneArgs) -> Result<(), Failure> {
    if args.older_than < SHORTEST {
        return Err(Failure::usage("--older-than: give an hour at the least; who lives stores every half minute, but may be away for a while"));
    }
    let store = open(&args.store)?;
    let (instances, older_than) = (args.instances.iter().cloned().collect(), args.older_than);
    let prune = Prune { now: SystemTime::now(), older_than, instances, earlier_lines: args.earlier_lines };
    let all = ::snapshots::judge(&store, &prune).map_err(Failure::failed)?;
    if let Some(unknown) = prune.instances.iter().find(|name| !all.iter().any(|judged| judged.instance == **name)) {
        return Err(Failure::usage(format_args!("--instance {unknown}: nothing of it is in the store; `kpistream snapshots list` shows what is")));
    }
    let mut out = stdout().lock();
    let mut removed = (0, 0);
    for judged in &all {
        let kept = if args.dry_run { judged.kept } else { ::snapshots::remove(&store, judged, &prune).map_err(Failure::failed)? };
        let fate = match kept {
            Some(why) => format!("kept: {why}"),
            None => {
                removed = (removed.0 + 1, removed.1 + judged.bytes);
                (if args.dry_run { "would be removed" } else { "removed" }).to_owned()
            }
        };
        let Judged { fingerprint, instance, objects, bytes, written, .. } = judged;
        writeln!(out, "{fingerprint}\t{instance}\t{objects}\t{bytes}\t{}\t{fate}", millis(*written))?;
    }
    let what = if args.dry_run { "would be removed" } else { "removed" };
    say(format_args!("{} of {} {what}, {} bytes", removed.0, counted(all.len() as u64, "folder"), removed.1));
    Ok(())
}

fn millis(at: SystemTime) -> Millis {
    Millis(at.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

fn open(args: &SnapshotsArgs) -> Result<Objects, Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    if args.url.as_deref() == Some("none") {
        return Err(Failure::usage("--url none: that is no store, it turns snapshots off; give a folder, such as ./none, or the URL of a bucket"));
    }
    let url = args.url.clone().or_else(|| loaded.setup.snapshots.map(|configured| configured.url));
    let url = url.ok_or_else(|| Failure::usage("snapshots are turned off; give --url, or snapshots.url in the configuration"))?;
    let store = Objects::open(&url).map_err(Failure::usage)?;
    if store.is_there() {
        return Ok(store);
    }
    Err(Failure::failed(format_args!(
        "snapshot store {url}: there is no such folder; an instance makes it with its first snapshot: give --url, or run this where that runs"
    )))
}

/// Shows them and says how many are damaged.
fn show(entries: &[Entry]) -> Result<u64, Failure> {
    let mut out = stdout().lock();
    let mut damaged = 0;
    for Entry { fingerprint, origin, contents } in entries {
        match contents {
            Ok(whole) => {
                let records: i64 = whole.offsets.values().sum();
                writeln!(out, "{fingerprint}\t{origin}\t{records}\t{}\t{}\t{}", whole.pieces, whole.bytes, whole.stored_bytes)?;
            }
            Err(flaw) => {
                damaged += 1;
                writeln!(out, "{fingerprint}\t{origin}\tdamaged: {flaw}")?;
            }
        }
    }
    say(format_args!("{}", counted(entries.len() as u64, "snapshot")));
    Ok(damaged)
}
