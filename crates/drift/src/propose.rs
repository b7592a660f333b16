//! Proposals: which days would make a baseline, and why.

use kpis::Config as Kpis;
use model::{Day, Millis};
use panes::{DayRange, Panes, Period, calendar::plus_months};

use crate::{
    Baseline, Baselines, Config, Reason, Step, Watched,
    baseline::assess,
    evaluate::look,
    figures::Days,
    series::{Measured, Worked, index},
};

/// What is proposed for a KPI in total.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    /// Which KPI.
    pub kpi: Watched,
    /// The days; or why no months make a baseline, with those that come nearest.
    pub found: Result<Found, (Reason, Option<DayRange>)>,
}

/// Days that make a baseline.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// The days.
    pub days: DayRange,
    /// Whole months.
    pub months: usize,
    /// New customers, or leads that convert.
    pub customers: i128,
    /// The level.
    pub value: f64,
    /// In what steps it would be scored.
    pub step: Step,
    /// How much more its counts vary than chance alone would have them.
    pub dispersion: f64,
    /// The earlier half against the later one.
    pub halves: Halves,
    /// Longer days that were passed over, as their halves differ.
    pub passed_over: Option<(DayRange, Halves)>,
}

/// How the two halves of a baseline differ.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Halves {
    /// Customers of the later half for what it lets expect, over those of the earlier half for the same.
    pub later_to_earlier: f64,
    /// The same difference in standard deviations, by the dispersion.
    pub deviations: f64,
}

/// Months that make a full baseline: every season once.
const MONTHS: usize = 12;
/// Fewer tell too little of how a level wanders.
const MONTHS_AT_LEAST: usize = 3;
/// A steady baseline of fewer months is not worth more than an unsteady one.
const MONTHS_STEADY: usize = 6;
/// Halves that differ by more are not one level.
const STEADY: f64 = 2.0;

impl Halves {
    /// Whether it was one level all along.
    pub fn is_steady(&self) -> bool {
        self.deviations.abs() <= STEADY
    }
}

/// Proposes days for both KPIs in total: the latest whole months that are settled, twelve if they can be had. Where their halves differ too
/// much to be one level, fewer that do not are preferred. KPI F15
pub fn propose(folds: &[&Panes], as_of: Millis, config: &Config, kpis: &Kpis) -> Vec<Proposal> {
    let mut days = Days::default();
    days.follow(folds);
    let world = days.world();
    let of = |kpi: Watched| {
        let last = look(folds, &world, as_of, config, kpis).last_scorable(kpi);
        let settled = if kpi == Watched::LeadConversion { last.plus(-kpis.horizon_days()) } else { last };
        let (mut longest, mut reason): (Option<Found>, _) = (None, None);
        for months in (MONTHS_AT_LEAST..=MONTHS).rev() {
            let Some(days) = months_until(settled, months) else { continue };
            let tried = Config { cac: on(days), lead_conversion: on(days), ..config.clone() };
            let look = look(folds, &world, as_of, &tried, kpis);
            let worked = Worked { look: &look, kpi, channel: None, assessed: assess(&look, kpi, None) };
            match worked.found(days, months) {
                Err(why) => reason = reason.or(Some((why, Some(days)))),
                Ok(found) if found.halves.is_steady() && (months >= MONTHS_STEADY || longest.is_none()) => {
                    let passed_over = longest.map(|longest| (longest.days, longest.halves));
                    return Proposal { kpi, found: Ok(Found { passed_over, ..found }) };
                }
                Ok(found) => longest = longest.or(Some(found)),
            }
        }
        Proposal { kpi, found: longest.ok_or(reason.unwrap_or((Reason::NotBegun, None))) }
    };
    Watched::ALL.map(of).into()
}

/// So many whole months that end by a day.
fn months_until(settled: Day, months: usize) -> Option<DayRange> {
    let month = Period::Month.of(settled);
    let last = if month.last == settled { month } else { Period::Month.before(settled) };
    let back = i32::try_from(months).ok()?.checked_sub(1)?;
    Some(DayRange::new(plus_months(last.first, -back)?, last.last))
}

