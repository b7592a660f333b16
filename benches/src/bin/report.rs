//! `report` in events a second, over DuckDB, which drops duplicates and counts by channel and day, and over a plain read of the same file
//! and its parsing by serde_json into the same types: `report KPISTREAM PYTHON YARDSTICK FILE`.

use std::{
    borrow::Cow,
    cmp::Ordering,
    error::Error,
    hint::black_box,
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use benches::{
    children_on_core, millions_a_second,
    table::{line, verdict},
    timed,
};
use serde::Deserialize;

const RUNS: usize = 7;

/// An event as serde_json reads it: the fields of both types of the file, texts borrowed where they can be.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read, and dropped")]
struct Plain<'a> {
    #[serde(borrow, rename = "type")]
    event_type: Cow<'a, str>,
    #[serde(borrow)]
    event_id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow)]
    platform: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    count: Option<i64>,
    #[serde(borrow)]
    account: Option<Cow<'a, str>>,
    #[serde(borrow)]
    post_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    visitor_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    action: Option<Cow<'a, str>>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    campaign: Option<Cow<'a, str>>,
    #[serde(borrow)]
    segment: Option<Cow<'a, str>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, python, script, file] = arguments.as_slice() else { return Err("usage: report KPISTREAM PYTHON YARDSTICK FILE".into()) };
    let mut duckdb = DuckDb::start(python, script, file)?;
    let events = read_and_parse(file)?.1;
    assert_eq!(duckdb.count()?.1, events, "DuckDB counts every event");
    report(binary, file)?;
    // In turn, so that what else the machine does falls on all alike.
    let (mut ours, mut theirs, mut parsed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(report(binary, file)?);
        theirs.push(duckdb.count()?.0);
        parsed.push(read_and_parse(file)?.0);
    }
    let ratio = |yardstick: &[Took], of: fn(&Took) -> Duration| {
        middle(ours.iter().zip(yardstick).map(|(ours, yardstick)| of(yardstick).as_secs_f64() / of(ours).as_secs_f64()).collect())
    };
    let rate = |all: &[Took]| millions_a_second(events, middle(all.iter().map(|took| took.passed).collect()));
    let (over, on_cores) = (ratio(&theirs, |took| took.passed), ratio(&theirs, |took| took.on_core));
    let against = format!("DuckDB on two threads {:.2}: ratio {over:.2}, of time on cores {on_cores:.2}", rate(&theirs));
    let measured = format!("{:.2} million events a second", rate(&ours));
    line(&format!("`report` of {events} events, its start included"), measured, against, verdict("at least 1", over >= 1.0))?;
    let against = format!("{:.2} million events a second: `report` over that {:.2}", rate(&parsed), ratio(&parsed, |took| took.passed));
    line("a plain read and parse by serde_json into the same fields, one core", "yardstick", against, "")?;
    Ok(())
}

/// How long something took by the clock on the wall, and on cores.
struct Took {
    passed: Duration,
    on_core: Duration,
}

fn middle<T: PartialOrd + Default + Copy>(mut all: Vec<T>) -> T {
    all.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    all.get(all.len() / 2).copied().unwrap_or_default()
}

fn report(binary: &str, file: &str) -> Result<Took, Box<dyn Error>> {
    let report = || Command::new(binary).args(["report", "--input", file, "--as-of", "2026-06-01", "--format", "csv"]).output();
    let before = children_on_core();
    let (output, passed) = timed(report);
    if output?.status.success() { Ok(Took { passed, on_core: children_on_core() - before }) } else { Err("report fails".into()) }
}

/// DuckDB in a process of its own, which counts whenever it is asked.
struct DuckDb {
    process: Child,
    ask: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl DuckDb {
    fn start(python: &str, script: &str, file: &str) -> Result<DuckDb, Box<dyn Error>> {
        let mut process = Command::new(python).args([script, file]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (ask, answers) = (process.stdin.take().ok_or("no input")?, process.stdout.take().ok_or("no output")?);
        Ok(DuckDb { process, ask, answers: BufReader::new(answers).lines() })
    }

    /// How long it takes, and how many events it counts.
    fn count(&mut self) -> Result<(Took, u64), Box<dyn Error>> {
        writeln!(self.ask)?;
        let answer = self.answers.next().ok_or("DuckDB has ended")??;
        let [passed, on_core, events] = answer.split(' ').collect::<Vec<_>>()[..] else { return Err(format!("DuckDB says {answer}").into()) };
        let seconds = |text: &str| text.parse().map(Duration::from_secs_f64);
        Ok((Took { passed: seconds(passed)?, on_core: seconds(on_core)? }, events.parse()?))
    }
}

impl Drop for DuckDb {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

fn read_and_parse(file: &str) -> std::io::Result<(Took, u64)> {
    let (events, took) = timed(|| {
        let bytes = std::fs::read(file)?;
        let mut events = 0;
        for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            black_box(serde_json::from_slice::<Plain<'_>>(line)?);
            events += 1;
        }
        Ok::<u64, std::io::Error>(events)
    });
    Ok((Took { passed: took, on_core: took }, events?))
}
