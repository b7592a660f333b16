//! A program that serves HTTP in a folder of its own. Ended on drop.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{WatchError, http, until};

const LOG: &str = "log";

pub(super) struct Process {
    child: Child,
    address: String,
    folder: PathBuf,
    program: &'static str,
}

impl Process {
    /// Starts a program and waits until it is ready.
    pub(super) fn start(program: &'static str, package: &'static str, folder: &Path, arguments: &[&str]) -> Result<Process, WatchError> {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let log = File::create(folder.join(LOG))?;
        let mut command = Command::new(program);
        command.args(arguments).arg(format!("--web.listen-address={address}")).current_dir(folder).stdin(Stdio::null());
        let spawned = command.stdout(log.try_clone()?).stderr(log).spawn();
        let child = spawned.map_err(|source| WatchError::Run { program, package, source })?;
        let mut process = Process { child, address, folder: folder.to_owned(), program };
        let ready = until(|| match process.child.try_wait() {
            Ok(None) => http::get(&process.address, "/-/ready").map(|_| Ok(())),
            ended => Some(Err(format!("ended ({ended:?})"))),
        });
        match ready {
            Some(Ok(())) => Ok(process),
            Some(Err(what)) => Err(process.broken(what)),
            None => Err(process.broken("does not get ready".to_owned())),
        }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    fn broken(&self, what: String) -> WatchError {
        let log = fs::read_to_string(self.folder.join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        WatchError::Broken { program: self.program, what, log: lines.split_at(lines.len().saturating_sub(30)).1.join("\n") }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
