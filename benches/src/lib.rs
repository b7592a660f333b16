//! Measurements, each against a yardstick of the same run. `make bench` runs them all.

use std::time::{Duration, Instant};

use model::Millis;

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

/// Things a second, in millions.
pub fn millions_a_second(n: u64, took: Duration) -> f64 {
    n as f64 / took.as_secs_f64() / 1e6
}
