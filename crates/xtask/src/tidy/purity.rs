//! Pure crates compute: the same inputs give the same outputs, on every machine and in every order of the day.

use super::{
    PURE, Problem,
    rust_text::{code, find_word, line_at, without_tests},
};
use crate::tree::File;

/// A word that brings the world in, and what to do instead.
const WORDS: &[(&str, &str)] = &[
    ("SystemTime", "a clock: take `now` as an argument"),
    ("Instant", "a clock: take `now` as an argument"),
    ("Timestamp::now", "a clock: take `now` as an argument"),
    ("Zoned::now", "a clock: take `now` as an argument"),
    ("std::fs", "IO: take the bytes, let the binary read them"),
    ("std::io", "IO: take the bytes, let the binary read them"),
    ("std::net", "IO: take the bytes, let the binary read them"),
    ("std::env", "the environment: take a setting"),
    ("std::process", "the process: return a value, let the binary act"),
    ("std::thread", "a thread: return the work, let the binary share it out"),
    ("println", "IO: return the text"),
    ("eprintln", "IO: return the text"),
    ("tokio", "async: let the binary wait"),
    ("async", "async: let the binary wait"),
    ("rand", "chance: take a seed, or the value"),
    ("RandomState", "an order that changes from run to run: use a BTreeMap, an IndexMap, or a fixed hasher"),
    ("thread_local", "hidden state: pass it"),
];

/// Types of std::collections whose order changes from run to run.
const UNORDERED: &[&str] = &["HashMap", "HashSet", "hash_map", "hash_set"];

/// What makes clippy check the same by types, in every pure crate's lib.rs.
const LINT: &str = "#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]";

pub(crate) fn check(files: &[File]) -> Vec<Problem> {
    files.iter().filter(|file| file.is_source() && file.of_crate().is_some_and(|name| PURE.contains(&name))).flat_map(source).collect()
}

fn source(file: &File) -> Vec<Problem> {
    let code = without_tests(&code(&file.text));
    let words = WORDS.iter().flat_map(|(word, instead)| find_word(&code, word).map(move |at| (at, *word, *instead)));
    let mut problems: Vec<Problem> =
        words.map(|(at, word, instead)| Problem::new(file, line_at(&code, at), format!("`{word}` in a pure crate is {instead}"))).collect();
    for at in find_word(&code, "std::collections") {
        let names = named(code.get(at + "std::collections".len()..).unwrap_or_default());
        if let Some(name) = UNORDERED.iter().find(|name| find_word(names, name).next().is_some()) {
            let what =
                format!("`{name}` of std in a pure crate has an order that changes from run to run: use a BTreeMap, an IndexMap, or a fixed hasher");
            problems.push(Problem::new(file, line_at(&code, at), what));
        }
    }
    if file.path.ends_with("/src/lib.rs") && !file.text.contains(LINT) {
        problems.push(Problem::new(file, 0, format!("a pure crate without its lint: add `{LINT}` below the first comment")));
    }
    problems
}

/// What a path goes on to name: one thing, or those in braces.
fn named(path: &str) -> &str {
    let end = match path.strip_prefix("::{") {
        Some(_) => path.find('}'),
        None => path.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))),
    };
    path.get(..end.unwrap_or(path.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        check(&[File::new("crates/kpis/src/rates.rs", text)]).iter().map(|p| p.line).collect()
    }

    #[test]
    fn the_world_stays_outside() {
        assert_eq!(found("//! Instant\nfn f() { let t = std::time::Instant::now(); }\n"), [2]);
        assert_eq!(found("use std::{fmt};\nuse std::collections::{BTreeMap, HashMap};\n"), [2]);
        assert_eq!(found("fn f(m: &std::collections::BTreeMap<u8, u8>, operand: u8) {}\nuse hashbrown::HashMap;"), [0; 0]);
        assert_eq!(found("async fn f() {}\nfn g() { \"async\"; }"), [1]);
        assert_eq!(found("fn f() {}\n#[cfg(test)]\nmod tests {\n use std::fs;\n}\n"), [0; 0]);
    }

    #[test]
    fn the_lint_is_on() {
        let lib = |text: &str| check(&[File::new("crates/kpis/src/lib.rs", text)]).len();
        assert_eq!(lib("//! The KPIs.\n"), 1);
        assert_eq!(lib(&format!("//! The KPIs.\n{LINT}\n")), 0);
    }

    #[test]
    fn only_pure_crates_are_held_to_it() {
        assert_eq!(check(&[File::new("crates/kafka/src/lib.rs", "use std::thread;"), File::new("crates/kpis/tests/a.rs", "use std::fs;")]), []);
    }
}
