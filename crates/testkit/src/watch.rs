//! A real Prometheus and a real Alertmanager, with the rules and routes of `deploy/`, and a receiver of what they tell: on loopback, on free
//! ports, gone with the test.
//!
//! They are Debian's packages `prometheus` and `prometheus-alertmanager`. For tests their clocks are quick: what is shipped is used as it is but
//! for the spans that it waits.

mod http;
mod process;
mod receiver;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::Value;

use process::Process;

pub use receiver::{Notification, Receiver};

/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is asked for at that beat until it is there.
const BEAT: Duration = Duration::from_millis(50);

/// How fast they go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tempo {
    /// As shipped.
    Shipped,
    /// A second for every span that is waited.
    Quick,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// A program could not be run.
    #[error("cannot run {program}: {source}: install Debian's package {package}")]
    Run {
        /// The program.
        program: &'static str,
        /// Its package.
        package: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Files, ports or sockets.
    #[error("cannot watch: {0}")]
    Io(#[from] io::Error),
    /// It ended, or does not answer.
    #[error("{program} {what}; the end of its log:\n{log}")]
    Broken {
        /// The program.
        program: &'static str,
        /// What it did.
        what: String,
        /// The last lines of its log.
        log: String,
    },
}

/// A running Alertmanager.
pub struct Alertmanager(Process);

/// A running Prometheus.
pub struct Prometheus(Process);

impl Alertmanager {
    /// Starts one in a folder; it tells all that it has to tell to `receiver`, the beginning of a URL.
    pub fn start(folder: &Path, receiver: &str, tempo: Tempo) -> Result<Alertmanager, WatchError> {
        let folder = made(folder, "alertmanager")?;
        let shipped = fs::read_to_string(deploy("alertmanager/alertmanager.yml"))?;
        let text = tempo.of(&shipped, &["group_wait", "group_interval"]).replace("http://localhost:9095", receiver);
        fs::write(folder.join("alertmanager.yml"), text)?;
        let arguments = ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address=", "--data.retention=2160h"];
        Process::start("prometheus-alertmanager", "prometheus-alertmanager", &folder, &arguments).map(Alertmanager)
    }

    /// Where it serves.
    pub fn address(&self) -> &str {
        self.0.address()
    }
}

impl Prometheus {
    /// Starts one in a folder, which scrapes some addresses and tells an Alertmanager.
    pub fn start(folder: &Path, targets: &[String], alertmanager: &Alertmanager, tempo: Tempo) -> Result<Prometheus, WatchError> {
        let folder = made(folder, "prometheus")?;
        let rules = made(&folder, "rules")?;
        for rule in fs::read_dir(deploy("prometheus/rules"))? {
            let rule = rule?.path();
            fs::write(rules.join(rule.file_name().unwrap_or_default()), tempo.of(&fs::read_to_string(&rule)?, &["for", "interval"]))?;
        }
        let shipped = fs::read_to_string(deploy("prometheus/prometheus.yml"))?;
        let text = tempo.of(&shipped, &["scrape_interval", "evaluation_interval"]);
        let targets: Vec<String> = targets.iter().map(|target| format!("\"{target}\"")).collect();
        let text = text.replace("\"127.0.0.1:9464\"", &targets.join(", ")).replace("127.0.0.1:9093", alertmanager.address());
        fs::write(folder.join("prometheus.yml"), text)?;
        let resend = if tempo == Tempo::Quick { "--rules.alert.resend-delay=1s" } else { "--rules.alert.resend-delay=1m" };
        let arguments = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--storage.tsdb.retention.time=35d", resend];
        Process::start("prometheus", "prometheus", &folder, &arguments).map(Prometheus)
    }

    /// Where it serves.
    pub fn address(&self) -> &str {
        self.0.address()
    }

    /// The series of an instant query: labels and values.
    pub fn query(&self, expression: &str) -> Option<Vec<(Value, f64)>> {
        let body = http::get(self.address(), &format!("/api/v1/query?query={}", http::encoded(expression)))?;
        let answer: Value = serde_json::from_str(&body).ok()?;
        let series = answer["data"]["result"].as_array()?.iter();
        series.map(|series| Some((series["metric"].clone(), series["value"][1].as_str()?.parse().ok()?))).collect()
    }

    /// The one value of an instant query.
    pub fn value(&self, expression: &str) -> Option<f64> {
        match self.query(expression)?.as_slice() {
            [(_, value)] => Some(*value),
            _ => None,
        }
    }
}

impl Tempo {
    /// A text of YAML whose lines of some keys have a second, where it is to be quick.
    fn of(self, text: &str, keys: &[&str]) -> String {
        let quick = |line: &str| {
            let (key, _) = line.split_once(": ")?;
            let indent = key.len() - key.trim_start().len();
            keys.contains(&key.trim()).then(|| format!("{}{}: 1s", " ".repeat(indent), key.trim()))
        };
        match self {
            Tempo::Shipped => text.to_owned(),
            Tempo::Quick => text.lines().map(|line| quick(line).unwrap_or_else(|| line.to_owned()) + "\n").collect(),
        }
    }
}

/// Waits until something is there.
fn until<T>(mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match look() {
            None if Instant::now() < deadline => std::thread::sleep(BEAT),
            found => return found,
        }
    }
}

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(path)
}

fn made(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_quick_and_all_else_as_it_was() {
        let text = "  - alert: X\n    for: 10m\n    expr: a[6h] # for: ever\ngroup_wait: 30s\n";
        assert_eq!(Tempo::Quick.of(text, &["for"]), "  - alert: X\n    for: 1s\n    expr: a[6h] # for: ever\ngroup_wait: 30s\n");
        assert_eq!(Tempo::Shipped.of(text, &["for"]), text);
    }

    #[test]
    fn what_is_shipped_has_what_is_replaced() {
        for (file, parts) in [
            ("alertmanager/alertmanager.yml", ["group_wait: ", "group_interval: ", "http://localhost:9095"]),
            ("prometheus/prometheus.yml", ["scrape_interval: ", "\"127.0.0.1:9464\"", "127.0.0.1:9093"]),
        ] {
            let text = fs::read_to_string(deploy(file)).unwrap();
            parts.iter().for_each(|part| assert!(text.contains(part), "{file}: {part}"));
        }
    }
}
