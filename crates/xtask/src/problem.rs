//! What is wrong in the tree.

use std::fmt;

use crate::tree::File;

/// What is wrong, where, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Problem {
    pub(crate) path: String,
    /// From 1; 0 where it is the whole file.
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Problem {
    pub(crate) fn new(file: &File, line: usize, what: impl Into<String>) -> Problem {
        Problem { path: file.path.clone(), line, what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}
