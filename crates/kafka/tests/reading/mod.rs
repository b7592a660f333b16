//! What must hold on any broker, as functions of a connection and a topic of several partitions.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use kafka::{Batch, Connection, FailureKind, Lane, Message, Partition, Partitioner, Producer, Reader, Start};

pub const WAIT: Duration = Duration::from_secs(30);

/// A record as it was read, copied out of its batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Read {
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    pub payload: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub timestamp: i64,
}

pub type Log = BTreeMap<Partition, Vec<Read>>;

/// A key and a payload of its own for each number; sizes from nothing to some KiB.
pub fn payload(n: usize) -> Vec<u8> {
    (0..n * 7 % 3001).map(|i| ((i * 31 + n) % 251) as u8).collect()
}

/// Sends `count` records with keys, headers and payloads, and waits until they are delivered.
pub fn fill(connection: &Connection, topic: &str, count: usize) -> Producer {
    let producer = Producer::open(connection, Partitioner::Crc32).unwrap();
    for n in 0..count {
        let (key, payload, number) = (format!("visitor-{}", n % 97), payload(n), n.to_string());
        let headers: &[(&str, &[u8])] = &[("n", number.as_bytes()), ("content-type", b"application/json"), ("empty", b"")];
        let headers = if n % 3 == 0 { &[] } else { headers };
        producer.send(&Message { topic, partition: None, key: Some(key.as_bytes()), payload: Some(&payload), headers }).unwrap();
    }
    producer.flush(WAIT).unwrap();
    assert_eq!(producer.delivered(), count as u64);
    producer
}

/// Reads with a lane until it has so many records, each batch being copied out.
pub fn read(lane: &mut Lane, count: usize) -> Log {
    let (mut log, mut seen, deadline) = (Log::new(), 0, Instant::now() + WAIT);
    while seen < count {
        assert!(Instant::now() < deadline, "{seen} of {count} records after {WAIT:?}");
        let batch = lane.read(500, Duration::from_millis(200));
        assert_eq!(batch.failures(), []);
        seen += batch.len();
        copy(&batch, &mut log);
    }
    assert_eq!(seen, count, "more came than was asked for");
    log
}

fn copy(batch: &Batch, log: &mut Log) {
    for record in batch.records() {
        let headers = record.headers().map(|(name, value)| (name.to_owned(), value.unwrap_or_default().to_vec()));
        log.entry(record.partition.clone()).or_default().push(Read {
            offset: record.offset,
            key: record.key.map(<[u8]>::to_vec),
            payload: record.payload.map(<[u8]>::to_vec),
            headers: headers.collect(),
            timestamp: record.timestamp.expect("brokers give records a time").0,
        });
    }
}

/// All records, read side by side by two lanes on two threads.
pub fn read_in_two_lanes(reader: &Reader) -> Log {
    let partitions: Vec<Partition> = reader.partitions().cloned().collect();
    let (left, right) = partitions.split_at(partitions.len() / 2);
    let shares = [left, right].map(|share| {
        let starts: Vec<_> = share.iter().map(|partition| (partition.clone(), Start::Beginning)).collect();
        let extents = reader.extents(share, WAIT).unwrap();
        (reader.lane(&starts).unwrap(), extents.iter().map(|extent| usize::try_from(extent.end - extent.first).unwrap()).sum::<usize>())
    });
    let threads = shares.map(|(mut lane, count)| {
        thread::spawn(move || {
            let log = read(&mut lane, count);
            let positions = lane.positions().unwrap();
            for (partition, position) in lane.partitions().iter().zip(positions) {
                assert_eq!(position, log.get(partition).and_then(|records| records.last()).map(|last| last.offset + 1), "{partition}");
            }
            log
        })
    });
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
}

/// What was sent comes back: all of it, in order, byte for byte, in lanes.
pub fn what_was_sent_is_read(connection: &Connection, topic: &str) {
    const COUNT: usize = 6_000;
    fill(connection, topic, COUNT);
    let reader = Reader::open(connection, &[topic]).unwrap();
    let log = read_in_two_lanes(&reader);

    let mut partition_of_key = BTreeMap::new();
    let mut numbers = Vec::new();
    for (partition, records) in &log {
        assert!(records.iter().map(|record| record.offset).eq(0..records.len() as i64), "{partition}: offsets have holes");
        for record in records {
            let home = partition_of_key.entry(record.key.clone()).or_insert(partition);
            assert_eq!(*home, partition, "one key, one partition");
            if let [(n, number), kind, empty] = record.headers.as_slice() {
                let number: usize = std::str::from_utf8(number).unwrap().parse().unwrap();
                assert_eq!((n.as_str(), kind.1.as_slice(), empty.1.as_slice()), ("n", b"application/json".as_slice(), b"".as_slice()));
                assert_eq!(record.payload.as_deref(), Some(payload(number).as_slice()), "record {number}");
                assert_eq!(record.key.as_deref(), Some(format!("visitor-{}", number % 97).as_bytes()));
                numbers.push(number);
            } else {
                assert_eq!(record.headers, []);
            }
        }
    }
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq((0..COUNT).filter(|n| n % 3 != 0)), "records with headers: each once");
    assert_eq!(log.values().map(Vec::len).sum::<usize>(), COUNT);
    assert!(log.len() > 1, "over several partitions");
}

