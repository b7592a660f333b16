//! `dead-letters`: what was refused, and publishing it again once what refused it is mended.

use std::{
    collections::BTreeMap,
    io::{BufWriter, Write, stdout},
    time::{Duration, Instant},
};

use kafka::{Batch, Connection, Lane, Message, Partition, Partitioner, Producer, Reader, Record, Start};

use crate::{
    cli::DeadLettersArgs,
    config::Loaded,
    failure::Failure,
    output::{counted, say},
};

/// How long an answer of the broker is waited for.
const ANSWER: Duration = Duration::from_secs(10);
/// How long records that are there are waited for.
const RECORDS: Duration = Duration::from_secs(60);
/// How long a read waits for its first record.
const WAIT: Duration = Duration::from_millis(200);
/// How long the last deliveries are waited for.
const LAST_DELIVERIES: Duration = Duration::from_secs(120);
/// Records that are read and passed over rather than sought: a jump costs a fetch that waits for its time to end.
const FAR: i64 = 100_000;
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
    let mut wanted: BTreeMap<&Partition, Vec<i64>> = BTreeMap::new();
    for (partition, offset) in letters.keys() {
        wanted.entry(partition).or_default().push(*offset);
    }
    let known: Vec<Partition> = reader.partitions().filter(|partition| wanted.contains_key(partition)).cloned().collect();
    let mut sent = 0;
    for extent in reader.extents(&known, ANSWER)? {
        let kept: Vec<i64> = wanted.get(&extent.partition).into_iter().flatten().copied().filter(|offset| extent.holds(*offset)).collect();
        sent += send_again(&reader, &producer, &extent.partition, &kept)?;
    }
    producer.flush(LAST_DELIVERIES)?;
    let gone = letters.len() as u64 - sent;
    say(format_args!("published {} again; {} no longer kept in their topics", counted(sent, "record"), counted(gone, "record")));
    Ok(())
}

/// Sends records of a partition again, given in order, and says how many of them were there. The record itself is read, not its
/// dead letter: the key and the headers, which tell the encoding, belong to it.
fn send_again(reader: &Reader, producer: &Producer, partition: &Partition, offsets: &[i64]) -> Result<u64, Failure> {
    let mut wanted = offsets.iter().copied().peekable();
    let Some(first) = wanted.peek().copied() else { return Ok(0) };
    let mut lane = reader.lane(&[(partition.clone(), Start::At(first))])?;
    let mut sent = 0;
    while let Some(offset) = wanted.peek().copied() {
        let batch = next_batch(&mut lane, partition, offset)?;
        let mut read = offset;
        for record in batch.records() {
            read = record.offset();
            // What is passed without being met is gone.
            while wanted.next_if(|offset| *offset < read).is_some() {}
            if wanted.next_if_eq(&read).is_some() {
                send(producer, partition, record)?;
                sent += 1;
            }
        }
        if let Some(offset) = wanted.peek().filter(|offset| **offset - read > FAR) {
            lane.seek(partition, *offset)?;
        }
    }
    Ok(sent)
}

/// The next records, of which one at `offset` is awaited.
fn next_batch(lane: &mut Lane, partition: &Partition, offset: i64) -> Result<Batch, Failure> {
    let deadline = Instant::now() + RECORDS;
    while Instant::now() < deadline {
        let batch = lane.read(BATCH, WAIT);
        if let Some(failure) = batch.failures().iter().find(|failure| failure.kind.is_final()) {
            return Err(Failure::failed(failure));
        }
        if !batch.is_empty() {
            return Ok(batch);
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
