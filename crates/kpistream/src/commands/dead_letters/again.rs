//! Publishing refused records again: the records themselves are read, not their letters, since key and headers, which tell the encoding,
//! belong to them.

use std::time::{Duration, Instant};

use kafka::{Batch, Lane, Message, Partition, Producer, Reader, Record, Start};
use model::digest::bytes128;

use super::found::{Found, Place};
use crate::{
    commands::now,
    failure::Failure,
    pipeline::dead_letters::letter::{DETAIL, HASH, LENGTH, OFFSET, PARTITION, REASON, REPLAY_OF, REPLAYED_AT, TOPIC, TOPIC_ID, key},
};

/// How long an answer of the broker is waited for.
pub const ANSWER: Duration = Duration::from_secs(10);
/// How long the broker may give nothing of what is there.
pub const SILENCE: Duration = Duration::from_secs(60);
/// How long a read waits for its first record.
pub const WAIT: Duration = Duration::from_millis(200);
/// Records of a batch at most.
pub const BATCH: usize = 1000;
/// How long deliveries are waited for.
const DELIVERIES: Duration = Duration::from_secs(120);
/// Records that are read and passed over rather than sought: a jump costs a fetch that waits for its time to end.
const FAR: i64 = 100_000;
/// Records that are published and not marked yet, at most: so many are published twice where this ends in the middle.
const UNMARKED: usize = 500;
/// A mark has its letter's value, unless that is larger.
const VALUE_OF_MARK: usize = 256 << 10;

/// Publishes again.
pub struct Again<'r> {
    reader: &'r Reader,
    dead_letters: &'r str,
}

/// What became of the records of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sent {
    /// So many are published again.
    pub sent: u64,
    /// So many are not there any more.
    pub gone: u64,
    /// Of so many another record is there.
    pub other: u64,
}

/// A letter's second copy, which says that its record is published again. Whoever shows every letter once, by its key, is not disturbed.
struct Mark {
    key: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    value: Option<Vec<u8>>,
}

impl<'r> Again<'r> {
    /// Reads the topics by a reader, and marks in the topic of the dead letters.
    pub fn new(reader: &'r Reader, dead_letters: &'r str) -> Again<'r> {
        Again { reader, dead_letters }
    }

    /// Publishes records of a partition again, given in order.
    pub fn send(&mut self, producer: &Producer, partition: &Partition, wanted: &[(&Place, &Found)]) -> Result<Sent, Failure> {
        let mut wanted = wanted.iter().copied().peekable();
        let mut done = Sent::default();
        let Some((first, _)) = wanted.peek().copied() else { return Ok(done) };
        let mut lane = self.reader.lane(&[(partition.clone(), Start::At(first.offset))])?;
        let mut unmarked = Vec::new();
        while let Some((place, _)) = wanted.peek().copied() {
            let batch = next_batch(&mut lane, partition, place.offset)?;
            let mut read = place.offset;
            for record in batch.records() {
                read = record.offset();
                // What is passed without being met is gone.
                while wanted.next_if(|(place, _)| place.offset < read).is_some() {
                    done.gone += 1;
                }
                while let Some((place, letter)) = wanted.next_if(|(place, _)| place.offset == read) {
                    if record.payload().map(|value| (value.len(), bytes128(value))) != letter.value {
                        done.other += 1;
                        continue;
                    }
                    let mark = Mark::new(record, place, letter);
                    producer.send_again(record, (REPLAY_OF, mark.key.as_bytes()))?;
                    done.sent += 1;
                    unmarked.push(mark);
                }
                if unmarked.len() >= UNMARKED {
                    self.mark(producer, &mut unmarked)?;
                }
            }
            if let Some((place, _)) = wanted.peek().filter(|(place, _)| place.offset - read > FAR) {
                lane.seek(partition, place.offset)?;
            }
        }
        self.mark(producer, &mut unmarked)?;
        Ok(done)
    }

    /// Marks what is published, once it is delivered: a mark without its record would lose it.
    fn mark(&self, producer: &Producer, unmarked: &mut Vec<Mark>) -> Result<(), Failure> {
        producer.flush(DELIVERIES)?;
        for mark in unmarked.drain(..) {
            let headers: Vec<(&str, &[u8])> = mark.headers.iter().map(|(name, value)| (*name, value.as_slice())).collect();
            let (key, payload) = (Some(mark.key.as_bytes()), mark.value.as_deref());
            producer.send(&Message { topic: self.dead_letters, partition: None, key, payload, headers: &headers })?;
        }
        Ok(producer.flush(DELIVERIES)?)
    }
}

impl Mark {
    fn new(record: Record<'_>, place: &Place, letter: &Found) -> Mark {
        let Place { partition: Partition { topic, number }, offset, topic_id } = place;
        let mut headers = vec![
            (REASON, letter.reason.clone().into_bytes()),
            (DETAIL, letter.detail.clone().into_bytes()),
            (TOPIC, topic.as_bytes().to_vec()),
            (PARTITION, number.to_string().into_bytes()),
            (OFFSET, offset.to_string().into_bytes()),
            (REPLAYED_AT, now().to_string().into_bytes()),
        ];
        headers.extend(topic_id.as_ref().map(|id| (TOPIC_ID, id.clone().into_bytes())));
        let mut value = record.payload().map(<[u8]>::to_vec);
        if let Some(whole) = value.as_mut().filter(|value| value.len() > VALUE_OF_MARK) {
            headers.push((LENGTH, whole.len().to_string().into_bytes()));
            headers.push((HASH, format!("{:032x}", bytes128(whole)).into_bytes()));
            whole.clear();
        }
        Mark { key: key(topic, *number, *offset), headers, value }
    }
}

/// The next records, of which one at `offset` is awaited.
fn next_batch(lane: &mut Lane, partition: &Partition, offset: i64) -> Result<Batch, Failure> {
    let deadline = Instant::now() + SILENCE;
    while Instant::now() < deadline {
        let batch = lane.read(BATCH, WAIT);
        if let Some(failure) = batch.failures().iter().find(|failure| failure.kind.is_final()) {
            return Err(Failure::failed(failure));
        }
        if !batch.is_empty() {
            return Ok(batch);
        }
    }
    Err(Failure::failed(format_args!(
        "{partition} at offset {offset}: nothing has come for {} s; look at the broker and try again",
        SILENCE.as_secs()
    )))
}
