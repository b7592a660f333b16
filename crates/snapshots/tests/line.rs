//! What a line promises, case by case.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own input is wrong")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use snapshots::{
    BlobError, Blobs, Flaw, Limits, Line, Listed, Offsets, Origin, Piece, StoreError, Stored, check, list,
    simulated::{Faults, Simulated},
};

const FINGERPRINT: &str = "0a";

fn line(store: &Arc<Simulated>, instance: &str) -> Line {
    Line::open(store.clone(), FINGERPRINT, instance).unwrap()
}

fn offsets(offset: i64) -> Offsets {
    Offsets::from([(("leads".to_owned(), 0), offset)])
}

/// Stores pieces `name=bytes`; those with `!` before them have changed.
fn store(line: &mut Line, offset: i64, pieces: &[&str]) -> Result<Stored, StoreError> {
    let split = |piece: &&str| piece.trim_start_matches('!').split_once('=').map(|(name, bytes)| (name.to_owned(), bytes.to_owned())).unwrap();
    let all: BTreeMap<String, String> = pieces.iter().map(split).collect();
    let changed: Vec<String> = pieces.iter().filter(|piece| piece.starts_with('!')).map(|piece| split(piece).0).collect();
    let pieces: Vec<Piece<'_>> = all.keys().map(|name| Piece { name, changed: changed.contains(name) }).collect();
    line.store(&offsets(offset), &pieces, &|name| all[name].clone().into_bytes())
}

/// The snapshot an observer finds, as `instance/sequence: name=bytes ..`, with what was passed over.
fn found(store: &Arc<Simulated>) -> (String, Vec<String>) {
    let found = line(store, "observer").newest(&[]).unwrap();
    let text = found.snapshot.map_or_else(String::new, |snapshot| {
        let pieces = snapshot.pieces.iter().map(|(name, bytes)| format!(" {name}={}", String::from_utf8_lossy(bytes)));
        format!("{}:{}", snapshot.origin, pieces.collect::<String>())
    });
    (text, found.skipped.iter().map(ToString::to_string).collect())
}

fn object(instance: &str, file: &str) -> String {
    format!("{FINGERPRINT}/{instance}/{:0>20}.{}", file.split_once('.').unwrap().0, file.split_once('.').unwrap().1)
}

#[test]
fn only_what_changed_is_written() {
    let simulated = Arc::new(Simulated::new(0));
    let mut a = line(&simulated, "a");
    let first = store(&mut a, 1, &["!x=one", "!y=two"]).unwrap();
    assert_eq!((first.sequence, first.pieces, first.pieces_written, first.segments), (2, 2, 2, 1));
    let second = store(&mut a, 2, &["x=one", "!y=three"]).unwrap();
    assert_eq!((second.sequence, second.pieces, second.pieces_written, second.segments), (4, 2, 1, 2));
    let third = store(&mut a, 3, &["x=one", "y=three"]).unwrap();
    assert_eq!((third.sequence, third.pieces_written, third.segments), (5, 0, 2));
    assert_eq!(found(&simulated), ("a/5: x=one y=three".to_owned(), vec![]));
    // A piece that is no longer part of the state is not part of the snapshot, and when it is again, it is written.
    assert_eq!(store(&mut a, 4, &["x=one"]).unwrap().pieces, 1);
    assert_eq!(store(&mut a, 5, &["x=one", "y=four"]).unwrap().pieces_written, 1);
    assert_eq!(found(&simulated).0, "a/8: x=one y=four");
}

