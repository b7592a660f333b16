//! What lies in `deploy/`, for the tests that hold it against the program.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where its own input is wrong")]
#![allow(dead_code, reason = "not every test needs all")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A folder or file of the tree.
pub fn tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The files of a folder in `deploy/` with an ending: names and texts, by name.
pub fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let folder = tree("deploy").join(folder);
    let mut found: Vec<PathBuf> =
        fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.retain(|path| path.extension().is_some_and(|e| e == ending));
    found.into_iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap())).collect()
}

/// Runs a tool of Prometheus's in a folder of `deploy/`; it must find nothing wrong.
pub fn tool(folder: &str, program: &str, package: &str, arguments: &[&str]) {
    let done = Command::new(program).current_dir(tree("deploy").join(folder)).args(arguments).output();
    let done = done.unwrap_or_else(|error| panic!("{program}: {error}; install Debian's package `{package}`"));
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {}:\n{said}", arguments.join(" "));
}

pub fn promtool(arguments: &[&str]) {
    tool("prometheus", "promtool", "prometheus", arguments);
}

/// Every name of a series of ours in a text: `kpistream_...` as exported, `kpistream:...` as recorded.
pub fn names(text: &str) -> BTreeSet<String> {
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(|c| !of_a_name(c));
    words.filter(|word| word.starts_with("kpistream_") || word.starts_with("kpistream:")).map(|word| word.trim_end_matches(':').to_owned()).collect()
}

/// The families that docs/contract.md announces and that are not exported yet. What is there in total may be there by channel too.
pub fn announced() -> BTreeSet<String> {
    let contract = fs::read_to_string(tree("docs/contract.md")).unwrap();
    let listed = contract.split_once("<!-- not yet: begin -->").and_then(|(_, rest)| rest.split_once("<!-- not yet: end -->"));
    let listed = names(listed.map_or("", |(listed, _)| listed));
    let by_channel = |name: &String| Some(format!("kpistream_channel_kpi_{}", name.strip_prefix("kpistream_kpi_")?));
    let channels: Vec<String> = listed.iter().filter_map(by_channel).collect();
    listed.into_iter().chain(channels).collect()
}
