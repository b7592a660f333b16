//! The state as text: equal states give equal texts, line by line, whatever the interleaving that led to them.
//!
//! How many messages about entities were accepted, duplicates or stale depends on the order in which they came; their sum does not, and
//! only that is in the text.

use std::{collections::BTreeSet, fmt::Write};

use ledger::Census;
use model::{Counts, Day, EventType};
use panes::{Canonical, Dims, Panes, visitors::united};

use crate::{Book, SharedVisitors, SourcePartition, Stream};

/// The book, the streams by partition in order, and the visitors of all of them.
pub fn dump<'a>(book: &Book, streams: impl IntoIterator<Item = (SourcePartition, &'a Stream)>, visitors: &SharedVisitors) -> String {
    let mut out = Dump(String::new());
    let mut folds = vec![&**visitors.panes()];
    out.of_book(book);
    for (source, stream) in streams {
        out.of_stream(source, stream);
        folds.push(stream.panes());
    }
    out.visitors(&folds);
    out.0
}

struct Dump(String);

impl Dump {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a text does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn of_book(&mut self, book: &Book) {
        for (source, next) in book.offsets().iter() {
            let kind = if matches!(source.topic, EventType::SocialInteraction | EventType::WebVisit) { "figures" } else { "next" };
            self.line(format_args!("book\t{kind}\t{}\t{}\t{next}", source.topic.name(), source.partition));
        }
        for (source, counts) in book.counts() {
            let read = counts.accepted + counts.duplicate + counts.stale;
            self.line(format_args!("book\tread\t{}\t{}\t{read}", source.topic.name(), source.partition));
            self.rejected("book", *source, counts);
        }
        for (source, sources) in book.sources() {
            sources
                .iter()
                .for_each(|(name, at)| self.line(format_args!("book\tsource\t{}\t{}\t{name}\t{at}", source.topic.name(), source.partition)));
            if let Some((count, at)) = sources.rest() {
                self.line(format_args!("book\tsources\t{}\t{}\t{count}\t{at}", source.topic.name(), source.partition));
            }
        }
        for (table, Census { count, digest }) in book.censuses() {
            self.line(format_args!("book\t{table}\t{count}\t{digest:016x}"));
        }
        self.panes("book", book.panes());
    }

    fn of_stream(&mut self, source: SourcePartition, stream: &Stream) {
        let name = format!("{}/{}", source.topic.name(), source.partition);
        for (_, next) in stream.offsets().iter() {
            self.line(format_args!("{name}\tnext\t{next}"));
        }
        let counts = stream.counts();
        self.line(format_args!("{name}\taccepted\t{}", counts.accepted));
        self.line(format_args!("{name}\tduplicate\t{}", counts.duplicate));
        self.rejected(&name, source, counts);
        stream.sources().iter().for_each(|(source, at)| self.line(format_args!("{name}\tsource\t{source}\t{at}")));
        if let Some((count, at)) = stream.sources().rest() {
            self.line(format_args!("{name}\tsources\t{count}\t{at}"));
        }
        self.line(format_args!("{name}\tids\t{}\t{:?}", stream.dedup().len(), stream.dedup().span_ms()));
        self.panes(&name, stream.panes());
    }

    fn rejected(&mut self, name: &str, source: SourcePartition, counts: &Counts) {
        for (reason, n) in counts.by_reason().filter(|(_, n)| *n > 0) {
            self.line(format_args!("{name}\trejected\t{}\t{}\t{}\t{n}", source.topic.name(), source.partition, reason.code()));
        }
    }

    fn panes(&mut self, name: &str, panes: &Panes) {
        let canonical = Canonical::of([panes]);
        for ((pane, dims, measure), n) in &canonical.cells {
            self.line(format_args!("{name}\tcell\t{pane:?}\t{}\t{}\t{}\t{measure:?}\t{n}", dims.channel, dims.campaign, dims.segment));
        }
        for ((account, day, dims), n) in &canonical.follows {
            self.line(format_args!("{name}\tfollows\t{}\t{}\t{day}\t{dims:?}\t{n}", account.platform, account.account));
        }
        for ((account, day), (n, dims)) in &canonical.figures {
            self.line(format_args!("{name}\taudience\t{}\t{}\t{day}\t{dims:?}\t{n}", account.platform, account.account));
        }
        for ((platform, day), n) in &canonical.reported {
            self.line(format_args!("{name}\treported\t{platform}\t{day}\t{n}"));
        }
    }

    /// The visitors of all partitions together: which of them has whom says nothing.
    fn visitors(&mut self, folds: &[&Panes]) {
        let days: BTreeSet<Day> = folds.iter().flat_map(|fold| fold.visitors().keys().copied()).collect();
        for day in days {
            for (at, id, seen) in united(folds, day) {
                let dims = folds.get(at).and_then(|fold| fold.dims().dims(id)).cloned().unwrap_or_else(Dims::other);
                let (all, converting) = (seen.all.digest(), seen.converting.digest());
                self.line(format_args!("visitors\t{day}\t{}\t{}\t{}\t{all:016x}\t{converting:016x}", dims.channel, dims.campaign, dims.segment));
            }
        }
    }
}
