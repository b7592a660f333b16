//! The stores by URL: a local folder and memory, and what is not one.
#![allow(clippy::unwrap_used, reason = "a test may stop where its own input is wrong")]

use std::{fs, sync::Arc};

use bytes::Bytes;
use snapshots::{BlobError, Blobs, Line, Listed, Objects, Offsets, OpenError, Piece};

fn names(listed: Vec<Listed>) -> Vec<String> {
    let mut names: Vec<String> = listed.into_iter().map(|listed| format!("{} {}", listed.name, listed.size)).collect();
    names.sort();
    names
}

/// What every store does.
fn is_a_store(store: &Objects) {
    assert_eq!(store.list("").unwrap(), []);
    assert_eq!(store.get("0a/a/1"), Err(BlobError::Missing("0a/a/1".to_owned())));
    store.put_new("0a/a/1", Bytes::from_static(b"one")).unwrap();
    store.put_new("0a/b/1", Bytes::from_static(b"three")).unwrap();
    store.put_new("0a/ab/1", Bytes::new()).unwrap();
    assert_eq!(store.put_new("0a/a/1", Bytes::from_static(b"two")), Err(BlobError::Exists("0a/a/1".to_owned())));
    assert_eq!(store.get("0a/a/1").unwrap(), "one");
    let all = store.get_all(&["0a/b/1".to_owned(), "0a/b/2".to_owned(), "0a/a/1".to_owned()]);
    assert_eq!(all, [Ok(Bytes::from_static(b"three")), Err(BlobError::Missing("0a/b/2".to_owned())), Ok(Bytes::from_static(b"one"))]);
    assert_eq!(names(store.list("0a/a").unwrap()), ["0a/a/1 3"]);
    assert_eq!(names(store.list("").unwrap()), ["0a/a/1 3", "0a/ab/1 0", "0a/b/1 5"]);
    store.delete("0a/a/1").unwrap();
    store.delete("0a/a/1").unwrap();
    assert_eq!(store.list("0a/a").unwrap(), []);
}

#[test]
fn memory_is_a_store() {
    is_a_store(&Objects::open("memory://").unwrap());
}

#[test]
fn a_folder_is_a_store_whatever_its_name_and_is_made_when_needed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["plain", "not/there yet", "plain/../dots", "50% of #1", "größer"] {
        let path = folder.path().join(name);
        let store = Objects::open(path.to_str().unwrap()).unwrap();
        assert!(store.list("0a").unwrap().is_empty() && !path.exists(), "looking makes nothing");
        is_a_store(&store);
        assert_eq!(fs::read(path.join("0a/b/1")).unwrap(), b"three");
    }
    let url = format!("file://{}/with%20space", folder.path().display());
    is_a_store(&Objects::open(&url).unwrap());
    assert!(folder.path().join("with space/0a").is_dir());
}

#[test]
fn what_a_killed_put_left_is_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Objects::open(folder.path().to_str().unwrap()).unwrap());
    let staged = folder.path().join("0a/a/00000000000000000007.segment#1");
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    fs::write(&staged, "half").unwrap();
    assert_eq!(names(store.list("0a/a").unwrap()), ["0a/a/00000000000000000007.segment#1 4"]);
    let mut line = Line::open(store, "0a", "a").unwrap();
    let stored = line.store(&Offsets::new(), &[Piece { name: "x", changed: true }], &|_| b"x".to_vec()).unwrap();
    assert!(stored.undeleted.is_empty() && !staged.exists());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let wrong = Objects::open(file.to_str().unwrap()).unwrap().put_new("0a/a/1", Bytes::new()).unwrap_err().to_string();
    let begins = format!("cannot put 0a/a/1 in the snapshot store {}: ", file.display());
    assert!(wrong.starts_with(&begins) && !wrong.contains('\n'), "{wrong}");
}

#[test]
fn what_is_no_store_says_why() {
    let wrong = |url: &str| Objects::open(url).err().unwrap().to_string();
    assert!(wrong("http://example.com/x").contains("`http://`: give a local path"));
    assert!(wrong("file://relative").contains("an absolute path"));
    for secret in ["s3://key:secret@bucket/x", "az://container/x?sig=secret"] {
        let wrong = wrong(secret);
        assert!(wrong.contains("credentials and options belong in the environment") && !wrong.contains("secret"), "{wrong}");
    }
    if !cfg!(feature = "s3") {
        assert_eq!(Objects::open("s3://bucket/x").err(), Some(OpenError::NotBuilt { scheme: "s3", feature: "s3" }));
        assert!(wrong("gs://bucket").contains("--features gcs") && wrong("az://container").contains("--features azure"));
    }
}

/// The binary is asynchronous: a call that blocks one of its threads is a choice, a panic is none.
#[test]
fn it_may_be_called_and_dropped_inside_a_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        is_a_store(&Objects::open("memory://").unwrap());
        let folder = tempfile::tempdir().unwrap();
        is_a_store(&Objects::open(folder.path().to_str().unwrap()).unwrap());
    });
}
