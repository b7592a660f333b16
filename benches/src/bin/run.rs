//! `run`'s sustained events a second from a real Kafka, over a bare librdkafka consumer of the same topics:
//! `run KPISTREAM BARE_READER EVENTS`. The events are in the broker before either begins.

use std::{
    error::Error,
    net::TcpListener,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use benches::{
    END,
    instance::{Killed, folded, get, make_topics},
    table::{line, verdict},
    timed,
};
use kafka::Connection;
use model::EventType;
use publisher::{Publisher, Settings};
use testkit::broker::Broker;

const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, bare_reader, events] = arguments.as_slice() else { return Err("usage: run KPISTREAM BARE_READER EVENTS".into()) };
    let events: u64 = events.parse()?;
    let broker = Broker::start()?;
    let connection = Connection::new(broker.bootstrap())?;
    fill(&connection, events)?;
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let bare = bare(bare_reader, broker.bootstrap())?;
        let ours = run(binary, broker.bootstrap(), events)?;
        let rate = |took: Duration| events as f64 / took.as_secs_f64() / 1e6;
        println!("  run {:.2} million events a second, bare librdkafka {:.2}", rate(ours), rate(bare));
        ratios.push(bare.as_secs_f64() / ours.as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios.get(1).copied().unwrap_or_default();
    let against = format!("bare librdkafka, median of {}", ratios.len());
    line(&format!("`run` of {events} events in Kafka"), format!("ratio {ratio:.2}"), against, verdict("at least 0.85", ratio >= 0.85))?;
    Ok(())
}

fn fill(connection: &Connection, events: u64) -> Result<(), Box<dyn Error>> {
    make_topics(connection)?;
    let publisher = Publisher::open(connection, Settings::default())?;
    for event in simulator::flood(1, events, END) {
        publisher.send(&event)?;
    }
    publisher.flush(PATIENCE)?;
    Ok(())
}

/// The time a bare consumer takes for both topics of interactions, one after the other.
fn bare(reader: &str, brokers: &str) -> Result<Duration, Box<dyn Error>> {
    let mut sum = Duration::ZERO;
    for topic in [EventType::SocialInteraction, EventType::WebVisit] {
        let (output, took) = timed(|| Command::new(reader).args([brokers, topic.name()]).output());
        let output = output?;
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        sum += told(&text).unwrap_or(took);
    }
    Ok(sum)
}

/// The seconds a reader says it took, its start not counted.
fn told(text: &str) -> Option<Duration> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "s:")?;
    words.get(at.checked_sub(1)?)?.parse().ok().map(Duration::from_secs_f64)
}

/// The time `run` takes for all events at the rate it sustains: from the first events that it shows to the last, the start of
/// the process and of its connections not counted, as the reader beside it does not count its own.
fn run(binary: &str, brokers: &str, events: u64) -> Result<Duration, Box<dyn Error>> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let child = Command::new(binary).args(["run", "--brokers", brokers, "--http", &address]).stderr(Stdio::null()).spawn()?;
    let mut child = Killed(child);
    let (begun, mut first) = (Instant::now(), None);
    while begun.elapsed() < PATIENCE {
        if let Some(status) = child.0.try_wait()? {
            return Err(format!("run ended by itself: {status}").into());
        }
        let folded = folded(&get(&address, "/metrics/process").unwrap_or_default());
        let now = Instant::now();
        if folded > 0.0 && first.is_none() {
            first = Some((now, folded));
        }
        if folded >= events as f64 {
            let (at, before) = first.unwrap_or((begun, 0.0));
            let (at, before) = if before < folded { (at, before) } else { (begun, 0.0) };
            return Ok((now - at).mul_f64(events as f64 / (folded - before)));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("run did not catch up".into())
}
