//! The events of files, folded: what `report` shows and `check` looks at.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{Book, DedupLimits, Input, Position, Record, SourcePartition, Stream};
use explain::Explainer;
use exporter::{EventCounts, explain::Explanation};
use kpis::{Config, Evaluation, Request, explain::Question};
use model::{Event, Fact, Interaction, Meaning, Merge, Millis, Minute, Rejection, Settings};
use panes::{Keep, Panes};

use super::now;
use crate::{
    config::Loaded,
    failure::Failure,
    input::{Block, Blocks, Lines, Parse, Progress, Stage, relay},
    output::Rejections,
};

/// Minutes of the longest window of minutes.
const MINUTES_LOOKED_AT: i64 = 24 * 60;

/// The events of some files, folded: nothing is too old, and an interaction counts once in all of them.
pub struct Folded {
    files: Vec<PathBuf>,
    book: Book,
    social: Stream,
    visits: Stream,
    rejections: Rejections,
}

/// An event that was read.
pub struct Seen<'a> {
    /// Its file.
    pub file: &'a Path,
    /// Its line, from 1.
    pub line: u64,
    /// What it says.
    pub event: &'a Meaning<'a>,
    /// Whether it gives the revision of the line before it on the same entity and says something else.
    pub conflicting: bool,
}

impl Folded {
    /// Reads and folds the files, for an evaluation at `as_of`.
    pub fn read(files: Vec<PathBuf>, loaded: &Loaded, as_of: Millis) -> Result<Folded, Failure> {
        Folded::read_by(files, loaded, as_of, Watching { refused: &mut |_, _, _| Ok(()), look: None })
    }

    /// The same, and tells of each line that is refused, in order, and of each event that is read, each type's in order.
    pub fn read_looking(
        files: Vec<PathBuf>,
        loaded: &Loaded,
        as_of: Millis,
        mut refused: impl FnMut(&Path, u64, &Rejection) -> io::Result<()> + Send,
        mut look: impl FnMut(Seen<'_>) + Send,
    ) -> Result<Folded, Failure> {
        Folded::read_by(files, loaded, as_of, Watching { refused: &mut refused, look: Some(&mut look) })
    }

    fn read_by(files: Vec<PathBuf>, loaded: &Loaded, as_of: Millis, watching: Watching<'_>) -> Result<Folded, Failure> {
        let blocks = Blocks::open(files)?;
        let progress = Progress::of_files(blocks.files(), blocks.read());
        let mut folded = Folded::new(blocks.files().to_vec(), &loaded.setup.settings, as_of);
        let lines = Lines { zone: &loaded.setup.settings.zone, now: now() };
        let Folded { files, book, social, visits, rejections } = &mut folded;
        let mut booking = Booking { files, book, rejections, progress, watching };
        let mut social = Folding { stream: social, of: |lines| &lines.social };
        let mut visits = Folding { stream: visits, of: |lines| &lines.visits };
        relay(blocks, loaded.setup.threads, &Sorting(lines), [&mut social, &mut visits, &mut booking])?;
        Ok(folded)
    }

    /// Every day is kept; of the minutes, those that a window at `as_of` can look at.
    fn new(files: Vec<PathBuf>, settings: &Settings, as_of: Millis) -> Folded {
        let settings = Arc::new(settings.clone());
        let keep = Keep { minutes_from: Minute(as_of.minute().0 - MINUTES_LOOKED_AT), ..Keep::ALL };
        let stream = || Stream::new(Arc::clone(&settings), keep, DedupLimits::NONE);
        Folded { files, book: Book::new(Arc::clone(&settings), keep), social: stream(), visits: stream(), rejections: Rejections::default() }
    }

    /// How many lines were refused, and the first of them, for people.
    pub fn rejected_lines(&self) -> Vec<String> {
        self.rejections.lines(&self.files)
    }

    /// What was refused.
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    fn panes(&self) -> [&Panes; 3] {
        [self.book.panes(), self.social.panes(), self.visits.panes()]
    }

    /// The KPIs.
    pub fn evaluate(&self, request: &Request, config: &Config) -> Evaluation {
        kpis::evaluate(&self.panes(), request, config)
    }

    /// The drift of what is watched.
    pub fn drift(&self, question: &drift::Question, config: &drift::Config, kpis: &Config) -> drift::Drift {
        // Interactions have no part in it.
        drift::evaluate(&[self.book.panes()], question, config, kpis)
    }

    /// Days that would make a baseline for drift.
    pub fn baselines(&self, as_of: Millis, config: &drift::Config, kpis: &Config) -> Vec<drift::Proposal> {
        drift::propose(&[self.book.panes()], as_of, config, kpis)
    }

    /// How many windows and calendar periods a report of these events has, each with all its groups and KPIs.
    pub fn instances_at_most(&self, request: &Request, config: &Config) -> usize {
        kpis::instances_at_most(request, config, &self.panes())
    }

    /// What a KPI is made of, entity by entity.
    pub fn explain(&self, question: &Question, loaded: &Loaded, limit: usize) -> Explanation {
        let streams = [self.social.panes(), self.visits.panes()];
        Explainer { book: &self.book, streams: &streams, settings: &loaded.setup.settings, config: &loaded.setup.kpis }.explain(question, limit)
    }

    /// What became of the lines.
    pub fn counts(&self) -> EventCounts {
        let mut counts = EventCounts { rejected: self.rejections.counts(), ..EventCounts::default() };
        for folded in self.book.counts().values().chain([self.social.counts(), self.visits.counts()]) {
            let taken = EventCounts { accepted: folded.accepted, duplicate: folded.duplicate, stale: folded.stale, ..EventCounts::default() };
            counts.merge(&taken, ());
        }
        counts
    }
}

/// A block's events by what folds them, each in the order of the lines.
#[derive(Default)]
struct Sorted<'a> {
    file: usize,
    facts: Vec<Record<Fact<'a>>>,
    social: Vec<Record<Meaning<'a>>>,
    visits: Vec<Record<Meaning<'a>>>,
    refused: Vec<(u64, Rejection)>,
}

