//! The binary as its users meet it: exit codes, one-line errors, and what goes to which stream.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy takes for production code")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use expect_test::{Expect, expect};

/// A folder of its own that goes with the test; the binary runs in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kpistream-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kpistream"));
        // Nothing of the environment may change what is tested.
        command.env_clear().args(line.split(' ').filter(|word| !word.is_empty())).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Each command line with its exit code and all that it says on standard error; on standard output it says nothing.
fn told(folder: &Folder, lines: &[&str], expected: Expect) {
    let mut said = String::new();
    for line in lines {
        let output = folder.run(line);
        assert!(output.stdout.is_empty(), "{line}: {}", text(&output.stdout));
        let error = text(&output.stderr);
        assert_eq!(error.lines().count(), 1, "one line: {error}");
        said.push_str(&format!("{} {error}", output.status.code().unwrap()));
    }
    expected.assert_eq(&said);
}

const EVENTS: &str = r#"{"type":"lead-created","event_id":"1","source":"crm","occurred_at":"2026-03-02T10:00:00Z","lead_id":"L1","created_at":"2026-03-02T10:00:00Z","channel":"ppc"}
{"type":"deal-closed","event_id":"2","source":"crm","occurred_at":"2026-03-05T10:00:00Z","deal_id":"D1","status":"won","closed_at":"2026-03-05","amount":"1000","currency":"EUR","lead_id":"L1"}
{"type":"ad-spend","event_id":"3","source":"ads","occurred_at":"2026-03-06T05:00:00Z","platform":"google_ads","account":"a","spend_date":"2026-03-05","amount":"250.50","currency":"EUR"}
{"type":"web-visit","event_id":"4","source":"web","occurred_at":"2026-03-05T10:00:00Z","visitor_id":"v1"}
{"type":"web-visit","event_id":"4","source":"web","occurred_at":"2026-03-05T10:00:00Z","visitor_id":"v1"}
"#;

/// The middle of a stored gzip stream: what is left when a download breaks off.
fn half_gzip() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(EVENTS.repeat(2000).as_bytes()).unwrap();
    let mut packed = encoder.finish().unwrap();
    packed.truncate(packed.len() / 2);
    packed
}

