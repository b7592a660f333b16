//! Why there is no drift, each reason and which comes first; and what a floor, late spend and a value do.

use std::sync::Arc;

use drift::{Baseline, Baselines, Config, Drift, Question, Reason, Series, Watched, evaluate, threshold};
use model::{Currency, Day, Millis, Settings};
use panes::{Contribution, Dims, Keep, Measure, Panes};

/// 2025-01-01.
const FIRST: Day = Day(20_089);
const DAY_MS: i64 = 86_400_000;

/// A company that spends 100 a day for a customer a day, and has four leads a day of which one converts the day after.
struct Company {
    panes: Panes,
    kpis: kpis::Config,
    config: Config,
}

fn kpis() -> kpis::Config {
    kpis::Config::new(&Settings { horizon_days: 10, ..Settings::default() }, Currency::EUR)
}

fn on(from: i32, until: i32) -> Baselines {
    let total = Baseline { from: Some(FIRST.plus(from)), until: Some(FIRST.plus(until)), ..Baseline::default() };
    Baselines { total, ..Baselines::default() }
}

impl Company {
    /// It books from `first` to `last`, and is held against the days 30 to 89.
    fn new(first: i32, last: i32) -> Company {
        let mut panes = Panes::new(Keep::ALL);
        let email = panes.dims_id(Dims::new("email", "(none)", "(none)"));
        let mut booked = Contribution::default();
        for day in (first..=last).map(|n| FIRST.plus(n)) {
            booked.add_day(day, email, Measure::Leads, 4);
            booked.add_day(day, email, Measure::ConversionsOfAge(1), 1);
            booked.add_day(day, email, Measure::Customers, 1);
            booked.add_day(day, email, Measure::CustomersOfAge(1), 1);
            booked.add_day(day, email, Measure::SpendRows, 1);
            booked.add_day(day, email, Measure::Spend(Currency::EUR), 100_000_000);
            booked.add_reported("mailer", day);
        }
        panes.put_in(&booked);
        let config = Config { settle_days: 0, channels: Some(Default::default()), cac: on(30, 89), lead_conversion: on(30, 89), ..Config::default() };
        Company { panes, kpis: kpis(), config }
    }

    fn book(&mut self, day: i32, channel: &str, measure: Measure, amount: i128) {
        let dims = self.panes.dims_id(Dims::new(channel, "(none)", "(none)"));
        let mut booked = Contribution::default();
        booked.add_day(FIRST.plus(day), dims, measure, amount);
        self.panes.put_in(&booked);
    }

    fn drift(&self, day: i32) -> Drift {
        let as_of = Millis((i64::from(FIRST.0) + i64::from(day)) * DAY_MS);
        evaluate(&[&self.panes], &Question::at(as_of), &self.config, &self.kpis)
    }

    fn total(&self, kpi: Watched, day: i32) -> Series {
        self.drift(day).total(kpi).cloned().unwrap_or_else(|| panic!("there is a total of {kpi:?}"))
    }

    fn reasons(&self, day: i32) -> [Option<Reason>; 2] {
        Watched::ALL.map(|kpi| self.total(kpi, day).state.err())
    }
}

