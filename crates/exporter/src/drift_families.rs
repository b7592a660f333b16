//! Drift as metric families: how each series stands, and what has moved the totals.

use std::cmp::Reverse;

use ::drift::{Alarm, Direction, Drift, Moved, Series, State};
use model::Zone;

use crate::{
    exposition::{Exposition, Labels},
    fold::{CHANNELS_AT_MOST, OTHER, is_label},
    names::{DriftFamily, Scope},
};

/// The families of drift.
pub(crate) fn of(drift: &Drift) -> Exposition {
    let mut out = Exposition::default();
    // A zone by whose name drift was evaluated is known.
    let zone = Zone::named(&drift.time_zone).unwrap_or_else(|_| Zone::utc());
    for series in shown(&drift.series) {
        put_series(&mut out, series, &zone);
    }
    for series in drift.series.iter().filter(|series| series.channel.is_none()) {
        put_moved(&mut out, series);
    }
    out
}

/// The totals, and of each KPI the channels with most customers in the baseline: of more, none would be a sum of anything.
fn shown(series: &[Series]) -> impl Iterator<Item = &Series> {
    series.chunk_by(|one, next| one.kpi == next.kpi).flat_map(|of_kpi| {
        let mut channels: Vec<&Series> = of_kpi.iter().filter(|series| series.channel.as_deref().is_some_and(is_label)).collect();
        channels.sort_by_key(|series| (Reverse(series.baseline.customers), series.channel.clone()));
        channels.truncate(CHANNELS_AT_MOST);
        of_kpi.iter().filter(|series| series.channel.is_none()).chain(channels)
    })
}

fn put_series(out: &mut Exposition, series: &Series, zone: &Zone) {
    let scope = if series.channel.is_none() { Scope::Total } else { Scope::Channel };
    let own = labels(series, &[]);
    if let Some(value) = series.baseline.value {
        out.put(&scope.drift(DriftFamily::Baseline), &own, value);
    }
    match &series.state {
        Err(reason) => out.put(&scope.drift(DriftFamily::Undefined), &labels(series, &[("reason", reason.code())]), 1.0),
        Ok(state) => {
            out.put(&scope.drift(DriftFamily::Threshold), &own, state.threshold);
            out.put(&scope.drift(DriftFamily::Dispersion), &own, state.dispersion);
            Direction::ALL.into_iter().for_each(|direction| put_direction(out, scope, series, state, direction, zone));
        }
    }
}

fn put_direction(out: &mut Exposition, scope: Scope, series: &Series, state: &State, direction: Direction, zone: &Zone) {
    let own = labels(series, &[("direction", direction.name())]);
    let alarm = state.standing(direction);
    let score = if direction == Direction::Worse { state.worse } else { state.better };
    out.put(&scope.drift(DriftFamily::Score), &own, score);
    out.put(&scope.drift(DriftFamily::Alarm), &own, f64::from(u8::from(alarm.is_some())));
    let Some(Alarm { onset, level, relative, .. }) = alarm else { return };
    out.put(&scope.drift(DriftFamily::Onset), &own, zone.first_instant(*onset).0 as f64 / 1000.0);
    level.iter().for_each(|level| out.put(&scope.drift(DriftFamily::Level), &own, *level));
    relative.iter().for_each(|relative| out.put(&scope.drift(DriftFamily::Relative), &own, *relative));
}

/// What each channel has to do with the alarms of a total that stand. Those beyond the largest are one, so that all still add up.
fn put_moved(out: &mut Exposition, series: &Series) {
    let Ok(state) = &series.state else { return };
    for alarm in Direction::ALL.into_iter().filter_map(|direction| state.standing(direction)) {
        let mut all: Vec<(&str, f64, f64)> = alarm.moved.iter().filter_map(gap).collect();
        all.sort_by(|one, other| other.1.hypot(other.2).total_cmp(&one.1.hypot(one.2)).then_with(|| one.0.cmp(other.0)));
        let (named, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|(channel, ..)| is_label(channel));
        let (named, beyond) = named.split_at(named.len().min(CHANNELS_AT_MOST));
        rest.extend(beyond);
        let folded = (!rest.is_empty()).then(|| rest.iter().fold((OTHER, 0.0, 0.0), |sum, (_, mix, rate)| (OTHER, sum.1 + mix, sum.2 + rate)));
        for (channel, mix, rate) in named.iter().copied().chain(folded) {
            let labels = [("kpi", series.kpi.name()), ("direction", alarm.direction.name()), ("channel", channel)];
            out.put(&Scope::Channel.drift(DriftFamily::Mix), &labels, mix);
            out.put(&Scope::Channel.drift(DriftFamily::Rate), &labels, rate);
        }
    }
}

fn gap(moved: &Moved) -> Option<(&str, f64, f64)> {
    moved.gap.map(|gap| (&*moved.channel, gap.mix, gap.rate))
}

fn labels<'a>(series: &'a Series, more: &Labels<'a>) -> Vec<(&'static str, &'a str)> {
    let channel = series.channel.as_deref().map(|channel| ("channel", channel));
    std::iter::once(("kpi", series.kpi.name())).chain(more.iter().copied()).chain(channel).collect()
}
