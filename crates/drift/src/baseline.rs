//! Baselines: the level that a series is held against, and whether there is enough to tell it.

use model::Day;
use panes::DayRange;

use crate::{
    Baseline, Level, Reason, Watched,
    evaluate::Look,
    figures::{Figures, Group},
    spread::{PutIn, Spread},
};

/// A series with what its baseline tells.
pub(crate) struct Assessed {
    pub baseline: Baseline,
    pub level: Level,
    /// The first reason against it, beside that no step is over.
    pub reason: Option<Reason>,
    /// Whether the baseline is sound, whatever there is to score.
    pub is_sound: bool,
    pub inputs: Inputs,
    /// How what is put in becomes expectations; none where the level is not known.
    pub expecting: Option<Expecting>,
}

/// What is put in, day by day.
#[derive(Default)]
pub(crate) struct Inputs {
    pub amounts: PutIn,
    /// Days with spend that has no rate.
    pub without_rate: Vec<Day>,
}

/// How many customers what is put in lets expect.
#[derive(Clone, Debug)]
pub(crate) struct Expecting {
    pub spread: Spread,
    /// Customers for what arrives, by the measured level.
    pub per_unit: f64,
    /// Customers by the configured level for each by the measured one.
    pub ratio: f64,
    /// The level in force.
    pub value: f64,
}

/// Fewer customers or conversions tell no level.
const CUSTOMERS: i128 = 30;
/// Fewer leads tell none.
const LEADS: i128 = 100;
/// The share of the baseline's customers whose spend must be known.
const KNOWN: f64 = 90.0;

impl Baseline {
    /// The days, where there are any.
    pub(crate) fn days(&self) -> Option<DayRange> {
        Some(DayRange::new(self.from?, self.until?))
    }

    /// The first day that may be scored. KPI F8
    pub(crate) fn first_scored(&self) -> Option<Day> {
        self.days().map(|days| days.last.plus(1)).or(self.start)
    }
}

impl Inputs {
    /// What is put in of a KPI in a group.
    pub fn of(kpi: Watched, group: &Group, look: &Look<'_>) -> Inputs {
        let mut inputs = Inputs::default();
        for (day, figures) in group {
            let amount = match kpi {
                Watched::Cac => figures.spend_in(look.kpis, *day),
                Watched::LeadConversion => Some(figures.leads as f64),
            };
            match amount {
                Some(amount) if amount != 0.0 => _ = inputs.amounts.insert(*day, amount),
                Some(_) => {}
                None => inputs.without_rate.push(*day),
            }
        }
        inputs
    }

    /// Whether an amount without a rate brings anything to some days.
    pub fn lack_a_rate(&self, spread: &Spread, days: DayRange) -> bool {
        self.without_rate.iter().any(|day| spread.reaches(*day, days))
    }
}

/// Customers, or conversions, of a day.
pub(crate) fn observed(kpi: Watched, figures: &Figures) -> i128 {
    match kpi {
        Watched::Cac => figures.customers,
        Watched::LeadConversion => figures.conversions(),
    }
}

/// Those of some days.
pub(crate) fn observed_in(kpi: Watched, group: &Group, days: DayRange) -> i128 {
    within(group, days).map(|(_, figures)| observed(kpi, figures)).sum()
}

/// A group's figures of some days.
pub(crate) fn within(group: &Group, days: DayRange) -> impl Iterator<Item = (Day, &Figures)> {
    let range = (!days.is_empty()).then(|| group.range(days.first..=days.last));
    range.into_iter().flatten().map(|(day, figures)| (*day, figures))
}

/// How old the leads of the baseline's new customers were, of the total: money brings its customers that late. KPI F2
pub(crate) fn spend_spread(look: &Look<'_>) -> Spread {
    let lag = look.kpis.lag_days;
    let days = look.config.cac.total.days().filter(|_| look.config.spread_spend);
    let Some(days) = days else { return Spread::at_once(lag) };
    let mut of_age = std::collections::BTreeMap::new();
    for (age, n) in within(&look.world.total, days).flat_map(|(_, figures)| &figures.customers_of_age) {
        *of_age.entry(*age).or_default() += n;
    }
    let known: i128 = of_age.values().sum();
    if known > 0 { Spread::of(lag, &of_age, known) } else { Spread::at_once(lag) }
}

/// The leads of some days, how many of them convert, and the share that does so by age. KPI F3
pub(crate) fn cohort(group: &Group, days: DayRange, horizon: i32) -> (i128, i128, Spread) {
    let leads = within(group, days).map(|(_, figures)| figures.leads).sum();
    let mut of_age = std::collections::BTreeMap::new();
    for (day, figures) in within(group, DayRange::new(days.first, days.last.plus(horizon))) {
        let of_cohort = figures.conversions_of_age.iter().filter(|(age, _)| {
            let created = day.plus(-i32::from(**age));
            days.first <= created && created <= days.last
        });
        of_cohort.for_each(|(age, n)| *of_age.entry(*age).or_default() += n);
    }
    let conversions = of_age.values().sum();
    let spread = if leads > 0 { Spread::of(0, &of_age, leads) } else { Spread::of(0, &Default::default(), 1) };
    (leads, conversions, spread)
}

