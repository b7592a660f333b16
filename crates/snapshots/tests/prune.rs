//! What instances left is removed, and never what a start would miss.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own input is wrong")]

use std::{
    fs::{self, File},
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use snapshots::{Kept, Line, Objects, Offsets, Piece, Prune, judge, remove};
use tempfile::TempDir;

const DAY: Duration = Duration::from_secs(86_400);

/// A store in a folder, in which instances store snapshots.
struct Store {
    folder: TempDir,
    objects: Arc<Objects>,
}

impl Store {
    fn new() -> Store {
        let folder = tempfile::tempdir().unwrap();
        let objects = Arc::new(Objects::open(folder.path().to_str().unwrap()).unwrap());
        Store { folder, objects }
    }

    /// A snapshot of an instance, as far as an offset, that was stored some days ago.
    fn stored(&self, fingerprint: &str, instance: &str, offset: i64, days: u32) {
        let mut line = Line::open(self.objects.clone(), fingerprint, instance).unwrap();
        let offsets = Offsets::from([(("leads".to_owned(), 0), offset)]);
        line.store(&offsets, &[Piece { name: "x", changed: true }], &|_| b"state".to_vec()).unwrap();
        self.age(fingerprint, instance, days);
    }

    fn age(&self, fingerprint: &str, instance: &str, days: u32) {
        for entry in fs::read_dir(self.place(fingerprint, instance)).unwrap() {
            File::options().append(true).open(entry.unwrap().path()).unwrap().set_modified(SystemTime::now() - DAY * days).unwrap();
        }
    }

    fn place(&self, fingerprint: &str, instance: &str) -> std::path::PathBuf {
        self.folder.path().join(fingerprint).join(instance)
    }

    /// Cuts the segments of an instance.
    fn cut(&self, fingerprint: &str, instance: &str, days: u32) {
        let is_segment = |path: &Path| path.extension().is_some_and(|end| end == "segment");
        let paths = fs::read_dir(self.place(fingerprint, instance)).unwrap().map(|entry| entry.unwrap().path());
        paths.filter(|path| is_segment(path)).for_each(|path| fs::write(path, b"cut").unwrap());
        self.age(fingerprint, instance, days);
    }

    /// What becomes of each folder: `fingerprint/instance` and why it is kept, if it is.
    fn judged(&self, prune: &Prune) -> Vec<(String, Option<Kept>)> {
        let all = judge(&*self.objects, prune).unwrap();
        all.into_iter().map(|judged| (format!("{}/{}", judged.fingerprint, judged.instance), judged.kept)).collect()
    }

    fn newest(&self, fingerprint: &str) -> Option<String> {
        let found = Line::open(self.objects.clone(), fingerprint, "observer").unwrap().newest(&[]).unwrap();
        found.snapshot.map(|snapshot| snapshot.origin.to_string())
    }
}

fn prune() -> Prune {
    Prune { now: SystemTime::now(), older_than: DAY * 30, instances: Default::default(), earlier_lines: false }
}

fn of(name: &str, kept: Option<Kept>) -> (String, Option<Kept>) {
    (name.to_owned(), kept)
}

#[test]
fn who_is_gone_is_removed_and_who_lives_is_not_touched() {
    let store = Store::new();
    store.stored("0a", "gone", 10, 31);
    store.stored("0a", "away", 12, 29);
    store.stored("0a", "here", 20, 0);
    assert_eq!(store.judged(&prune()), [of("0a/away", Some(Kept::Lives)), of("0a/gone", None), of("0a/here", Some(Kept::Lives))]);
    assert!(store.place("0a", "gone").exists(), "to judge is to remove nothing");
    for judged in judge(&*store.objects, &prune()).unwrap() {
        assert_eq!(remove(&*store.objects, &judged, &prune()).unwrap(), judged.kept);
    }
    assert!(!store.place("0a", "gone").exists());
    assert_eq!(store.judged(&prune()), [of("0a/away", Some(Kept::Lives)), of("0a/here", Some(Kept::Lives))]);
    assert_eq!(store.newest("0a").as_deref(), Some("here/2"));
}

#[test]
fn the_furthest_whole_snapshot_stays_whoever_wrote_it() {
    let store = Store::new();
    store.stored("0a", "first", 10, 40);
    store.stored("0a", "second", 30, 40);
    // All are gone: the service rests, and is to start again where it was.
    assert_eq!(store.judged(&prune()), [of("0a/first", None), of("0a/second", Some(Kept::Furthest))]);
    // The furthest is no snapshot.
    store.cut("0a", "second", 40);
    assert_eq!(store.judged(&prune()), [of("0a/first", Some(Kept::Furthest)), of("0a/second", None)]);
    // Who lives is behind, or has nothing whole.
    store.stored("0a", "third", 5, 0);
    assert_eq!(store.judged(&prune())[0], of("0a/first", Some(Kept::Furthest)));
    store.stored("0a", "third", 11, 0);
    assert_eq!(store.judged(&prune()), [of("0a/first", None), of("0a/second", None), of("0a/third", Some(Kept::Lives))]);
    store.cut("0a", "third", 0);
    assert_eq!(store.judged(&prune())[0], of("0a/first", Some(Kept::Furthest)));
}

#[test]
fn only_those_named() {
    let store = Store::new();
    ["a", "b", "here"].iter().zip([1, 2, 3]).for_each(|(name, offset)| store.stored("0a", name, offset, 40));
    let named = Prune { instances: ["b".to_owned(), "here".to_owned()].into(), ..prune() };
    assert_eq!(store.judged(&named), [of("0a/a", Some(Kept::NotNamed)), of("0a/b", None), of("0a/here", Some(Kept::Furthest))]);
}

#[test]
fn an_earlier_line_goes_only_where_asked_and_where_another_lives() {
    let store = Store::new();
    store.stored("0a", "a", 10, 90);
    store.stored("0b", "a", 10, 40);
    let all = Prune { earlier_lines: true, ..prune() };
    let both_kept = [of("0a/a", Some(Kept::Furthest)), of("0b/a", Some(Kept::Furthest))];
    assert_eq!(store.judged(&all), both_kept, "nobody lives: which line is to go on cannot be told");
    store.age("0b", "a", 0);
    assert_eq!(store.judged(&prune()), [of("0a/a", Some(Kept::Furthest)), of("0b/a", Some(Kept::Lives))]);
    assert_eq!(store.judged(&all), [of("0a/a", None), of("0b/a", Some(Kept::Lives))]);
}

#[test]
fn who_comes_back_between_two_looks_stays() {
    let store = Store::new();
    store.stored("0a", "a", 10, 40);
    store.stored("0a", "here", 20, 0);
    let judged = judge(&*store.objects, &prune()).unwrap();
    assert_eq!(judged[0].kept, None);
    store.stored("0a", "a", 21, 0);
    assert_eq!(remove(&*store.objects, &judged[0], &prune()).unwrap(), Some(Kept::CameBack));
    assert_eq!(store.newest("0a").as_deref(), Some("a/4"));
}

#[test]
fn what_others_put_beside_stays_and_keeps_the_folder() {
    let store = Store::new();
    store.stored("0a", "a", 10, 40);
    store.stored("0a", "here", 20, 0);
    let note = store.place("0a", "a").join("note.txt");
    fs::write(&note, b"keep").unwrap();
    assert_eq!(store.judged(&prune())[0], of("0a/a", Some(Kept::Lives)), "somebody was there just now");
    store.age("0a", "a", 40);
    let judged = judge(&*store.objects, &prune()).unwrap();
    assert_eq!(remove(&*store.objects, &judged[0], &prune()).unwrap(), None);
    assert!(note.exists() && fs::read_dir(store.place("0a", "a")).unwrap().count() == 1);
}
