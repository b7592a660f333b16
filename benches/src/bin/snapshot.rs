//! What a snapshot of a large state costs: a million leads and five million identities of interactions. How long the fold stands still for
//! it, what is written the first time and after a while of events, and how long a start takes.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use benches::{END, lead, timed};
use engine::{Book, DedupLimits, Input, Position, Record, SourcePartition, Stream, keep_at};
use model::{Event, EventType, Fact, Meaning, Settings, Zone, time::DAY_MS};
use pieces::{Mark, Piece};
use snapshots::{Line, Objects, Offsets};

const LEADS: usize = 1_000_000;
const IDS: u64 = 5_000_000;
const PARTITIONS: i32 = 4;
/// Events folded while the second snapshot is written: a second of a busy company.
const MEANWHILE: u64 = 200_000;
const BATCH: usize = 256;
const FINGERPRINT: &str = "be7c";
const LIMITS: DedupLimits = DedupLimits { span_ms: Some(DAY_MS), ids: 2_000_000, clock_records: DedupLimits::CLOCK_RECORDS };

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Arc::new(Settings::default());
    let folder = std::env::temp_dir().join(format!("kpistream-snapshot-bench-{}", std::process::id()));
    let url = folder.to_str().ok_or("the temporary folder has no name in UTF-8")?.to_owned();
    let result = measure(&settings, &url);
    std::fs::remove_dir_all(&folder)?;
    result
}

fn measure(settings: &Arc<Settings>, url: &str) -> Result<(), Box<dyn Error>> {
    let mut state = State::new(settings);
    (0..LEADS).step_by(BATCH).for_each(|from| state.leads(from, (from + BATCH).min(LEADS)));
    let mut flood = simulator::flood(1, IDS + MEANWHILE, END);
    while state.offset < IDS as i64 {
        state.interactions(&mut flood);
    }
    let mut line = Line::open(Arc::new(Objects::open(url)?), FINGERPRINT, "a")?;

    let mut stalls = Vec::new();
    let captured = state.capture(&mut stalls);
    let pieces = captured.len();
    let (stored, took) = timed(|| store(&mut line, &captured, &BTreeMap::new()));
    let (marks, bytes) = stored?;
    println!("snapshot: {LEADS} leads and {IDS} identities: {pieces} pieces, {:.0} MB written in {took:.1?} the first time", bytes as f64 / 1e6);
    drop(captured);

    // The second is written by another thread while the fold goes on.
    let mut folds = Vec::new();
    let captured = state.capture(&mut stalls);
    let (done, finished) = mpsc::channel();
    thread::scope(|scope| {
        let (line, marks) = (&mut line, &marks);
        scope.spawn(move || {
            let result = timed(|| store(line, &captured, marks).map_err(|error| error.to_string()));
            // Received below, or the program has ended.
            let _ = done.send(result);
        });
        while state.offset < (IDS + MEANWHILE) as i64 {
            let since = Instant::now();
            state.interactions(&mut flood);
            folds.push(since.elapsed());
        }
    });
    finished.recv()?.0?;
    let captured = state.capture(&mut stalls);
    let (stored, took) = timed(|| store(&mut line, &captured, &marks));
    println!("snapshot: {:.1} MB written in {took:.1?} after {MEANWHILE} more events", stored?.1 as f64 / 1e6);
    folds.sort();
    let slow = folds.get(folds.len() * 99 / 100).copied().unwrap_or_default();
    stalls.sort();
    println!(
        "stall: {:.1?} at most to capture; a batch of {BATCH} takes {slow:.1?} at the 99th percentile while a snapshot is written",
        stalls.last().copied().unwrap_or_default()
    );

    let mut start = Line::open(Arc::new(Objects::open(url)?), FINGERPRINT, "b")?;
    let (found, took_to_read) = timed(|| start.newest(&[]));
    let snapshot = found?.snapshot.ok_or("no snapshot is found")?;
    let (restored, took) = timed(|| -> Result<(), pieces::PieceError> {
        thread::scope(|scope| {
            let book = scope.spawn(|| Book::restore(settings.clone(), &snapshot.pieces).map(|_| ()));
            let streams: Result<Vec<Stream>, _> =
                (0..PARTITIONS).map(|n| Stream::restore(settings.clone(), LIMITS, &format!("web-visit/{n}"), &snapshot.pieces)).collect();
            streams?;
            book.join().unwrap_or(Ok(()))
        })
    });
    restored?;
    println!("restore: {:.1?} to read and check, {took:.1?} to make the state", took_to_read);
    Ok(())
}

/// Writes what changed since the marks, and gives the new ones and the bytes.
fn store(line: &mut Line, captured: &[Piece], marks: &BTreeMap<String, Mark>) -> Result<(BTreeMap<String, Mark>, u64), Box<dyn Error>> {
    let by_name: BTreeMap<&str, &Piece> = captured.iter().map(|piece| (piece.name(), piece)).collect();
    let changed = |piece: &Piece| marks.get(piece.name()).is_none_or(|mark| !piece.is_unchanged_since(mark));
    let listed: Vec<snapshots::Piece<'_>> = captured.iter().map(|piece| snapshots::Piece { name: piece.name(), changed: changed(piece) }).collect();
    let stored = line.store(&Offsets::new(), &listed, &|name| by_name.get(name).map(|piece| piece.encode()).unwrap_or_default())?;
    Ok((captured.iter().map(|piece| (piece.name().to_owned(), piece.mark())).collect(), stored.bytes_written))
}

struct State {
    book: Book,
    streams: Vec<Stream>,
    offset: i64,
}

impl State {
    fn new(settings: &Arc<Settings>) -> State {
        let keep = keep_at(END, settings);
        let streams = (0..PARTITIONS).map(|_| Stream::new(settings.clone(), keep, LIMITS)).collect();
        State { book: Book::new(settings.clone(), keep), streams, offset: 0 }
    }

    fn leads(&mut self, from: usize, to: usize) {
        let source = SourcePartition { topic: EventType::LeadCreated, partition: 0 };
        let record =
            |n: usize| Record { at: Position { source, offset: n as i64 }, timestamp: Some(END), event: Ok(lead(n, None)) }.read(&Zone::utc());
        let records: Vec<Record<Fact<'_>>> = (from..to).map(record).collect();
        self.book.handle(Input::Records(&records), &mut Vec::new());
    }

    /// Folds a batch of interactions of one partition.
    fn interactions(&mut self, flood: &mut impl Iterator<Item = Event<'static>>) {
        let partition = (self.offset / BATCH as i64 % i64::from(PARTITIONS)) as i32;
        let source = SourcePartition { topic: EventType::WebVisit, partition };
        let record = |(offset, event)| Record { at: Position { source, offset }, timestamp: Some(END), event: Ok(event) }.read(&Zone::utc());
        let records: Vec<Record<Meaning<'_>>> = (self.offset..).zip(flood.by_ref().take(BATCH)).map(record).collect();
        self.offset += records.len().max(1) as i64;
        if let Some(stream) = self.streams.get_mut(partition as usize) {
            stream.handle(Input::Records(&records), &mut Vec::new());
        }
    }

    /// Captures all; each of the two kinds is captured by a thread of its own in the product, so each is a stall of its own.
    fn capture(&self, stalls: &mut Vec<Duration>) -> Vec<Piece> {
        let mut captured = Vec::new();
        let ((), took) = timed(|| self.streams.iter().enumerate().for_each(|(n, stream)| stream.capture(&format!("web-visit/{n}"), &mut captured)));
        stalls.push(took);
        let ((), took) = timed(|| self.book.capture(&mut captured));
        stalls.push(took);
        captured
    }
}
