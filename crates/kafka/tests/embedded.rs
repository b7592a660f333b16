//! The crate on the broker inside the process: fast, and no proof of anything about Kafka.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod reading;

use std::time::{Duration, Instant};

use kafka::{Connection, EmbeddedBroker, Error, Message, Partitioner, Producer, Reader, Start};
use reading::WAIT;

const TOPIC: &str = "web-visit";

/// A port of loopback where no one listens.
fn nobody() -> Connection {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Connection::new(&format!("127.0.0.1:{port}")).unwrap()
}

#[test]
fn records_go_round() {
    let broker = EmbeddedBroker::start(&[(TOPIC, 4)]).unwrap();
    let connection = broker.connection().unwrap();
    reading::what_was_sent_is_read(&connection, TOPIC);
    reading::edges_are_kept(&connection, TOPIC);
    reading::a_lost_offset_is_named(&connection, TOPIC);
    reading::a_lane_seeks(&connection, TOPIC);
}

#[test]
fn a_batch_outlives_its_lane_and_goes_to_another_thread() {
    let broker = EmbeddedBroker::start(&[(TOPIC, 1)]).unwrap();
    let connection = broker.connection().unwrap();
    reading::fill(&connection, TOPIC, 10);
    let reader = Reader::open(&connection, &[TOPIC]).unwrap();
    let starts: Vec<_> = reader.partitions().map(|partition| (partition.clone(), Start::At(9))).collect();
    let mut lane = reader.lane(&starts).unwrap();
    let batch = lane.read(10, WAIT);
    drop(lane);
    drop(reader);
    let read = std::thread::spawn(move || batch.records().map(|record| (record.offset, record.payload.map(<[u8]>::to_vec))).collect::<Vec<_>>());
    assert_eq!(read.join().unwrap(), [(9, Some(reading::payload(9)))]);
}

#[test]
fn a_lane_takes_on_a_partition_while_it_reads() {
    let broker = EmbeddedBroker::start(&[(TOPIC, 2)]).unwrap();
    let connection = broker.connection().unwrap();
    reading::fill(&connection, TOPIC, 200);
    let reader = Reader::open(&connection, &[TOPIC]).unwrap();
    let partitions: Vec<_> = reader.partitions().cloned().collect();
    let extents = reader.extents(&partitions, WAIT).unwrap();
    let mut lane = reader.lane(&[]).unwrap();
    for extent in extents {
        lane.add(&[(extent.partition.clone(), Start::Beginning)]).unwrap();
        let log = reading::read(&mut lane, usize::try_from(extent.end).unwrap());
        assert_eq!(log.keys().collect::<Vec<_>>(), [&extent.partition]);
    }
    assert_eq!(lane.partitions(), partitions);
    reader.serve(Duration::ZERO).unwrap();
}

#[test]
fn a_missing_topic_is_named() {
    let broker = EmbeddedBroker::start(&[(TOPIC, 1)]).unwrap();
    let error = Reader::open(&broker.connection().unwrap(), &[TOPIC, "ad-spend", "lead-created"]).err().unwrap();
    let brokers = broker.brokers();
    assert_eq!(error.to_string(), format!("no topic ad-spend, lead-created at {brokers}: make it first, or correct its configured name"));
}

#[test]
fn a_broker_that_is_down_is_one_line_within_seconds() {
    let connection = nobody();
    let (reader, producer) = std::thread::scope(|scope| {
        let reader = scope.spawn(|| timed(|| Reader::open(&connection, &[TOPIC]).err().unwrap()));
        let producer = scope.spawn(|| timed(|| Producer::open(&connection, Partitioner::Crc32).err().unwrap()));
        (reader.join().unwrap(), producer.join().unwrap())
    });
    for (error, took) in [reader, producer] {
        let line = error.to_string();
        let brokers = connection.brokers();
        assert!(line.starts_with(&format!("no broker answers at {brokers} within 10 s (")), "{line}");
        assert!(line.contains("Connection refused"), "{line}");
        assert!(line.ends_with("): check that Kafka runs there and can be reached from here"), "{line}");
        assert!(!line.contains('\n') && took < Duration::from_secs(12), "{line} after {took:?}");
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    (work(), begun.elapsed())
}

#[test]
fn records_that_are_not_delivered_are_an_error() {
    let broker = EmbeddedBroker::start(&[(TOPIC, 1)]).unwrap();
    let producer = Producer::open(&broker.connection().unwrap(), Partitioner::Crc32).unwrap();
    let message = |topic, partition| Message { topic, partition, key: None, payload: Some(b"{}"), headers: &[] };
    producer.send(&message(TOPIC, Some(0))).unwrap();
    producer.flush(WAIT).unwrap();

    // There is no partition 7: the record is refused, at once or once that is known, and never silently lost.
    let refused = producer.send(&message(TOPIC, Some(7))).and_then(|()| producer.flush(WAIT)).unwrap_err();
    assert!(refused.to_string().contains("partition"), "{refused}");
    assert_eq!(producer.delivered(), 1);
    producer.send(&message(TOPIC, Some(0))).unwrap();
    producer.flush(WAIT).unwrap();
    assert_eq!(producer.delivered(), 2);
}

#[test]
fn a_broker_that_went_away_is_waited_for_and_then_named() {
    let broker = EmbeddedBroker::start(&[(TOPIC, 1)]).unwrap();
    let connection = broker.connection().unwrap().with("message.timeout.ms", "1500").unwrap();
    let producer = Producer::open(&connection, Partitioner::Crc32).unwrap();
    let brokers = broker.brokers();
    drop(broker);
    producer.send(&Message { topic: TOPIC, partition: Some(0), key: None, payload: Some(b"{}"), headers: &[] }).unwrap();
    assert!(matches!(producer.flush(Duration::from_millis(50)), Err(Error::StillWaiting { waiting: 1, .. })));
    assert_eq!(
        producer.flush(WAIT).unwrap_err().to_string(),
        format!("1 records were not delivered to {brokers}; the first, to {TOPIC}: Local: Message timed out")
    );
    producer.flush(WAIT).unwrap();
}

#[test]
fn partitions_are_told_with_their_leaders_and_asked_of_those_that_are_up() {
    let broker = EmbeddedBroker::start_brokers(2, &[(TOPIC, 2)]).unwrap();
    (0..2).for_each(|partition| broker.lead(TOPIC, partition, partition + 1).unwrap());
    let reader = Reader::open(&broker.connection().unwrap(), &[TOPIC]).unwrap();
    let of: Vec<_> = reader.partitions().cloned().collect();
    let leaders = reader.discover(WAIT).unwrap()[TOPIC].clone().unwrap().leaders;
    assert_eq!(leaders.into_iter().collect::<Vec<_>>(), [(of[0].clone(), 1), (of[1].clone(), 2)]);
    assert_eq!(reader.extents(&of, WAIT).unwrap().len(), 2);
    broker.set_up(2, false).unwrap();
    assert!(reader.extents(&of, Duration::from_millis(500)).is_err());
    assert_eq!(reader.extents(&of[..1], WAIT).unwrap().len(), 1);
}
