//! What tests of running instances have in common.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]
#![allow(dead_code, reason = "each test uses its part")]

pub mod clocks;
pub mod field;
pub mod load;
pub mod shown;
pub mod watched;

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);
const CONFIG: &str = "time_zone = 'Europe/Warsaw'\n[kpi]\nmargin = '0.8'\nspend_lag_days = 1\n[run]\nthreads = 2\n";

/// A folder of its own that goes with the test, and the binary in it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kpistream-kafka-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("config.toml"), CONFIG).unwrap();
        Folder(path)
    }

    pub fn command(&self, line: &str) -> Command {
        self.command_by(&[], line)
    }

    /// The binary, started by a program that takes a command line as its last arguments.
    fn command_by(&self, program: &[&str], line: &str) -> Command {
        let mut words = program.iter().copied().chain([env!("CARGO_BIN_EXE_kpistream")]).chain(line.split(' '));
        let mut command = Command::new(words.next().unwrap());
        command.env_clear().args(words).args(["--config", "config.toml"]).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    pub fn run(&self, line: &str) -> Output {
        let output = self.command(line).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A `kpistream run`, killed where the test ends before it does.
pub struct Instance {
    child: Child,
    address: String,
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Instance {
    pub fn start(folder: &Folder, brokers: &str) -> Instance {
        Instance::start_with(folder, brokers, &[])
    }

    /// Starts one with more of the environment.
    pub fn start_with(folder: &Folder, brokers: &str, environment: &[(&str, &str)]) -> Instance {
        Instance::spawn(folder, brokers, &[], environment, Stdio::piped())
    }

    /// Starts one by a program that is given the command line as its last arguments.
    pub fn start_by(folder: &Folder, brokers: &str, program: &[&str]) -> Instance {
        Instance::spawn(folder, brokers, program, &[], Stdio::piped())
    }

    /// Starts one that says what it says into a file of the folder.
    pub fn start_logging(folder: &Folder, brokers: &str, environment: &[(&str, &str)], log: &str) -> Instance {
        let log = fs::File::options().create(true).append(true).open(folder.0.join(log)).unwrap();
        Instance::spawn(folder, brokers, &[], environment, log.into())
    }

    fn spawn(folder: &Folder, brokers: &str, program: &[&str], environment: &[(&str, &str)], stderr: Stdio) -> Instance {
        // A port that was free a moment ago.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = folder.command_by(program, &format!("run --brokers {brokers} --http {address}"));
        let child = command.envs(environment.iter().copied()).stderr(stderr).spawn().unwrap();
        Instance { child, address }
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Where it serves.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Status and body of a GET.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        self.get_with(path, "")
    }

    /// The same, with lines of the head.
    pub fn get_with(&self, path: &str, head: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}Connection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, unchunked(head, body)))
    }

    pub fn json(&self, path: &str) -> Option<Value> {
        self.get(path).filter(|(status, _)| *status == 200).and_then(|(_, body)| serde_json::from_str(&body).ok())
    }

    /// Waits until it ends by itself: what it says and answers.
    pub fn ended(mut self) -> (Option<i32>, String) {
        await_some("the end", || self.has_ended().then_some(()));
        self.rest()
    }

    /// Asks it to end, and what it says and answers.
    pub fn terminate(self) -> (Option<i32>, String) {
        self.end("-TERM")
    }

    /// Ends it without asking.
    pub fn kill(self) -> String {
        self.end("-KILL").1
    }

    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let killed = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        self.rest()
    }

    fn rest(&mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut said).unwrap();
        }
        (self.child.wait().unwrap().code(), said)
    }
}

fn unchunked(head: &str, body: &str) -> String {
    if !head.to_lowercase().contains("transfer-encoding: chunked") {
        return body.to_owned();
    }
    let (mut rest, mut whole) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        whole.push_str(&after[..size]);
        rest = after.get(size + 2..).unwrap_or_default();
    }
    whole
}

/// Waits until something is there.
pub fn await_some<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    await_for(PATIENCE, what, look)
}

/// Waits until something is there, so long at most.
pub fn await_for<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {} s", patience.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
