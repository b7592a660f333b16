//! An instance at default settings beside its broker, under a steady load and with many leads in its state: how fresh its figures are, and
//! how long it takes from the start after a kill to being ready: `recovery KPISTREAM LEADS EVENTS_A_SECOND SECONDS KILLS`.

use std::{
    error::Error,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use benches::{
    instance::{Killed, folded, get, make_topics, sum},
    lead,
    table::{line, verdict},
};
use kafka::Connection;
use model::Millis;
use publisher::{Publisher, Settings};
use testkit::broker::Broker;

const PATIENCE: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(20);
/// After it is ready, before freshness is measured.
const SETTLE: Duration = Duration::from_secs(10);
/// Of the default 30 s between two snapshots: a kill then makes most be read again.
const AFTER_A_SNAPSHOT: Duration = Duration::from_secs(25);
/// One event in so many is a lead restated.
const LEAD_OF: u64 = 20;
const WANTED_READY: Duration = Duration::from_secs(10);
const WANTED_FRESH: f64 = 0.1;
const FRESHNESS: &str = "kpistream_event_freshness_seconds";
const SNAPSHOT: &str = "kpistream_snapshot_last_success_timestamp_seconds";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, leads, rate, seconds, kills] = arguments.as_slice() else {
        return Err("usage: recovery KPISTREAM LEADS EVENTS_A_SECOND SECONDS KILLS".into());
    };
    let (leads, rate, seconds, kills) = (leads.parse()?, rate.parse()?, Duration::from_secs(seconds.parse()?), kills.parse()?);
    let folder = std::env::temp_dir().join(format!("kpistream-recovery-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let field = Field { binary: fs::canonicalize(binary)?, folder: folder.clone(), broker: Broker::start()? };
    let measured = field.measure(leads, rate, seconds, kills);
    fs::remove_dir_all(&folder)?;
    measured
}

struct Field {
    binary: PathBuf,
    folder: PathBuf,
    broker: Broker,
}

impl Field {
    fn measure(&self, leads: usize, rate: u64, seconds: Duration, kills: usize) -> Result<()> {
        let connection = Connection::new(self.broker.bootstrap())?;
        make_topics(&connection)?;
        let publisher = Publisher::open(&connection, Settings::default())?;
        for n in 0..leads {
            publisher.send(&lead(n, None))?;
        }
        publisher.flush(PATIENCE)?;
        let instance = Running::start(&self.binary, &self.folder, self.broker.bootstrap())?;
        let caught_up = instance.await_ready()?;
        println!("recovery: {leads} leads in the state; {rate} events a second, one in {LEAD_OF} of them a lead restated; default settings");
        println!("  from nothing to ready: {:.1} s", caught_up.as_secs_f64());

        let stop = AtomicBool::new(false);
        thread::scope(|scope| {
            let load = scope.spawn(|| steady(&publisher, leads, rate, &stop).map_err(|error| error.to_string()));
            let measured = freshness(&instance, seconds).and_then(|()| self.recover(instance, kills));
            stop.store(true, Ordering::Release);
            load.join().unwrap_or_else(|_| Err("the load has failed".to_owned()))?;
            measured
        })
    }

    /// Kills the instance long after a snapshot and starts it again, so many times.
    fn recover(&self, mut instance: Running, kills: usize) -> Result<()> {
        let mut slowest = Duration::ZERO;
        for _ in 0..kills {
            let before = instance.metric(SNAPSHOT);
            instance.until("a snapshot", |instance| instance.metric(SNAPSHOT) > before)?;
            thread::sleep(AFTER_A_SNAPSHOT);
            drop(instance);
            instance = Running::start(&self.binary, &self.folder, self.broker.bootstrap())?;
            let ready = instance.await_ready()?;
            println!("  killed and started again: ready after {:.1} s ({})", ready.as_secs_f64(), instance.restored()?);
            slowest = slowest.max(ready);
        }
        let what = format!("from a kill to being ready, the slowest of {kills}");
        line(&what, format!("{:.1} s", slowest.as_secs_f64()), "", verdict("under 10 s", slowest < WANTED_READY))?;
        Ok(())
    }
}

/// Publishes at a steady rate until it is told to stop.
fn steady(publisher: &Publisher, leads: usize, rate: u64, stop: &AtomicBool) -> Result<()> {
    let mut flood = simulator::flood(1, u64::MAX >> 1, now());
    let (begun, mut sent) = (Instant::now(), 0u64);
    while !stop.load(Ordering::Acquire) {
        let due = u64::try_from(begun.elapsed().as_millis())? * rate / 1000;
        while sent < due && !stop.load(Ordering::Acquire) {
            let n = usize::try_from(sent)?.wrapping_mul(7919) % leads.max(1);
            let event = if sent % LEAD_OF == 0 { Some(lead(n, Some(now()))) } else { flood.next() };
            publisher.send(&event.ok_or("the flood has ended")?)?;
            sent += 1;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(publisher.flush(PATIENCE)?)
}

/// Of what came between two scrapes: how long after the broker's time it was visible. An observation is of the oldest record of a
/// thread's share of an evaluation, so the quantiles are of the slowest records, not of the mean one.
fn freshness(instance: &Running, seconds: Duration) -> Result<()> {
    thread::sleep(SETTLE);
    let (first, begun) = (instance.metrics(), Instant::now());
    thread::sleep(seconds);
    let (last, took) = (instance.metrics(), begun.elapsed());
    let events = (folded(&last) - folded(&first)) / took.as_secs_f64();
    let buckets = buckets(&first, &last);
    let [p50, p99] = [0.5, 0.99].map(|q| quantile(&buckets, q));
    let observed = buckets.last().map_or(0.0, |(_, n)| *n);
    let what = format!("freshness, {:.0} s at {events:.0} events a second, one in {LEAD_OF} a lead", took.as_secs_f64());
    let (measured, against) = (format!("p50 {p50:.3} s, p99 {p99:.3} s"), format!("{observed} observations"));
    line(&what, measured, against, verdict("p99 under 0.1 s", p99 < WANTED_FRESH && observed > 0.0))?;
    Ok(())
}

/// The buckets' upper bounds, and how many observations between the two scrapes are at or below them.
fn buckets(first: &str, last: &str) -> Vec<(f64, f64)> {
    let bucket = |line: &str| Some(line.strip_prefix(&format!("{FRESHNESS}_bucket{{le=\""))?.split_once('"')?.0.to_owned());
    let bounds = last.lines().filter_map(bucket);
    let count = |bound: &str| {
        let series = format!("{FRESHNESS}_bucket{{le=\"{bound}\"}}");
        sum(last, &series) - sum(first, &series)
    };
    bounds.map(|bound| (bound.parse().unwrap_or(f64::INFINITY), count(&bound))).collect()
}

/// As Prometheus' `histogram_quantile` has it.
fn quantile(buckets: &[(f64, f64)], q: f64) -> f64 {
    let rank = q * buckets.last().map_or(0.0, |(_, n)| *n);
    let mut below = (0.0, 0.0);
    for (bound, n) in buckets {
        if *n >= rank && *n > below.1 {
            return if bound.is_finite() { below.0 + (bound - below.0) * (rank - below.1) / (n - below.1) } else { f64::INFINITY };
        }
        below = (*bound, *n);
    }
    f64::NAN
}

/// A `kpistream run` at default settings.
struct Running {
    begun: Instant,
    process: Killed,
    address: String,
    log: PathBuf,
}

impl Running {
    fn start(binary: &Path, folder: &Path, brokers: &str) -> Result<Running> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let log = folder.join("log");
        let mut command = Command::new(binary);
        command.args(["run", "--brokers", brokers, "--http", &address]).current_dir(folder).stdin(Stdio::null()).stderr(fs::File::create(&log)?);
        Ok(Running { begun: Instant::now(), process: Killed(command.spawn()?), address, log })
    }

    /// Waits until it is ready; how long after its start that is.
    fn await_ready(&self) -> Result<Duration> {
        self.until("readiness", |instance| get(&instance.address, "/readyz").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")))?;
        Ok(self.begun.elapsed())
    }

    fn until(&self, what: &str, is_there: impl Fn(&Running) -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !is_there(self) {
            if Instant::now() > deadline {
                let log = fs::read_to_string(&self.log)?;
                return Err(format!("process {}: no {what} within {} s:\n{log}", self.process.0.id(), PATIENCE.as_secs()).into());
            }
            thread::sleep(POLL);
        }
        Ok(())
    }

    fn metrics(&self) -> String {
        get(&self.address, "/metrics/process").unwrap_or_default()
    }

    fn metric(&self, name: &str) -> f64 {
        sum(&self.metrics(), name)
    }

    /// What it says of the snapshot that it started from.
    fn restored(&self) -> Result<String> {
        let log = fs::read_to_string(&self.log)?;
        let said = log.lines().find_map(|line| line.split_once("restored in "));
        Ok(said.map_or("no snapshot".to_owned(), |(_, took)| format!("snapshot restored in {took}")))
    }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
