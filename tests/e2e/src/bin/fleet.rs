//! `make fleet`: an Apache Kafka and three instances on this machine, with a company's events. Prints their addresses; Ctrl-C ends all.

use std::{
    error::Error,
    io::Write,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use testkit::broker::Broker;
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    time::sleep,
};

const INSTANCES: [&str; 3] = ["a", "b", "c"];
/// Days of history that are published before it begins.
const DAYS: &str = "30";
/// How often the instances are looked after.
const LOOK: Duration = Duration::from_millis(500);

/// Processes that end with this one.
struct Fleet(Vec<(&'static str, Child)>);

impl Drop for Fleet {
    fn drop(&mut self) {
        for (_, child) in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // From the start on, so that no signal ends this process before it has ended the others and removed its folder.
    let signals = runtime.block_on(async { Ok::<_, std::io::Error>([signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]) })?;
    let binary = std::env::args().nth(1).map(PathBuf::from).ok_or("usage: fleet KPISTREAM")?.canonicalize()?;
    let folder = tempfile::TempDir::with_prefix("kpistream-fleet-")?;
    println!("starting Apache Kafka");
    let broker = Broker::start()?;
    let brokers = broker.bootstrap();
    let command = |line: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(line).current_dir(folder.path()).stdin(Stdio::null());
        command
    };
    done(command(&["topics", "create", "--brokers", brokers]).stdout(Stdio::null()))?;
    let history = command(&["simulate", "--days", DAYS, "--seed", "1", "--end", &today()?]).output()?;
    std::fs::write(folder.path().join("events.ndjson"), history.stdout)?;
    done(&mut command(&["publish", "--input", "events.ndjson", "--brokers", brokers]))?;

    let mut fleet = Fleet(Vec::new());
    println!("Kafka      {brokers}");
    for name in INSTANCES {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut run = command(&["run", "--brokers", brokers, "--http", &address]);
        let log = std::fs::File::create(folder.path().join(format!("{name}.log")))?;
        let child = run.env("KPISTREAM_SNAPSHOTS__INSTANCE", name).env("KPISTREAM_KPI__MARGIN", "0.8").stderr(log).spawn()?;
        println!("instance {name} http://{address}/  process {}", child.id());
        fleet.0.push((name, child));
    }
    println!("logs and snapshots in {}; publish more with `kpistream publish --brokers {brokers}`; Ctrl-C ends all", folder.path().display());
    std::io::stdout().flush()?;
    runtime.block_on(until_end(signals, &mut fleet, folder.path()))
}

/// Waits for a signal, which in a terminal the instances get too, or for an instance that ends by itself.
async fn until_end([mut interrupt, mut terminate]: [Signal; 2], fleet: &mut Fleet, folder: &Path) -> Result<(), Box<dyn Error>> {
    loop {
        tokio::select! {
            biased;
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            () = sleep(LOOK) => {}
        }
        for (name, child) in &mut fleet.0 {
            if let Some(status) = child.try_wait()? {
                let log = std::fs::read_to_string(folder.join(format!("{name}.log")))?;
                return Err(format!("instance {name} ended ({status}): {}", log.lines().last().unwrap_or_default()).into());
            }
        }
    }
}

fn done(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

/// The date of today, in UTC.
fn today() -> Result<String, Box<dyn Error>> {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    Ok(model::Millis(i64::try_from(seconds)? * 1000).to_string())
}
