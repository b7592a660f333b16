//! Thresholds: how high a score may rise before it is an alarm, so that chance alone seldom raises one.
//!
//! A score that starts at 0 moves, in each step in control, by mu (1 - 1/k) less ln k for each of a Poisson count of mean mu. Its value
//! after j steps and i customers is known, so the chain of what it can be is followed exactly: from 0 until it is back at 0 or at
//! the threshold. Rounding scores to a grid instead would be far off.

use std::collections::BTreeMap;

/// Thresholds are multiples of it.
const HUNDREDTH: f64 = 0.01;
/// What still counts as having reached the threshold.
const REACHED: f64 = 1e-9;
/// What is left of a chain when it is followed no more, beside what it has told.
const NEGLIGIBLE: f64 = 1e-13;
/// Additions that one chain may take. Those of any plausible series take a thousandth of it.
const WORK_AT_MOST: u64 = 100_000_000;

/// Thresholds that were worked out, so that none is worked out twice.
#[derive(Default, Debug)]
pub struct Thresholds(BTreeMap<[u64; 3], f64>);

/// Thresholds kept at most; beyond it the memory starts anew.
const KEPT: usize = 4096;

impl Thresholds {
    /// The [`threshold`] of a mean, a worsening and a target.
    pub fn of(&mut self, mean: f64, detect: f64, target: f64) -> f64 {
        let key = [mean, detect, target].map(f64::to_bits);
        if let Some(known) = self.0.get(&key) {
            return *known;
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let found = threshold(mean, detect, target);
        self.0.insert(key, found);
        found
    }
}

/// The least multiple of 0.01 with which the score for worse of a series in control, with a mean of `mean` a step, runs `target` steps
/// to its alarm on average. KPI F11
pub fn threshold(mean: f64, detect: f64, target: f64) -> f64 {
    let chain = Chain::new(mean, detect);
    let Some(chain) = chain else { return HUNDREDTH };
    let suffices = |hundredths: u64| chain.runs_at_least(hundredths as f64 / 100.0, target);
    // Nothing comes at all: this high it takes that many steps even so.
    let most = (target * chain.rise / HUNDREDTH).ceil().clamp(1.0, 1e15) as u64 + 1;
    let (mut too_low, mut enough) = (0, 1);
    while enough < most && !suffices(enough) {
        (too_low, enough) = (enough, (enough * 2).min(most));
    }
    while enough - too_low > 1 {
        let middle = too_low + (enough - too_low) / 2;
        if suffices(middle) { enough = middle } else { too_low = middle }
    }
    enough as f64 / 100.0
}

/// How many steps a score in control runs to its alarm, on average; infinite where it is more than can be told.
pub fn runs(mean: f64, detect: f64, threshold: f64) -> f64 {
    Chain::new(mean, detect).map_or(f64::INFINITY, |chain| chain.runs(threshold, f64::INFINITY))
}

/// The chain of the scores of a series in control.
struct Chain {
    mean: f64,
    /// By what the score rises in a step without a customer.
    rise: f64,
    /// By what each customer lowers it.
    fall: f64,
}

impl Chain {
    /// None where nothing is expected, so that the score never moves.
    fn new(mean: f64, detect: f64) -> Option<Chain> {
        let moves = mean.is_finite() && detect.is_finite() && mean > 0.0 && detect > 1.0;
        let chain = Chain { mean, rise: mean * (1.0 - 1.0 / detect), fall: detect.ln() };
        (moves && chain.rise > 0.0 && chain.fall > 0.0).then_some(chain)
    }

    /// Whether it runs so many steps to a threshold.
    fn runs_at_least(&self, threshold: f64, target: f64) -> bool {
        let steps_without_any = ((threshold - REACHED) / self.rise).ceil();
        // The score rises only in a step with few customers, which Chernoff's bound says are rare where many are expected.
        let few = self.rise / self.fall / self.mean;
        let rises_at_most = (-self.mean * (1.0 - few + few * few.ln())).exp();
        steps_without_any >= target || rises_at_most * target <= 1.0 || self.runs(threshold, target) >= target
    }

    /// The steps to a threshold, on average; anything from `enough` on once that is sure.
    fn runs(&self, threshold: f64, enough: f64) -> f64 {
        let mut walk = Walk::new(self, threshold);
        loop {
            let left = walk.alive_mass();
            if left <= NEGLIGIBLE * walk.absorbed || left < f64::MIN_POSITIVE || walk.work > WORK_AT_MOST {
                return walk.steps / (walk.absorbed + left);
            }
            if walk.steps / (walk.absorbed + left) >= enough {
                return enough;
            }
            walk.step();
        }
    }
}

/// Where the score may be, so many steps after it was 0 and not back since. Each return to 0 is a new start, so the steps to the alarm are
/// the steps of one such excursion over its chance to end in an alarm.
struct Walk<'a> {
    chain: &'a Chain,
    threshold: f64,
    /// The chance of so many customers in one step, and of so many or fewer.
    chances: Vec<f64>,
    up_to: Vec<f64>,
    steps_taken: u64,
    /// The least count of customers that keeps the score below the threshold, and the chances of it and of those above.
    first: u64,
    alive: Vec<f64>,
    /// The chance to have reached the threshold.
    absorbed: f64,
    /// Steps taken, on average.
    steps: f64,
    work: u64,
}