#[test]
fn large_states_are_several_segments_and_waste_is_bounded() {
    let simulated = Arc::new(Simulated::new(0));
    let mut a = line(&simulated, "a").with_limits(Limits { segment_bytes: 50, segments: 8, ..Limits::default() });
    let pieces = |round: usize| -> Vec<String> {
        let changed = |n: usize| n == round % 20 || n == (round * 7) % 20 || round == 0;
        (0..20).map(|n| format!("{}p{n}=text {n} {}", if changed(n) { "!" } else { "" }, if changed(n) { round } else { 0 })).collect()
    };
    for round in 0..100 {
        let pieces = pieces(round);
        let stored = store(&mut a, round as i64, &pieces.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        let entry = list(&*simulated).unwrap().pop().unwrap().contents.unwrap();
        let bytes: u64 = entry.segments.iter().map(|(_, length)| length).sum();
        assert!(bytes <= 2 * stored.bytes, "{bytes} for {}", stored.bytes);
        assert!(round > 0 || stored.segments > 5);
        assert!(stored.segments < 30, "{} segments", stored.segments);
    }
}

#[test]
fn one_goes_on_from_its_own_and_writes_anew_after_anothers() {
    let simulated = Arc::new(Simulated::new(0));
    store(&mut line(&simulated, "a"), 7, &["!x=one", "!y=two"]).unwrap();
    let mut own = line(&simulated, "a");
    assert_eq!(own.newest(&[]).unwrap().snapshot.unwrap().origin, Origin { instance: "a".to_owned(), sequence: 2 });
    let stored = store(&mut own, 8, &["x=one", "!y=three"]).unwrap();
    assert_eq!((stored.sequence, stored.pieces_written), (4, 1));

    let mut other = line(&simulated, "b");
    assert_eq!(other.newest(&[]).unwrap().snapshot.unwrap().origin.to_string(), "a/4");
    let stored = store(&mut other, 9, &["x=one", "y=three"]).unwrap();
    assert_eq!((stored.sequence, stored.pieces_written), (2, 2));
    let mine = |entry: &snapshots::Entry| entry.contents.as_ref().unwrap().segments.iter().all(|(name, _)| name.contains("/b/"));
    assert!(list(&*simulated).unwrap().iter().filter(|entry| entry.origin.instance == "b").all(mine));
    // One that looked at nothing takes nothing for its own.
    assert_eq!(store(&mut line(&simulated, "a"), 10, &["x=one", "y=three"]).unwrap().pieces_written, 2);
}

#[test]
fn the_newest_is_the_furthest_and_of_equals_the_own() {
    let simulated = Arc::new(Simulated::new(0));
    store(&mut line(&simulated, "b"), 20, &["!x=b"]).unwrap();
    for offset in [10, 15, 20, 19] {
        store(&mut line(&simulated, "a"), offset, &["!x=a"]).unwrap();
    }
    assert_eq!(found(&simulated).0, "b/2: x=b");
    let own = line(&simulated, "a").newest(&[]).unwrap().snapshot.unwrap().origin;
    assert_eq!((own.instance.as_str(), own.sequence), ("a", 6));
    let refused = [own, Origin { instance: "b".to_owned(), sequence: 2 }];
    assert_eq!(line(&simulated, "a").newest(&refused).unwrap().snapshot.unwrap().offsets, offsets(19));
}

#[test]
fn what_is_corrupt_cut_or_foreign_is_passed_over_by_name() {
    let simulated = Arc::new(Simulated::new(0));
    let mut a = line(&simulated, "a");
    for offset in 1..=3 {
        store(&mut a, offset, &[&format!("!x={offset}")]).unwrap();
    }
    simulated.plant("0a/c/00000000000000000001.manifest", "something else");
    simulated.plant("0a/a/readme", "not ours");
    simulated.plant("0a/b/00000000000000000006.manifest", simulated.objects()[&object("a", "6.manifest")].clone());
    simulated.plant("0b/a/00000000000000000006.manifest", simulated.objects()[&object("a", "6.manifest")].clone());
    simulated.flip(&object("a", "5.segment"), 3);
    simulated.cut(&object("a", "4.manifest"), 30);
    let (snapshot, skipped) = found(&simulated);
    assert_eq!(snapshot, "a/2: x=1");
    let expected = [
        "0a/a/00000000000000000004.manifest is passed over: it is cut short or corrupt: its checksum is another",
        "0a/b/00000000000000000006.manifest is passed over: it is the manifest of 0a/a/6, and lies under another name",
        "0a/c/00000000000000000001.manifest is passed over: it is no manifest of a snapshot",
        "0a/a/00000000000000000005.segment is passed over: piece x in it is corrupt",
    ];
    assert_eq!(skipped, expected.map(|text| format!("snapshot object {text}")));
    let entries = check(&*simulated).unwrap();
    let whole: Vec<String> = entries.iter().filter(|e| e.contents.is_ok()).map(|e| e.origin.to_string()).collect();
    assert_eq!((entries.len(), whole), (6, vec!["a/2".to_owned()]));
    assert_eq!(list(&*simulated).unwrap().iter().filter(|entry| entry.contents.is_ok()).count(), 2);

    // Of its own folder, an instance keeps what is whole: the broken ones do not push it out.
    let mut a = line(&simulated, "a");
    a.newest(&[]).unwrap();
    store(&mut a, 4, &["!x=4"]).unwrap();
    let left: Vec<String> = simulated.objects().into_keys().filter(|name| name.starts_with("0a/a/")).collect();
    let kept = ["1.segment", "2.manifest", "7.segment", "8.manifest"].map(|file| object("a", file));
    assert_eq!(left, [kept.as_slice(), &["0a/a/readme".to_owned()]].concat());
}

#[test]
fn a_store_that_cannot_be_read_is_an_error_and_not_an_empty_one() {
    let simulated = Arc::new(Simulated::new(0));
    store(&mut line(&simulated, "a"), 1, &["!x=one"]).unwrap();
    simulated.set_faults(Faults { failed: 1000, ..Faults::default() });
    assert!(matches!(line(&simulated, "a").newest(&[]), Err(BlobError::Failed { .. })));
}

#[test]
fn what_a_failed_attempt_would_have_written_the_next_one_writes() {
    for operations in 0..6 {
        let simulated = Arc::new(Simulated::new(operations));
        let mut a = line(&simulated, "a");
        store(&mut a, 1, &["!x=one", "!y=one", "!z=one"]).unwrap();
        simulated.cut_power_after(operations);
        let failed = store(&mut a, 2, &["!x=two", "y=one", "!z=two"]);
        assert!(matches!(failed, Err(StoreError::Store(_))) || operations > 3, "{operations}: {failed:?}");
        simulated.crash();
        let stored = store(&mut a, 3, &["x=two", "!y=three", "z=two"]);
        if let Err(StoreError::Conflict { object, .. }) = stored {
            panic!("{operations}: {object} is ours");
        }
        assert_eq!(found(&simulated).0.split_once(':').unwrap().1, " x=two y=three z=two", "{operations}");
        assert_eq!(list(&*simulated).unwrap().len(), if failed.is_ok() { 3 } else { 2 });
    }
}

#[test]
fn what_was_lost_behind_its_back_is_written_anew() {
    let simulated = Arc::new(Simulated::new(0));
    let mut a = line(&simulated, "a");
    store(&mut a, 1, &["!x=one"]).unwrap();
    store(&mut a, 2, &["x=one", "!y=two"]).unwrap();
    simulated.lose(&object("a", "1.segment"));
    simulated.cut(&object("a", "3.segment"), 4);
    let stored = store(&mut a, 3, &["x=one", "y=two"]).unwrap();
    let why: Vec<Flaw> = stored.skipped.into_iter().map(|skipped| skipped.why).collect();
    assert!(matches!(why[..], [Flaw::Gone, Flaw::Length { found: 4, .. }]), "{why:?}");
    assert_eq!(found(&simulated).0, "a/6: x=one y=two");
    assert_eq!(list(&*simulated).unwrap().len(), 1, "what lost a segment is not kept");
    simulated.cut(&object("a", "5.segment"), 4);
    assert!(found(&simulated).1[0].ends_with("5.segment is passed over: it has 4 bytes, and 24 were written"), "{:?}", found(&simulated));
}

#[test]
fn numbers_go_on_above_what_crashes_left_and_that_is_removed() {
    let simulated = Arc::new(Simulated::new(0));
    for leftover in ["00000000000000000090.segment", "00000000000000000091.segment#1"] {
        simulated.plant(&format!("0a/a/{leftover}"), "half");
    }
    let stored = store(&mut line(&simulated, "a"), 1, &["!x=one"]).unwrap();
    assert_eq!((stored.sequence, stored.undeleted), (92, vec![]));
    let left: Vec<String> = simulated.objects().into_keys().collect();
    assert_eq!(left, [object("a", "91.segment"), object("a", "92.manifest")]);
}

#[test]
fn a_failed_deletion_does_not_fail_the_snapshot_and_is_tried_again() {
    let simulated = Arc::new(Simulated::new(0));
    let undeletable = Arc::new(Undeletable { store: simulated.clone(), refuses: AtomicBool::new(false) });
    let mut a = Line::open(undeletable.clone(), FINGERPRINT, "a").unwrap();
    for offset in 1..=5 {
        undeletable.refuses.store(offset > 3, Ordering::Relaxed);
        let stored = store(&mut a, offset, &[&format!("!x={offset}")]).unwrap();
        assert_eq!(stored.undeleted.len(), [0, 0, 0, 1, 2][offset as usize - 1]);
        // A segment stays as long as a manifest names it.
        assert!(check(&*simulated).unwrap().iter().all(|entry| entry.contents.is_ok()));
    }
    undeletable.refuses.store(false, Ordering::Relaxed);
    assert_eq!(store(&mut a, 6, &["!x=6"]).unwrap().undeleted, []);
    assert_eq!(simulated.objects().len(), 6);
}

#[test]
fn a_lost_acknowledgement_is_no_other_writer() {
    let simulated = Arc::new(Simulated::new(0));
    simulated.set_faults(Faults { repeated: 1000, ..Faults::default() });
    let mut a = line(&simulated, "a");
    assert_eq!(store(&mut a, 1, &["!x=one"]).unwrap().sequence, 2);
    assert_eq!(store(&mut a, 2, &["x=one"]).unwrap().pieces_written, 0);
}

#[test]
fn after_another_writer_was_found_everything_is_written_anew() {
    let simulated = Arc::new(Simulated::new(0));
    let (mut one, mut other) = (line(&simulated, "a"), line(&simulated, "a"));
    store(&mut one, 1, &["!x=one", "!y=one"]).unwrap();
    store(&mut other, 2, &["!x=two"]).unwrap();
    let conflict = store(&mut one, 3, &["x=one", "y=one"]).unwrap_err().to_string();
    let expected = "another process puts or deletes snapshots of instance a (0a/a/00000000000000000003.segment): give every instance its own name";
    assert_eq!(conflict, expected);
    assert_eq!(store(&mut one, 4, &["x=one", "y=one"]).unwrap().pieces_written, 2);
    assert_eq!(store(&mut one, 5, &["x=one", "y=one"]).unwrap().pieces_written, 0);
    assert!(matches!(store(&mut other, 6, &["x=two"]), Err(StoreError::Conflict { .. })));
}

/// A store that can be told not to delete.
struct Undeletable {
    store: Arc<Simulated>,
    refuses: AtomicBool,
}

impl Blobs for Undeletable {
    fn put_new(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.store.put_new(name, bytes)
    }

    fn get(&self, name: &str) -> Result<Bytes, BlobError> {
        self.store.get(name)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, BlobError> {
        self.store.list(folder)
    }

    fn delete(&self, name: &str) -> Result<(), BlobError> {
        match self.refuses.load(Ordering::Relaxed) {
            true => Err(BlobError::Failed { action: "delete", name: name.to_owned(), store: "s".to_owned(), why: "read-only".to_owned() }),
            false => self.store.delete(name),
        }
    }
}

#[test]
fn whoever_restores_is_told_how_far_it_is() {
    let simulated = Arc::new(Simulated::new(0));
    let mut a = line(&simulated, "a");
    for n in 1..10 {
        store(&mut a, n, &[&format!("!x{n}={}", "x".repeat(n as usize))]).unwrap();
    }
    let told = std::cell::RefCell::new(Vec::new());
    let tell = |done, of| told.borrow_mut().push((done, of));
    assert!(line(&simulated, "b").newest_telling(&[], &tell).unwrap().snapshot.is_some());
    let told = told.into_inner();
    let (&(first, _), &(last, of)) = (told.first().unwrap(), told.last().unwrap());
    assert!(first == 0 && last == of && of > 0 && told.is_sorted(), "{told:?}");
}
