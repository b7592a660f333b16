//! Visits that come again, held against the naive reference: which of them are told as repetitions.

use std::sync::Arc;

use engine::{Book, DedupLimits, Input, Position, Record, SharedVisitors, SourcePartition, Stream};
use model::{EventType, Millis, Settings};
use panes::{Keep, visitors::VisitorDetail};
use reference::{Limits, Options, Recount, Schemas, Scope};
use verify::{Reach, State};
use wire::{Decoder, Message, embedded_schema};

const RUNNING: Keep = Keep { visitors: VisitorDetail::Channel, ..Keep::ALL };
const HOUR_MS: i64 = 3_600_000;
const VISITS: usize = 400;
const TOPIC: EventType = EventType::WebVisit;

/// What the product counts otherwise than the reference, over one partition of visits that a seed decides.
pub fn differences(seed: u64) -> Vec<String> {
    let one_of = |choices: [usize; 3], by: u64| choices[(seed / by % 3) as usize];
    let span_ms = Some([HOUR_MS, 24 * HOUR_MS][seed as usize % 2]);
    let (ids, clock_records) = (one_of([5, 20, 1000], 2), one_of([1, 4, 25], 6));
    let (settings, source) = (Arc::new(Settings::default()), SourcePartition { topic: TOPIC, partition: 0 });
    let mut stream = Stream::new(settings.clone(), RUNNING, DedupLimits { span_ms, ids, clock_records });
    let schemas = Schemas::new(EventType::ALL.map(embedded_schema)).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut recount = Recount::new(Options::default(), reference::Keep::ALL, Limits { span_ms, ids, clock_records }, schemas);
    let decoder = Decoder::new(settings.zone.clone(), wire::Schemas::embedded());
    for (offset, (at, visit)) in (0..).zip(visits(seed)) {
        let value = Some(visit.as_bytes());
        let event = decoder.decode(TOPIC, &Message { payload: value, timestamp: at.unwrap_or(Millis::LATEST), headers: () });
        let record = Record { at: Position { source, offset }, timestamp: at, event };
        stream.handle(Input::Records(&[record.read(&settings.zone)]), &mut Vec::new());
        let read = reference::Record { value, timestamp: at.map(|at| at.0), headers: Vec::new() };
        recount.record(TOPIC.name(), 0, &read, Scope::All);
    }
    let (book, visitors) = (Book::new(settings.clone(), RUNNING), SharedVisitors::new(RUNNING));
    let state = State { book: &book, streams: vec![(source, &stream)], visitors: &visitors, settings: &settings };
    let found = verify::compare(&state, &recount.finish(), &Reach::default(), usize::MAX).differences;
    let counts = stream.counts();
    let is_much = counts.duplicate > 10 && counts.accepted > 30;
    let nothing = (!is_much).then(|| format!("too little to compare: {counts:?}"));
    found.iter().map(|one| format!("{}: {:?}, reference {:?}", one.key, one.instance, one.reference)).chain(nothing).collect()
}

/// Visits with few ids, at record times that go forward, now and then back or far ahead, and now and then are not given.
fn visits(seed: u64) -> Vec<(Option<Millis>, String)> {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |n: i64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % n.unsigned_abs()).cast_signed()
    };
    let mut clock = 1_772_000_000_000;
    let mut visit = |_| {
        clock += below(3) * below(40) * 60_000;
        let back = below(5) / 4 * below(2 * HOUR_MS);
        let ahead = below(9) / 8 * below(1000) * 24 * HOUR_MS;
        let at = (below(30) != 0).then_some(Millis(clock - back + ahead));
        (at, format!(r#"{{"event_id":"v{}","source":"web","occurred_at":"2026-02-01T10:00:00Z"}}"#, below(30)))
    };
    (0..VISITS).map(&mut visit).collect()
}