#[test]
fn bad_input_is_told_in_one_line() {
    let folder = Folder::new("bad");
    folder.write("good.toml", b"time_zone = 'UTC'\n");
    folder.write("key.toml", b"[kpi]\nmarign = '0.8'\n");
    folder.write("zone.toml", b"time_zone = 'Europe/Warschau'\n");
    folder.write("rates.toml", b"[money]\nrates = 'rates.csv'\n");
    folder.write("rates.csv", b"Date,USD\n2026-03-01,abc\n");
    folder.write("half.gz", &half_gzip());
    folder.write("events.ndjson", EVENTS.as_bytes());
    let lines = [
        "report --as-of 2026-03-31 --input none.ndjson",
        "report --as-of 2026-03-31 --input half.gz",
        "report --as-of 2026-03-31 --input events.ndjson --config none.toml",
        "report --as-of 2026-03-31 --input events.ndjson --config key.toml",
        "report --as-of 2026-03-31 --input events.ndjson --config zone.toml",
        "report --as-of 2026-03-31 --input events.ndjson --config rates.toml",
        "report --as-of 2026-03-31 --input events.ndjson --margin 1.2",
        "report --as-of 2026-03-31 --input events.ndjson --rates none.csv",
        "report --as-of soon --input events.ndjson",
        "report --input events.ndjson",
        "check --config none.toml",
        "check --config key.toml",
        "check --config rates.toml",
        "check --input none.ndjson",
        "check --input half.gz",
        "simulate --days 1 --seed 1 --time-zone Mars",
        "publish --input events.ndjson",
        "publish --input none.ndjson --brokers 127.0.0.1:9",
        "publish --input events.ndjson --brokers localhost",
        "run --config key.toml",
        "run --config good.toml",
        "topics create",
        "topics create --config none.toml",
        "demo --http localhost",
        "demo --currency eur",
    ];
    told(
        &folder,
        &lines,
        expect![[r#"
        2 kpistream: none.ndjson: cannot open the input (no such file); give the path of an event file
        1 kpistream: half.gz: the gzip data ends early, after 3499 lines; the file is incomplete, fetch or write it again
        2 kpistream: none.toml: cannot read the configuration (no such file); give the path of a TOML file
        2 kpistream: key.toml: unknown key `kpi.marign`; the nearest known one is `kpi.margin`
        2 kpistream: zone.toml: `time_zone` = "Europe/Warschau" is not allowed; give an IANA time zone such as Europe/Warsaw
        2 kpistream: rates.toml: `money.rates`: rates.csv: line 2: USD "abc": not a decimal above 0 of up to 18 digits
        2 kpistream: --margin: `kpi.margin` = "1.2" is not allowed; give a decimal above 0 and at most 1 such as 0.8
        2 kpistream: --rates: `money.rates`: none.csv: no such file; give the path of a CSV file of rates
        2 kpistream: invalid value 'soon' for '--as-of <T>': not an RFC 3339 time with an offset, nor a date; see `kpistream report --help`
        2 kpistream: the following required arguments were not provided: --as-of <T>; see `kpistream report --help`
        2 kpistream: none.toml: cannot read the configuration (no such file); give the path of a TOML file
        1 kpistream: key.toml: unknown key `kpi.marign`; the nearest known one is `kpi.margin`
        1 kpistream: rates.toml: `money.rates`: rates.csv: line 2: USD "abc": not a decimal above 0 of up to 18 digits
        2 kpistream: none.ndjson: cannot open the input (no such file); give the path of an event file
        1 kpistream: half.gz: the gzip data ends early, after 3499 lines; the file is incomplete, fetch or write it again
        2 kpistream: --time-zone: `time_zone` = "Mars" is not allowed; give an IANA time zone such as Europe/Warsaw
        2 kpistream: no brokers are configured; give --brokers HOST:PORT, or kafka.brokers in the configuration
        2 kpistream: none.ndjson: cannot open the input (no such file); give the path of an event file
        2 kpistream: --brokers: `kafka.brokers` = "localhost" is not allowed ("localhost" is not one); give a list of HOST:PORT
        2 kpistream: key.toml: unknown key `kpi.marign`; the nearest known one is `kpi.margin`
        2 kpistream: no brokers are configured; give --brokers HOST:PORT, or kafka.brokers in the configuration
        2 kpistream: no brokers are configured; give --brokers HOST:PORT, or kafka.brokers in the configuration
        2 kpistream: none.toml: cannot read the configuration (no such file); give the path of a TOML file
        2 kpistream: --http: `http.address` = "localhost" is not allowed; give IP:PORT such as 127.0.0.1:9464
        2 kpistream: --currency: `currency` = "eur" is not allowed; give an ISO 4217 code in upper case such as EUR
    "#]],
    );
}

#[test]
fn a_port_that_is_taken_is_told_at_once() {
    let folder = Folder::new("port");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for command in ["run --brokers 127.0.0.1:9", "demo"] {
        let output = folder.run(&format!("{command} --http {address}"));
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{error}");
        let expected =
            format!("kpistream: cannot listen on {address}: the port is taken; stop the program that has it, or configure another address\n");
        assert_eq!(error, expected, "{command}");
    }
}

#[test]
fn a_broker_that_is_down_is_told_in_one_line() {
    let folder = Folder::new("broker");
    folder.write("events.ndjson", EVENTS.as_bytes());
    // A port that was free a moment ago: nothing listens there.
    let down = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lines = ["publish --input events.ndjson", "topics create", "run --http 127.0.0.1:0"].map(|line| format!("{line} --brokers {down}"));
    // Each waits ten seconds for the broker: side by side.
    let running: Vec<_> = lines.iter().map(|line| folder.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).collect();
    for (line, child) in lines.iter().zip(running) {
        let output = child.wait_with_output().unwrap();
        let error = text(&output.stderr);
        let last = error.lines().last().unwrap_or_default();
        assert_eq!(output.status.code(), Some(1), "{line}: {error}");
        assert!(last.starts_with(&format!("kpistream: no broker answers at {down} within 10 s")), "{line}: {error}");
        assert_eq!(error.lines().filter(|line| line.starts_with("kpistream: ")).count(), 1, "{error}");
    }
}

#[test]
fn a_report_shows_the_kpis_and_what_was_refused() {
    let folder = Folder::new("report");
    folder.write("a.ndjson", format!("\u{feff}{}\r\n\n{{\"type\":\"web-visit\"}}\n  \nnull", EVENTS.trim_end().replace('\n', "\r\n")).as_bytes());
    let output = folder.run("report --as-of 2026-03-31 --input a.ndjson --window this_month --margin 0.5 --format json");
    assert!(output.status.success(), "{}", text(&output.stderr));
    expect![[r#"
        a.ndjson:7: missing_field: field `event_id`: absent, null or empty
        a.ndjson:9: undecodable: not a JSON object, from column 1 on
        2 rejected lines: undecodable 1, missing_field 1
    "#]]
    .assert_eq(&text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let events = &report["events"];
    assert_eq!((&events["accepted"], &events["duplicate"], &events["rejected"]["missing_field"]), (&4.into(), &1.into(), &1.into()));
    let row = |kpi: &str, variant: Option<&str>| {
        let rows = report["kpis"].as_array().unwrap();
        rows.iter().find(|row| row["kpi"] == kpi && row["variant"].as_str() == variant).unwrap_or_else(|| panic!("no {kpi}"))
    };
    assert_eq!(row("cac", Some("blended"))["value"], 250.5);
    let roi = row("roi", Some("period"))["value"].as_f64().unwrap();
    assert!((roi - (500.0 - 250.5) / 250.5).abs() < 1e-12, "{roi}");
    assert_eq!(report["as_of"], "2026-03-31T23:59:59.999Z", "a date is its day's last millisecond");
}

#[test]
fn the_same_events_give_the_same_report_however_they_are_packed() {
    let folder = Folder::new("packed");
    let simulated = folder.run("simulate --days 20 --seed 7").stdout;
    assert_eq!(simulated, folder.run("simulate --days 20 --seed 7").stdout, "the same seed gives the same events");
    assert_ne!(simulated, folder.run("simulate --days 20 --seed 8").stdout);
    folder.write("plain", &simulated);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&simulated).unwrap();
    folder.write("b.gz", &gzip.finish().unwrap());
    folder.write("c.zst", &zstd::encode_all(&simulated[..], 1).unwrap());
    let report = |input: &str, threads: &str| {
        let mut command = folder.command(&format!("report --as-of 2026-01-01 --input {input} --by channel --by campaign,segment --format csv"));
        let output = command.env("KPISTREAM_RUN__THREADS", threads).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let plain = report("plain", "1");
    assert!(plain.lines().count() > 500);
    assert!(plain == report("b.gz", "4") && plain == report("c.zst", "2"));
    assert_eq!(report("plain b.gz", "3"), plain, "all of it again changes nothing");
}

#[test]
fn check_names_line_field_and_reason() {
    let folder = Folder::new("check");
    folder.write("good.toml", b"currency = 'PLN'\n[kpi]\nmargin = 0.8\n");
    folder.write("good.ndjson", EVENTS.as_bytes());
    folder.write(
        "bad.ndjson",
        EVENTS.replacen("\"2026-03-02T10:00:00Z\",\"channel\"", "\"soon\",\"channel\"", 1).replace("\"won\"", "\"done\"").as_bytes(),
    );
    let check = |line: &str| {
        let output = folder.run(line);
        format!("{} {}{}", output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    expect![[r#"
        0 good.toml: nothing wrong; time zone UTC, currency PLN, margin 0.80, leads mature after 90 days, spend leads by 0 days
        5 events, nothing wrong
    "#]]
    .assert_eq(&check("check --config good.toml --input good.ndjson"));
    expect![[r#"
        1 bad.ndjson:1: bad_time: field `created_at`: not an RFC 3339 time with an offset, nor a date
        bad.ndjson:2: bad_value: field `status`: not one of the field's words
        2 of 10 lines; 2 rejected lines: bad_value 1, bad_time 1
    "#]]
    .assert_eq(&check("check --input good.ndjson bad.ndjson"));
}

#[test]
fn a_snapshot_store_that_is_none_or_not_there_is_told() {
    let folder = Folder::new("store");
    folder.write("off.toml", b"[snapshots]\nurl = 'none'\n");
    told(
        &folder,
        &["snapshots list", "snapshots check --url there", "snapshots list --url none", "snapshots list --config off.toml"],
        expect![[r#"
            1 kpistream: snapshot store kpistream-snapshots: there is no such folder; an instance makes it with its first snapshot: give --url, or run this where that runs
            1 kpistream: snapshot store there: there is no such folder; an instance makes it with its first snapshot: give --url, or run this where that runs
            2 kpistream: --url none: that is no store, it turns snapshots off; give a folder, such as ./none, or the URL of a bucket
            2 kpistream: snapshots are turned off; give --url, or snapshots.url in the configuration
        "#]],
    );
    fs::create_dir(folder.0.join("there")).unwrap();
    told(
        &folder,
        &["snapshots list --url there", "snapshots list --url ./there --config off.toml"],
        expect![[r#"
        0 0 snapshots
        0 0 snapshots
    "#]],
    );
    told(
        &folder,
        &["snapshots prune --url there --older-than 59m", "snapshots prune --url there --instance nobody", "snapshots prune --url there --dry-run"],
        expect![[r#"
            2 kpistream: --older-than: give an hour at the least; who lives stores every half minute, but may be away for a while
            2 kpistream: --instance nobody: nothing of it is in the store; `kpistream snapshots list` shows what is
            0 0 of 0 folders would be removed, 0 bytes
        "#]],
    );
}

/// A first snapshot of nothing would do; what counts is that a folder that is old goes, and is only shown before.
#[test]
fn what_an_instance_left_is_shown_and_then_removed() {
    let folder = Folder::new("prune");
    let place = folder.0.join("store/0a/gone");
    fs::create_dir_all(&place).unwrap();
    let object = place.join("00000000000000000001.segment");
    fs::write(&object, b"12345").unwrap();
    let days_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    fs::File::options().append(true).open(&object).unwrap().set_modified(days_ago).unwrap();
    let prune = |more: &str| {
        let output = folder.run(&format!("snapshots prune --url store {more}"));
        text(&output.stdout) + &text(&output.stderr)
    };
    let shown = "0a\tgone\t1\t5\t2023-11-14T22:13:20Z\twould be removed\n1 of 1 folder would be removed, 5 bytes\n";
    assert_eq!(prune("--dry-run"), shown);
    assert!(object.exists());
    assert_eq!(prune("--instance gone"), shown.replace("would be removed", "removed"));
    assert!(!place.exists());
}

#[test]
fn whoever_has_seen_enough_may_close_the_pipe() {
    let folder = Folder::new("pipe");
    let mut child = folder.command("simulate --days 60 --seed 1").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"type\":"), "{first}");
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!((child.wait().unwrap().code(), error.as_str()), (Some(0), ""));
}

#[test]
fn every_command_has_help_and_a_version() {
    let folder = Folder::new("help");
    for command in [
        "",
        "demo",
        "run",
        "report",
        "publish",
        "simulate",
        "check",
        "topics",
        "topics create",
        "dead-letters",
        "dead-letters list",
        "snapshots prune",
    ] {
        let help = folder.run(&format!("{command} --help"));
        assert!(help.status.success() && text(&help.stdout).contains("Usage: kpistream"), "{command}");
        let version = folder.run(&format!("{command} --version"));
        assert_eq!(text(&version.stdout), concat!("kpistream ", env!("CARGO_PKG_VERSION"), "\n"), "{command}");
        assert!(version.status.success(), "{command}");
    }
}

#[test]
fn the_demo_shows_all_and_ends_by_itself() {
    let folder = Folder::new("demo");
    let mut child = folder.command("demo --for 12s --days 20 --http 127.0.0.1:0").stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let board = said.find(|line| line.contains("board")).unwrap();
    let address = board.split("http://").nth(1).unwrap().trim_end_matches('/').to_owned();
    said.find(|line| line.contains("going on live")).unwrap();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut metrics = String::new();
    stream.read_to_string(&mut metrics).unwrap();
    assert!(metrics.contains("kpistream_events_total"), "{metrics}");
    assert!(child.wait().unwrap().success());
}
