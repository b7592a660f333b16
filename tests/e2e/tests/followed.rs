//! An evaluation that follows what has moved finds what one from the beginning does: after every step of a random history, in which records
//! come, old rows are restated, minutes and months pass, and what is kept begins later.
//!
//! `KPISTREAM_CASES=10000 cargo test -p e2e --release --test followed` tries more; `KPISTREAM_SEED=7` begins elsewhere.

use std::sync::Arc;

use e2e::Product;
use kpis::{By, Config, Evaluation, Evaluator, Request, Span};
use model::Millis;
use panes::{Panes, Period, window::WINDOWS};
use testkit::streams::{Case, Rng};

const CASES: u64 = 160;
/// Steps of a history, about.
const STEPS: usize = 12;

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is not a number")))
}

/// Every window, and the periods of a kind.
fn spans() -> Vec<Span> {
    WINDOWS.iter().map(|(_, window)| Span::Window(*window)).chain([Span::All, Span::Each(Period::Month)]).collect()
}

/// How long until the next evaluation: mostly a moment, at times a night or a season.
fn later(chance: &mut Rng) -> i64 {
    chance.pick(&[50, 50, 50, 40_000, 61_000, 3_600_000, 86_400_000, 9 * 86_400_000, 100 * 86_400_000])
}

struct Follower {
    by: Vec<By>,
    evaluator: Evaluator,
}

impl Follower {
    fn new(names: &[&str]) -> Follower {
        let by = names.iter().map(|names| By::parse(names).unwrap_or_else(|error| panic!("{error}"))).collect();
        Follower { by, evaluator: Evaluator::default() }
    }

    /// Where the two differ, if they do.
    fn difference(&mut self, folds: &[Arc<Panes>], as_of: Millis, config: &Arc<Config>) -> Option<String> {
        let request = Request { as_of, spans: spans(), by: self.by.clone() };
        let followed = self.evaluator.evaluate(folds, &request, config);
        let refs: Vec<&Panes> = folds.iter().map(|fold| &**fold).collect();
        let anew = kpis::evaluate(&refs, &request, config);
        (followed != anew).then(|| first_difference(&followed, &anew))
    }
}

fn first_difference(followed: &Evaluation, anew: &Evaluation) -> String {
    let rows = followed.rows.iter().zip(anew.rows.iter()).find(|(one, other)| one != other);
    match rows {
        Some((one, other)) => format!("followed {one:#?}\nanew {other:#?}"),
        None => format!(
            "{} rows followed, {} anew; {:?} and {:?}; {:?} and {:?}",
            followed.rows.len(),
            anew.rows.len(),
            followed.data_state,
            anew.data_state,
            followed.spend_reported,
            anew.spend_reported
        ),
    }
}

fn history(seed: u64) -> Result<(), String> {
    // Some have enough events that a visitor meets others on the same day and channel.
    let case = if seed.is_multiple_of(8) { Case::of_size(seed, 1500) } else { Case::generate(seed) };
    let mut chance = Rng::new(seed ^ 0x5eed);
    let mut product = if seed.is_multiple_of(2) { Product::running(&case.options) } else { Product::partitioned(&case.options) };
    let mut followers = [Follower::new(&["channel"]), Follower::new(&["channel,campaign", "segment"])];
    let lines: Vec<&str> = case.lines.iter().map(|line| line.trim_start_matches('\u{feff}').trim()).filter(|line| !line.is_empty()).collect();
    let mut now = Millis(case.options.now - 120 * 86_400_000);
    let (_, config) = product.shown();
    let mut read = 0;
    while read < lines.len() {
        let until = (read + 1 + chance.below(lines.len() / STEPS + 2)).min(lines.len());
        for (offset, line) in lines.iter().enumerate().take(until).skip(read) {
            product.fold((offset % 3) as i32, offset as i64, line.as_bytes());
        }
        read = until;
        now = now.plus(later(&mut chance));
        if chance.below(6) == 0 {
            product.settle(now);
        }
        let (folds, _) = product.shown();
        // Once more at the next moment, when nothing has moved.
        for as_of in [now, now.plus(50)] {
            for follower in &mut followers {
                if let Some(difference) = follower.difference(&folds, as_of, &config) {
                    return Err(format!("seed {seed}, after {read} lines, as of {as_of}: {difference}"));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn an_evaluation_that_follows_is_one_from_the_beginning() {
    let first = from_environment("KPISTREAM_SEED", 0);
    let seeds: Vec<u64> = (first..first + from_environment("KPISTREAM_CASES", CASES)).collect();
    let (one, other) = seeds.split_at(seeds.len() / 2);
    let try_all = |seeds: &[u64]| seeds.iter().try_for_each(|seed| history(*seed));
    let found = std::thread::scope(|scope| {
        let other = scope.spawn(|| try_all(other));
        try_all(one).and(other.join().unwrap_or_else(|_| Err("panicked".to_owned())))
    });
    assert_eq!(found, Ok(()));
}