/// Assesses a series. KPI F7, R8
pub(crate) fn assess(look: &Look<'_>, kpi: Watched, channel: Option<&str>) -> Assessed {
    let baseline = look.config.baselines(kpi).of(channel);
    let group = look.group(channel);
    let inputs = Inputs::of(kpi, group, look);
    let mut assessed = Assessed {
        baseline,
        level: Level { from: baseline.from, until: baseline.until, value: baseline.value, ..Level::default() },
        reason: None,
        is_sound: false,
        inputs,
        expecting: None,
    };
    match (kpi, baseline.days()) {
        (Watched::Cac, Some(days)) => assessed.of_spend(look, group, days),
        (Watched::LeadConversion, Some(days)) => assessed.of_leads(look, group, days),
        (Watched::Cac, None) => assessed.of_value(look),
        (Watched::LeadConversion, None) => assessed.reason = Some(Reason::NoBaseline),
    }
    // Days without the other end of theirs are none.
    if baseline.days().is_none() {
        (assessed.level.from, assessed.level.until) = (None, None);
    }
    assessed
}

impl Assessed {
    fn of_spend(&mut self, look: &Look<'_>, group: &Group, days: DayRange) {
        let (lag, spread) = (look.kpis.lag_days, look.spend_spread.clone());
        let (last, scored) = (look.last_scorable(Watched::Cac), days.last.plus(1));
        let customers = observed_in(Watched::Cac, group, days);
        let earliest = days.first.plus(-lag).plus(-look.kpis.horizon_days());
        let is_kept = |from: Day| from >= look.floor;
        let lacks_rate = self.inputs.lack_a_rate(&spread, days);
        let spend = Some(spread.total(&self.inputs.amounts, days)).filter(|_| !lacks_rate && is_kept(earliest));
        let measured = spend.filter(|spend| *spend > 0.0 && customers > 0).map(|spend| spend / customers as f64);
        self.level.put_in = spend;
        self.level.customers = Some(customers).filter(|_| is_kept(days.first));
        self.level.value = self.baseline.value.or(measured);
        let too_small = customers < CUSTOMERS || measured.is_none();
        let known_from = days.first.plus(-lag).plus(-spread.age_of_share(KNOWN));
        let too_early = look.first_spend.is_none_or(|first| known_from < first);
        self.judge(&[
            (Reason::NotKept, !is_kept(earliest) && earliest <= last),
            (Reason::MissingRate, lacks_rate),
            (Reason::BaselineTooSmall, too_small && !lacks_rate),
            (Reason::BaselineTooEarly, too_early),
        ]);
        if self.inputs.lack_a_rate(&spread, DayRange::new(scored, last)) {
            self.precede_with(Reason::MissingRate);
        }
        self.expecting = measured.map(|measured| {
            let value = self.baseline.value.unwrap_or(measured);
            Expecting { spread, per_unit: 1.0 / measured, ratio: measured / value, value }
        });
    }

    fn of_leads(&mut self, look: &Look<'_>, group: &Group, days: DayRange) {
        let (horizon, last) = (look.kpis.horizon_days(), look.last_scorable(Watched::LeadConversion));
        let (leads, conversions, spread) = cohort(group, days, horizon);
        let is_kept = |from: Day| from >= look.floor;
        let measured = (leads > 0).then(|| conversions as f64 / leads as f64).filter(|_| is_kept(days.first));
        self.level.put_in = Some(leads as f64).filter(|_| is_kept(days.first));
        self.level.customers = Some(conversions).filter(|_| is_kept(days.first));
        self.level.value = self.baseline.value.or(measured);
        let earliest = days.first.plus(-horizon);
        self.judge(&[
            (Reason::NotKept, !is_kept(earliest) && earliest <= last),
            (Reason::BaselineNotMature, days.last.plus(horizon) > last),
            (Reason::BaselineTooSmall, conversions < CUSTOMERS || leads < LEADS),
        ]);
        self.expecting = measured.filter(|measured| *measured > 0.0).map(|measured| {
            let value = self.baseline.value.unwrap_or(measured);
            Expecting { spread, per_unit: 1.0, ratio: value / measured, value }
        });
    }

    /// A level without days: nothing but it is known.
    fn of_value(&mut self, look: &Look<'_>) {
        let (Some(value), Some(start)) = (self.baseline.value, self.baseline.start) else {
            self.reason = Some(Reason::NoBaseline);
            return;
        };
        let (spread, last) = (Spread::at_once(look.kpis.lag_days), look.last_scorable(Watched::Cac));
        let earliest = start.plus(-look.kpis.lag_days);
        self.judge(&[(Reason::NotKept, earliest < look.floor && earliest <= last)]);
        if self.inputs.lack_a_rate(&spread, DayRange::new(start, last)) {
            self.precede_with(Reason::MissingRate);
        }
        self.expecting = Some(Expecting { spread, per_unit: 1.0 / value, ratio: 1.0, value });
    }

    fn judge(&mut self, reasons: &[(Reason, bool)]) {
        self.reason = reasons.iter().find(|(_, holds)| *holds).map(|(reason, _)| *reason);
        self.is_sound = self.reason.is_none();
    }

    /// Adds a reason that says nothing about the baseline.
    fn precede_with(&mut self, reason: Reason) {
        self.reason = Some(self.reason.map_or(reason, |other| other.min(reason)));
    }
}
