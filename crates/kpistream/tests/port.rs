//! The process as its surroundings see it: from the first moment on the port, by signals, and under those who do it harm.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

mod running;

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant as Moment},
};

use kafka::EmbeddedBroker;

use running::{Folder, Instance, PATIENCE, await_some};

const TOPICS: [&str; 6] = ["lead-created", "deal-closed", "ad-spend", "social-interaction", "web-visit", "kpistream.dead-letters"];
/// Less than it takes the start to give a silent broker up.
const SOON: Duration = Duration::from_secs(8);

/// Whether a state is the one to wait for.
type Told = fn(u16, &str) -> bool;

fn broker() -> EmbeddedBroker {
    EmbeddedBroker::start(&TOPICS.map(|topic| (topic, 2))).unwrap()
}

/// Where connections are taken and nothing is ever answered.
fn silence() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

fn state(instance: &Instance) -> Option<(u16, String)> {
    instance.get("/readyz").map(|(status, line)| (status, line.trim_end().to_owned()))
}

fn await_state(instance: &Instance, what: &str, is_it: impl Fn(u16, &str) -> bool) -> String {
    await_some(what, || state(instance).filter(|(status, line)| is_it(*status, line))).1
}

fn is_ready(status: u16, _: &str) -> bool {
    status == 200
}

#[test]
fn the_port_answers_before_the_broker_does_and_every_signal_is_heard() {
    let ((_silent, address), folder) = (silence(), Folder::new("silent"));
    let instance = Instance::start(&folder, &address);
    assert_eq!(await_some("the port", || state(&instance)), (503, "not ready: starting".to_owned()));
    assert_eq!(instance.get("/healthz"), Some((200, "alive\n".to_owned())));
    assert_eq!(instance.get("/metrics/kpi"), Some((200, String::new())));
    assert!(instance.get("/metrics").unwrap().1.contains("kpistream_build_info{"));
    assert_eq!(instance.get("/api/v1/kpis").map(|(status, _)| status), Some(503));
    instance.signal("-HUP");
    assert_eq!(instance.get("/healthz").map(|(status, _)| status), Some(200), "it is alive all the same");
    let told = Moment::now();
    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(told.elapsed() < SOON, "{:?}: {said}", told.elapsed());
}

fn publish_visits(folder: &Folder, brokers: &str, visits: u64) {
    let visit = |n| format!(r#"{{"type":"web-visit","event_id":"v{n}","source":"web","occurred_at":"2026-01-01T00:00:00Z"}}"#) + "\n";
    fs::write(folder.0.join("visits.ndjson"), (0..visits).map(visit).collect::<String>()).unwrap();
    folder.run(&format!("publish --input visits.ndjson --brokers {brokers}"));
}

#[test]
fn at_whatever_moment_it_is_told_to_end_it_ends_well() {
    let (broker, folder) = (broker(), Folder::new("moments"));
    publish_visits(&folder, &broker.brokers(), 20_000);
    let moments: [(&str, Told); 3] =
        [("an answer", |_, _| true), ("more than the start", |_, line| !line.contains("starting")), ("readiness", is_ready)];
    for (what, is_it) in moments {
        let instance = Instance::start(&folder, &broker.brokers());
        let line = await_state(&instance, what, is_it);
        let told = Moment::now();
        let (code, said) = instance.terminate();
        assert_eq!(code, Some(0), "told at {line:?}: {said}");
        assert!(told.elapsed() < Duration::from_secs(25), "told at {line:?}: {:?}", told.elapsed());
        assert!(said.contains("draining"), "{said}");
    }
    // What the last one said of its state is there for the next.
    let instance = Instance::start(&folder, &broker.brokers());
    await_state(&instance, "readiness", is_ready);
    assert_eq!(instance.json("/api/v1/kpis").map(|shown| shown["events"]["accepted"].clone()), Some(20_000.into()));
    assert!(instance.terminate().1.contains("going on from snapshot"));
}

/// The snapshot's segments are pipes into which nobody writes: the restore comes that far, and no farther.
#[test]
fn told_to_end_in_the_middle_of_a_restore_it_ends_well() {
    let (broker, folder) = (broker(), Folder::new("mid-restore"));
    publish_visits(&folder, &broker.brokers(), 1000);
    let instance = Instance::start(&folder, &broker.brokers());
    await_state(&instance, "readiness", is_ready);
    assert_eq!(instance.terminate().0, Some(0));

    let segments: Vec<PathBuf> =
        files(&folder.0.join("kpistream-snapshots")).into_iter().filter(|file| file.extension().is_some_and(|of| of == "segment")).collect();
    let aside = |segment: &PathBuf| segment.with_extension("aside");
    for segment in &segments {
        fs::rename(segment, aside(segment)).unwrap();
        assert!(Command::new("mkfifo").arg(segment).status().unwrap().success());
    }
    let instance = Instance::start(&folder, &broker.brokers());
    await_state(&instance, "the restore", |_, line| line.contains("restoring the state: 0 of "));
    let told = Moment::now();
    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(told.elapsed() < SOON && said.contains("draining"), "{:?}: {said}", told.elapsed());

    segments.iter().for_each(|segment| fs::rename(aside(segment), segment).unwrap());
    let instance = Instance::start(&folder, &broker.brokers());
    await_state(&instance, "readiness", is_ready);
    assert_eq!(instance.json("/api/v1/kpis").map(|shown| shown["events"]["accepted"].clone()), Some(1000.into()));
    assert!(instance.terminate().1.contains("going on from snapshot"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] }).collect()
}

