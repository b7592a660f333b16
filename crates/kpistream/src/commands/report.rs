//! `report`: the KPIs of events in files.

use std::{
    io::{BufWriter, Write, stdout},
    path::PathBuf,
    sync::Arc,
};

use engine::{Book, DedupLimits, Effect, Input, Position, Record, SourcePartition, Stream};
use exporter::EventCounts;
use kpis::{Config, Evaluation, Request, Span};
use model::{Event, EventType, Millis, Settings, When};
use panes::Keep;

use super::now;
use crate::{
    cli::ReportArgs,
    config::Loaded,
    failure::Failure,
    input::{Blocks, Parsed, Progress, relay},
    output::{self, Rejections, say},
};

/// The spans of a report that asks for none.
const DEFAULT_SPANS: [&str; 4] = ["this_month", "last_month", "30d", "all"];

/// Reads the files, folds their events, and shows the KPIs.
pub fn run(args: ReportArgs) -> Result<(), Failure> {
    let loaded = Loaded::load(args.config.layers())?;
    let zone = &loaded.settings.zone;
    let as_of = match args.as_of {
        When::At(at) => at,
        When::On(day) => zone.last_instant(day),
    };
    let request = Request { as_of, spans: spans(&args), by: args.by.clone() };
    let folded = Folded::read(args.input, &loaded)?;
    for line in folded.rejections.lines(&folded.files) {
        say(format_args!("{line}"));
    }
    let mut out = BufWriter::with_capacity(1 << 16, stdout().lock());
    output::write(&mut out, args.format, &folded.evaluate(&request, &loaded.kpis), &folded.counts())?;
    Ok(out.flush()?)
}

fn spans(args: &ReportArgs) -> Vec<Span> {
    if args.windows.is_empty() && args.periods.is_empty() {
        return DEFAULT_SPANS.iter().filter_map(|name| Span::parse(name).ok()).collect();
    }
    let mut spans: Vec<Span> = Vec::new();
    for span in args.windows.iter().chain(&args.periods) {
        // Asked for twice, it is shown once: each row has a name of its own.
        if !spans.contains(span) {
            spans.push(*span);
        }
    }
    spans
}

/// The events of some files, folded: nothing is too old, and an interaction counts once in all of them.
pub struct Folded {
    files: Vec<PathBuf>,
    book: Book,
    stream: Stream,
    rejections: Rejections,
}

impl Folded {
    /// Reads and folds the files.
    pub fn read(files: Vec<PathBuf>, loaded: &Loaded) -> Result<Folded, Failure> {
        let blocks = Blocks::open(files)?;
        let progress = Progress::of_files(blocks.files(), blocks.read());
        let mut folded = Folded::new(blocks.files().to_vec(), &loaded.settings);
        let (now, zone) = (now(), &loaded.settings.zone);
        let mut effects = Vec::new();
        relay(
            blocks,
            loaded.threads,
            |line| wire::read_line(line, zone, now),
            |lines| -> Result<(), Failure> {
                progress.show();
                lines.into_iter().for_each(|line| folded.fold(line, now, &mut effects));
                Ok(())
            },
        )?;
        Ok(folded)
    }

    fn new(files: Vec<PathBuf>, settings: &Settings) -> Folded {
        let settings = Arc::new(settings.clone());
        Folded {
            files,
            book: Book::new(Arc::clone(&settings), Keep::ALL),
            stream: Stream::new(settings, Keep::ALL, DedupLimits::NONE),
            rejections: Rejections::default(),
        }
    }

    fn fold(&mut self, line: Parsed<'_>, now: Millis, effects: &mut Vec<Effect>) {
        let event = match line.event {
            Ok(event) => event,
            Err(rejection) => return self.rejections.note(line.file, line.line, rejection),
        };
        let topic = event.event_type();
        // A file is a partition, a line an offset.
        let source = SourcePartition { topic, partition: i32::try_from(line.file).unwrap_or(i32::MAX) };
        let at = Position { source, offset: i64::try_from(line.line).unwrap_or(i64::MAX) };
        let is_interaction = matches!(topic, EventType::SocialInteraction | EventType::WebVisit);
        let input = Input::Record(Record { at, timestamp: now, event: Ok::<Event<'_>, _>(event) });
        if is_interaction {
            self.stream.handle(input, effects)
        } else {
            self.book.handle(input, effects)
        }
        for effect in effects.drain(..) {
            match effect {
                Effect::Figure(at, figure) => self.book.handle(Input::Figure(at, figure), &mut Vec::new()),
                Effect::DeadLetter(_, rejection) => self.rejections.note(line.file, line.line, rejection),
            }
        }
    }

    /// The KPIs.
    pub fn evaluate(&self, request: &Request, config: &Config) -> Evaluation {
        kpis::evaluate(&[self.book.panes(), self.stream.panes()], request, config)
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
