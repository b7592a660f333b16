//! Steps: the stretches of days in which scores are taken, so that the rhythm of a week or a month is no drift.

use panes::{DayRange, Period};

use model::Day;

/// A kind of step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Seven days, from whatever weekday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
}

/// Days of the blocks that show whether weeks wander.
const BLOCK: i32 = 28;
/// Weeks of a baseline from which on their dispersion is measured.
const WEEKS: usize = 8;
/// Blocks from which on theirs is.
const BLOCKS: usize = 3;

impl Step {
    /// All kinds, the shortest first.
    pub const ALL: [Step; 3] = [Step::Week, Step::Month, Step::Quarter];

    /// Its name in JSON and the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Step::Week => "week",
            Step::Month => "month",
            Step::Quarter => "quarter",
        }
    }

    /// Its days, on average.
    pub fn length(self) -> f64 {
        match self {
            Step::Week => 7.0,
            Step::Month => 30.4375,
            Step::Quarter => 91.3125,
        }
    }

    /// How many the baseline must hold for it to be chosen.
    pub(crate) fn needed(self) -> usize {
        match self {
            Step::Week => 0,
            Step::Month => 6,
            Step::Quarter => 4,
        }
    }

    fn period(self) -> Option<Period> {
        match self {
            Step::Week => None,
            Step::Month => Some(Period::Month),
            Step::Quarter => Some(Period::Quarter),
        }
    }

    /// The steps that are over by `last`, from the first scored day on. KPI F9
    pub(crate) fn scored(self, first: Day, last: Day) -> Vec<DayRange> {
        match self.period() {
            None => blocks(first, last, 7).collect(),
            Some(period) => whole(period, DayRange::new(first, last)),
        }
    }

    /// The whole steps of a baseline. KPI F9
    pub(crate) fn of_baseline(self, days: DayRange) -> Vec<DayRange> {
        match self.period() {
            None => backwards(days, 7),
            Some(period) => whole(period, days),
        }
    }
}

/// Whole calendar periods within some days.
fn whole(period: Period, days: DayRange) -> Vec<DayRange> {
    period.all_between(days.first, days.last).filter(|step| step.first >= days.first && step.last <= days.last).collect()
}

/// Blocks of so many days, one after the other, that end by `last`.
fn blocks(first: Day, last: Day, days: i32) -> impl Iterator<Item = DayRange> {
    let block = move |first: Day| Some(DayRange::new(first, first.plus(days - 1))).filter(|block| block.last <= last && block.last > block.first);
    std::iter::successors(block(first), move |before| block(before.last.plus(1)))
}

/// Blocks of so many days that end with the last, back to the first.
fn backwards(days: DayRange, length: i32) -> Vec<DayRange> {
    let whole = days.len() / length;
    let first = days.last.plus(1 - whole * length);
    blocks(first, days.last, length).collect()
}

/// How much more the counts of a baseline's steps vary than chance alone would have them, and how many steps tell. KPI F10
pub(crate) fn dispersion(step: Step, days: DayRange, counts: impl Fn(DayRange) -> (f64, f64)) -> (f64, usize) {
    let measured = |steps: Vec<DayRange>| {
        let told: Vec<(f64, f64)> = steps.into_iter().map(&counts).filter(|(_, expected)| *expected > 0.0).collect();
        (of_counts(&told), told.len())
    };
    let (own, steps) = measured(step.of_baseline(days));
    if step != Step::Week {
        return (own, steps);
    }
    let own = if steps < WEEKS { 1.0 } else { own };
    let (wandering, blocks) = measured(backwards(days, BLOCK));
    (if blocks < BLOCKS { own } else { own.max(wandering) }, steps)
}

fn of_counts(counts: &[(f64, f64)]) -> f64 {
    if counts.len() < 2 {
        return 1.0;
    }
    let freedom = (counts.len() - 1) as f64;
    let raw = counts.iter().map(|(n, e)| (n - e) * (n - e) / e).sum::<f64>() / freedom;
    (raw * (1.0 + (2.0 / freedom).sqrt())).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn ends(steps: &[DayRange]) -> Vec<String> {
        steps.iter().map(|step| format!("{}..{}", step.first, step.last)).collect()
    }

    /// KPI F9
    #[test]
    fn steps_are_whole_and_counted_from_their_end() {
        let days = DayRange::new(day("2026-01-15"), day("2026-04-14"));
        assert_eq!(ends(&Step::Month.scored(days.first, days.last)), ["2026-02-01..2026-02-28", "2026-03-01..2026-03-31"]);
        assert_eq!(ends(&Step::Month.scored(day("2026-02-01"), day("2026-02-28"))), ["2026-02-01..2026-02-28"]);
        assert_eq!(ends(&Step::Quarter.scored(days.first, day("2026-06-30"))), ["2026-04-01..2026-06-30"]);
        assert_eq!(ends(&Step::Week.scored(days.first, day("2026-01-29"))), ["2026-01-15..2026-01-21", "2026-01-22..2026-01-28"]);
        let backwards = Step::Week.of_baseline(DayRange::new(days.first, day("2026-01-29")));
        assert_eq!(ends(&backwards), ["2026-01-16..2026-01-22", "2026-01-23..2026-01-29"]);
        assert_eq!(Step::Week.scored(day("2026-01-15"), day("2026-01-20")), []);
        assert_eq!(Step::Month.scored(day("2026-02-02"), day("2026-01-20")), []);
    }

    /// KPI F10
    #[test]
    fn dispersion_is_that_of_the_weeks_or_of_what_wanders_beyond_them() {
        let days = |n: i32| DayRange::new(Day(0), Day(n - 1));
        // Weeks that alternate: 9 and 11 of 10.
        let alternating =
            |step: DayRange| (if step.first.0 / 7 % 2 == 0 { 9.0 } else { 11.0 } * f64::from(step.len()) / 7.0, 10.0 * f64::from(step.len()) / 7.0);
        assert_eq!(dispersion(Step::Week, days(7 * 20), alternating), (1.0, 20));
        let wild = |step: DayRange| if step.len() == 7 { (if step.first.0 / 7 % 2 == 0 { 0.0 } else { 20.0 }, 10.0) } else { (40.0, 40.0) };
        let (phi, weeks) = dispersion(Step::Week, days(7 * 9), wild);
        assert!((phi - 90.0 / 8.0 * 1.5).abs() < 1e-12 && weeks == 9, "{phi}");
        assert_eq!(dispersion(Step::Week, days(7 * 7), wild), (1.0, 7), "too few weeks");
        // Blocks of four weeks that wander while their weeks are calm.
        let wandering = |step: DayRange| if step.len() == 7 { (10.0, 10.0) } else { (if step.first.0 / 28 % 2 == 0 { 20.0 } else { 60.0 }, 40.0) };
        let (phi, _) = dispersion(Step::Week, days(28 * 3), wandering);
        assert!((phi - 30.0 / 2.0 * 2.0).abs() < 1e-12, "{phi}");
        assert_eq!(dispersion(Step::Week, days(28 * 2 + 27), wandering).0, 1.0);
        assert_eq!(dispersion(Step::Week, days(28 * 3), |_| (5.0, 0.0)), (1.0, 0));
    }
}
