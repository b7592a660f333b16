//! What an import says of a file: what it sees there and why, and which rows it leaves out.

use std::collections::BTreeMap;

/// What is seen in a file, each with its reason, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen(pub Vec<(&'static str, String)>);

impl Seen {
    /// Notes what is seen.
    pub fn say(&mut self, what: &'static str, said: impl Into<String>) {
        self.0.push((what, said.into()));
    }
}

/// A row that is left out while the others come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reject {
    /// Its line.
    pub line: u64,
    /// A word for the kind.
    pub kind: &'static str,
    /// Why, and where: never what stood there, but for ids.
    pub why: String,
}

impl Reject {
    /// A row left out.
    pub fn new(line: u64, kind: &'static str, why: impl Into<String>) -> Reject {
        Reject { line, kind, why: why.into() }
    }
}

/// How many rows were left out for each reason.
pub fn by_kind(rejects: &[Reject]) -> Vec<(&'static str, usize)> {
    let mut counts = BTreeMap::new();
    for reject in rejects {
        *counts.entry(reject.kind).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}
