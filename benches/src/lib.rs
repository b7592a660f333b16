//! Measurements, each against a yardstick of the same run. `make bench` runs them all.

pub mod instance;
pub mod table;

use std::time::{Duration, Instant};

use model::{Event, LeadCreated, LeadFacts, Millis, When, event::Head, time::DAY_MS};

/// The instant at which the measured histories end: 2026-06-01.
pub const END: Millis = Millis(1_780_272_000_000);

/// The middle of several timings of one thing.
pub fn median_of(runs: usize, mut timed: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<Duration> = (0..runs.max(1)).map(|_| timed()).collect();
    all.sort();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// How long something takes by the clock on the wall.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// The mean of several timings of one thing, for what is measured in steps that are longer than it takes.
pub fn mean_of(runs: u32, mut timed: impl FnMut() -> Duration) -> Duration {
    (0..runs.max(1)).map(|_| timed()).sum::<Duration>() / runs.max(1)
}

/// How long something takes this thread on a core, whatever else the machine does, in steps of some milliseconds
/// (`/proc/thread-self/schedstat`).
pub fn timed_on_core<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let on_core = || {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0))
    };
    let start = on_core();
    let result = work();
    (result, on_core().saturating_sub(start))
}

/// How long the children of this process that have ended were on a core, in steps of 10 ms (`/proc/self/stat`).
pub fn children_on_core() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the program's name, which is in brackets, since it may have blanks.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Bytes of memory that this process has in use.
pub fn resident_bytes() -> std::io::Result<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = statm.split_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    Ok(pages * 4096)
}

/// Things a second, in millions.
pub fn millions_a_second(n: u64, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64() / 1e6
}

/// A lead as a CRM would have it; restated at a later time where one is given.
pub fn lead(n: usize, restated: Option<Millis>) -> Event<'static> {
    let created_at = When::At(END.plus(-((n as i64 * 7919) % (90 * DAY_MS))));
    Event::Lead(LeadCreated {
        head: Head {
            event_id: format!("{n:08x}-5b1c-4c7e-9d53-{n:012x}").into(),
            source: "crm".into(),
            occurred_at: restated.map_or(created_at, When::At),
            revision: None,
        },
        lead_id: format!("crm:{n:010}").into(),
        facts: Some(LeadFacts {
            created_at,
            channel: Some("paid_search".into()),
            campaign: Some(format!("campaign-{}", n % 20).into()),
            segment: Some("smb".into()),
            account_id: Some(format!("crm:account:{:010}", n / 3).into()),
            visitor_id: None,
            mql_at: Some(created_at),
            sql_at: None,
            disqualified: false,
        }),
    })
}
