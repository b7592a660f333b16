//! The tree with planted bugs: a copy of this one with all patches of `tests/planted` in it, built and tested. What it has that this has not
//! is in the patches: the switch that chooses a bug, and the tests that are kept out of this tree.

pub(crate) mod patch;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail, ensure};

use crate::tree::{self, File};

/// Where the table of bugs stands; it is written in the copy, where that is asked for, and taken from there.
const TABLE: &str = "docs/reliability.md";

/// The version of our packages, there and in the copy: so cargo tells its builds from ours, which lie in the same folder.
const VERSION: &str = concat!("version = \"", env!("CARGO_PKG_VERSION"), "\"");
const VERSION_THERE: &str = concat!("version = \"", env!("CARGO_PKG_VERSION"), "-planted\"");

/// Makes the copy, and runs its tests: each bug must be found.
pub(crate) fn run(root: &Path) -> Result<ExitCode> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    let copy = target.join("planted");
    make(root, &copy)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // By the same folder of results, what others have written is built once. The lock is that of this tree, which was resolved.
    let mut test = Command::new(cargo);
    test.args(["test", "--locked", "--workspace", "--test", "planted", "--test", "panics"]).args(std::env::args().skip(2));
    // What `cargo run` says of this package would have others built anew that ask the environment.
    let of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start));
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_str().is_some_and(of_package)).for_each(|name| _ = test.env_remove(name));
    let tested = test.env("CARGO_TARGET_DIR", &target).current_dir(&copy).status().context("cannot run cargo")?;
    // What was made of planted bugs does not stay under the product's name; cargo puts the product's own there again.
    let _ = fs::remove_file(target.join("debug/kpistream"));
    if tested.success() && std::env::var_os("KPISTREAM_BLESS").is_some() {
        fs::copy(copy.join(TABLE), root.join(TABLE))?;
    }
    Ok(if tested.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes the copy what it is to be. Files that are so already stay untouched, so that cargo builds no more than what has changed.
fn make(root: &Path, copy: &Path) -> Result<()> {
    let (patched, problems) = patch::apply(&tree::read(root)?);
    problems.iter().for_each(|problem| eprintln!("{problem}"));
    ensure!(problems.is_empty(), "the patches of tests/planted do not fit the tree: mend them by the lines that it has now");
    let mut kept = BTreeSet::new();
    for path in tree::paths(root)? {
        if let Some(text) = told_apart(root, &path)? {
            write(&copy.join(&path), text.as_bytes())?;
        } else if patched.iter().all(|file| file.path != path) {
            write(&copy.join(&path), &fs::read(root.join(&path))?)?;
        }
        kept.insert(copy.join(path));
    }
    for File { path, text } in &patched {
        write(&copy.join(path), text.as_bytes())?;
        kept.insert(copy.join(path));
    }
    for path in tree::paths(copy)?.into_iter().map(|path| copy.join(path)).filter(|path| !kept.contains(path)) {
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    share_tools(root, copy)
}

/// The manifest of all packages and their lock, with the copy's version of ours; of other files none.
fn told_apart(root: &Path, path: &str) -> Result<Option<String>> {
    if !["Cargo.toml", "Cargo.lock"].contains(&path) {
        return Ok(None);
    }
    let text = fs::read_to_string(root.join(path))?;
    // In the lock, what has a source is not ours.
    let told = |paragraph: &str| if paragraph.contains("\nsource = ") { paragraph.to_owned() } else { paragraph.replace(VERSION, VERSION_THERE) };
    Ok(Some(text.split("\n\n").map(told).collect::<Vec<_>>().join("\n\n")))
}

fn write(path: &PathBuf, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let Some(folder) = path.parent() else { bail!("{} lies nowhere", path.display()) };
    fs::create_dir_all(folder)?;
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Kafka is fetched once for both trees.
fn share_tools(root: &Path, copy: &Path) -> Result<()> {
    let (tools, link) = (root.join(".tools"), copy.join(".tools"));
    fs::create_dir_all(&tools)?;
    if link.symlink_metadata().is_err() {
        #[cfg(unix)]
        std::os::unix::fs::symlink(&tools, &link)?;
    }
    Ok(())
}
