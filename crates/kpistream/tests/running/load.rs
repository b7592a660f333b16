//! A steady load of all types of events.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use kafka::Connection;
use publisher::{Publisher, Settings};

/// Publishes all kinds of events, with repetitions and restatements, until it is told to stop.
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
        let publisher = Publisher::open(&Connection::new(brokers).unwrap(), Settings::default()).unwrap();
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
                    publisher.send(&event).unwrap();
                    sent += 1;
                    count.store(sent, Ordering::Release);
                }
                thread::sleep(Duration::from_millis(5));
            }
            publisher.flush(Duration::from_secs(120)).unwrap();
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

/// The time of day.
pub fn now() -> model::Millis {
    model::Millis(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64)
}

/// The events of an iterator, without end: after the last the first again, as repetitions.
trait CycleEvents: Iterator<Item = model::Event<'static>> + Sized {
    fn cycle_events(self) -> impl Iterator<Item = model::Event<'static>> {
        let all: Vec<model::Event<'static>> = self.take(200_000).collect();
        (0usize..).filter_map(move |n| all.get(n % all.len().max(1)).cloned())
    }
}

impl<I: Iterator<Item = model::Event<'static>>> CycleEvents for I {}
