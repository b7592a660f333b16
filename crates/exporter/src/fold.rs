//! The caps on labels: the largest groups keep their names, the rest folds into `(other)`, and additive measures still add up.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use kpis::{Aim, Group, Kpi, Number, Row, Undefined, definition::Ratio};

/// Channels that keep their names.
pub const CHANNELS_AT_MOST: usize = 50;
/// Pairs of channel and campaign that keep their names.
pub const CAMPAIGNS_AT_MOST: usize = 500;

/// The group of all that a cap folds together.
pub(crate) const OTHER: &str = "(other)";
/// Longer names are folded too: one name must not swell every scrape.
const NAME_BYTES_AT_MOST: usize = 256;

/// Whether a name from outside is short enough for a label, and not that of the rest.
pub(crate) fn is_label(name: &str) -> bool {
    name.len() <= NAME_BYTES_AT_MOST && name != OTHER
}

/// A KPI in a window, of everything, of a group, or of what was folded.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Series<'a> {
    pub(crate) kpi: Kpi,
    pub(crate) window: &'a str,
    pub(crate) channel: Option<&'a str>,
    pub(crate) campaign: Option<&'a str>,
    pub(crate) value: Result<f64, Undefined>,
    pub(crate) sample_size: Option<i128>,
    pub(crate) interval: Option<(f64, f64)>,
    pub(crate) aim: Aim,
}

/// The series of one grouping, and how many of its groups were folded.
#[derive(Debug, Default)]
pub(crate) struct Grouped<'a> {
    pub(crate) series: Vec<Series<'a>>,
    pub(crate) groups: usize,
}

/// Rows of one grouping, at most so many of its groups by name.
pub(crate) fn fold<'a>(rows: &[&'a Row], at_most: usize) -> Grouped<'a> {
    let all: BTreeSet<&Group> = rows.iter().map(|row| &*row.group).collect();
    let kept: BTreeSet<&Group> = by_size(rows, &all).into_iter().take(at_most).collect();
    let mut folded = Grouped { series: Vec::with_capacity(rows.len()), groups: all.len() - kept.len() };
    let mut rest: BTreeMap<(&str, Kpi), Vec<&'a Row>> = BTreeMap::new();
    for &row in rows {
        if kept.contains(&*row.group) {
            folded.series.push(named(row));
        } else {
            rest.entry((&*row.window, row.kpi)).or_default().push(row);
        }
    }
    folded.series.extend(rest.into_iter().filter_map(|((window, kpi), rows)| together(window, kpi, &rows)));
    folded
}

/// A row under its own name.
pub(crate) fn named(row: &Row) -> Series<'_> {
    Series {
        kpi: row.kpi,
        window: &row.window,
        channel: row.group.channel.as_deref(),
        campaign: row.group.campaign.as_deref(),
        value: row.value.map(Number::as_f64),
        sample_size: row.sample_size,
        interval: row.interval,
        aim: row.aim,
    }
}

/// The groups that may keep their names: by spend, then leads, in the largest window, then by name.
fn by_size<'a>(rows: &[&'a Row], all: &BTreeSet<&'a Group>) -> Vec<&'a Group> {
    let largest = rows.iter().max_by_key(|row| (row.end.0.saturating_sub(row.start.0), &row.window)).map(|row| &row.window);
    let mut size: BTreeMap<&Group, (i128, i128)> = BTreeMap::new();
    for row in rows.iter().filter(|row| Some(&row.window) == largest) {
        let (spend, leads) = size.entry(&*row.group).or_default();
        match (row.kpi, row.numerator) {
            (Kpi::Spend, Some(Number::Money(amount))) => *spend = amount.0,
            (Kpi::Leads, Some(Number::Count(n))) => *leads = n,
            _ => {}
        }
    }
    let mut groups: Vec<&Group> = all.iter().copied().filter(|group| may_keep_its_name(group)).collect();
    groups.sort_by_key(|group| (Reverse(size.get(group).copied().unwrap_or_default()), *group));
    groups
}

fn may_keep_its_name(group: &Group) -> bool {
    let names = || [&group.channel, &group.campaign].into_iter().flatten();
    // What the fold of events has already put together stays with what is folded here.
    let only_the_rest = names().all(|name| &**name == OTHER);
    !only_the_rest && names().all(|name| name.len() <= NAME_BYTES_AT_MOST)
}

/// The rows of one KPI in one window as one; none where their parts do not tell.
fn together<'a>(window: &'a str, kpi: Kpi, rows: &[&'a Row]) -> Option<Series<'a>> {
    let value = if kpi.definition().is_additive() { sum(rows) } else { quotient(kpi.definition().ratio_of_sums()?, rows)? };
    let by_campaign = rows.iter().any(|row| row.group.campaign.is_some());
    Some(Series {
        kpi,
        window,
        channel: Some(OTHER),
        campaign: by_campaign.then_some(OTHER),
        value,
        sample_size: rows.iter().map(|row| row.sample_size).try_fold(0, |sum: i128, n| n.map(|n| sum.saturating_add(n))),
        interval: None,
        // A target is one channel's.
        aim: Aim::default(),
    })
}

fn sum(rows: &[&Row]) -> Result<f64, Undefined> {
    match rows.iter().filter_map(|row| row.value.err()).min() {
        Some(reason) => Err(reason),
        None => total(rows.iter().filter_map(|row| row.value.ok())).ok_or(Undefined::OutOfRange),
    }
}

/// The sum, taken exactly while the numbers are exact; none where it has no room in 128 bits.
fn total(numbers: impl Iterator<Item = Number>) -> Option<f64> {
    let (mut counts, mut micros, mut reals) = (0i128, 0i128, 0.0);
    for number in numbers {
        match number {
            Number::Count(n) => counts = counts.checked_add(n)?,
            Number::Money(amount) => micros = micros.checked_add(amount.0)?,
            Number::Real(x) => reals += x,
        }
    }
    Some(counts as f64 + model::Micros(micros).units() + reals)
}

/// The quotient of the sums of what the rows are quotients of; none where they do not tell.
fn quotient(ratio: &Ratio, rows: &[&Row]) -> Option<Result<f64, Undefined>> {
    let beyond_the_parts = rows.iter().filter_map(|row| row.value.err()).filter(|reason| *reason <= Undefined::OutOfRange).min();
    if let Some(reason) = beyond_the_parts {
        return Some(Err(reason));
    }
    let part = |of: fn(&Row) -> Option<Number>| {
        let known: Option<Vec<Number>> = rows.iter().map(|row| of(row)).collect();
        known.map(|numbers| total(numbers.into_iter()))
    };
    let (Some(above), Some(below)) = (part(|row| row.numerator)?, part(|row| row.denominator)?) else { return Some(Err(Undefined::OutOfRange)) };
    Some(match ratio.free.filter(|_| above <= 0.0) {
        Some(free) => Err(free),
        None if below <= 0.0 => Err(ratio.none),
        None => Ok(above / below),
    })
}
