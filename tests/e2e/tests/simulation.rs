//! The deterministic simulation: whatever happens to instances, log and store, every instance ends as one clean fold of the log.
//!
//! `KPISTREAM_WORLDS=1000000 cargo test -p e2e --release --test simulation -- --nocapture` tries more seeds; `KPISTREAM_SEED=7` with
//! `KPISTREAM_WORLDS=1` replays one, and says what happened in it.

use std::time::Instant;

use e2e::world::{self, Tally};

/// Seeds where nothing else is said.
const WORLDS: u64 = 3000;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

fn live(seeds: impl Iterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        match world::run(seed, None) {
            Ok(more) => tally += more,
            Err(_) => {
                let wrong = world::explain(seed, None).err().unwrap_or_else(|| "it does not repeat".to_owned());
                panic!("{wrong}\nreplay it: KPISTREAM_SEED={seed} KPISTREAM_WORLDS=1 cargo test -p e2e --test simulation -- --nocapture");
            }
        }
    }
    tally
}

#[test]
fn every_instance_ends_as_one_clean_fold_of_the_log() {
    let (first, worlds) = (from_environment("KPISTREAM_SEED", 0), from_environment("KPISTREAM_WORLDS", WORLDS));
    let began = Instant::now();
    let half = |odd: u64| (first..first + worlds).filter(move |seed| seed % 2 == odd);
    let tally = std::thread::scope(|scope| {
        let other = scope.spawn(|| live(half(1)));
        let mut tally = live(half(0));
        tally += other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        tally
    });
    println!("{worlds} seeds from {first}, {:.0} a second", worlds as f64 / began.elapsed().as_secs_f64());
    for (what, times) in tally.all() {
        println!("{times:>10} {what}");
        assert!(times > 0 || worlds < 1000, "in {worlds} worlds not once: {what}");
    }
}

#[test]
fn a_seed_repeats_its_world() {
    assert!((0..50).all(|seed| world::run(seed, None) == world::run(seed, None)));
}
