//! Batches whose refused events are published again, long after repetitions are told: each event counts once.

use std::sync::Arc;

use engine::{DedupLimits, Effect, Input, Position, Record, SourcePartition, Stream};
use model::{EventType, Millis, Rejection, Settings};
use panes::Keep;
use testkit::streams::Rng;
use wire::{Decoder, Message};

const TOPIC: EventType = EventType::WebVisit;
const HEADERS: &[(&str, &[u8])] = &[("content-type", b"application/cloudevents-batch+json")];
const HOUR_MS: i64 = 3_600_000;
const LIMITS: DedupLimits = DedupLimits { span_ms: Some(HOUR_MS), ids: 10_000, clock_records: 1 };
const BATCHES: usize = 10;

/// What is wrong after a replay of all that was refused of some batches, whose events a seed decides.
pub fn differences(seed: u64) -> Vec<String> {
    let (mut rng, mut clock) = (Rng::new(seed), 1_772_000_000_000);
    let mut log = Log::new();
    let (mut good, mut late, mut bad, mut letters) = (0, 0, 0, Vec::new());
    for batch in 0..BATCHES {
        let mut event = |n| {
            // Good, dated too far ahead for now, or never to be read.
            let (count, time) = match rng.below(3) {
                0 => (&mut good, clock.to_string()),
                1 => (&mut late, (clock + 30 * HOUR_MS).to_string()),
                _ => (&mut bad, "\"soon\"".to_owned()),
            };
            *count += 1;
            format!(r#"{{"specversion":"1.0","id":"{batch}-{n}","source":"web","type":"web-visit","data":{{"occurred_at":{time}}}}}"#)
        };
        let payload = format!("[{}]", (0..1 + batch * 3).map(&mut event).collect::<Vec<_>>().join(", ")).into_bytes();
        letters.extend(log.append(&payload, clock).map(|letter| (payload, letter)));
        clock += HOUR_MS / 10;
    }
    clock += 100 * HOUR_MS;
    for (payload, letter) in letters {
        match wire::part_of_batch(&payload, &letter.events) {
            Some(refused) => drop(log.append(&refused, clock)),
            None => return vec!["a letter does not tell what was refused".to_owned()],
        }
    }
    let counts = log.stream.counts();
    let rejected: u64 = counts.rejected.iter().sum();
    let (is, wanted) = ((counts.accepted, counts.duplicate, rejected), (good + late, 0, late + 2 * bad));
    if is == wanted { Vec::new() } else { vec![format!("replayed, they are {is:?}, not {wanted:?}")] }
}

/// A partition of visits, and its fold.
struct Log {
    stream: Stream,
    decoder: Decoder,
    next: i64,
}

impl Log {
    fn new() -> Log {
        let settings = Arc::new(Settings::default());
        let decoder = Decoder::new(settings.zone.clone(), wire::Schemas::embedded());
        Log { stream: Stream::new(settings, Keep::ALL, LIMITS), decoder, next: 0 }
    }

    /// Adds a batch: its letter, where something of it is refused.
    fn append(&mut self, payload: &[u8], at_ms: i64) -> Option<Rejection> {
        let at = Position { source: SourcePartition { topic: TOPIC, partition: 0 }, offset: self.next };
        let (timestamp, mut records, mut effects) = (Millis(at_ms), Vec::new(), Vec::new());
        let message = Message { payload: Some(payload), timestamp, headers: HEADERS };
        self.decoder.each(TOPIC, &message, |event| records.push(Record { at, timestamp: Some(timestamp), event }.read(self.decoder.zone())));
        self.stream.handle(Input::Records(&records), &mut effects);
        self.next += 1;
        effects.into_iter().find_map(|effect| if let Effect::DeadLetter(_, letter) = effect { Some(letter) } else { None })
    }
}
