//! The tree as texts: every file that is kept, and is text.

use std::{fs, path::Path};

use anyhow::{Context, Result};

/// A file of the tree.
#[derive(Debug)]
pub(crate) struct File {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    /// The crate (folder of `crates/`) whose file it is.
    pub(crate) fn of_crate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether it is code of the product or of a tool, rather than of a test, bench or example.
    pub(crate) fn is_source(&self) -> bool {
        self.path.ends_with(".rs") && self.path.contains("/src/") && !self.path.ends_with("/tests.rs") && !self.path.contains("/src/tests/")
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(n, line)| (n + 1, line))
    }
}

/// The lines of a text, as a patch shows them.
pub(crate) fn lines_of(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// Every file that is kept and is text.
pub(crate) fn read(root: &Path) -> Result<Vec<File>> {
    let text = |path: String| Some(File { text: String::from_utf8(fs::read(root.join(&path)).unwrap_or_default()).ok()?, path });
    Ok(paths(root)?.into_iter().filter_map(text).collect())
}

/// The paths of all files below `root` that `.gitignore` there does not name, in order.
pub(crate) fn paths(root: &Path) -> Result<Vec<String>> {
    let ignored = fs::read_to_string(root.join(".gitignore")).context("no .gitignore at the root")?;
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).filter(|line| !line.is_empty()).collect();
    let mut paths = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            if name == ".git" || ignored.iter().any(|pattern| name == *pattern) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                paths.push(entry.path().strip_prefix(root)?.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    paths.sort();
    Ok(paths)
}