fn on(days: DayRange) -> Baselines {
    let total = Baseline { from: Some(days.first), until: Some(days.last), ..Baseline::default() };
    Baselines { total, ..Baselines::default() }
}

impl Worked<'_> {
    fn found(&self, days: DayRange, months: usize) -> Result<Found, Reason> {
        let assessed = &self.assessed;
        let why = || assessed.reason.unwrap_or(Reason::BaselineTooSmall);
        let (true, Some(expecting), Some(customers)) = (assessed.is_sound, &assessed.expecting, assessed.level.customers) else { return Err(why()) };
        let (step, dispersion) = self.chosen(expecting);
        let Measured { observed, expected } = Measured::of(self.kpi, self.look.group(None), expecting, assessed, days);
        let months_of = |part: DayRange| -> Vec<(f64, f64)> {
            let sum = |of: &[f64], month| of.get(index(days, month)).map_or(0.0, |of| of.iter().sum::<f64>());
            Period::Month.all_between(part.first, part.last).map(|month| (sum(&observed, month), sum(&expected, month))).collect()
        };
        let middle = Period::Month.first_day(days.first.plus(days.len() / 2));
        let halves = halves(&months_of(DayRange::new(days.first, middle.plus(-1))), &months_of(DayRange::new(middle, days.last)));
        Ok(Found { days, months, customers, value: expecting.value, step, dispersion, halves, passed_over: None })
    }
}

/// How two halves differ, by their months: what they vary within each half is chance, what the halves differ by is not held to be.
fn halves(earlier: &[(f64, f64)], later: &[(f64, f64)]) -> Halves {
    let sum = |of: &[(f64, f64)]| of.iter().fold((0.0, 0.0), |(n, e), month| (n + month.0, e + month.1));
    let ((n, e), (later_n, later_e)) = (sum(earlier), sum(later));
    let varies = |of: &[(f64, f64)], level: f64| {
        let expected = of.iter().map(|(n, e)| (*n, e * level)).filter(|(_, e)| *e > 0.0);
        expected.map(|(n, e)| (n - e) * (n - e) / e).sum::<f64>()
    };
    let freedom = (earlier.len() + later.len()).saturating_sub(2).max(1) as f64;
    let dispersion = ((varies(earlier, n / e) + varies(later, later_n / later_e)) / freedom * (1.0 + (2.0 / freedom).sqrt())).max(1.0);
    // Of all that came, the share that the earlier half was to bring.
    let share = e / (e + later_e);
    let came = n + later_n;
    let deviation = (dispersion * came * share * (1.0 - share)).sqrt();
    Halves { later_to_earlier: (later_n / later_e) / (n / e), deviations: (later_n - came * (1.0 - share)) / deviation }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KPI F15
    #[test]
    fn whole_months_end_by_the_day_that_is_settled() {
        let day = |text| Day::parse(text).unwrap();
        let months = |until, n| months_until(day(until), n).map(|days| format!("{}..{}", days.first, days.last));
        assert_eq!(months("2026-03-31", 3).as_deref(), Some("2026-01-01..2026-03-31"));
        assert_eq!(months("2026-03-30", 12).as_deref(), Some("2025-03-01..2026-02-28"));
    }

    /// KPI F15
    #[test]
    fn halves_of_one_level_are_steady() {
        assert_eq!(halves(&[(50.0, 50.0)], &[(50.0, 50.0)]), Halves { later_to_earlier: 1.0, deviations: 0.0 });
        let fallen = halves(&[(60.0, 45.0), (60.0, 45.0)], &[(30.0, 45.0), (30.0, 45.0)]);
        assert!((fallen.later_to_earlier - 0.5).abs() < 1e-12 && (fallen.deviations + 30.0 / 45f64.sqrt()).abs() < 1e-12 && !fallen.is_steady());
        assert!(halves(&[(10.0, 45.0), (110.0, 45.0)], &[(55.0, 45.0), (5.0, 45.0)]).is_steady(), "what wanders that much may be one level");
    }
}
