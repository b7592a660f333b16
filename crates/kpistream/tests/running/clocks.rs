//! Clocks of instances, right or wrong. The product asks the system what time it is, and has no hook for tests: Debian's faketime stands
//! in between, and shows a process another time of day. What counts seconds, such as time-outs, goes right: that is another clock.

use std::{path::Path, process::Command};

use model::Millis;
use testkit::streams::Rng;

use super::load::now;

const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// Lets librdkafka wait as long as it means to.
const WAITS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/running/waits.c");

/// The clocks that instances are started by.
pub struct Clocks {
    /// What is loaded before the system's own libraries.
    libraries: String,
    chance: Rng,
    /// The most seconds that any has been ahead.
    farthest: i64,
    /// How many were wrong.
    wrong: u64,
}

impl Clocks {
    /// Clocks as a seed's chance sets them; what they need is built in a folder.
    pub fn new(folder: &Path, seed: u64) -> Clocks {
        // Where the library lies differs from system to system; the program that comes with it knows.
        let asked = Command::new("faketime").args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"]).output();
        let library = asked.unwrap_or_else(|error| panic!("faketime: {error}; install it, `make setup` tells how")).stdout;
        let library = String::from_utf8(library).unwrap().trim().to_owned();
        assert!(library.contains("faketime"), "faketime names no library: {library:?}");
        let waits = folder.join("waits.so");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&waits).arg(WAITS).status().unwrap();
        assert!(built.success(), "{WAITS} cannot be built");
        Clocks { libraries: format!("{} {library}", waits.display()), chance: Rng::new(!seed), farthest: 0, wrong: 0 }
    }

    /// What makes a process look at another clock, that is right, or wrong by minutes, by days or by weeks; and how many seconds it is ahead.
    pub fn any(&mut self) -> (i64, Vec<(&'static str, String)>) {
        let mut up_to = |most: i64| self.chance.within(-most, most);
        let (minutes, days, weeks) = (up_to(HOUR_S), up_to(3 * DAY_S), up_to(6 * 7 * DAY_S));
        let ahead = self.chance.pick(&[0, 0, minutes, days, weeks]);
        if ahead == 0 {
            return (0, Vec::new());
        }
        self.wrong += 1;
        self.farthest = self.farthest.max(ahead);
        let environment = [
            ("LD_PRELOAD", self.libraries.as_str()),
            ("FAKETIME", &format!("{ahead:+}")),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            // Else it takes the waits by that other clock for waits by the time of day.
            ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
            ("NO_FAKE_STAT", "1"),
        ];
        (ahead, environment.map(|(name, value)| (name, value.to_owned())).to_vec())
    }

    /// An instant that no clock has shown before it, nor is to show.
    pub fn latest(&self) -> Millis {
        now().plus(self.farthest * 1000)
    }

    /// How many were wrong.
    pub fn wrong(&self) -> u64 {
        self.wrong
    }
}
