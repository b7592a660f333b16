//! The crate on a real Apache Kafka, one broker for all of these.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod reading;

use std::{
    os::unix::fs::FileExt as _,
    time::{Duration, Instant},
};

use expect_test::expect;
use kafka::{
    Connection, Difference, FailureKind, Message, Partitioner, Producer, Reader, Retention, Start, TopicReport, TopicSpec, check_topics,
    ensure_topics,
};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use reading::WAIT;
use testkit::broker::Broker;

fn connection() -> Connection {
    let broker = Broker::shared().unwrap_or_else(|error| panic!("{error}"));
    Connection::new(broker.bootstrap()).unwrap()
}

fn spec(name: &str, partitions: i32, retention: Retention) -> TopicSpec {
    TopicSpec { name: name.to_owned(), partitions, replication: 1, retention, max_message_bytes: None }
}

#[test]
fn records_go_round() {
    let connection = connection();
    let topic = "rounds";
    let report = ensure_topics(&connection, &[spec(topic, 4, Retention::Forever)]).unwrap();
    assert_eq!(report.missing, [topic]);
    let before = now();
    reading::what_was_sent_is_read(&connection, topic);
    reading::edges_are_kept(&connection, topic);
    reading::a_lost_offset_is_named(&connection, topic);
    reading::a_lane_seeks(&connection, topic);

    let reader = Reader::open(&connection, &[topic]).unwrap();
    let log = reading::read_in_two_lanes(&reader);
    let late = log.values().flatten().filter(|record| !(before..=now()).contains(&record.timestamp)).count();
    assert_eq!(late, 0, "records carry the broker's time");
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// One batch of three is damaged on the disk, in a place that only its checksum tells.
#[test]
fn a_damaged_batch_ends_its_partition() {
    let connection = connection().with("compression.type", "none").unwrap();
    let topic = "damaged";
    ensure_topics(&connection, &[spec(topic, 1, Retention::Forever)]).unwrap();
    let producer = Producer::open(&connection, Partitioner::Crc32).unwrap();
    for payload in ["the first", "in between", "and behind"] {
        producer.send(&Message { topic, partition: None, key: None, payload: Some(payload.as_bytes()), headers: &[] }).unwrap();
        producer.flush(WAIT).unwrap();
    }
    let segment = Broker::shared().unwrap().data().join("damaged-0/00000000000000000000.log");
    let at = std::fs::read(&segment).unwrap().windows(10).position(|bytes| bytes == b"in between").unwrap();
    let file = std::fs::File::options().write(true).open(&segment).unwrap();
    file.write_all_at(b"I", at as u64).unwrap();

    let reader = Reader::open(&connection, &[topic]).unwrap();
    let partition = reader.partitions().next().unwrap().clone();
    let mut lane = reader.lane(&[(partition.clone(), Start::Beginning)]).unwrap();
    let (mut payloads, mut failures, deadline) = (Vec::new(), Vec::new(), Instant::now() + WAIT);
    while failures.is_empty() && Instant::now() < deadline {
        let batch = lane.read(100, Duration::from_millis(200));
        payloads.extend(batch.records().map(|record| record.payload.unwrap_or_default().to_vec()));
        failures.extend(batch.failures().to_vec());
    }
    let [failure] = failures.as_slice() else { panic!("{failures:?}") };
    assert_eq!((failure.kind, failure.partition.as_ref(), failure.offset), (FailureKind::Corrupt, Some(&partition), Some(1)));
    assert_eq!(payloads, [b"the first"], "what is behind the hole is not read");
    let after = lane.read(100, Duration::from_secs(1));
    assert!(after.is_empty() && after.failures().is_empty(), "a failed partition is left alone");
}

/// What a publisher took back was never published, and its marks in the log are no records that are still to come.
#[test]
fn a_transaction_that_was_aborted_is_not_read() {
    let (connection, topic) = (connection(), "taken-back");
    ensure_topics(&connection, &[spec(topic, 1, Retention::Forever)]).unwrap();
    let sender: BaseProducer = ClientConfig::new().set("bootstrap.servers", connection.brokers()).set("transactional.id", topic).create().unwrap();
    sender.init_transactions(WAIT).unwrap();
    for (payload, is_kept) in [("kept", true), ("taken back", false), ("kept too", true), ("taken back too", false)] {
        sender.begin_transaction().unwrap();
        sender.send(BaseRecord::<(), str>::to(topic).payload(payload)).unwrap();
        sender.flush(WAIT).unwrap();
        if is_kept { sender.commit_transaction(WAIT) } else { sender.abort_transaction(WAIT) }.unwrap();
    }

    let reader = Reader::open(&connection, &[topic]).unwrap();
    let partition = reader.partitions().next().unwrap().clone();
    let mut lane = reader.lane(&[(partition.clone(), Start::Beginning)]).unwrap();
    let (mut payloads, mut next) = (Vec::new(), None);
    let end = reader.extents(std::slice::from_ref(&partition), WAIT).unwrap()[0].end;
    until(|| {
        let batch = lane.read(100, Duration::from_millis(200));
        payloads.extend(batch.records().map(|record| record.payload.unwrap_or_default().to_vec()));
        drop(batch);
        next = lane.positions().unwrap()[0];
        next >= Some(end)
    });
    assert_eq!((payloads, next), (vec![b"kept".to_vec(), b"kept too".to_vec()], Some(8)), "four records and a mark for each transaction");
}

#[test]
fn a_topic_made_anew_is_another() {
    let connection = connection();
    let specs = [spec("anew", 1, Retention::Forever)];
    ensure_topics(&connection, &specs).unwrap();
    let reader = Reader::open(&connection, &["anew"]).unwrap();
    let admin: AdminClient<_> = ClientConfig::new().set("bootstrap.servers", connection.brokers()).create().unwrap();
    futures_executor::block_on(admin.delete_topics(&["anew"], &AdminOptions::new())).unwrap();
    until(|| reader.discover(WAIT).unwrap()["anew"].is_none());
    ensure_topics(&connection, &specs).unwrap();
    let anew = reader.discover(WAIT).unwrap().remove("anew").flatten().unwrap();
    assert_ne!(anew.id, reader.topics()[0].id);
    assert_eq!(anew.partitions, reader.topics()[0].partitions);
}

fn until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT;
    while !holds() {
        assert!(Instant::now() < deadline, "not within {WAIT:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn topics_are_made_and_those_that_exist_compared() {
    let connection = connection();
    let mut specs = vec![spec("made-entities", 3, Retention::Forever), spec("made-dead-letters", 1, Retention::Days(90))];
    specs[1].max_message_bytes = Some(16_777_216);
    let made = TopicReport { missing: vec!["made-entities".to_owned(), "made-dead-letters".to_owned()], ..TopicReport::default() };
    assert_eq!(check_topics(&connection, &specs).unwrap(), made, "a check makes nothing");
    assert_eq!(ensure_topics(&connection, &specs).unwrap(), made);
    let right = TopicReport { right: made.missing, ..TopicReport::default() };
    assert_eq!(ensure_topics(&connection, &specs).unwrap(), right);

    let other = [spec("made-entities", 6, Retention::Days(90)), spec("made-dead-letters", 1, Retention::Days(1))];
    let report = ensure_topics(&connection, &other).unwrap();
    expect![[r#"
        topic made-entities has 3 partitions, not 6: any number works
        topic made-entities keeps records for ever, not for 90 days (retention.ms is -1)
        topic made-dead-letters keeps records for 90 days, not for 1440 minutes (retention.ms is 7776000000)"#]]
    .assert_eq(&report.differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_cannot_be_made_is_named() {
    let connection = connection();
    let mut wide = spec("too-wide", 1, Retention::Forever);
    wide.replication = 3;
    let error = ensure_topics(&connection, &[wide]).unwrap_err();
    let brokers = connection.brokers();
    assert_eq!(error.to_string(), format!("making topic too-wide at {brokers}: Broker: Invalid replication factor"));
}

#[test]
fn topics_have_an_identity_and_partitioners_differ() {
    let connection = connection();
    ensure_topics(&connection, &[spec("crc32", 12, Retention::Forever), spec("murmur2", 12, Retention::Forever)]).unwrap();
    let reader = Reader::open(&connection, &["crc32", "murmur2"]).unwrap();
    let ids: Vec<_> = reader.topics().iter().map(|topic| topic.id.expect("a Kafka of today gives ids")).collect();
    assert_ne!(ids[0], ids[1]);
    let again = reader.discover(WAIT).unwrap();
    assert_eq!(again["crc32"].as_ref(), reader.topics().first());

    let places = |topic: &str, partitioner| {
        let producer = Producer::open(&connection, partitioner).unwrap();
        for n in 0..50 {
            let key = format!("deal-{n}");
            producer.send(&Message { topic, partition: None, key: Some(key.as_bytes()), payload: Some(b"{}"), headers: &[] }).unwrap();
        }
        producer.flush(WAIT).unwrap();
        let starts: Vec<_> = reader.partitions().filter(|partition| *partition.topic == *topic).map(|p| (p.clone(), Start::Beginning)).collect();
        let log = reading::read(&mut reader.lane(&starts).unwrap(), 50);
        let mut places: Vec<_> = log.into_iter().flat_map(|(at, records)| records.into_iter().map(move |record| (record.key, at.number))).collect();
        places.sort();
        places
    };
    let (crc32, murmur2) = (places("crc32", Partitioner::Crc32), places("murmur2", Partitioner::Murmur2));
    assert_ne!(crc32, murmur2);
    // Java's murmur2 of "deal-0" over 12 partitions, by an independent computation.
    assert_eq!(murmur2.first(), Some(&(Some(b"deal-0".to_vec()), murmur2_of(b"deal-0") % 12)));
}

/// `Utils.murmur2` of Kafka's Java client, made positive as its partitioner does.
fn murmur2_of(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut h = 0x9747_b28c_u32 ^ data.len() as u32;
    let chunks = data.chunks_exact(4);
    let tail = chunks.remainder();
    for chunk in chunks {
        let mut k = u32::from_le_bytes(chunk.try_into().unwrap()).wrapping_mul(M);
        k ^= k >> 24;
        h = h.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        h ^= tail.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
        h = h.wrapping_mul(M);
    }
    h ^= h >> 13;
    h = h.wrapping_mul(M);
    h ^= h >> 15;
    (h & 0x7fff_ffff) as i32
}