/// KPI F8
#[test]
fn each_reason_holds_from_and_to_its_day() {
    use Reason::{BaselineNotMature, BaselineTooEarly, BaselineTooSmall, MissingRate, NoBaseline, NotBegun, NotKept, SpendIncomplete};
    let whole = || Company::new(0, 200);
    let company = whole();
    assert_eq!(company.reasons(90), [Some(NotBegun), Some(BaselineNotMature)]);
    assert_eq!(company.reasons(96), [Some(NotBegun), Some(BaselineNotMature)], "a week is over with its last day");
    assert_eq!(company.reasons(97), [None, Some(BaselineNotMature)]);
    assert_eq!(company.reasons(99), [None, Some(BaselineNotMature)]);
    assert_eq!(company.reasons(100), [None, None]);

    let none = Company { config: Config { cac: Baselines::default(), lead_conversion: Baselines::default(), ..whole().config }, ..whole() };
    assert_eq!(none.reasons(150), [Some(NoBaseline), Some(NoBaseline)]);

    let late = Company::new(0, 94);
    assert_eq!(late.reasons(120), [Some(SpendIncomplete), None], "spend is known to day 94: no week is over");
    assert_eq!(Company::new(0, 96).reasons(120)[0], None);

    let mut small = whole();
    small.config.cac = on(30, 58);
    small.config.lead_conversion = on(30, 54);
    assert_eq!(small.reasons(150), [Some(BaselineTooSmall), Some(BaselineTooSmall)], "29 customers; 25 of 100 leads");
    small.config.cac = on(30, 59);
    assert_eq!(small.reasons(150)[0], None);

    let mut early = Company::new(0, 200);
    early.config.cac = on(0, 59);
    assert_eq!(early.reasons(150)[0], Some(BaselineTooEarly), "the first customer's money came the day before");
    early.config.cac = on(1, 59);
    assert_eq!(early.reasons(150)[0], None);

    let mut foreign = whole();
    foreign.book(89, "email", Measure::Spend("USD".parse().unwrap_or(Currency::EUR)), 1);
    assert_eq!(foreign.reasons(150), [Some(MissingRate), None], "the first scored day takes in what the day before brings");
    let mut before = whole();
    before.book(28, "email", Measure::Spend("USD".parse().unwrap_or(Currency::EUR)), 1);
    assert_eq!(before.reasons(150)[0], None, "no customer's lead was two days old");

    let mut kept = whole();
    kept.panes.advance(FIRST.plus(21), model::Minute(0));
    assert_eq!(kept.reasons(150), [Some(NotKept), Some(NotKept)]);
    assert_eq!(kept.total(Watched::Cac, 150).baseline.customers, Some(60), "those days are kept");
    let mut kept = whole();
    kept.panes.advance(FIRST.plus(20), model::Minute(0));
    assert_eq!(kept.reasons(150), [None, None], "from the baseline back by the horizon");

    // Several at once: the first in order.
    let mut several = Company::new(0, 40);
    assert_eq!(several.reasons(60), [Some(BaselineTooSmall), Some(BaselineNotMature)]);
    several.book(35, "email", Measure::Spend("USD".parse().unwrap_or(Currency::EUR)), 1);
    assert_eq!(several.reasons(60)[0], Some(MissingRate));
    several.panes.advance(FIRST.plus(21), model::Minute(0));
    assert_eq!(several.reasons(60), [Some(NotKept), Some(NotKept)]);
}

/// KPI F4, F7, F13: a value is the level, and nothing else is another.
#[test]
fn a_value_replaces_the_level_alone() {
    let mut company = Company::new(0, 200);
    let measured = company.total(Watched::Cac, 150);
    company.config.cac.total.value = Some(50.0);
    let planned = company.total(Watched::Cac, 150);
    let (Ok(measured), Ok(planned)) = (measured.state, planned.state) else { panic!("both are scored") };
    assert_eq!((measured.step, measured.dispersion, measured.threshold), (planned.step, planned.dispersion, planned.threshold));
    assert!(measured.alarms.is_empty() && measured.steps[1].expected == 7.0);
    assert_eq!(planned.steps[1].expected, 14.0);
    let alarm = &planned.alarms[0];
    assert_eq!((alarm.relative, alarm.level), (Some(0.5), Some(100.0)), "a customer costs what it always did");
    let moved: f64 = alarm.moved.iter().filter_map(|moved| moved.gap).map(|gap| gap.mix + gap.rate).sum();
    assert!((moved - (alarm.observed as f64 - alarm.expected)).abs() < 1e-9);
    // Without days nothing but the level is known.
    company.config.cac.total = Baseline { value: Some(100.0), start: Some(FIRST.plus(90)), ..Baseline::default() };
    let Ok(bare) = company.total(Watched::Cac, 150).state else { panic!("it is scored") };
    assert_eq!((bare.dispersion, bare.step, bare.first), (1.0, drift::Step::Week, FIRST.plus(90)));
    assert_eq!(bare.threshold, threshold(7.0, 1.5, 2.0 * 365.0 / 7.0));
}

