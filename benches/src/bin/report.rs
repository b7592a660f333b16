//! `report` in events a second, over a plain read of the same file and its parsing by serde_json into the same types:
//! `report KPISTREAM FILE`.

use std::{borrow::Cow, hint::black_box, process::Command, time::Duration};

use benches::{median_of, millions_a_second, timed};
use serde::Deserialize;

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

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (binary, file) = (arguments.next().unwrap_or_default(), arguments.next().unwrap_or_default());
    let events = read_and_parse(&file)?.1;
    // In turn, so that what else the machine does falls on both alike.
    let mut ratios = Vec::new();
    let (mut plain, mut report) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let yardstick = read_and_parse(&file)?.0;
        let ours = timed(|| Command::new(&binary).args(["report", "--input", &file, "--as-of", "2026-06-01", "--format", "csv"]).output());
        assert!(ours.0?.status.success(), "report ends well");
        ratios.push(yardstick.as_secs_f64() / ours.1.as_secs_f64());
        plain.push(yardstick);
        report.push(ours.1);
    }
    ratios.sort_by(f64::total_cmp);
    let middle = |times: Vec<Duration>| {
        median_of(times.len(), {
            let mut times = times.into_iter();
            move || times.next().unwrap_or_default()
        })
    };
    let (plain, report) = (millions_a_second(events, middle(plain)), millions_a_second(events, middle(report)));
    let ratio = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
    println!("report: {report:.2} million events a second, a plain read and parse on one core {plain:.2}: ratio {ratio:.2}");
    Ok(())
}

fn read_and_parse(file: &str) -> std::io::Result<(Duration, u64)> {
    let (events, took) = timed(|| {
        let bytes = std::fs::read(file)?;
        let mut events = 0;
        for line in bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
            black_box(serde_json::from_slice::<Plain<'_>>(line)?);
            events += 1;
        }
        Ok::<u64, std::io::Error>(events)
    });
    Ok((took, events?))
}
