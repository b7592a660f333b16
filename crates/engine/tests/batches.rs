//! A batch of CloudEvents: many events at one position of the log, folded together or not at all.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::sync::Arc;

use engine::{Book, DedupLimits, Effect, Input, Position, Record, SourcePartition, Stream};
use model::{EventType, Foldable, Millis, Settings, Zone};
use panes::Keep;
use wire::{Decoder, Message, Schemas};

const NOW: Millis = Millis(1_772_618_400_000);

/// The events of a batch, all at one offset.
fn records<'a, E: Foldable<'a>>(decoder: &'a Decoder, topic: EventType, offset: i64, payload: &'a str) -> Vec<Record<E>> {
    let headers: &[(&str, &[u8])] = &[("content-type", b"application/cloudevents-batch+json")];
    let at = Position { source: SourcePartition { topic, partition: 0 }, offset };
    let mut records = Vec::new();
    let message = Message { payload: Some(payload.as_bytes()), timestamp: NOW, headers };
    decoder.each(topic, &message, |event| records.push(Record { at, timestamp: Some(NOW), event }.read(decoder.zone())));
    records
}

fn batch(of: &str, events: &[&str]) -> String {
    let event = |(n, data): (usize, &&str)| {
        format!(r#"{{"specversion":"1.0","id":"e{n}","source":"s","type":"{of}","time":"2026-03-02T10:00:00Z","data":{{{data}}}}}"#)
    };
    format!("[{}]", events.iter().enumerate().map(event).collect::<Vec<_>>().join(","))
}

fn decoder() -> Decoder {
    Decoder::new(Zone::utc(), Schemas::embedded())
}

#[test]
fn each_event_of_a_batch_counts_and_the_refused_share_a_letter() {
    let (decoder, mut book, mut effects) = (decoder(), Book::new(Arc::new(Settings::default()), Keep::ALL), Vec::new());
    let lead = |id: &str| format!(r#""lead_id":"{id}","created_at":"2026-03-02""#);
    let (a, b) = (lead("L1"), lead("L2"));
    let payload = batch("lead-created", &[&a, r#""lead_id":"L3""#, &b, r#""lead_id":"L4","created_at":"soon""#]);
    let records = records(&decoder, EventType::LeadCreated, 5, &payload);
    for _ in 0..2 {
        // What is read again is passed over, the whole of it.
        book.handle(Input::Records(&records), &mut effects);
    }
    let counts = book.counts().values().next().unwrap();
    assert_eq!((counts.accepted, counts.rejected.iter().sum::<u64>()), (2, 2));
    assert_eq!(book.offsets().next(records[0].at.source), Some(6));
    let [Effect::DeadLetter(at, rejection)] = effects.as_slice() else { panic!("one letter: {effects:?}") };
    assert_eq!((at.offset, rejection.events.as_slice()), (5, &[2, 4][..]));
    assert_eq!(
        rejection.to_string(),
        "missing_field: event 2 of 4: field `created_at`: absent, null or empty; \
         bad_time: event 4 of 4: field `created_at`: not an RFC 3339 time with an offset, nor a date"
    );
}

#[test]
fn a_letters_detail_is_bounded_and_its_events_are_all_named() {
    let (decoder, mut book, mut effects) = (decoder(), Book::new(Arc::new(Settings::default()), Keep::ALL), Vec::new());
    let payload = batch("lead-created", &[""; 5_000]);
    book.handle(Input::Records(&records(&decoder, EventType::LeadCreated, 5, &payload)), &mut effects);
    let [Effect::DeadLetter(_, rejection)] = effects.as_slice() else { panic!("one letter") };
    assert!(rejection.detail.len() < 1_200, "{}", rejection.detail.len());
    assert!(rejection.events.iter().copied().eq(1..=5_000));
    assert_eq!(book.counts().values().next().unwrap().rejected.iter().sum::<u64>(), 5_000);
}

#[test]
fn the_figures_of_a_batch_reach_the_book_together() {
    let settings = Arc::new(Settings::default());
    let (decoder, mut book) = (decoder(), Book::new(Arc::clone(&settings), Keep::ALL));
    let mut stream = Stream::new(settings, Keep::ALL, DedupLimits::NONE);
    let figure = |account: &str| format!(r#""platform":"x","kind":"audience","count":10,"account":"{account}""#);
    let (a, b) = (figure("a"), figure("b"));
    let payload = batch("social-interaction", &[&a, r#""platform":"x","kind":"like""#, r#""kind":"like""#, &b]);
    let mut effects = Vec::new();
    stream.handle(Input::Records(&records(&decoder, EventType::SocialInteraction, 5, &payload)), &mut effects);
    assert_eq!(effects.len(), 2, "figures and a letter: {effects:?}");
    for _ in 0..2 {
        for effect in effects.clone() {
            if let Effect::PassOn(at, figures) = effect {
                assert_eq!(figures.len(), 2);
                book.take_passed(at, &figures);
            }
        }
    }
    assert_eq!(book.counts().values().next().unwrap().accepted, 2);
    assert_eq!((stream.counts().accepted, stream.counts().rejected.iter().sum::<u64>()), (1, 1));
}
