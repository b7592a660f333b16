//! Publishing refused records again: the records themselves are read, not their letters, since key and headers, which tell the encoding,
//! belong to them.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use kafka::{Batch, Batching, Connection, Courier, Lane, Partition, Producer, Reader, Receipt, Record, Refusal, Start};
use model::digest::bytes128;

use super::found::{BATCH, Found, Origin, SILENCE, WAIT};
use pipeline::dead_letters::letter::{Letter, REPLAY_OF};
use source::Courier as _;

use crate::{commands::now, failure::Failure};

/// How long deliveries are waited for.
const DELIVERIES: Duration = Duration::from_secs(120);
/// Records that are read and passed over rather than sought: a jump costs a fetch that waits for its time to end.
const FAR: i64 = 100_000;
/// Records that are published and not marked yet, at most: so many are published twice where this ends in the middle.
const UNMARKED: usize = 500;

/// Publishes again.
pub struct Again<'r> {
    reader: &'r Reader,
    dead_letters: &'r str,
    /// Takes marks, each alone: one may have to be cut.
    marks: Courier,
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

impl<'r> Again<'r> {
    /// Reads the topics by a reader, and marks in the topic of the dead letters.
    pub fn new(reader: &'r Reader, connection: &Connection, dead_letters: &'r str) -> Result<Again<'r>, Failure> {
        Ok(Again { reader, dead_letters, marks: Courier::open(connection, Batching::Alone)? })
    }

    /// Publishes records of a partition again, given in order.
    pub fn send(&mut self, producer: &Producer, partition: &Partition, wanted: &[(&Origin, &Found)]) -> Result<Sent, Failure> {
        let mut wanted = wanted.iter().copied().peekable();
        let mut done = Sent::default();
        let Some((first, _)) = wanted.peek().copied() else { return Ok(done) };
        let mut lane = self.reader.lane(&[(partition.clone(), Start::At(first.offset))])?;
        let mut unmarked = Vec::new();
        while let Some((place, _)) = wanted.peek().copied() {
            let batch = next_batch(&mut lane, partition, place.offset)?;
            let mut read = place.offset;
            for record in batch.records() {
                read = record.offset;
                // What is passed without being met is gone.
                while wanted.next_if(|(place, _)| place.offset < read).is_some() {
                    done.gone += 1;
                }
                let mut is_sent = false;
                while let Some((place, letter)) = wanted.next_if(|(place, _)| place.offset == read) {
                    let Some(value) = same_value(record, letter) else {
                        done.other += 1;
                        continue;
                    };
                    let mark = Letter::mark(record, &letter.why, place.topic_id.as_deref(), now());
                    // Two letters of one record, with the topic's identity and without, are marked both.
                    if !std::mem::replace(&mut is_sent, true) {
                        producer.send_again(record, value.as_deref(), (REPLAY_OF, mark.key().as_bytes()))?;
                        done.sent += 1;
                    }
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
    fn mark(&self, producer: &Producer, unmarked: &mut Vec<Letter>) -> Result<(), Failure> {
        producer.flush(DELIVERIES)?;
        let mut left: BTreeMap<usize, Letter> = unmarked.drain(..).enumerate().collect();
        left.iter_mut().try_for_each(|(number, mark)| self.send_mark(mark, *number))?;
        let deadline = Instant::now() + DELIVERIES;
        while !left.is_empty() {
            if Instant::now() > deadline {
                return Err(not_marked("no answer"));
            }
            self.marks.await_receipts(WAIT);
            for Receipt { number, outcome } in self.marks.receipts() {
                let Some(mark) = left.get_mut(&number) else { continue };
                match outcome {
                    Ok(()) => _ = left.remove(&number),
                    Err(Refusal::TooLarge) if mark.cut() => self.send_mark(mark, number)?,
                    Err(why) => return Err(not_marked(why)),
                }
            }
        }
        Ok(())
    }

    fn send_mark(&self, mark: &mut Letter, number: usize) -> Result<(), Failure> {
        loop {
            match mark.with_message(self.dead_letters, |message| self.marks.send(message, number)) {
                Ok(()) => return Ok(()),
                Err(Refusal::TooLarge) if mark.cut() => {}
                Err(why) => return Err(not_marked(why)),
            }
        }
    }
}

/// What is to be published again of a record, where it is the one that the letter is of.
fn same_value<'v>(record: Record<'v>, letter: &Found) -> Option<Option<Cow<'v, [u8]>>> {
    let value = record.payload;
    letter.refused_of(value).filter(|_| value.map(|value| (value.len(), bytes128(value))) == letter.value)
}

fn not_marked(why: impl std::fmt::Display) -> Failure {
    Failure::failed(format_args!("records were published again and not all of them could be marked ({why}): a replay would publish those once more"))
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