/// KPI F6, F11: every sound series shares the one false alarm a year, whichever are shown.
#[test]
fn thresholds_are_those_of_all_that_is_watched() {
    let mut company = Company::new(0, 200);
    let threshold_of = |company: &Company| company.total(Watched::Cac, 150).state.map(|state| state.threshold).unwrap_or(f64::NAN);
    let of = |series: f64| threshold(7.0, 1.5, series * 365.0 / 7.0);
    assert_eq!(threshold_of(&company), of(2.0));
    company.config.channels = Some(["email".to_owned(), "nobody".to_owned()].into());
    assert_eq!(threshold_of(&company), of(4.0), "both totals and email; nobody has no baseline");
    let shown = |company: &Company| company.drift(150).series.iter().map(|series| series.channel.clone()).collect::<Vec<_>>();
    let (email, nobody): (Arc<str>, Arc<str>) = ("email".into(), "nobody".into());
    let named = |channels: &[&Arc<str>]| {
        let one = std::iter::once(None).chain(channels.iter().map(|channel| Some(Arc::clone(channel))));
        one.clone().chain(one).collect::<Vec<_>>()
    };
    assert_eq!(shown(&company), named(&[&email, &nobody]), "what is configured is shown");
    company.config.channels = None;
    assert_eq!((shown(&company), threshold_of(&company)), (named(&[&email]), of(4.0)));
    // A scored day without a rate makes a baseline no less sound; one of the baseline does.
    company.book(120, "email", Measure::Spend("USD".parse().unwrap_or(Currency::EUR)), 1);
    let conversion = |company: &Company| company.total(Watched::LeadConversion, 150).state.map(|state| state.threshold).unwrap_or(f64::NAN);
    assert_eq!(conversion(&company), of(4.0));
    company.book(60, "email", Measure::Spend("USD".parse().unwrap_or(Currency::EUR)), 1);
    assert_eq!(conversion(&company), of(2.0));
    let question = Question { channels: Some(["nobody".to_owned()].into()), ..Question::at(Millis((i64::from(FIRST.0) + 150) * DAY_MS)) };
    let asked = evaluate(&[&company.panes], &question, &company.config, &company.kpis);
    let one = asked.total(Watched::LeadConversion).and_then(|series| series.state.clone().ok()).map(|state| state.threshold);
    assert_eq!((asked.series.len(), one), (4, Some(of(2.0))));
}

/// KPI F14: money that moves between channels which bring the same is no mix, and a channel that fails is a rate.
#[test]
fn what_moved_is_told_apart() {
    let mut company = Company::new(0, 200);
    // A second channel like the first, whose customers stay away from day 100 on.
    for day in 0..=200 {
        for (measure, amount) in [(Measure::Spend(Currency::EUR), 100_000_000), (Measure::SpendRows, 1)] {
            company.book(day, "display", measure, amount);
        }
        if day < 100 {
            company.book(day, "display", Measure::Customers, 1);
            company.book(day, "display", Measure::CustomersOfAge(1), 1);
        }
    }
    let Ok(state) = company.total(Watched::Cac, 190).state else { panic!("it is scored") };
    let alarm = &state.alarms[0];
    let gaps: Vec<(String, i128, f64, f64)> =
        alarm.moved.iter().filter_map(|moved| Some((moved.channel.to_string(), moved.observed, moved.gap?.mix, moved.gap?.rate))).collect();
    let [display, email] = &gaps[..] else { panic!("two channels: {gaps:?}") };
    assert_eq!((display.0.as_str(), email.0.as_str()), ("display", "email"));
    assert!(display.2.abs() < 1e-9 && email.2.abs() < 1e-9 && email.3.abs() < 1e-9, "{gaps:?}");
    assert!((display.3 - (alarm.observed as f64 - alarm.expected)).abs() < 1e-9, "{gaps:?}");
}
