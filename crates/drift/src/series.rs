//! One series: its steps, its scores, its alarms.

use std::sync::Arc;

use model::Day;
use panes::DayRange;

use crate::{
    Alarm, Direction, Moved, Reason, Series, State, Step, Thresholds, Watched,
    baseline::{Assessed, Expecting, observed_in, within},
    evaluate::Look,
    figures::Group,
    moved::moved,
    score::{Counted, Raised, Rule},
    steps::dispersion,
};

/// A series that is worked out.
pub(crate) struct Worked<'a> {
    pub look: &'a Look<'a>,
    pub kpi: Watched,
    pub channel: Option<Arc<str>>,
    pub assessed: Assessed,
}

/// How a series is scored.
struct Plan {
    step: Step,
    dispersion: f64,
    /// Customers expected a day in the baseline; none without one.
    mean: Option<f64>,
}

/// Days of a year, in which all series together may raise one false alarm.
const YEAR: f64 = 365.0;
/// How much information an alarm takes, about, where the step is chosen.
const INFORMATION: f64 = 3.0;

impl Worked<'_> {
    /// The series, where so many are watched.
    pub fn series(&self, watched: usize, threshold: Option<f64>, thresholds: &mut Thresholds) -> Series {
        let state = match (self.assessed.reason, &self.assessed.expecting) {
            (Some(reason), _) => Err(reason),
            (None, None) => Err(Reason::NoBaseline),
            (None, Some(expecting)) => self.state(expecting, watched, threshold, thresholds),
        };
        let Worked { look, kpi, channel, assessed } = self;
        Series { kpi: *kpi, channel: channel.clone(), baseline: assessed.level, detect: look.config.detect, state }
    }

    fn group(&self) -> &Group {
        self.look.group(self.channel.as_deref())
    }

    fn state(&self, expecting: &Expecting, watched: usize, threshold: Option<f64>, thresholds: &mut Thresholds) -> Result<State, Reason> {
        let look = self.look;
        let plan = self.plan(expecting);
        let first = self.assessed.baseline.first_scored().ok_or(Reason::NoBaseline)?;
        let days = plan.step.scored(first, look.last_scorable(self.kpi));
        let Some(through) = days.last().map(|step| step.last) else {
            let but_for_spend = !plan.step.scored(first, look.last_settled()).is_empty();
            return Err(if but_for_spend { Reason::SpendIncomplete } else { Reason::NotBegun });
        };
        let steps = self.counted(expecting, &days);
        let dispersion = plan.dispersion;
        let threshold = threshold.or(look.config.threshold).unwrap_or_else(|| {
            let scored = f64::from(days.first().map_or(0, |step| DayRange::new(step.first, through).len()));
            let mean = plan.mean.unwrap_or_else(|| steps.iter().map(|step| step.expected).sum::<f64>() / scored);
            let length = plan.step.length();
            thresholds.of(mean * length / dispersion, look.config.detect, YEAR * watched as f64 / length)
        });
        let (scored, raised) = Rule { detect: look.config.detect, dispersion, threshold }.score(&steps);
        let alarms = raised.iter().map(|raised| self.alarm(raised, &steps, expecting)).collect();
        let (worse, better) = scored.last().map_or((0.0, 0.0), |last| (last.worse, last.better));
        Ok(State { step: plan.step, dispersion, threshold, first, through, worse, better, alarms, steps: scored })
    }

    /// The step of a series, and its dispersion.
    pub fn chosen(&self, expecting: &Expecting) -> (Step, f64) {
        let plan = self.plan(expecting);
        (plan.step, plan.dispersion)
    }

    /// The step that is configured, or the one that is to tell soonest. KPI F10
    fn plan(&self, expecting: &Expecting) -> Plan {
        let Some(days) = self.assessed.baseline.days() else { return Plan { step: Step::Week, dispersion: 1.0, mean: None } };
        let Measured { observed, expected } = Measured::of(self.kpi, self.group(), expecting, &self.assessed, days);
        let mean = expected.iter().sum::<f64>() / f64::from(days.len());
        let counts = |step: DayRange| {
            let range = index(days, step);
            let sum = |of: &[f64]| of.get(range.clone()).map_or(0.0, |of| of.iter().sum());
            (sum(&observed), sum(&expected))
        };
        let (k, mut soonest) = (self.look.config.detect, None);
        for step in self.look.config.step.map_or(Step::ALL.to_vec(), |step| vec![step]) {
            let (dispersion, steps) = dispersion(step, days, counts);
            let delay = INFORMATION * dispersion / (mean * (1.0 - 1.0 / k - k.ln() / k)) + step.length() / 2.0;
            let is_candidate = self.look.config.step.is_some() || steps >= step.needed();
            if is_candidate && soonest.as_ref().is_none_or(|(least, _)| delay < *least) {
                soonest = Some((delay, Plan { step, dispersion, mean: Some(mean) }));
            }
        }
        soonest.map_or(Plan { step: Step::Week, dispersion: 1.0, mean: Some(mean) }, |(_, plan)| plan)
    }

    /// The steps with what came and what was to be expected.
    fn counted(&self, expecting: &Expecting, steps: &[DayRange]) -> Vec<Counted> {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
        let days = DayRange::new(first.first, last.last);
        let arrivals = expecting.spread.arrivals(&self.assessed.inputs.amounts, days);
        let counted = |step: &DayRange| {
            let arrived: f64 = arrivals.get(index(days, *step)).map_or(0.0, |days| days.iter().sum());
            let observed = observed_in(self.kpi, self.group(), *step);
            Counted { days: *step, observed, expected: arrived * expecting.per_unit * expecting.ratio }
        };
        steps.iter().map(counted).collect()
    }

    /// What an alarm amounts to, from its onset on. KPI F13
    fn alarm(&self, raised: &Raised, steps: &[Counted], expecting: &Expecting) -> Alarm {
        let of = steps.get(raised.onset..=raised.last).unwrap_or_default();
        let (observed, expected) = (of.iter().map(|step| step.observed).sum(), of.iter().map(|step| step.expected).sum::<f64>());
        let onset = of.first().map_or(raised.raised, |step| step.days.first);
        let last = of.last().map_or(raised.raised, |step| step.days.last);
        let relative = (expected > 0.0).then(|| observed as f64 / expected);
        let level = relative.and_then(|relative| match self.kpi {
            Watched::Cac => (observed != 0).then(|| expecting.value / relative),
            Watched::LeadConversion => Some(expecting.value * relative),
        });
        Alarm {
            direction: raised.direction,
            onset,
            raised: raised.raised,
            cleared: raised.is_cleared.then_some(last),
            observed,
            expected,
            relative,
            level,
            moved: self.moved(expecting, DayRange::new(onset, last), expected),
        }
    }

    /// Of a total's alarm, what each channel has to do with it.
    fn moved(&self, expecting: &Expecting, days: DayRange, expected: f64) -> Vec<Moved> {
        match (&self.channel, self.assessed.baseline.days()) {
            (None, Some(baseline)) => moved(self.look, self.kpi, expecting, baseline, days, expected),
            _ => Vec::new(),
        }
    }
}