#[test]
fn on_hangup_the_token_is_read_anew_and_a_wrong_file_changes_nothing() {
    let (broker, folder) = (broker(), Folder::new("hangup"));
    let token = folder.0.join("token");
    fs::write(&token, "the-first-of-the-tokens\n").unwrap();
    let instance = Instance::start_with(&folder, &broker.brokers(), &[("KPISTREAM_HTTP__TOKEN_FILE", token.to_str().unwrap())]);
    await_state(&instance, "readiness", is_ready);
    let shown = |token: &str| instance.get_with("/api/v1/kpis", &format!("Authorization: Bearer {token}\r\n")).map(|(status, _)| status);
    assert_eq!((shown("the-first-of-the-tokens"), shown("the-second-of-the-tokens")), (Some(200), Some(401)));
    fs::write(&token, "the-second-of-the-tokens\n").unwrap();
    instance.signal("-HUP");
    await_some("the second token", || (shown("the-second-of-the-tokens") == Some(200)).then_some(()));
    assert_eq!(shown("the-first-of-the-tokens"), Some(401));
    fs::write(&token, "short").unwrap();
    instance.signal("-HUP");
    assert_eq!(shown("the-second-of-the-tokens"), Some(200));
    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn on_hangup_what_is_wrong_in_one_part_holds_back_no_other() {
    let (broker, folder) = (broker(), Folder::new("parts"));
    let (token, rates) = (folder.0.join("token"), folder.0.join("rates.csv"));
    fs::write(&token, "the-first-of-the-tokens\n").unwrap();
    fs::write(&rates, "Date,USD\n2026-03-02,1\n").unwrap();
    let environment = [("KPISTREAM_HTTP__TOKEN_FILE", token.to_str().unwrap()), ("KPISTREAM_MONEY__RATES", rates.to_str().unwrap())];
    let instance = Instance::start_with(&folder, &broker.brokers(), &environment);
    await_state(&instance, "readiness", is_ready);
    let shown = |token: &str| instance.get_with("/api/v1/kpis", &format!("Authorization: Bearer {token}\r\n")).map(|(status, _)| status);
    let becomes = |word: &str| {
        fs::write(&token, format!("{word}\n")).unwrap();
        instance.signal("-HUP");
        await_some(word, || (shown(word) == Some(200)).then_some(()));
    };
    fs::write(&rates, "of no use").unwrap();
    becomes("new-beside-wrong-rates");
    // The file that names the token is wrong itself; the token is where it was.
    fs::write(folder.0.join("config.toml"), "[kpi\n").unwrap();
    becomes("new-beside-a-wrong-file");
    fs::write(&rates, "Date,USD\n2026-03-10,2\n").unwrap();
    fs::write(&token, "short").unwrap();
    instance.signal("-HUP");
    let metric = "kpistream_rates_last_date_timestamp_seconds 1773100800";
    await_some("rates beside a wrong token", || instance.get("/metrics").filter(|(_, text)| text.contains(metric)));
    let (code, said) = instance.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stays as it was"), "{said}");
}

#[test]
fn half_sent_requests_leave_the_descriptors_of_a_small_process_to_others() {
    let (broker, folder) = (broker(), Folder::new("flood"));
    let few = ["sh", "-c", "ulimit -n 256; exec \"$@\"", "sh"];
    let instance = Instance::start_by(&folder, &broker.brokers(), &few);
    await_state(&instance, "readiness", is_ready);
    let mut half: Vec<TcpStream> = Vec::new();
    for _ in 0..260 {
        let mut stream = TcpStream::connect(instance.address()).unwrap();
        // Its place may have been given to another already.
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half");
        half.push(stream);
    }
    for path in ["/healthz", "/readyz", "/metrics", "/api/v1/kpis"] {
        assert_eq!(instance.get(path).map(|(status, _)| status), Some(200), "{path}");
    }
    let (_, metrics) = instance.get("/metrics/process").unwrap();
    let value = |name: &str| metrics.lines().find_map(|line| line.strip_prefix(name)).and_then(|value| value.trim().parse::<f64>().ok());
    assert_eq!(value("process_max_fds "), Some(256.0));
    assert!(value("process_open_fds ").is_some_and(|open| open < 200.0), "{:?}", value("process_open_fds "));
    assert_eq!(instance.terminate().0, Some(0));
}

#[test]
fn a_port_that_others_reach_gives_no_explanations_and_tls_wants_both_files() {
    let (_silent, address) = silence();
    let folder = Folder::new("open");
    let instance = Instance::start_with(&folder, &address, &[("KPISTREAM_HTTP__EXPLAIN", "false")]);
    await_some("the port", || state(&instance));
    assert_eq!(instance.get("/api/v1/explain?kpi=leads&window=7d").map(|(status, _)| status), Some(403));
    drop(instance);
    for (environment, line) in [
        (("KPISTREAM_HTTP__TLS_KEY", "none.pem"), "http.tls_certificate is missing beside it"),
        (("KPISTREAM_HTTP__TOKEN_FILE", "/dev/null"), "it holds no token"),
        (("KPISTREAM_HTTP__ALLOWED_HOSTS", "kpis.example.com:80"), "is not one"),
        (("KPISTREAM_SHUTDOWN_SECONDS", "0"), "a whole number from 1 to 3600"),
    ] {
        let (code, said) = Instance::start_with(&folder, &address, &[environment]).ended();
        assert_eq!((code, said.lines().count(), said.contains(line)), (Some(2), 1, true), "{said}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (broker, folder) = (broker(), Folder::new("twice"));
    let instance = Instance::start(&folder, &broker.brokers());
    await_state(&instance, "readiness", is_ready);
    // Held still until it has both.
    for signal in ["-STOP", "-TERM", "-INT", "-CONT"] {
        instance.signal(signal);
    }
    let (code, said) = instance.ended();
    assert!(matches!(code, Some(130 | 143)), "{code:?}: {said}");
    assert!(said.contains("told to end a second time"), "{said}");
}

/// A connection that is open when the end comes does not keep it waiting.
#[test]
fn an_open_connection_does_not_keep_the_end_waiting() {
    let (broker, folder) = (broker(), Folder::new("open-end"));
    let instance = Instance::start(&folder, &broker.brokers());
    await_state(&instance, "readiness", is_ready);
    let mut open = TcpStream::connect(instance.address()).unwrap();
    write!(open, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    open.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(open.read(&mut [0; 64]).unwrap() > 0);
    let told = Moment::now();
    assert_eq!(instance.terminate().0, Some(0));
    assert!(told.elapsed() < SOON, "{:?}", told.elapsed());
}
