//! The broker's processes: the formatting of its storage, Kafka itself, and a guard that outlives the test program.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
};

use super::{BrokerError, settings};

/// The broker's output, in its folder.
const LOG: &str = "broker.log";

/// Any identity does for a cluster of one that lives for a test; it must be a UUID in base64.
const CLUSTER: &str = "a3Bpc3RyZWFtLXRlc3Qtaw";

/// Waits for a word; where there comes none before the end of input, the test program is gone, and the broker is to go with it.
const GUARD: &str = r#"read -r word || { kill -9 "$1"; rm -rf "$2"; }"#;

/// Kafka, and its guard. Ended on drop.
pub(super) struct Process {
    kafka: Child,
    guard: Child,
    guard_input: Option<ChildStdin>,
}

/// Prepares the storage of a new cluster.
pub(super) fn format_storage(jars: &Path, folder: &Path, more: &[&str]) -> Result<(), BrokerError> {
    let mut command = java(jars, folder, "kafka.tools.StorageTool")?;
    let status = command.args(["format", "--cluster-id", CLUSTER, "--config"]).arg(folder.join(settings::FILE)).args(more).status();
    match status.map_err(|source| BrokerError::Run { program: "java", source })? {
        status if status.success() => Ok(()),
        status => Err(BrokerError::Broken { what: format!("cannot format its storage ({status})"), log: last_lines(folder) }),
    }
}

impl Process {
    pub(super) fn start(jars: &Path, folder: &Path) -> Result<Process, BrokerError> {
        let kafka = java(jars, folder, "kafka.Kafka")?.arg(folder.join(settings::FILE)).spawn();
        let kafka = kafka.map_err(|source| BrokerError::Run { program: "java", source })?;
        let guard = Command::new("sh").args(["-c", GUARD, "guard", &kafka.id().to_string()]).arg(folder).stdin(Stdio::piped()).spawn();
        match guard {
            Ok(mut guard) => Ok(Process { kafka, guard_input: guard.stdin.take(), guard }),
            Err(source) => {
                end(kafka);
                Err(BrokerError::Run { program: "sh", source })
            }
        }
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.kafka.try_wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.kafka.kill();
        // The word, and only then the wait: until Kafka is waited for, its process id cannot be another's.
        if let Some(mut input) = self.guard_input.take() {
            _ = input.write_all(b"done\n");
        }
        _ = self.guard.wait();
        _ = self.kafka.wait();
    }
}

fn end(mut child: Child) {
    _ = child.kill();
    _ = child.wait();
}

fn java(jars: &Path, folder: &Path, class: &str) -> io::Result<Command> {
    let log = File::options().create(true).append(true).open(folder.join(LOG))?;
    let mut command = Command::new("java");
    command
        .args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"])
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=info", "-Dorg.slf4j.simpleLogger.showDateTime=true"])
        .arg("-cp")
        .arg(jars.join("*"))
        .arg(class)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command)
}

/// The end of the log in a broker's folder.
pub(super) fn last_lines(folder: &Path) -> String {
    let log = fs::read(folder.join(LOG)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    lines.split_at(lines.len().saturating_sub(60)).1.join("\n")
}
