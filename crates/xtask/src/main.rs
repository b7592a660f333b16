//! Checks of the tree itself, run by the tests: `cargo run -p xtask -- tidy`. What they say of the width of prose, `wrap` mends.
//! `planted` makes the tree that has planted bugs, and runs the tests that must find them.
//!
//! Not its job: what cargo, rustfmt and clippy already check, or anything the product does.

mod planted;
mod problem;
mod tidy;
mod tree;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};

const USAGE: &str = "usage: cargo run -p xtask -- tidy, or wrap, or planted";

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => tidy(),
        ["wrap"] => {
            tidy::wrap(root()?)?.iter().for_each(|path| println!("{path}"));
            Ok(ExitCode::SUCCESS)
        }
        ["planted", ..] => planted::run(root()?),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

fn tidy() -> Result<ExitCode> {
    let problems = tidy::problems(root()?)?;
    for problem in &problems {
        println!("{problem}");
    }
    if problems.is_empty() {
        println!("tidy: nothing to complain about");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("tidy: {} to put right", problems.len());
    Ok(ExitCode::FAILURE)
}

/// The workspace's folder.
fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("crates/xtask lies in no workspace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let problems = tidy::problems(root().unwrap()).unwrap();
        let lines: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        assert!(problems.is_empty(), "\n{lines}");
    }
}
