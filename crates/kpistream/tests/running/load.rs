//! A steady load of all types of events in all encodings, with repetitions, restatements and bad messages.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kafka::{Connection, Message, Partitioner, Producer};
use model::Event;
use publisher::{Encoding, Publisher, Settings};

/// One record in so many is bad.
const BAD_EVERY: u64 = 500;
/// Bad ones: of a topic, and what stands there.
const BAD: [(&str, Option<&[u8]>); 5] = [
    ("web-visit", Some(b"\x00\x00\x00")),
    ("ad-spend", Some(br#"{"type": "web-visit", "event_id": "1", "source": "s", "occurred_at": "2026-01-01"}"#)),
    ("lead-created", Some(br#"{"type": "lead-created", "event_id": "1", "source": "s", "occurred_at": "2026-01-01"}"#)),
    ("deal-closed", None),
    ("social-interaction", Some(b"{\"type\": ")),
];

/// Publishes until it is told to stop.
pub struct Load {
    stop: Arc<AtomicBool>,
    published: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Load {
    /// Starts it, with about so many events a second.
    pub fn start(brokers: &str, seed: u64, rate: u64) -> Load {
        let (stop, published) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopping, count) = (Arc::clone(&stop), Arc::clone(&published));
        let publishers = Publishers::open(&Connection::new(brokers).unwrap());
        let thread = thread::spawn(move || {
            let now = now();
            // Entities with their histories of revisions, repetitions among them, between many interactions.
            let zone = model::Zone::utc();
            let company = simulator::Simulator::new(simulator::Options { zone, ..simulator::Options::new(seed, 60, now) });
            let mut entities = company.into_iter().cycle_events();
            let mut flood = simulator::flood(seed, u64::MAX >> 1, now);
            let (begun, mut sent) = (Instant::now(), 0u64);
            while !stopping.load(Ordering::Acquire) {
                let due = begun.elapsed().as_millis() as u64 * rate / 1000;
                while sent < due && !stopping.load(Ordering::Acquire) {
                    let event = if sent % 4 == 0 { entities.next() } else { flood.next() };
                    let Some(event) = event.or_else(|| flood.next()) else { break };
                    publishers.send(sent, &event);
                    sent += 1;
                    count.store(sent, Ordering::Release);
                }
                thread::sleep(Duration::from_millis(5));
            }
            publishers.flush();
        });
        Load { stop, published, thread }
    }

    /// How many events it has published in all.
    pub fn end(self) -> u64 {
        self.stop.store(true, Ordering::Release);
        self.thread.join().unwrap();
        self.published.load(Ordering::Acquire)
    }
}

/// One publisher for each encoding, and one who knows none.
struct Publishers {
    encodings: [Publisher; 3],
    bad: Producer,
}

impl Publishers {
    fn open(connection: &Connection) -> Publishers {
        let publisher = |encoding| Publisher::open(connection, Settings { encoding, ..Settings::default() }).unwrap();
        Publishers {
            encodings: [Encoding::Avro, Encoding::Json, Encoding::CloudEvents].map(publisher),
            bad: Producer::open(connection, Partitioner::Crc32).unwrap(),
        }
    }

    /// Sends an event, mostly as Avro, or a bad message in its place.
    fn send(&self, n: u64, event: &Event<'_>) {
        if n.is_multiple_of(BAD_EVERY) {
            let (topic, payload) = BAD[(n / BAD_EVERY) as usize % BAD.len()];
            self.bad.send(&Message { topic, partition: None, key: None, payload, headers: &[] }).unwrap();
        } else {
            let [avro, json, cloud_events] = &self.encodings;
            let publisher = match n % 16 {
                0 => json,
                1 => cloud_events,
                _ => avro,
            };
            publisher.send(event).unwrap();
        }
    }

    fn flush(&self) {
        let patience = Duration::from_secs(120);
        self.encodings.iter().for_each(|publisher| publisher.flush(patience).unwrap());
        self.bad.flush(patience).unwrap();
    }
}

/// The time of day.
pub fn now() -> model::Millis {
    model::Millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64)
}

/// The events of an iterator, without end: after the last the first again, as repetitions.
trait CycleEvents: Iterator<Item = Event<'static>> + Sized {
    fn cycle_events(self) -> impl Iterator<Item = Event<'static>> {
        let all: Vec<Event<'static>> = self.take(200_000).collect();
        (0usize..).filter_map(move |n| all.get(n % all.len().max(1)).cloned())
    }
}

impl<I: Iterator<Item = Event<'static>>> CycleEvents for I {}
