//! A `kpistream run` that is measured, from outside, and the topics it reads.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Child,
};

use kafka::{Connection, Retention, TopicSpec, ensure_topics};
use model::EventType;

const PARTITIONS: i32 = 4;

/// Makes all topics, as `kpistream topics create` would, to be kept for ever.
pub fn make_topics(connection: &Connection) -> Result<(), kafka::Error> {
    let spec = |name: &str| TopicSpec {
        name: name.to_owned(),
        partitions: PARTITIONS,
        replication: 1,
        retention: Retention::Forever,
        max_message_bytes: None,
    };
    let mut specs: Vec<TopicSpec> = EventType::ALL.iter().map(|event_type| spec(event_type.name())).collect();
    specs.push(spec("kpistream.dead-letters"));
    ensure_topics(connection, &specs).map(|_| ())
}

/// How many records an instance has folded, by its metrics.
pub fn folded(metrics: &str) -> f64 {
    sum(metrics, "kpistream_events_total{")
}

/// The sum of all series that begin so.
pub fn sum(metrics: &str, start: &str) -> f64 {
    metrics.lines().filter(|line| line.starts_with(start)).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// The answer to a GET, its head too.
pub fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// A process that is killed when it is no longer wanted.
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
