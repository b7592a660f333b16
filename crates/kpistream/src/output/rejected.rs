//! The lines that were refused: counted by reason, the first few named.

use std::path::PathBuf;

use model::{Reason, Rejection};

use super::human::{count, counted};

/// Refused lines that are named one by one; the others are counted.
const NAMED: usize = 5;

/// What was refused.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rejections {
    named: Vec<(usize, u64, Rejection)>,
    counts: [u64; Reason::ALL.len()],
}

impl Rejections {
    /// Takes note of a refused line of a file.
    pub fn note(&mut self, file: usize, line: u64, rejection: Rejection) {
        for (count, _) in self.counts.iter_mut().zip(Reason::ALL).filter(|(_, reason)| *reason == rejection.reason) {
            *count += 1;
        }
        if self.named.len() < NAMED {
            self.named.push((file, line, rejection));
        }
    }

    /// How many of each reason, in the order of [`Reason::ALL`].
    pub fn counts(&self) -> [u64; Reason::ALL.len()] {
        self.counts
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// `3 rejected lines: bad_value 2, missing_field 1`.
    pub fn summary(&self) -> String {
        let reasons = Reason::ALL.into_iter().zip(self.counts).filter(|(_, n)| *n > 0).map(|(reason, n)| format!("{reason} {}", count(n)));
        format!("{}: {}", counted(self.total(), "rejected line"), reasons.collect::<Vec<_>>().join(", "))
    }

    /// The first few with their places, then how many of each reason; nothing where nothing was refused.
    pub fn lines(&self, files: &[PathBuf]) -> Vec<String> {
        if self.total() == 0 {
            return Vec::new();
        }
        let place = |file: usize| files.get(file).map_or_else(String::new, |path| path.display().to_string());
        let mut lines: Vec<String> = self.named.iter().map(|(file, line, rejection)| format!("{}:{line}: {rejection}", place(*file))).collect();
        if self.total() > lines.len() as u64 {
            lines.push("...".to_owned());
        }
        lines.push(self.summary());
        lines
    }
}