/// A baseline's days, by the measured level.
pub(crate) struct Measured {
    pub observed: Vec<f64>,
    pub expected: Vec<f64>,
}

impl Measured {
    pub fn of(kpi: Watched, group: &Group, expecting: &Expecting, assessed: &Assessed, days: DayRange) -> Measured {
        let mut expected = expecting.spread.arrivals(&assessed.inputs.amounts, days);
        expected.iter_mut().for_each(|arrived| *arrived *= expecting.per_unit);
        let mut observed = vec![0.0; expected.len()];
        for (day, figures) in within(group, days) {
            if let Some(sum) = observed.get_mut(place(days, day)) {
                *sum = crate::baseline::observed(kpi, figures) as f64;
            }
        }
        Measured { observed, expected }
    }
}

/// Where a day stands among some.
fn place(days: DayRange, day: Day) -> usize {
    usize::try_from(i64::from(day.0) - i64::from(days.first.0)).unwrap_or(usize::MAX)
}

/// Where some days stand among others.
pub(crate) fn index(days: DayRange, part: DayRange) -> std::ops::Range<usize> {
    place(days, part.first)..place(days, part.last).saturating_add(1)
}

impl Direction {
    /// Both, in the order in which they are told.
    pub const ALL: [Direction; 2] = [Direction::Worse, Direction::Better];
}
