//! The yardstick of `make bench`: how fast librdkafka alone reads a topic, batch by batch, and throws the records away.
//!
//! `bare_reader BROKERS TOPIC [bare|lanes=N] [property=value...]` reads all that is there from the beginning and prints one line.
//! `bare` (the default) is a plain librdkafka consumer with one queue; `lanes=N` is this crate's `Reader` with N threads, to tell
//! its own cost. Properties are librdkafka's, `bare` only.
#![allow(unsafe_code, reason = "the yardstick is librdkafka's own batch call, which rdkafka does not bind safely")]

use std::{
    ffi::CString,
    process::ExitCode,
    ptr, thread,
    time::{Duration, Instant},
};

use kafka::{Connection, Partition, Reader, Start};
use rdkafka::{
    ClientConfig, Offset, TopicPartitionList, bindings as c,
    consumer::{BaseConsumer, Consumer as _},
};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const BATCH: usize = 10_000;
const WAIT: Duration = Duration::from_secs(10);

/// What was read.
#[derive(Clone, Copy, Default)]
struct Count {
    records: usize,
    bytes: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [brokers, topic, options @ ..] = arguments.as_slice() else {
        eprintln!("usage: bare_reader BROKERS TOPIC [bare|lanes=N] [property=value...]");
        return ExitCode::from(2);
    };
    let lanes = options.first().and_then(|mode| mode.strip_prefix("lanes=")).and_then(|lanes| lanes.parse().ok());
    let begun = Instant::now();
    let read = match lanes {
        Some(lanes) => read_in_lanes(brokers, topic, lanes),
        None => read_bare(brokers, topic, options),
    };
    match read {
        Ok(Count { records, bytes }) => {
            let seconds = begun.elapsed().as_secs_f64();
            println!("{records} records, {bytes} bytes in {seconds:.3} s: {:.0} records/s", records as f64 / seconds);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bare_reader: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read_bare(brokers: &str, topic: &str, properties: &[String]) -> Result<Count, Failure> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "bare-reader").set("enable.auto.commit", "false");
    // Without it librdkafka stalls for a second whenever its queue is full: a yardstick must not.
    config.set("fetch.queue.backoff.ms", "10");
    for (name, value) in properties.iter().filter_map(|property| property.split_once('=')) {
        config.set(name, value);
    }
    let consumer: BaseConsumer = config.create()?;
    let metadata = consumer.fetch_metadata(Some(topic), WAIT)?;
    let numbers: Vec<i32> = metadata.topics().iter().flat_map(|topic| topic.partitions()).map(|partition| partition.id()).collect();
    let (mut assignment, mut left) = (TopicPartitionList::new(), 0);
    for number in &numbers {
        let (low, high) = consumer.fetch_watermarks(topic, *number, WAIT)?;
        left += usize::try_from(high - low)?;
        assignment.add_partition_offset(topic, *number, Offset::Beginning)?;
    }

    let (name, mut count) = (CString::new(topic)?, Count::default());
    let mut messages = vec![ptr::null_mut(); BATCH];
    // SAFETY: the queue is made from, used and freed before the consumer; the partitions' queues are freed as soon as they are
    // forwarded, which leaves the forwarding in place; each message is read and freed once.
    unsafe {
        let client = consumer.client().native_ptr();
        let queue = c::rd_kafka_queue_new(client);
        for number in &numbers {
            let source = c::rd_kafka_queue_get_partition(client, name.as_ptr(), *number);
            c::rd_kafka_queue_forward(source, queue);
            c::rd_kafka_queue_destroy(source);
        }
        consumer.assign(&assignment)?;
        while count.records < left {
            let got = c::rd_kafka_consume_batch_queue(queue, 100, messages.as_mut_ptr(), BATCH);
            for message in messages.iter().take(usize::try_from(got)?) {
                count.records += 1;
                count.bytes += (**message).len;
                c::rd_kafka_message_destroy(*message);
            }
        }
        c::rd_kafka_queue_destroy(queue);
    }
    Ok(count)
}

fn read_in_lanes(brokers: &str, topic: &str, lanes: usize) -> Result<Count, Failure> {
    let reader = Reader::open(&Connection::new(brokers)?, &[topic])?;
    let partitions: Vec<Partition> = reader.partitions().cloned().collect();
    let threads: Result<Vec<_>, Failure> = partitions
        .chunks(partitions.len().div_ceil(lanes.max(1)))
        .map(|share| {
            let extents = reader.extents(share, WAIT)?;
            let left = usize::try_from(extents.iter().map(|extent| extent.end - extent.first).sum::<i64>())?;
            let starts: Vec<_> = share.iter().map(|partition| (partition.clone(), Start::Beginning)).collect();
            let mut lane = reader.lane(&starts)?;
            Ok(thread::spawn(move || {
                let mut count = Count::default();
                while count.records < left {
                    let batch = lane.read(BATCH, Duration::from_millis(100));
                    count.records += batch.len();
                    count.bytes += batch.records().map(|record| record.payload.map_or(0, <[u8]>::len)).sum::<usize>();
                }
                count
            }))
        })
        .collect();
    let mut total = Count::default();
    for thread in threads? {
        let Ok(count) = thread.join() else { return Err("a lane's thread panicked".into()) };
        total = Count { records: total.records + count.records, bytes: total.bytes + count.bytes };
    }
    Ok(total)
}
