//! A snapshot store that is away, read-only or full: the instance goes on folding and serving, says so, and recovers by itself.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    process::Command,
};

use running::{Instance, await_some, field::Field};

const FAILURES: &str = "kpistream_snapshot_failures_total";
const LAST_SUCCESS: &str = "kpistream_snapshot_last_success_timestamp_seconds";

/// Where the instances of a field keep their snapshots.
fn store(field: &Field) -> PathBuf {
    field.folder.0.join("kpistream-snapshots")
}

fn failures(field: &Field, instance: &Instance) -> f64 {
    field.metric(instance, FAILURES).unwrap_or_default()
}

/// Waits until snapshots have failed some times more than they have now.
fn await_failures(field: &Field, instance: &Instance) {
    let before = failures(field, instance);
    await_some("failures of snapshots", || (failures(field, instance) >= before + 3.0).then_some(()));
}

/// Waits for a snapshot later than any there is now, twice: the first may have been on its way.
fn await_stored(field: &Field, instance: &Instance) {
    for _ in 0..2 {
        let before = field.metric(instance, LAST_SUCCESS).unwrap_or_default();
        await_some("a snapshot", || field.metric(instance, LAST_SUCCESS).filter(|at| *at > before));
    }
}

/// While the store is broken: snapshots fail and none is stored, while events are folded and served.
fn goes_on_without_snapshots(field: &Field, instance: &Instance, accepted: usize) {
    await_failures(field, instance);
    let stored = field.metric(instance, LAST_SUCCESS);
    field.visit(accepted, 5);
    field.await_accepted(instance, accepted as f64 + 5.0);
    await_failures(field, instance);
    assert_eq!(field.metric(instance, LAST_SUCCESS), stored, "{LAST_SUCCESS} stands still");
    field.await_ready(instance);
    assert_eq!(instance.get("/metrics/kpi").map(|(status, kpis)| (status, kpis.contains("kpistream_leads"))), Some((200, true)));
}

/// Once the store is well again: snapshots are stored, and what was folded meanwhile is in them. Gives what the instance has said.
fn recovers(field: &Field, instance: Instance, accepted: f64) -> String {
    await_stored(field, &instance);
    let said = instance.kill();
    let again = field.start();
    field.await_accepted(&again, accepted);
    field.await_ready(&again);
    let begun = again.kill();
    assert!(begun.contains("going on from snapshot"), "{begun}");
    said
}

/// It was said once, with what, where and what to do, and so was its end.
fn is_said_once(said: &str, what: &str) {
    let warnings: Vec<&str> = said.lines().filter(|line| line.contains("WARN")).collect();
    assert_eq!(warnings.len(), 1, "{said}");
    let words = ["no snapshot (1 in a row): cannot", "kpistream-snapshots", what, "see that it is there, has room", "the next is tried in 1 s"];
    assert!(words.iter().all(|word| warnings[0].contains(word)), "{said}");
    assert!(said.contains("snapshots are stored again, after "), "{said}");
}

#[test]
fn a_store_that_goes_away_and_comes_back() {
    let field = Field::new("away");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    await_stored(&field, &instance);
    // A file where the folder was, as there is a bare mount point, or another file system, where a disk was.
    let aside = field.folder.0.join("aside");
    fs::rename(store(&field), &aside).unwrap();
    fs::write(store(&field), "").unwrap();
    goes_on_without_snapshots(&field, &instance, 10);
    fs::remove_file(store(&field)).unwrap();
    fs::rename(&aside, store(&field)).unwrap();
    is_said_once(&recovers(&field, instance, 15.0), "ot a directory");
}

#[test]
fn a_store_that_is_away_at_the_start() {
    let field = Field::new("gone");
    field.visit(0, 10);
    fs::write(store(&field), "").unwrap();
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    goes_on_without_snapshots(&field, &instance, 10);
    fs::remove_file(store(&field)).unwrap();
    let said = recovers(&field, instance, 15.0);
    assert!(said.contains("the state is rebuilt from the beginning of the topics; see that it is there"), "{said}");
    assert!(said.contains("snapshots are stored again"), "{said}");
}

fn manifests(folder: PathBuf) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found = paths.flat_map(|path| if path.is_dir() { manifests(path) } else { vec![path] });
    found.filter(|path| path.extension().is_some_and(|ending| ending == "manifest")).collect()
}

