//! The checks: each a pure function from the tree's files to what is wrong in them.

mod arrows;
mod links;
mod prose;
mod purity;
mod rules;
mod rust_text;
mod shape;
mod words;

use std::path::Path;

use anyhow::Result;

use crate::{
    planted::patch,
    problem::Problem,
    tree::{self, File},
};

/// The crates that compute and nothing else: no clock, no IO, no async, no randomness.
const PURE: &[&str] = &["model", "pieces", "panes", "ledger", "funnel", "spend", "social", "web", "engine", "kpis", "drift", "explain", "simulator"];

type Check = fn(&[File]) -> Vec<Problem>;
const CHECKS: &[Check] = &[arrows::check, purity::check, shape::check, words::check, links::check, prose::check, rules::check, patches];

/// Patches that do not fit the tree.
fn patches(files: &[File]) -> Vec<Problem> {
    patch::apply(files).1
}

/// All that is wrong in the tree, by file and line.
pub(crate) fn problems(root: &Path) -> Result<Vec<Problem>> {
    let files = tree::read(root)?;
    let mut problems: Vec<Problem> = CHECKS.iter().flat_map(|check| check(&files)).collect();
    problems.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Ok(problems)
}

/// Breaks the lines of prose that are too long; gives the files that it wrote.
pub(crate) fn wrap(root: &Path) -> Result<Vec<String>> {
    let mut written = Vec::new();
    for file in tree::read(root)?.into_iter().filter(prose::is_prose) {
        let wrapped = prose::wrapped(&file.text);
        if wrapped != file.text {
            std::fs::write(root.join(&file.path), wrapped)?;
            written.push(file.path);
        }
    }
    Ok(written)
}