/// Parses a block's lines and sorts them.
struct Sorting<'z>(Lines<'z>);

impl Parse for Sorting<'_> {
    type Parsed<'a> = Sorted<'a>;
    type Room = Sorted<'static>;

    fn parse<'a>(&self, block: &'a Block, room: &mut Sorted<'static>) -> Sorted<'a> {
        let mut sorted = Sorted { file: block.file, ..std::mem::take(room) };
        for line in self.0.of(block) {
            match line.event {
                Ok(event) => sorted.put(line.line, self.0, event),
                Err(rejection) => sorted.refused.push((line.line, rejection)),
            }
        }
        sorted
    }

    fn keep_room(sorted: Sorted<'_>, room: &mut Sorted<'static>) {
        let Sorted { facts, social, visits, .. } = sorted;
        *room = Sorted { facts: emptied(facts), social: emptied(social), visits: emptied(visits), ..Sorted::default() };
    }
}

/// The room of records that are taken, for others that borrow from elsewhere.
fn emptied<A, B>(mut records: Vec<Record<A>>) -> Vec<Record<B>> {
    records.clear();
    // Nothing is left to convert; a vector that is collected from itself keeps its room.
    records.into_iter().filter_map(|_| None).collect()
}

impl<'a> Sorted<'a> {
    /// A file is a partition, a line an offset.
    fn put(&mut self, line: u64, lines: Lines<'_>, event: Event<'a>) {
        let source = SourcePartition { topic: event.event_type(), partition: i32::try_from(self.file).unwrap_or(i32::MAX) };
        let at = Position { source, offset: i64::try_from(line).unwrap_or(i64::MAX) };
        let timestamp = Some(lines.now);
        match event.meaning(lines.zone) {
            Meaning::Fact(fact) => self.facts.push(Record { at, timestamp, event: Ok(fact) }),
            visit @ Meaning::Interaction(Interaction::Visit(_)) => self.visits.push(Record { at, timestamp, event: Ok(visit) }),
            social => self.social.push(Record { at, timestamp, event: Ok(social) }),
        }
    }
}

/// Whoever is told of the lines while they are read.
struct Watching<'w> {
    refused: &'w mut (dyn FnMut(&Path, u64, &Rejection) -> io::Result<()> + Send),
    look: Option<&'w mut (dyn FnMut(Seen<'_>) + Send)>,
}

/// The interactions of a type are folded, beside those of the other. None is refused here that has been read, nor passed on.
struct Folding<'f> {
    stream: &'f mut Stream,
    of: for<'s, 'a> fn(&'s Sorted<'a>) -> &'s [Record<Meaning<'a>>],
}

impl Stage<Sorting<'_>, Failure> for Folding<'_> {
    fn take(&mut self, lines: &mut Sorted<'_>) -> Result<(), Failure> {
        self.stream.handle(Input::Records((self.of)(lines)), &mut Vec::new());
        Ok(())
    }
}

/// The last that is done with a block: the facts are booked, and what was refused is noted.
struct Booking<'f, 'w> {
    files: &'f [PathBuf],
    book: &'f mut Book,
    rejections: &'f mut Rejections,
    progress: Progress,
    watching: Watching<'w>,
}

impl Stage<Sorting<'_>, Failure> for Booking<'_, '_> {
    fn take(&mut self, lines: &mut Sorted<'_>) -> Result<(), Failure> {
        self.progress.show();
        let file = self.files.get(lines.file).map_or(Path::new(""), PathBuf::as_path);
        match &mut self.watching.look {
            None => self.book.handle(Input::Records(&lines.facts), &mut Vec::new()),
            Some(look) => look_at(lines, file, self.book, *look),
        }
        for (line, rejection) in std::mem::take(&mut lines.refused) {
            (self.watching.refused)(file, line, &rejection)?;
            self.rejections.note(lines.file, line, rejection);
        }
        Ok(())
    }
}

/// Books the facts one by one, and shows each event.
fn look_at(lines: &mut Sorted<'_>, file: &Path, book: &mut Book, look: &mut dyn FnMut(Seen<'_>)) {
    let mut seen = |at: Position, event: Option<Meaning<'_>>, conflicting| {
        if let Some(event) = event {
            look(Seen { file, line: u64::try_from(at.offset).unwrap_or_default(), event: &event, conflicting });
        }
    };
    for record in lines.facts.drain(..) {
        let conflicts = |book: &Book| book.counts().get(&record.at.source).map_or(0, |counts| counts.conflicting);
        let before = conflicts(book);
        book.handle(Input::Records(std::slice::from_ref(&record)), &mut Vec::new());
        let conflicting = conflicts(book) > before;
        seen(record.at, record.event.ok().map(Meaning::Fact), conflicting);
    }
    lines.social.drain(..).chain(lines.visits.drain(..)).for_each(|record| seen(record.at, record.event.ok(), false));
}