/// Null values, empty ones and absent keys are told apart; a read that starts in the middle starts there.
pub fn edges_are_kept(connection: &Connection, topic: &str) {
    let reader = Reader::open(connection, &[topic]).unwrap();
    let partition = reader.partitions().last().unwrap().clone();
    let start = reader.extents(std::slice::from_ref(&partition), WAIT).unwrap()[0].end;
    let producer = Producer::open(connection, Partitioner::Murmur2).unwrap();
    let place = Some(partition.number);
    producer.send(&Message { topic, partition: place, key: None, payload: None, headers: &[("reason", b"null_value")] }).unwrap();
    producer.send(&Message { topic, partition: place, key: Some(b""), payload: Some(b""), headers: &[] }).unwrap();
    producer.flush(WAIT).unwrap();

    let mut lane = reader.lane(&[(partition.clone(), Start::At(start))]).unwrap();
    let log = read(&mut lane, 2);
    let records = &log[&partition];
    assert_eq!(records.iter().map(|record| record.offset).collect::<Vec<_>>(), [start, start + 1]);
    assert_eq!((&records[0].key, &records[0].payload), (&None, &None));
    assert_eq!(records[0].headers, [("reason".to_owned(), b"null_value".to_vec())]);
    assert_eq!(records[1].payload, Some(Vec::new()));
}

/// An offset beyond the log is a failure of its partition alone, by name; and it is final: nothing comes after it.
pub fn a_lost_offset_is_named(connection: &Connection, topic: &str) {
    let reader = Reader::open(connection, &[topic]).unwrap();
    let partitions: Vec<Partition> = reader.partitions().cloned().collect();
    let extents = reader.extents(&partitions, WAIT).unwrap();
    let (lost, whole) = (&partitions[0], &extents[1]);
    let mut lane = reader.lane(&[(lost.clone(), Start::At(1_000_000)), (whole.partition.clone(), Start::Beginning)]).unwrap();

    let (mut failures, mut seen, deadline) = (Vec::new(), 0, Instant::now() + WAIT);
    while failures.is_empty() || seen < whole.end - whole.first {
        assert!(Instant::now() < deadline, "{failures:?}, {seen} records");
        let batch = lane.read(500, Duration::from_millis(200));
        failures.extend(batch.failures().to_vec());
        assert!(batch.records().all(|record| *record.partition == whole.partition));
        seen += batch.len() as i64;
    }
    let [failure] = failures.as_slice() else { panic!("{failures:?}") };
    assert_eq!((failure.kind, failure.partition.as_ref(), failure.offset), (FailureKind::OffsetOutOfRange, Some(lost), Some(1_000_000)));
    let start = format!("{lost} at offset 1000000: offset out of range: ");
    assert!(failure.to_string().starts_with(&start), "{failure}");

    // The operator decides: it is read anew from the beginning, by another reader.
    let count = usize::try_from(extents[0].end - extents[0].first).unwrap();
    let again = lane.add(&[(lost.clone(), Start::Beginning)]).unwrap_err().to_string();
    assert!(again.contains("this reader has had it; open another"), "{again}");
    assert_eq!(lane.partitions(), [lost.clone(), whole.partition.clone()]);
    let reader = Reader::open(connection, &[topic]).unwrap();
    assert_eq!(read(&mut reader.lane(&[(lost.clone(), Start::Beginning)]).unwrap(), count)[lost].len(), count);
}

/// A lane jumps within a partition, back and forth, and what it had fetched ahead does not come.
pub fn a_lane_seeks(connection: &Connection, topic: &str) {
    let reader = Reader::open(connection, &[topic]).unwrap();
    let extents = reader.extents(&reader.partitions().cloned().collect::<Vec<_>>(), WAIT).unwrap();
    let extent = extents.iter().max_by_key(|extent| extent.end - extent.first).unwrap();
    assert!(extent.end - extent.first > 100, "{extent:?}");
    let mut lane = reader.lane(&[(extent.partition.clone(), Start::At(extent.end - 1))]).unwrap();
    let mut next = extent.end - 1;
    for jump in 0..20 {
        let deadline = Instant::now() + WAIT;
        let read = loop {
            assert!(Instant::now() < deadline, "jump {jump} to {next}");
            let batch = lane.read(1, Duration::from_millis(200));
            assert_eq!(batch.failures(), []);
            if let Some(record) = batch.records().next() {
                break record.offset;
            }
        };
        assert_eq!(read, next, "jump {jump}");
        next = extent.first + (jump * 7919) % (extent.end - extent.first);
        lane.seek(&extent.partition, next).unwrap();
    }
}
