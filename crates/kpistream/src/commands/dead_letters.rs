//! `dead-letters`: what was refused, and publishing it again once what refused it is mended.

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write, stdout},
    time::{Duration, Instant},
};

use kafka::{Connection, Message, Partition, Partitioner, Producer, Reader, Record, Start};

use crate::{
    cli::DeadLettersArgs,
    config::Loaded,
    failure::Failure,
    output::{counted, say},
};

/// How long an answer of the broker is waited for.
const ANSWER: Duration = Duration::from_secs(10);
/// How often a record is asked for.
const ASKED: usize = 4;
/// How long records that are there are waited for.
const RECORDS: Duration = Duration::from_secs(60);
/// How long a read waits for its first record.
const WAIT: Duration = Duration::from_millis(200);
/// How long the last deliveries are waited for.
const LAST_DELIVERIES: Duration = Duration::from_secs(120);
/// Records of a batch at most.
const BATCH: usize = 1000;

/// Where a refused record stood.
type Place = (Partition, i64);

/// Why it was refused.
struct Letter {
    reason: String,
    detail: String,
}

/// Shows the dead letters, each once: topic, partition, offset, reason and detail, parted by tabs.
pub fn list(args: &DeadLettersArgs) -> Result<(), Failure> {
    let (_, _, letters) = letters(args)?;
    let mut out = BufWriter::new(stdout().lock());
    for ((partition, offset), letter) in &letters {
        writeln!(out, "{}\t{}\t{offset}\t{}\t{}", partition.topic, partition.number, letter.reason, letter.detail)?;
    }
    out.flush()?;
    say(format_args!("{}", counted(letters.len() as u64, "dead letter")));
    Ok(())
}

/// Publishes the refused records again, with the keys and headers they had; what is refused again becomes a new dead letter.
pub fn replay(args: &DeadLettersArgs) -> Result<(), Failure> {
    let (connection, loaded, letters) = letters(args)?;
    let sources: Vec<&str> = loaded.topics.names.iter().map(String::as_str).collect();
    let reader = Reader::open(&connection, &sources)?;
    let producer = Producer::open(&connection, Partitioner::Crc32)?;
    let (mut sent, mut gone) = (0u64, 0u64);
    for (partition, offset) in letters.keys() {
        if send_again(&reader, &producer, partition, *offset)? {
            sent += 1;
        } else {
            gone += 1;
        }
    }
    producer.flush(LAST_DELIVERIES)?;
    say(format_args!("published {} again; {} no longer kept in their topics", counted(sent, "record"), counted(gone, "record")));
    Ok(())
}

/// Sends the record of a place again; false where it is no longer kept. The record itself is read, not its dead letter: the
/// key and the headers, which tell the encoding, belong to it.
fn send_again(reader: &Reader, producer: &Producer, partition: &Partition, offset: i64) -> Result<bool, Failure> {
    if !reader.partitions().any(|known| known == partition) {
        return Ok(false);
    }
    // A fetch that is lost on a busy broker is asked for anew.
    for _ in 0..ASKED {
        let mut lane = reader.lane(&[(partition.clone(), Start::At(offset))])?;
        let deadline = Instant::now() + ANSWER;
        while Instant::now() < deadline {
            let batch = lane.read(1, WAIT);
            if let Some(record) = batch.records().next() {
                let is_it = record.offset() == offset;
                if is_it {
                    send(producer, partition, record)?;
                }
                return Ok(is_it);
            }
            if batch.failures().iter().any(|failure| failure.kind.is_final()) {
                return Ok(false);
            }
        }
    }
    Err(Failure::failed(format_args!("{partition} at offset {offset}: the broker does not answer; try again")))
}

fn send(producer: &Producer, partition: &Partition, record: Record<'_>) -> Result<(), Failure> {
    // A header without a value says nothing to a reader of ours.
    let headers: Vec<(&str, &[u8])> = record.headers().filter_map(|(name, value)| Some((name, value?))).collect();
    let message = Message { topic: &partition.topic, partition: None, key: record.key(), payload: record.payload(), headers: &headers };
    Ok(producer.send(&message)?)
}

/// The dead letters that are asked for, by place.
fn letters(args: &DeadLettersArgs) -> Result<(Connection, Loaded, BTreeMap<Place, Letter>), Failure> {
    let loaded = Loaded::load(args.kafka.layers())?;
    let connection = loaded.kafka.connection()?;
    let reader = Reader::open(&connection, &[&loaded.topics.dead_letters])?;
    let partitions: Vec<Partition> = reader.partitions().cloned().collect();
    let filled: Vec<_> = reader.extents(&partitions, ANSWER)?.into_iter().filter(|extent| extent.end > extent.first).collect();
    let starts: Vec<(Partition, Start)> = filled.iter().map(|extent| (extent.partition.clone(), Start::Beginning)).collect();
    let ends: BTreeMap<Partition, i64> = filled.into_iter().map(|extent| (extent.partition, extent.end)).collect();
    let mut lane = reader.lane(&starts)?;
    let mut letters = BTreeMap::new();
    let deadline = Instant::now() + RECORDS;
    loop {
        let batch = lane.read(BATCH, WAIT);
        if let Some(failure) = batch.failures().iter().find(|failure| failure.kind.is_final()) {
            return Err(Failure::failed(failure));
        }
        letters.extend(batch.records().filter_map(letter).filter(|(place, letter)| is_asked_for(args, place, letter)));
        let at_end = |(partition, next): (&Partition, Option<i64>)| ends.get(partition).is_none_or(|end| next.is_some_and(|next| next >= *end));
        if lane.partitions().iter().zip(lane.positions()?).all(at_end) {
            return Ok((connection, loaded, letters));
        }
        if Instant::now() > deadline {
            return Err(Failure::failed(format_args!("{} cannot be read to its end; try again", loaded.topics.dead_letters)));
        }
    }
}

fn is_asked_for(args: &DeadLettersArgs, (partition, _): &Place, letter: &Letter) -> bool {
    args.reason.is_none_or(|reason| reason.code() == letter.reason) && args.topic.as_deref().is_none_or(|topic| *partition.topic == *topic)
}

/// A dead letter of ours; another record in the topic is none.
fn letter(record: Record<'_>) -> Option<(Place, Letter)> {
    let header = |name| record.header(name).and_then(|value| std::str::from_utf8(value).ok());
    let partition = Partition::new(header("topic")?, header("partition")?.parse().ok()?);
    let letter = Letter { reason: header("reason")?.to_owned(), detail: header("detail").unwrap_or_default().to_owned() };
    Some(((partition, header("offset")?.parse().ok()?), letter))
}
