//! What a thread that folds shows of its state.

use std::{collections::BTreeMap, sync::Arc};

use dashmap::DashMap;
use engine::Sources;
use model::{Counts, EventType, Merge};
use panes::Panes;
use source::Partition;

/// A state at one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// What is folded.
    pub panes: Vec<Arc<Panes>>,
    /// What became of the records.
    pub counts: BTreeMap<EventType, Counts>,
    /// The publishing systems.
    pub sources: BTreeMap<EventType, Sources>,
    /// Over how many milliseconds of log time duplicates are found: the least of all partitions.
    pub dedup_span_ms: BTreeMap<EventType, i64>,
    /// How many records with figures of days were passed to the book; in the book's own view, less those it has taken in.
    pub passed: i64,
    /// The offset of the next record of each partition, none where none was read yet.
    pub positions: Vec<(Partition, Option<i64>)>,
}

/// The number of the book's thread.
pub const BOOK: usize = 0;

/// The views of all threads, by their number.
#[derive(Debug, Default)]
pub struct Views(DashMap<usize, Arc<View>>);

impl Views {
    /// Shows a thread's state from now on.
    pub fn show(&self, thread: usize, view: View) {
        self.0.insert(thread, Arc::new(view));
    }

    /// All views, by number.
    pub fn all(&self) -> Vec<Arc<View>> {
        self.all_but(|_| false)
    }

    /// The view of the book, once it is shown.
    pub fn of_book(&self) -> Option<Arc<View>> {
        self.0.get(&BOOK).map(|view| Arc::clone(&view))
    }

    /// The views of the threads that fold interactions: of all but the book's.
    pub fn of_interactions(&self) -> Vec<Arc<View>> {
        self.all_but(|thread| thread == BOOK)
    }

    fn all_but(&self, is_left_out: impl Fn(usize) -> bool) -> Vec<Arc<View>> {
        let shown = self.0.iter().filter(|entry| !is_left_out(*entry.key()));
        let mut shown: Vec<(usize, Arc<View>)> = shown.map(|entry| (*entry.key(), Arc::clone(entry.value()))).collect();
        shown.sort_by_key(|(thread, _)| *thread);
        shown.into_iter().map(|(_, view)| view).collect()
    }

    /// What became of the records, by type.
    pub fn counts(&self) -> BTreeMap<EventType, Counts> {
        counts(&self.all())
    }
}

/// What became of the records that some views show, by type.
pub fn counts(views: &[Arc<View>]) -> BTreeMap<EventType, Counts> {
    let mut counts: BTreeMap<EventType, Counts> = EventType::ALL.into_iter().map(|of| (of, Counts::default())).collect();
    for (of, own) in views.iter().flat_map(|view| &view.counts) {
        counts.entry(*of).or_default().merge(own, ());
    }
    counts
}
