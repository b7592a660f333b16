//! Which days a row covers: the window's, and for ratios with spend only those whose spend is complete.

use std::{collections::BTreeMap, iter, sync::Arc};

use model::{Day, Millis, Minute};
use panes::{DayRange, Panes, Period, Window};

use crate::{Config, Request, Span, block::Use, effects::pairs};

/// How far the spend of each platform is known.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SpendState {
    /// The day through which the spend of every active platform is complete; none without media spend.
    pub complete_through: Option<Day>,
    /// Of each active platform, the newest day it has reported.
    pub platforms: Vec<(Arc<str>, Day)>,
}

/// Days by which a platform may lag behind the newest and still count as active. KPI S3
const ACTIVE_WITHIN: i32 = 7;

/// Through which day spend is complete, by all that is known of the days that are kept: a row below the floor may be there still
/// or be forgotten, and must not matter.
pub fn spend_state(folds: &[&Panes]) -> SpendState {
    let mut newest: BTreeMap<Arc<str>, Day> = BTreeMap::new();
    let floor = folds.iter().map(|fold| fold.keep().days_from).max().unwrap_or(Day(i32::MIN));
    let is_kept = |(_, day): &&(Arc<str>, Day)| *day >= floor;
    for (platform, day) in folds.iter().flat_map(|fold| fold.reported().keys()).filter(is_kept) {
        newest.entry(platform.clone()).and_modify(|newest| *newest = (*newest).max(*day)).or_insert(*day);
    }
    let Some(latest) = newest.values().max().copied() else { return SpendState::default() };
    let active: Vec<_> = newest.into_iter().filter(|(_, day)| latest.0 - day.0 <= ACTIVE_WITHIN).collect();
    SpendState { complete_through: active.iter().map(|(_, day)| *day).min(), platforms: active }
}

/// One span of a request, at its instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Instance {
    /// Minutes, from the first to the last.
    Minutes(Arc<str>, Minute, Minute),
    /// Days.
    Days(Coverage),
}

/// The days a span's rows cover.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Coverage {
    pub label: Arc<str>,
    /// What rows without spend cover.
    pub whole: DayRange,
    /// What ratios with the spend of the same days cover.
    pub spend: DayRange,
    /// What ratios with the spend of `lag` days before cover.
    pub lagged: DayRange,
    /// What the return of mature leads covers.
    pub mature: DayRange,
    /// The calendar period that it is a view of, where it is one.
    pub calendar: Option<Calendar>,
}

/// A calendar period: a week, a month, a quarter or a year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Calendar {
    pub period: Period,
    /// All its days, those to come too.
    pub days: DayRange,
}

/// The windows of an evaluation.
pub(crate) struct Windows {
    /// Whose rows are shown.
    shown: Vec<Instance>,
    /// With which some of those are compared beside.
    compared: Vec<Instance>,
}

impl Windows {
    /// Those of a request, at its instant.
    pub fn of(request: &Request, config: &Config, folds: &[&Panes], complete_through: Option<Day>) -> Windows {
        let shown = instances(request, config, folds, complete_through).collect();
        Windows { shown, compared: beside(request, config, complete_through) }
    }

    /// One window, compared with none.
    pub fn alone(instance: &Instance) -> Windows {
        Windows { shown: vec![instance.clone()], compared: Vec::new() }
    }

    /// All of them, and what each is for.
    pub fn all(&self) -> impl Iterator<Item = (&Instance, Use)> {
        let of = |instances, purpose| iter::repeat(purpose).zip(instances).map(|(purpose, instance)| (instance, purpose));
        of(self.shown.iter(), Use::Shown).chain(of(self.compared.iter(), Use::Compared))
    }
}

/// The spans of a request at its instant, each span once, one after the other: of calendar periods there may be millions.
pub(crate) fn instances<'a>(
    request: &'a Request,
    config: &'a Config,
    folds: &[&Panes],
    complete_through: Option<Day>,
) -> impl Iterator<Item = Instance> + use<'a> {
    let today = config.zone.day_of(request.as_of);
    let booked = booked(folds, today);
    let spans = request.spans.iter().enumerate().filter(|(at, span)| !request.spans.iter().take(*at).any(|before| before == *span));
    spans.flat_map(move |(_, span)| instance(*span, request.as_of, today, booked, config, complete_through))
}

