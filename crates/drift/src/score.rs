//! Scores: what each step says for a change, added up, and the alarms that they raise.

use model::Day;
use panes::DayRange;

use crate::{Direction, Scored};

/// A step with what came and what was expected.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Counted {
    pub days: DayRange,
    pub observed: i128,
    pub expected: f64,
}

/// By what steps are scored.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Rule {
    /// The worsening to detect.
    pub detect: f64,
    pub dispersion: f64,
    pub threshold: f64,
}

/// An alarm by the steps it lasts from and to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Raised {
    pub raised: Day,
    pub direction: Direction,
    /// The first step after the score was last 0.
    pub onset: usize,
    /// The step that brought it back to 0, or the last.
    pub last: usize,
    pub is_cleared: bool,
}

/// What still counts as having reached the threshold.
const REACHED: f64 = 1e-9;

impl Rule {
    /// By how much a step moves the score for worse. KPI F12
    pub fn worse(&self, step: &Counted) -> f64 {
        let k = self.detect;
        (step.expected * (1.0 - 1.0 / k) - step.observed as f64 * k.ln()) / self.dispersion
    }

    /// By how much it moves the score for better. KPI F12
    pub fn better(&self, step: &Counted) -> f64 {
        let k = self.detect;
        (step.observed as f64 * k.ln() - step.expected * (k - 1.0)) / self.dispersion
    }

    /// The scores at the end of each step, and the alarms by the day raised, worse first. KPI F12, F13
    pub fn score(&self, steps: &[Counted]) -> (Vec<Scored>, Vec<Raised>) {
        let mut scored: Vec<Scored> = Vec::with_capacity(steps.len());
        let (mut worse, mut better) = (Running::default(), Running::default());
        let mut alarms = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            for (running, move_by, direction) in
                [(&mut worse, self.worse(step), Direction::Worse), (&mut better, self.better(step), Direction::Better)]
            {
                alarms.extend(running.take(at, step.days.last, move_by, self.threshold, direction));
            }
            let DayRange { first, last } = step.days;
            let (observed, expected) = (step.observed, step.expected);
            scored.push(Scored { first, last, observed, expected, worse: worse.score, better: better.score });
        }
        let last = steps.len().saturating_sub(1);
        alarms.extend([worse, better].into_iter().filter_map(|running| running.standing).map(|standing| Raised { last, ..standing }));
        alarms.sort();
        (scored, alarms)
    }
}

/// A score as it runs.
#[derive(Clone, Copy, Default, Debug)]
struct Running {
    score: f64,
    /// The first step since the score was last 0.
    onset: usize,
    standing: Option<Raised>,
}

impl Running {
    /// Takes a step, and gives the alarm that it has cleared.
    fn take(&mut self, at: usize, last_day: Day, move_by: f64, threshold: f64, direction: Direction) -> Option<Raised> {
        if self.score == 0.0 {
            self.onset = at;
        }
        self.score = (self.score + move_by).max(0.0).min(threshold);
        if self.score == 0.0 {
            return self.standing.take().map(|standing| Raised { last: at, is_cleared: true, ..standing });
        }
        if self.standing.is_none() && self.score >= threshold - REACHED {
            self.standing = Some(Raised { raised: last_day, direction, onset: self.onset, last: at, is_cleared: false });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(counts: &[(i128, f64)]) -> Vec<Counted> {
        let step = |(at, (observed, expected)): (i32, &(i128, f64))| Counted {
            days: DayRange::new(Day(7 * at), Day(7 * at + 6)),
            observed: *observed,
            expected: *expected,
        };
        (0..).zip(counts).map(step).collect()
    }

    const RULE: Rule = Rule { detect: 1.5, dispersion: 1.0, threshold: 2.95 };

    /// KPI F12: without a customer the alarm comes with the step in which 8.85 were expected.
    #[test]
    fn no_customers_raise_the_alarm_once_enough_were_expected() {
        for expected in [0.5, 1.0, 2.95, 8.85, 20.0] {
            let (_, alarms) = RULE.score(&steps(&[(0, expected); 30]));
            let needed = (8.85f64 / expected - 1e-9).ceil() as i32;
            assert_eq!(alarms.first().map(|alarm| alarm.raised), Some(Day(7 * needed - 1)), "{expected}");
        }
    }

    /// KPI F13: an alarm stands until the score is back at 0, and then may be raised anew.
    #[test]
    fn an_alarm_begins_after_the_last_zero_and_ends_with_the_next() {
        let (scored, alarms) = RULE.score(&steps(&[(20, 10.0), (0, 6.0), (0, 6.0), (4, 6.0), (10, 3.0), (0, 10.0), (1, 1.0)]));
        let worse: Vec<_> = alarms.iter().filter(|alarm| alarm.direction == Direction::Worse).collect();
        assert_eq!(worse.len(), 2, "{scored:?}");
        assert_eq!((worse[0].onset, worse[0].raised, worse[0].last, worse[0].is_cleared), (1, Day(20), 4, true));
        assert_eq!((worse[1].onset, worse[1].raised, worse[1].last, worse[1].is_cleared), (5, Day(41), 6, false));
        assert_eq!(alarms[0].direction, Direction::Better, "raised on the first day");
        assert!(scored.iter().all(|step| (0.0..=RULE.threshold).contains(&step.worse) && (0.0..=RULE.threshold).contains(&step.better)));
    }

    /// A small generator (splitmix64), so that every run is the same.
    struct Chance(u64);

    impl Chance {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }

        /// By how many exponential waits fit into the mean, which is good for any mean.
        fn poisson(&mut self, mean: f64) -> i128 {
            let (mut left, mut n) = (mean, 0);
            loop {
                left += (1.0 - self.unit()).ln();
                if left < 0.0 {
                    return n;
                }
                n += 1;
            }
        }
    }

    /// KPI F11: customers come in lumps, so that they vary as much as a dispersion says; nothing changes. How long it is until a score that has
    /// its threshold by the chain raises an alarm, by the scores themselves.
    #[test]
    fn runs_in_control_are_as_long_as_the_threshold_promises() {
        const RUNS: u32 = 1200;
        for (a_day, lump, days) in [(0.2, 1u32, 7.0), (0.2, 5, 7.0), (1.0, 1, 7.0), (1.0, 3, 30.4375), (3.0, 2, 7.0), (10.0, 1, 7.0), (10.0, 5, 7.0)]
        {
            let (detect, dispersion, target) = (1.5, f64::from(lump), 365.0 / days);
            let expected = a_day * days;
            let threshold = crate::threshold(expected / dispersion, detect, target);
            let rule = Rule { detect, dispersion, threshold };
            let mut chance = Chance(u64::from(lump) ^ f64::to_bits(a_day));
            let mut steps = 0u64;
            for _ in 0..RUNS {
                let mut running = Running::default();
                for at in 0.. {
                    let observed = chance.poisson(expected / dispersion) * i128::from(lump);
                    let counted = Counted { days: DayRange::new(Day(0), Day(0)), observed, expected };
                    steps += 1;
                    running.take(at, Day(0), rule.worse(&counted), threshold, Direction::Worse);
                    if running.standing.is_some() {
                        break;
                    }
                }
            }
            let (found, promised) = (steps as f64 / f64::from(RUNS), crate::runs(expected / dispersion, detect, threshold));
            assert!((found / promised - 1.0).abs() < 0.15 && promised >= target, "{a_day} a day in lumps of {lump}: {found}, not {promised}");
        }
    }
}
