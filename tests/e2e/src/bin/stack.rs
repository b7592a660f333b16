//! `make stack`: what deploy/compose starts in containers, on this machine without any: an Apache Kafka, two instances, a Prometheus and an
//! Alertmanager with the rules and routes of deploy/, and a simulated company. Prints their addresses and what is alerted; Ctrl-C ends all.

use std::{
    error::Error,
    fs::{self, File},
    io::{Write, stdout},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use kafka::Connection;
use model::{Millis, Zone};
use publisher::{Publisher, Settings};
use simulator::{Live, Options, Simulator};
use testkit::{
    broker::Broker,
    watch::{Alertmanager, Notification, Prometheus, Receiver, Tempo},
};
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

const INSTANCES: [&str; 2] = ["a", "b"];
/// Days of history that are published before it goes on live.
const DAYS: u32 = 90;
/// How many live events a second there are about.
const PER_SECOND: f64 = 20.0;
/// How often the live stream goes on.
const BEAT: Duration = Duration::from_millis(200);
/// How often the instances are looked after.
const LOOK: Duration = Duration::from_millis(500);
/// How long the end waits for what was published.
const PATIENCE: Duration = Duration::from_secs(10);

type Failure = Box<dyn Error + Send + Sync>;

/// An instance, which ends with this process.
struct Instance {
    name: &'static str,
    address: String,
    child: Child,
}

impl Drop for Instance {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn main() -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // From the start on, so that no signal ends this process before it has ended the others and removed its folder.
    let signals = runtime.block_on(async { Ok::<_, std::io::Error>([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]) })?;
    let binary = std::env::args().nth(1).map(PathBuf::from).ok_or("usage: stack KPISTREAM")?.canonicalize()?;
    let folder = tempfile::TempDir::with_prefix("kpistream-stack-")?;
    println!("starting Apache Kafka");
    let broker = Broker::start()?;
    let mut topics = Command::new(&binary);
    topics.args(["topics", "create", "--brokers", broker.bootstrap()]).current_dir(folder.path());
    if !topics.stdout(Stdio::null()).status()?.success() {
        return Err("the topics cannot be made".into());
    }
    let mut instances = INSTANCES.iter().map(|name| start(&binary, folder.path(), broker.bootstrap(), name)).collect::<Result<Vec<_>, _>>()?;
    let receiver = Receiver::telling(tell)?;
    let alertmanager = Alertmanager::start(folder.path(), &receiver.url(), Tempo::Shipped)?;
    let targets: Vec<String> = instances.iter().map(|instance| instance.address.clone()).collect();
    let prometheus = Prometheus::start(folder.path(), &targets, &alertmanager, Tempo::Shipped)?;

    println!("Kafka        {}", broker.bootstrap());
    for Instance { name, address, child } in &instances {
        println!("kpistream {name}  http://{address}/  process {}", child.id());
    }
    println!("Prometheus   http://{}/alerts", prometheus.address());
    println!("Alertmanager http://{}/", alertmanager.address());
    println!("logs and snapshots in {}; a company of {DAYS} days goes on live; what is alerted follows; Ctrl-C ends all", folder.path().display());
    stdout().flush()?;
    let stopping = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| feed(broker.bootstrap(), &stopping));
        let ended = runtime.block_on(until_end(signals, &mut instances, folder.path()));
        stopping.store(true, Ordering::Release);
        let fed = feeder.join().unwrap_or_else(|_| Err("the simulation has failed".into()));
        ended.and(fed)
    })
}

fn start(binary: &Path, folder: &Path, brokers: &str, name: &'static str) -> Result<Instance, Failure> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let mut command = Command::new(binary);
    command.args(["run", "--brokers", brokers, "--http", &address]).current_dir(folder).stdin(Stdio::null());
    command.env("KPISTREAM_SNAPSHOTS__INSTANCE", name).env("KPISTREAM_KPI__MARGIN", "0.8");
    let child = command.stderr(File::create(folder.join(format!("{name}.log")))?).spawn()?;
    Ok(Instance { name, address, child })
}

/// Says what is alerted, and to whom.
fn tell(notification: &Notification) {
    for alert in notification.alerts() {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let (status, name, summary) = (text(&alert["status"]), text(&alert["labels"]["alertname"]), text(&alert["annotations"]["summary"]));
        println!("{status} to {}: {name}: {summary}", notification.to.trim_start_matches('/'));
    }
    _ = stdout().flush();
}

/// Publishes a company's history, then how it goes on, until it is told to stop.
fn feed(brokers: &str, stopping: &AtomicBool) -> Result<(), Failure> {
    let publisher = Publisher::open(&Connection::new(brokers)?, Settings::default())?;
    let history = Simulator::new(Options { zone: Zone::utc(), ..Options::new(1, DAYS, now()) });
    let mut live = Live::new(&history, PER_SECOND);
    let is_stopping = || stopping.load(Ordering::Acquire);
    for event in history {
        publisher.send(&event)?;
        if is_stopping() {
            return Ok(());
        }
    }
    while !is_stopping() {
        for event in live.next_until(now()) {
            publisher.send(&event)?;
        }
        std::thread::sleep(BEAT);
    }
    Ok(publisher.flush(PATIENCE)?)
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Waits for a signal, which in a terminal the others get too, or for an instance that ends by itself.
async fn until_end([mut interrupt, mut terminate]: [Signal; 2], instances: &mut [Instance], folder: &Path) -> Result<(), Failure> {
    loop {
        tokio::select! {
            biased;
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            () = sleep(LOOK) => {}
        }
        for Instance { name, child, .. } in instances.iter_mut() {
            if let Some(status) = child.try_wait()? {
                let log = fs::read_to_string(folder.join(format!("{name}.log")))?;
                return Err(format!("instance {name} ended ({status}): {}", log.lines().last().unwrap_or_default()).into());
            }
        }
    }
}