/// The windows that those of a request are compared with, and that it does not ask for itself.
fn beside(request: &Request, config: &Config, complete_through: Option<Day>) -> Vec<Instance> {
    let today = config.zone.day_of(request.as_of);
    let windows = pairs(request).into_iter().map(|(_, before)| before).filter(|before| !request.spans.contains(&Span::Window(*before)));
    windows.map(|window| Instance::Days(window_coverage(window.to_string().into(), window, today, config, complete_through))).collect()
}

/// How many rows of each group a request makes, times the KPIs there are: one for each span, or for each of its calendar periods. At most
/// two too many for each span of periods.
pub fn instances_at_most(request: &Request, config: &Config, folds: &[&Panes]) -> usize {
    let booked = booked(folds, config.zone.day_of(request.as_of));
    let of = |span: &Span| match (span, booked) {
        (Span::Each(period), Some(booked)) => period.count_between(booked.first, booked.last),
        (Span::Each(_), None) => 0,
        (Span::Window(_) | Span::All, _) => 1,
    };
    request.spans.iter().map(of).fold(0, usize::saturating_add)
}

fn instance(
    span: Span,
    as_of: Millis,
    today: Day,
    booked: Option<DayRange>,
    config: &Config,
    complete_through: Option<Day>,
) -> Box<dyn Iterator<Item = Instance>> {
    match span {
        Span::Window(window) => {
            let label: Arc<str> = window.to_string().into();
            Box::new(iter::once(match window.minutes(as_of) {
                Some((first, last)) => Instance::Minutes(label, first, last),
                None => Instance::Days(window_coverage(label, window, today, config, complete_through)),
            }))
        }
        Span::All => {
            // Where nothing is booked by now, no day: an empty range at today.
            let days = booked.map_or(DayRange::new(today, today.plus(-1)), |booked| DayRange::new(booked.first, today));
            Box::new(iter::once(Instance::Days(Coverage::uncut("all".into(), days))))
        }
        Span::Each(period) => {
            let periods = booked.into_iter().flat_map(move |booked| period.all_between(booked.first, booked.last));
            Box::new(periods.map(move |days| Instance::Days(period_coverage(period, days, today))))
        }
    }
}

fn window_coverage(label: Arc<str>, window: Window, today: Day, config: &Config, complete_through: Option<Day>) -> Coverage {
    let days = |shift: i32| window.days(today, complete_through.map_or(today, |day| day.plus(shift)));
    let calendar = match window {
        Window::This(period) => Some(Calendar { period, days: period.of(today) }),
        Window::Last(period) => Some(Calendar { period, days: period.before(today) }),
        _ => None,
    };
    let (whole, lagged, mature) = (window.days(today, today), days(config.lag_days), days(config.horizon_days));
    Coverage { label, whole, spend: days(0), lagged, mature, calendar }
}

fn period_coverage(period: Period, days: DayRange, today: Day) -> Coverage {
    let calendar = (period != Period::Day).then_some(Calendar { period, days });
    Coverage { calendar, ..Coverage::uncut(period.label(days.first).into(), days.up_to(today)) }
}

impl Coverage {
    fn uncut(label: Arc<str>, days: DayRange) -> Coverage {
        Coverage { label, whole: days, spend: days, lagged: days, mature: days, calendar: None }
    }
}

/// The days from the first to the last in which anything is booked, of those up to today: what is booked later opens no period.
pub(crate) fn booked(folds: &[&Panes], today: Day) -> Option<DayRange> {
    let days = || folds.iter().map(|fold| fold.days().range(..=today));
    let first = days().filter_map(|mut days| days.next()).map(|(day, _)| *day).min()?;
    let last = days().filter_map(|mut days| days.next_back()).map(|(day, _)| *day).max()?;
    Some(DayRange::new(first, last))
}