impl<'a> Walk<'a> {
    fn new(chain: &'a Chain, threshold: f64) -> Walk<'a> {
        let threshold = threshold - REACHED;
        let most = ((threshold + chain.rise) / chain.fall).ceil().clamp(0.0, 1e7) as usize + 1;
        let (mut chances, mut up_to) = (Vec::with_capacity(most + 1), Vec::with_capacity(most + 1));
        let (mut log, mut sum) = (-chain.mean, 0.0);
        for count in 0..=most {
            if count > 0 {
                log += (chain.mean / count as f64).ln();
            }
            sum += log.exp();
            chances.push(log.exp());
            up_to.push(f64::min(sum, 1.0));
        }
        Walk { chain, threshold, chances, up_to, steps_taken: 0, first: 0, alive: vec![1.0], absorbed: 0.0, steps: 0.0, work: 0 }
    }

    fn alive_mass(&self) -> f64 {
        self.alive.iter().sum()
    }

    fn step(&mut self) {
        self.steps += self.alive_mass();
        self.steps_taken += 1;
        let risen = self.steps_taken as f64 * self.chain.rise;
        // With so many customers at most the threshold is reached; with so many at least the score is back at 0.
        let reached = ((risen - self.threshold) / self.chain.fall).floor();
        let back = (risen / self.chain.fall - 1e-12).ceil();
        let first = if reached < 0.0 { 0 } else { reached as u64 + 1 };
        let next: Vec<f64> = (first..back.max(0.0) as u64).map(|count| self.arriving(count)).collect();
        self.work += next.len() as u64 * self.alive.len() as u64 + 1;
        if reached >= 0.0 {
            let reached = reached as u64;
            let at_most = |from: u64| reached.checked_sub(from).and_then(|more| self.up_to.get(more as usize)).copied();
            self.absorbed += (self.first..).zip(&self.alive).map(|(from, chance)| chance * at_most(from).unwrap_or(0.0)).sum::<f64>();
        }
        (self.first, self.alive) = (first, next);
    }

    /// The chance to have so many customers after one more step.
    fn arriving(&self, count: u64) -> f64 {
        let chance = |from: u64| count.checked_sub(from).and_then(|more| self.chances.get(usize::try_from(more).ok()?)).copied();
        (self.first..).zip(&self.alive).map(|(from, alive)| alive * chance(from).unwrap_or(0.0)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KPI F11: the anchors of the definition, in expected customers.
    #[test]
    fn runs_are_those_of_the_definition() {
        for (detect, threshold, mean, customers) in
            [(1.5, 2.95, 0.5, 293.9), (1.3, 2.37, 0.5, 298.9), (2.0, 3.66, 0.5, 292.6), (1.5, 2.95, 3.0, 496.6), (1.5, 2.95, 10.0, 910.5)]
        {
            let found = runs(mean, detect, threshold) * mean;
            assert!((found - customers).abs() < 0.06, "{detect} {threshold} {mean}: {found}");
        }
    }

    /// KPI F11
    #[test]
    fn a_threshold_is_the_least_that_runs_long_enough() {
        for (mean, detect, target) in
            [(0.3, 1.5, 365.0 / 7.0), (2.4, 1.5, 365.0), (20.0, 1.2, 120.0), (0.05, 3.0, 52.0), (75.0, 1.5, 40.0), (3.0, 1.05, 52.0)]
        {
            let found = threshold(mean, detect, target);
            assert!(runs(mean, detect, found) >= target, "{mean} {detect} {target}: {found}");
            assert!(found <= HUNDREDTH || runs(mean, detect, found - HUNDREDTH) < target, "{mean} {detect} {target}: {found}");
        }
    }

    /// Whatever is asked, there is an answer, and soon.
    #[test]
    fn the_work_is_bounded_and_nothing_panics() {
        for mean in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 1e-9, 1e-4, 1.0, 300.0, 1e5, 1e9, 1e300] {
            for detect in [1.0, 1.01, 1.1, 1.5, 10.0, 1000.0, f64::INFINITY] {
                for target in [0.0, 1.0, 52.0, 5200.0] {
                    let found = threshold(mean, detect, target);
                    assert!(found >= HUNDREDTH && found.is_finite(), "{mean} {detect} {target}: {found}");
                }
            }
        }
    }
}
