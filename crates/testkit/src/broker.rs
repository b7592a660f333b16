//! A real Apache Kafka for tests: one broker that is its own controller, on loopback, on free ports, gone with the test.
//!
//! It needs Java and, the first time, Maven: `tests/tools/fetch-kafka.sh` fetches Kafka.

mod certificates;
mod probe;
mod process;
mod secured;
mod settings;

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use process::Process;
use settings::Ports;

pub use certificates::{Authority, Certificates, Identity};
pub use secured::{PASSWORD, Secured, USER};

/// How long a broker may take to answer: a JVM starting on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often the start is tried again when another program was faster to take a port.
const TRIES: usize = 5;

/// A running Kafka. Dropping it ends it and removes its files; so does the end of the test program, however it comes.
pub struct Broker {
    bootstrap: String,
    jars: PathBuf,
    // Ended before its folder is removed.
    process: Option<Process>,
    folder: TempDir,
}

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Kafka could not be fetched.
    #[error("apache kafka for tests: {0}")]
    Fetch(String),
    /// A program could not be run.
    #[error("cannot run {program}: {source}: install a JDK, 17 or newer (Debian: apt-get install default-jdk-headless)")]
    Run {
        /// The program.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// Files or ports.
    #[error("cannot prepare the broker: {0}")]
    Prepare(#[from] std::io::Error),
    /// There are no certificates for it.
    #[error("cannot make certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// It ended, or does not answer.
    #[error("the broker {what}; the end of its log:\n{log}")]
    Broken {
        /// What it did.
        what: String,
        /// The last lines of its log.
        log: String,
    },
}

impl Broker {
    /// Starts a broker and waits until it answers. Topics are made by whoever wants them, not by being used.
    pub fn start() -> Result<Broker, BrokerError> {
        Broker::start_with(&[])
    }

    /// Starts a broker with further server properties, which go before its own.
    pub fn start_with(properties: &[(&str, &str)]) -> Result<Broker, BrokerError> {
        let jars = fetch()?;
        let mut tries = 1;
        loop {
            match Broker::try_start(&jars, |_| properties.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(), &[]) {
                Err(BrokerError::Broken { log, .. }) if tries < TRIES && log.contains("Address already in use") => tries += 1,
                result => return result,
            }
        }
    }

    /// The one broker of this test program, started on first use.
    pub fn shared() -> Result<&'static Broker, BrokerError> {
        static BROKER: OnceLock<Broker> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        match BROKER.get() {
            Some(broker) => Ok(broker),
            None => {
                let broker = Broker::start()?;
                Ok(BROKER.get_or_init(|| broker))
            }
        }
    }

    /// Its `host:port`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The folder in which it keeps its partitions, `TOPIC-NUMBER` each: to damage what a disk may damage.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join(settings::DATA)
    }

    /// The last lines of its log.
    pub fn log(&self) -> String {
        process::last_lines(self.folder.path())
    }

    /// `more` are properties, given the ports; `format` goes to the tool that formats the storage, such as `--add-scram`.
    fn try_start<'a>(jars: &Path, more: impl Fn(Ports) -> Vec<(&'a str, String)>, format: &[&str]) -> Result<Broker, BrokerError> {
        let folder = TempDir::with_prefix("kpistream-kafka-")?;
        let ports = settings::free_ports()?;
        settings::write(folder.path(), ports, &more(ports))?;
        process::format_storage(jars, folder.path(), format)?;
        let process = Process::start(jars, folder.path())?;
        let mut broker = Broker { bootstrap: format!("127.0.0.1:{}", ports.clients), jars: jars.to_owned(), process: Some(process), folder };
        broker.await_answer(ports.clients)?;
        Ok(broker)
    }

    /// Ends the broker without asking it; its files stay.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again on its files and ports, and waits until it answers.
    pub fn restart(&mut self) -> Result<(), BrokerError> {
        self.kill();
        self.process = Some(Process::start(&self.jars, self.folder.path())?);
        let port = self.bootstrap.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default();
        self.await_answer(port)
    }

    /// Runs one of Kafka's own tools against it, by its class, and gives what it says.
    pub fn tool(&self, class: &str, arguments: &[&str]) -> Result<String, BrokerError> {
        let mut command = Command::new("java");
        command.args(["-Xmx256m", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"]).arg(self.jars.join("*"));
        let output = command.args([class, "--bootstrap-server", &self.bootstrap]).args(arguments).output();
        let output = output.map_err(|source| BrokerError::Run { program: "java", source })?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if output.status.success() { Ok(said) } else { Err(BrokerError::Broken { what: format!("refuses {class}"), log: said }) }
    }

    fn await_answer(&mut self, port: u16) -> Result<(), BrokerError> {
        let deadline = Instant::now() + PATIENCE;
        while !probe::answers(port) {
            let ended = self.process.as_mut().map(Process::ended).transpose()?.flatten();
            if ended.is_none() && Instant::now() < deadline {
                thread::sleep(Duration::from_millis(100));
                continue;
            }
            let what = ended.map_or_else(|| format!("does not answer within {} s", PATIENCE.as_secs()), |status| format!("ended ({status})"));
            return Err(BrokerError::Broken { what, log: self.log() });
        }
        Ok(())
    }
}

/// The folder of Kafka's jars, fetched where they are not there yet.
fn fetch() -> Result<PathBuf, BrokerError> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tools/fetch-kafka.sh");
    let output = Command::new("sh").arg(&script).output().map_err(|source| BrokerError::Run { program: "sh", source })?;
    if !output.status.success() {
        return Err(BrokerError::Fetch(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}
