//! The events of files, folded: what `report` shows and `check` looks at.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{Book, DedupLimits, Effect, Input, Position, Record, SourcePartition, Stream};
use explain::Explainer;
use exporter::{EventCounts, explain::Explanation};
use kpis::{Config, Evaluation, Request, explain::Question};
use model::{Meaning, Millis, Minute, Rejection, Settings, Zone};
use panes::Keep;

use super::now;
use crate::{
    config::Loaded,
    failure::Failure,
    input::{Blocks, Parsed, Progress, relay},
    output::Rejections,
};

/// Minutes of the longest window of minutes.
const MINUTES_LOOKED_AT: i64 = 24 * 60;

/// The events of some files, folded: nothing is too old, and an interaction counts once in all of them.
pub struct Folded {
    files: Vec<PathBuf>,
    book: Book,
    stream: Stream,
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
    /// Reads and folds the files, for an evaluation at `as_of`; `refused` is told of each refused line, in order.
    pub fn read(
        files: Vec<PathBuf>,
        loaded: &Loaded,
        as_of: Millis,
        refused: impl FnMut(&Path, u64, &Rejection) -> io::Result<()> + Send,
    ) -> Result<Folded, Failure> {
        Folded::read_looking(files, loaded, as_of, refused, |_| {})
    }

    /// The same, and shows each event that is read.
    pub fn read_looking(
        files: Vec<PathBuf>,
        loaded: &Loaded,
        as_of: Millis,
        mut refused: impl FnMut(&Path, u64, &Rejection) -> io::Result<()> + Send,
        mut look: impl FnMut(Seen<'_>) + Send,
    ) -> Result<Folded, Failure> {
        let blocks = Blocks::open(files)?;
        let progress = Progress::of_files(blocks.files(), blocks.read());
        let mut folded = Folded::new(blocks.files().to_vec(), &loaded.setup.settings, as_of);
        let (now, zone) = (now(), &loaded.setup.settings.zone);
        let mut effects = Vec::new();
        relay(
            blocks,
            loaded.setup.threads,
            |line| wire::read_line(line, zone, now),
            |lines| -> Result<(), Failure> {
                progress.show();
                for line in lines {
                    let (file, number) = (line.file, line.line);
                    if let Err(rejection) = folded.fold(line, (zone, now), &mut effects, &mut look) {
                        refused(folded.files.get(file).map_or(Path::new(""), PathBuf::as_path), number, &rejection)?;
                        folded.rejections.note(file, number, rejection);
                    }
                }
                Ok(())
            },
        )?;
        Ok(folded)
    }

    /// Every day is kept; of the minutes, those that a window at `as_of` can look at.
    fn new(files: Vec<PathBuf>, settings: &Settings, as_of: Millis) -> Folded {
        let settings = Arc::new(settings.clone());
        let keep = Keep { minutes_from: Minute(as_of.minute().0 - MINUTES_LOOKED_AT), ..Keep::ALL };
        Folded {
            files,
            book: Book::new(Arc::clone(&settings), keep),
            stream: Stream::new(settings, keep, DedupLimits::NONE),
            rejections: Rejections::default(),
        }
    }

    fn fold(
        &mut self,
        line: Parsed<'_>,
        (zone, now): (&Zone, Millis),
        effects: &mut Vec<Effect>,
        look: &mut dyn FnMut(Seen<'_>),
    ) -> Result<(), Rejection> {
        let event = line.event?;
        // A file is a partition, a line an offset.
        let source = SourcePartition { topic: event.event_type(), partition: i32::try_from(line.file).unwrap_or(i32::MAX) };
        let at = Position { source, offset: i64::try_from(line.line).unwrap_or(i64::MAX) };
        let conflicts = self.conflicts(source);
        let event = match event.meaning(zone) {
            Meaning::Fact(fact) => {
                let record = Record { at, timestamp: Some(now), event: Ok(fact) };
                self.book.handle(Input::Records(std::slice::from_ref(&record)), effects);
                Meaning::Fact(record.event?)
            }
            interaction => {
                let record = Record { at, timestamp: Some(now), event: Ok(interaction) };
                self.stream.handle(Input::Records(std::slice::from_ref(&record)), effects);
                record.event?
            }
        };
        // None is refused here that has been read, and facts are in the book already.
        effects.clear();
        let file = self.files.get(line.file).map_or(Path::new(""), PathBuf::as_path);
        look(Seen { file, line: line.line, event: &event, conflicting: self.conflicts(source) > conflicts });
        Ok(())
    }

    fn conflicts(&self, source: SourcePartition) -> u64 {
        self.book.counts().get(&source).map_or(0, |counts| counts.conflicting)
    }

    /// How many lines were refused, and the first of them, for people.
    pub fn rejected_lines(&self) -> Vec<String> {
        self.rejections.lines(&self.files)
    }

    /// What was refused.
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// The KPIs.
    pub fn evaluate(&self, request: &Request, config: &Config) -> Evaluation {
        kpis::evaluate(&[self.book.panes(), self.stream.panes()], request, config)
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
        kpis::instances_at_most(request, config, &[self.book.panes(), self.stream.panes()])
    }

    /// What a KPI is made of, entity by entity.
    pub fn explain(&self, question: &Question, loaded: &Loaded, limit: usize) -> Explanation {
        let streams = [self.stream.panes()];
        Explainer { book: &self.book, streams: &streams, settings: &loaded.setup.settings, config: &loaded.setup.kpis }.explain(question, limit)
    }

    /// What became of the lines.
    pub fn counts(&self) -> EventCounts {
        let mut counts = EventCounts { rejected: self.rejections.counts(), ..EventCounts::default() };
        for folded in self.book.counts().values().chain([self.stream.counts()]) {
            counts += EventCounts { accepted: folded.accepted, duplicate: folded.duplicate, stale: folded.stale, ..EventCounts::default() };
        }
        counts
    }
}
