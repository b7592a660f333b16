//! Many partitions with all the days and minutes that are kept: their snapshot has room in a manifest, and little is written anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{collections::BTreeMap, sync::Arc};

use engine::{DedupLimits, Input, KeptStream, Position, Record, SharedVisitors, SourcePartition, Stream, keep_at};
use model::{EventType, Interaction, Meaning, Millis, Settings, WebVisit, When, event::Head, time::DAY_MS};
use panes::Canonical;
use pieces::{Mark, Piece, Pieces};
use snapshots::{Line, Objects, Offsets, Stored};

const PARTITIONS: i32 = 360;
const DAYS: i64 = 760;
const MINUTES: i64 = 26 * 60;
const NOW: Millis = Millis(1_772_323_200_000 + 20 * 3_600_000);
const LIMITS: DedupLimits = DedupLimits { span_ms: Some(DAY_MS), ids: 1000, clock_records: 1024 };

fn source(partition: i32) -> SourcePartition {
    SourcePartition { topic: EventType::WebVisit, partition }
}

fn family(partition: i32) -> String {
    format!("web-visit/{partition}")
}

fn visit(n: i64, at: Millis) -> Record<Meaning<'static>> {
    let head = Head { event_id: format!("v{n}").into(), source: "web".into(), occurred_at: When::At(at), revision: None };
    let (visitor_id, channel) = (Some(format!("visitor-{}", n % 50).into()), Some("email".into()));
    let event = Meaning::Interaction(Interaction::Visit(WebVisit { head, visitor_id, action: None, channel, campaign: None, segment: None }));
    Record { at: Position { source: source(0), offset: n }, timestamp: Some(at), event: Ok(event) }
}

/// A partition that has a visit on every day and in every minute that is kept.
fn stream(settings: &Arc<Settings>) -> Stream {
    let mut stream = Stream::new(settings.clone(), keep_at(NOW, settings), LIMITS);
    let days = (0..DAYS).map(|day| NOW.plus((day + 1 - DAYS) * DAY_MS));
    let minutes = (0..MINUTES).map(|minute| NOW.plus((minute + 1 - MINUTES) * 60_000));
    for (n, at) in (0..).zip(days.chain(minutes)) {
        stream.handle(Input::Records(&[visit(n, at)]), &mut Vec::new());
    }
    stream
}

/// Stores a snapshot: how many of its pieces had changed, and all that is told of it.
fn store(line: &mut Line, captured: &[Piece], marks: &BTreeMap<String, Mark>) -> (usize, Stored, BTreeMap<String, Mark>) {
    let pieces: BTreeMap<&str, &Piece> = captured.iter().map(|piece| (piece.name(), piece)).collect();
    let changed = |piece: &Piece| marks.get(piece.name()).is_none_or(|mark| !piece.is_unchanged_since(mark));
    let listed: Vec<snapshots::Piece<'_>> = pieces.values().map(|piece| snapshots::Piece { name: piece.name(), changed: changed(piece) }).collect();
    let stored = line.store(&Offsets::new(), &listed, &|name| pieces[name].encode()).unwrap();
    let changed = listed.iter().filter(|piece| piece.changed).count();
    (changed, stored, captured.iter().map(|piece| (piece.name().to_owned(), piece.mark())).collect())
}

#[test]
fn hundreds_of_partitions_with_two_years_each_have_room_in_a_snapshot() {
    let settings = Arc::new(Settings::default());
    let (one, mut visitors) = (stream(&settings), SharedVisitors::new(keep_at(NOW, &settings)));
    let mut streams: Vec<KeptStream> = (0..PARTITIONS).map(|n| KeptStream::new(one.clone(), source(n), family(n))).collect();
    let mut capture = |streams: &mut [KeptStream]| {
        let mut captured = Vec::new();
        streams.iter_mut().for_each(|stream| _ = stream.capture(&mut visitors, &mut captured));
        visitors.capture(&mut captured);
        captured
    };
    let folder = tempfile::tempdir().unwrap();
    let open = || Line::open(Arc::new(Objects::open(folder.path().to_str().unwrap()).unwrap()), "0a", "a").unwrap();
    let mut line = open();
    let (_, first, marks) = store(&mut line, &capture(&mut streams), &BTreeMap::new());
    let a_partition = first.pieces / PARTITIONS as usize;
    assert!(a_partition < 320, "{a_partition} pieces of a partition");

    // A minute later there is one more visit in each.
    for stream in &mut streams {
        let later = [visit(DAYS + MINUTES, NOW.plus(60_000))];
        stream.run(|stream| stream.handle(Input::Tick { now: NOW.plus(60_000) }, &mut Vec::new())).unwrap();
        stream.run(|stream| stream.handle(Input::Records(&later), &mut Vec::new())).unwrap();
    }
    let (changed, ..) = store(&mut line, &capture(&mut streams), &marks);
    let a_partition = changed / PARTITIONS as usize;
    assert!(a_partition < 20, "{a_partition} pieces of a partition have changed");

    let pieces: Pieces = open().newest(&[]).unwrap().snapshot.unwrap().pieces;
    let shared = SharedVisitors::restore(&pieces).unwrap();
    for n in [0, 1, PARTITIONS / 2, PARTITIONS - 1] {
        let restored = Stream::restore(settings.clone(), LIMITS, &family(n), &pieces).unwrap();
        let whole = streams[n as usize].whole().unwrap();
        assert!(Canonical::of([restored.panes()]) == Canonical::of([whole.panes()]));
        assert_eq!((restored.panes().days().len(), restored.panes().minutes().len()), (DAYS as usize, MINUTES as usize));
    }
    assert_eq!(shared.panes().visitors().len(), DAYS as usize, "all have the same visitors, so they are there once");
}
