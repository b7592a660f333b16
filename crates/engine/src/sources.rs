//! The publishing systems: when each was last heard of.

use std::collections::BTreeMap;

use model::Millis;
use serde::{Deserialize, Serialize};

use crate::Record;

/// Publishing systems that are told apart; the records of more are not noted.
const SOURCES_AT_MOST: usize = 50;

/// Of each publishing system, the time of its newest record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources(BTreeMap<String, Millis>);

impl Sources {
    /// Takes note of records. One after the other they mostly come from the same system.
    pub(crate) fn note(&mut self, records: &[Record<'_>]) {
        for same in records.chunk_by(|a, b| publisher(a) == publisher(b)) {
            let newest = same.iter().filter_map(|record| record.timestamp).max();
            if let (Some(name), Some(newest)) = (same.first().and_then(publisher), newest) {
                self.note_one(name, newest);
            }
        }
    }

    fn note_one(&mut self, name: &str, at: Millis) {
        if let Some(newest) = self.0.get_mut(name) {
            *newest = at.max(*newest);
        } else if self.0.len() < SOURCES_AT_MOST {
            self.0.insert(name.to_owned(), at);
        }
    }

    /// Adds another partition's.
    pub fn add(&mut self, other: &Sources) {
        for (name, at) in &other.0 {
            let newest = self.0.entry(name.clone()).or_insert(*at);
            *newest = (*newest).max(*at);
        }
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Millis)> {
        self.0.iter().map(|(name, at)| (name.as_str(), *at))
    }
}

/// The publishing system of a record that is not refused.
fn publisher<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    record.event.as_ref().ok().map(|event| &*event.head().source)
}
