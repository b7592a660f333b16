//! The publishing systems: when each was last heard of.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use model::{Foldable, Merge, Millis, digest::Digest};
use serde::{Deserialize, Serialize};

use crate::Record;

/// Publishing systems that are told by name.
const SOURCES_AT_MOST: usize = 50;
/// Further ones that are counted apart.
const UNNAMED_AT_MOST: usize = 10_000;

/// Of each publishing system, the time of its newest record; of those beyond the bound, how many they are and that of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    named: BTreeMap<String, Millis>,
    rest: Option<Arc<Rest>>,
}

/// The publishing systems without a name of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Rest {
    /// The hashes of their names.
    hashes: BTreeSet<u64>,
    newest: Millis,
}

impl Sources {
    /// Takes note of records. One after the other they mostly come from the same system.
    pub(crate) fn note<'a, E: Foldable<'a>>(&mut self, records: &[Record<E>]) {
        for same in records.chunk_by(|a, b| publisher(a) == publisher(b)) {
            let newest = same.iter().filter_map(|record| record.timestamp).max();
            if let (Some(name), Some(newest)) = (same.first().and_then(publisher), newest) {
                self.note_one(name, newest);
            }
        }
    }

    fn note_one(&mut self, name: &str, at: Millis) {
        if let Some(newest) = self.named.get_mut(name) {
            *newest = at.max(*newest);
        } else if self.named.len() < SOURCES_AT_MOST {
            self.named.insert(name.to_owned(), at);
        } else {
            self.note_rest([hash(name)], at);
        }
    }

    fn note_rest(&mut self, hashes: impl IntoIterator<Item = u64>, at: Millis) {
        let rest = Arc::make_mut(self.rest.get_or_insert_with(|| Arc::new(Rest { hashes: BTreeSet::new(), newest: at })));
        rest.newest = rest.newest.max(at);
        for hash in hashes {
            if rest.hashes.len() < UNNAMED_AT_MOST {
                rest.hashes.insert(hash);
            }
        }
    }

    /// Those that are named, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Millis)> {
        self.named.iter().map(|(name, at)| (name.as_str(), *at))
    }

    /// How many others there are, at least, and when any of them was last heard of.
    pub fn rest(&self) -> Option<(usize, Millis)> {
        let rest = self.rest.as_ref()?;
        // One partition names what is beyond the bound in another.
        let named: BTreeSet<u64> = self.named.keys().map(|name| hash(name)).collect();
        Some((rest.hashes.difference(&named).count(), rest.newest))
    }
}

impl Merge for Sources {
    type Bound = ();

    /// Those of several partitions together may name more than each alone.
    fn merge(&mut self, other: &Sources, (): ()) {
        for (name, at) in &other.named {
            let newest = self.named.entry(name.clone()).or_insert(*at);
            *newest = (*newest).max(*at);
        }
        if let Some(rest) = &other.rest {
            self.note_rest(rest.hashes.iter().copied(), rest.newest);
        }
    }
}

fn hash(name: &str) -> u64 {
    Digest::default().text(Some(name)).finish()
}

/// The publishing system of a record that is not refused.
fn publisher<'r, 'a, E: Foldable<'a>>(record: &'r Record<E>) -> Option<&'r str> {
    record.event.as_ref().ok().map(|event| &*event.head().source)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(names: impl Iterator<Item = usize>) -> Sources {
        let mut sources = Sources::default();
        names.for_each(|n| sources.note_one(&format!("crm-{n:05}"), Millis(n as i64)));
        sources
    }

    #[test]
    fn what_is_beyond_the_bound_is_counted_once() {
        let sources = noted((0..60).chain(0..60));
        assert_eq!((sources.iter().count(), sources.rest()), (50, Some((10, Millis(59)))));
        assert_eq!(noted(0..50).rest(), None);
        assert_eq!(noted(0..60_000).rest(), Some((UNNAMED_AT_MOST, Millis(59_999))), "there is a bound to that too");
    }

    #[test]
    fn partitions_together_name_what_each_alone_does_and_count_the_rest_once() {
        let mut both = noted(0..60);
        both.merge(&noted((20..80).rev()), ());
        // The first names 0 to 49, the second 30 to 79.
        assert_eq!((both.iter().count(), both.rest()), (80, Some((0, Millis(59)))));
        let mut same = noted(0..60);
        same.merge(&noted(0..60), ());
        assert_eq!((same.iter().count(), same.rest()), (50, Some((10, Millis(59)))));
    }
}
