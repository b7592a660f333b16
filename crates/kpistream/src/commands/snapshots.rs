//! `snapshots`: what lies in the store, and whether it is whole.

use std::io::{Write, stdout};

use ::snapshots::{Blobs, Entry, Objects};

use crate::{
    cli::SnapshotsArgs,
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
