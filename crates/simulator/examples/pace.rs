//! How many events a second are made: `cargo run --release -p simulator --example pace`.

use std::time::Instant;

use model::Millis;
use simulator::{Options, Simulator, flood};

fn main() {
    let end = Millis(1_780_272_000_000);
    let measure = |name: &str, make: &dyn Fn() -> usize| {
        let start = Instant::now();
        let n = make();
        println!("{name}: {n} events, {:.0} a second", n as f64 / start.elapsed().as_secs_f64());
    };
    measure("history of 90 days", &|| Simulator::new(Options::new(1, 90, end)).count());
    measure("the same ten times as big", &|| Simulator::new(Options { scale: 10.0, ..Options::new(1, 90, end) }).count());
    measure("flood", &|| flood(1, 2_000_000, end).count());
}