/// To go on would be to trade the state that may be in the store for one that lacks records.
fn refuses_to_start(field: &Field, why: &str) {
    let (code, said) = field.start().ended();
    let last = said.lines().last().unwrap_or_default();
    let words = ["kpistream: ", why, "needed-web-visit/0: the first 5 records were gone", "mend the snapshot store and start again"];
    assert!(code == Some(1) && words.iter().all(|word| last.contains(word)), "{said}");
}

#[test]
fn a_store_that_is_away_while_the_log_no_longer_has_everything() {
    let field = Field::new("needed");
    field.visit(0, 10);
    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    assert_eq!(instance.terminate().0, Some(0));
    field.cut(&[("web_visit", 5)]);
    let aside = field.folder.0.join("aside");
    fs::rename(store(&field), &aside).unwrap();
    fs::write(store(&field), "").unwrap();

    refuses_to_start(&field, "cannot list");
    fs::remove_file(store(&field)).unwrap();
    fs::rename(&aside, store(&field)).unwrap();

    // There, and all of it damaged.
    let manifests: Vec<(PathBuf, Vec<u8>)> = manifests(store(&field)).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    manifests.iter().for_each(|(path, bytes)| fs::write(path, &bytes[..bytes.len() / 2]).unwrap());
    refuses_to_start(&field, ".manifest");
    manifests.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());

    let instance = field.start();
    field.await_accepted(&instance, 10.0);
    field.await_ready(&instance);
    let said = instance.kill();
    assert!(said.contains("going on from snapshot") && !said.contains("were gone"), "{said}");
}

/// Lets nobody write below a folder, or its owner again.
fn set_writable(folder: &PathBuf, writable: bool) {
    for entry in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        set_writable(&entry.path(), writable);
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(if writable { 0o755 } else { 0o555 })).unwrap();
}

#[test]
fn a_store_that_is_read_only() {
    let field = Field::new("sealed");
    // Permissions mean nothing to root, unless it gives up what makes it so.
    let is_root = fs::metadata(&field.folder.0).unwrap().uid() == 0;
    let powerless: &[&str] = if is_root { &["setpriv", "--bounding-set=-dac_override,-dac_read_search"] } else { &[] };
    field.visit(0, 10);
    let instance = field.start_by(powerless);
    field.await_accepted(&instance, 10.0);
    await_stored(&field, &instance);
    set_writable(&store(&field), false);
    goes_on_without_snapshots(&field, &instance, 10);
    set_writable(&store(&field), true);
    is_said_once(&recovers(&field, instance, 15.0), "ermission denied");

    // At the start it is read all the same.
    set_writable(&store(&field), false);
    let instance = field.start_by(powerless);
    field.await_accepted(&instance, 15.0);
    goes_on_without_snapshots(&field, &instance, 15);
    set_writable(&store(&field), true);
    let said = recovers(&field, instance, 20.0);
    assert!(said.contains("going on from snapshot"), "{said}");
}

#[test]
fn a_store_that_is_full() {
    let field = Field::new("full");
    // A file that may grow no more is what a full disk is to who writes: a write that is cut short and then refused.
    let room = |limit: &str| format!("trap '' XFSZ; ulimit -S -f {limit}; exec \"$@\"");
    let start = |limit: &str| field.start_by(&["bash", "-c", &room(limit), "bash"]);
    let set_room = |instance: &Instance, limit: &str| {
        let set = Command::new("prlimit").args(["--pid", &instance.id().to_string(), &format!("--fsize={limit}:unlimited")]).status().unwrap();
        assert!(set.success());
    };
    field.visit(0, 10);
    let instance = start("unlimited");
    field.await_accepted(&instance, 10.0);
    await_stored(&field, &instance);
    set_room(&instance, "64");
    goes_on_without_snapshots(&field, &instance, 10);
    set_room(&instance, "unlimited");
    is_said_once(&recovers(&field, instance, 15.0), "ile too large");

    let instance = start("0");
    field.await_accepted(&instance, 15.0);
    goes_on_without_snapshots(&field, &instance, 15);
    set_room(&instance, "unlimited");
    let said = recovers(&field, instance, 20.0);
    assert!(said.contains("going on from snapshot"), "{said}");
}
