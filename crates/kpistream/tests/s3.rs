//! Snapshots in a store that speaks S3's protocol (moto, from Python's registry): stored, gone on from, listed, verified; a bucket that
//! is not there and credentials that are wrong are told apart from a store that is away.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use running::{Instance, await_some, field::Field};

/// The server; it ends when its input does, so with the test.
struct Store {
    server: Child,
    told: Value,
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Store {
    fn start() -> Store {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tools");
        let fetched = Command::new("sh").arg(tools.join("fetch-python.sh")).arg("s3").output().unwrap();
        assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
        let python = PathBuf::from(String::from_utf8(fetched.stdout).unwrap().trim()).join("python");
        let mut server =
            Command::new(python).arg(tools.join("s3/server.py")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Store { server, told: serde_json::from_str(&line).unwrap() }
    }

    fn told(&self, what: &str) -> &str {
        self.told[what].as_str().unwrap()
    }

    /// The environment of who may do everything there.
    fn environment(&self) -> Vec<(&'static str, String)> {
        let told = |what: &str| self.told(what).to_owned();
        vec![
            ("AWS_ENDPOINT", told("endpoint")),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", told("region")),
            ("AWS_ACCESS_KEY_ID", told("key")),
            ("AWS_SECRET_ACCESS_KEY", told("secret")),
        ]
    }
}

fn borrowed<'a>(environment: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// A field whose snapshots lie in a bucket.
fn field(name: &'static str, bucket: &str) -> Field {
    let field = Field::new(name);
    let config = field.folder.0.join("config.toml");
    let text = fs::read_to_string(&config).unwrap().replace("[snapshots]\n", &format!("[snapshots]\nurl = 's3://{bucket}/state'\n"));
    fs::write(config, text).unwrap();
    field
}

fn command(field: &Field, line: &str, environment: &[(&'static str, String)]) -> Output {
    field.folder.command(line).envs(borrowed(environment)).output().unwrap()
}

/// The one line that a command fails with.
fn fails(field: &Field, line: &str, environment: &[(&'static str, String)], words: &[&str]) {
    let output = command(field, line, environment);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.lines().count() == 1, "{line}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{line}: {said}");
}

fn start(field: &Field, environment: &[(&'static str, String)]) -> Instance {
    Instance::start_with(&field.folder, &field.brokers, &borrowed(environment))
}

#[test]
fn snapshots_in_a_bucket() {
    let store = Store::start();
    let environment = store.environment();
    let field = field("bucket", store.told("bucket"));
    field.visit(0, 10);
    field.lead(0, 5);
    let instance = start(&field, &environment);
    field.await_accepted(&instance, 10.0);
    await_some("a snapshot", || field.metric(&instance, "kpistream_snapshot_last_success_timestamp_seconds").filter(|at| *at > 0.0));
    field.visit(10, 5);
    field.await_accepted(&instance, 15.0);
    let (code, said) = instance.terminate();
    assert!(code == Some(0) && !said.contains("WARN"), "{said}");

    let again = start(&field, &environment);
    field.await_accepted(&again, 15.0);
    field.await_ready(&again);
    let said = again.kill();
    assert!(said.contains("going on from snapshot") && said.contains("after 20 records") && !said.contains("WARN"), "{said}");

    for line in ["snapshots list", "snapshots check"] {
        let output = command(&field, line, &environment);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && shown.lines().count() >= 2 && !shown.contains("damaged"), "{line}: {shown}");
    }
    let verified = command(&field, &format!("verify --brokers {}", field.brokers), &environment);
    let shown = String::from_utf8(verified.stdout).unwrap();
    assert!(verified.status.success() && shown.starts_with("equal: 20 records"), "{shown}{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn a_bucket_that_is_not_there_and_credentials_that_are_wrong() {
    let store = Store::start();
    let environment = store.environment();
    let wrong: Vec<(&str, String)> = environment
        .iter()
        .map(|(name, value)| (*name, if *name == "AWS_SECRET_ACCESS_KEY" { "no-such-secret".to_owned() } else { value.clone() }))
        .collect();
    let missing = field("missing", "no-such-bucket");
    let refused = field("refused", store.told("bucket"));
    let no_bucket = ["s3://no-such-bucket/state", "there is no such bucket", "snapshots.url"];
    let not_let_in = ["s3://kpistream-test/state", "refuses the credentials", "AWS_SECRET_ACCESS_KEY"];
    for line in ["snapshots list", "snapshots check"] {
        fails(&missing, line, &environment, &no_bucket);
        fails(&refused, line, &wrong, &not_let_in);
    }
    for (field, environment, words) in [(&missing, &environment, no_bucket), (&refused, &wrong, not_let_in)] {
        field.visit(0, 10);
        let instance = start(field, environment);
        field.await_accepted(&instance, 10.0);
        field.await_ready(&instance);
        await_some("failures", || field.metric(&instance, "kpistream_snapshot_failures_total").filter(|n| *n >= 2.0));
        let said = instance.kill();
        let warnings: Vec<&str> = said.lines().filter(|line| line.contains("WARN")).collect();
        assert!(warnings.len() == 2 && warnings.iter().all(|line| words.iter().all(|word| line.contains(word))), "{said}");
        assert!(!said.contains("no-such-secret") && !said.contains(store.told("secret")), "{said}");
    }
}
