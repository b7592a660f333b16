//! An evaluation as metric families, built anew each time: what is no longer true has no series.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use kpis::{Evaluation, Kpi, Row, Undefined, Unit};
use model::{Day, Zone};

use crate::{
    exposition::{Exposition, Labels},
    fold::{self, CAMPAIGNS_AT_MOST, CHANNELS_AT_MOST, Grouped, OTHER, Series, is_label},
    names::{self, Companion, Name, Scope},
};

/// Advertising platforms that keep their names.
pub const PLATFORMS_AT_MOST: usize = 50;

/// The KPI half of `/metrics`, and how many values of each label a cap has folded.
pub(crate) struct Families {
    pub(crate) families: Exposition,
    pub(crate) folded: Vec<(&'static str, usize)>,
}

/// The families of an evaluation.
pub(crate) fn of(evaluation: &Evaluation) -> Families {
    let mut out = Exposition::default();
    let of = |scope| -> Vec<&Row> { evaluation.rows.iter().filter(|row| scope_of(row) == Some(scope)).collect() };
    let totals = Grouped { series: of(Scope::Total).into_iter().map(fold::named).collect(), groups: 0 };
    let channels = fold::fold(&of(Scope::Channel), CHANNELS_AT_MOST);
    let campaigns = fold::fold(&of(Scope::Campaign), CAMPAIGNS_AT_MOST);
    for (scope, folded) in [(Scope::Total, &totals), (Scope::Channel, &channels), (Scope::Campaign, &campaigns)] {
        let names = Names::of(scope);
        let shown = folded.series.iter().filter(|series| scope.has(series.kpi) && scope.shows(series.window));
        shown.for_each(|series| names.put(&mut out, series, evaluation));
    }
    effects(&mut out, evaluation, &channels);
    data_state(&mut out, evaluation);
    let platforms = spend_complete(&mut out, evaluation);
    Families { families: out, folded: vec![("channel", channels.groups), ("campaign", campaigns.groups), ("platform", platforms)] }
}

/// Of what a row is; breakdowns by segment are left to the API.
fn scope_of(row: &Row) -> Option<Scope> {
    let group = &row.group;
    match (&group.channel, &group.campaign, &group.segment) {
        (None, None, None) => Some(Scope::Total),
        (Some(_), None, None) => Some(Scope::Channel),
        (Some(_), Some(_), None) => Some(Scope::Campaign),
        _ => None,
    }
}

/// The families of a scope, named once and not for each series.
struct Names {
    kpis: Vec<(Kpi, Name)>,
    companions: Vec<(Companion, Name)>,
}

impl Names {
    fn of(scope: Scope) -> Names {
        let companions: &[Companion] = if scope == Scope::Campaign { &[] } else { &Companion::ALL };
        Names {
            kpis: Kpi::ALL.iter().map(|kpi| (*kpi, scope.kpi(*kpi))).collect(),
            companions: companions.iter().map(|companion| (*companion, scope.companion(*companion))).collect(),
        }
    }

    fn put(&self, out: &mut Exposition, series: &Series<'_>, evaluation: &Evaluation) {
        let money = (series.kpi.unit() == Unit::Money).then(|| evaluation.currency.code());
        let place = [("window", Some(series.window)), ("channel", series.channel), ("campaign", series.campaign)];
        let variant = ("variant", series.kpi.variant());
        let own = present([variant, ("currency", money)].into_iter().chain(place));
        if let (Ok(value), Some((_, name))) = (series.value, self.kpis.get(series.kpi as usize)) {
            out.put(name, &own, value);
        }
        let beside = present([("kpi", Some(series.kpi.name())), variant].into_iter().chain(place));
        for (companion, name) in &self.companions {
            put_companion(out, name, *companion, series, &beside);
        }
    }
}

fn put_companion(out: &mut Exposition, name: &Name, companion: Companion, series: &Series<'_>, labels: &Labels<'_>) {
    let value = match companion {
        Companion::SampleSize => series.sample_size.map(|n| n as f64),
        Companion::LowerBound => series.interval.map(|(lower, _)| lower),
        Companion::UpperBound => series.interval.map(|(_, upper)| upper),
        Companion::Undefined => return put_undefined(out, name, series.value, labels),
        Companion::Target => series.aim.target,
        Companion::Attainment => series.aim.attainment,
        Companion::Pace => series.aim.pace,
        // Where there is no target nobody waits for it here; the API has it.
        Companion::Projected => series.aim.projected.filter(|_| series.aim.target.is_some()),
    };
    if let Some(value) = value {
        out.put(name, labels, value);
    }
}

fn put_undefined(out: &mut Exposition, name: &Name, value: Result<f64, Undefined>, labels: &Labels<'_>) {
    if let Err(reason) = value {
        let labels: Vec<(&'static str, &str)> = labels.iter().copied().chain([("reason", reason.code())]).collect();
        out.put(name, &labels, 1.0);
    }
}

/// The labels that are there; an absent one is not an empty one.
fn present<'a>(labels: impl Iterator<Item = (&'static str, Option<&'a str>)>) -> Vec<(&'static str, &'a str)> {
    labels.filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

/// What moved ratios; of the channels that are folded together the sum, so that all add up to the change.
fn effects(out: &mut Exposition, evaluation: &Evaluation, channels: &Grouped<'_>) {
    let named: BTreeSet<&str> = channels.series.iter().filter_map(|series| series.channel).collect();
    let mut moved: BTreeMap<(Kpi, &str, &str), [Option<f64>; 2]> = BTreeMap::new();
    for effect in evaluation.effects.iter() {
        let channel = if named.contains(&*effect.channel) { &*effect.channel } else { OTHER };
        let sums = moved.entry((effect.kpi, &*effect.window, channel)).or_insert([Some(0.0); 2]);
        for (sum, own) in sums.iter_mut().zip([effect.mix, effect.rate]) {
            *sum = sum.zip(own).map(|(sum, own)| sum + own);
        }
    }
    for ((kpi, window, channel), sums) in moved {
        let (variant, place) = (("variant", kpi.variant()), [("window", Some(window)), ("channel", Some(channel))]);
        let labels = present([("kpi", Some(kpi.name())), variant].into_iter().chain(place));
        for (name, sum) in [&names::MIX_EFFECT, &names::RATE_EFFECT].into_iter().zip(sums) {
            sum.into_iter().for_each(|sum| out.put(name, &labels, sum));
        }
    }
}

fn data_state(out: &mut Exposition, evaluation: &Evaluation) {
    let state = &evaluation.data_state;
    for missing in &state.unconverted {
        let labels = [("measure", missing.measure), ("currency", missing.currency.code())];
        out.put(&names::UNCONVERTED, &labels, missing.amount.units());
    }
    out.put(&names::NO_AMOUNT, &[], state.deals_without_amount as f64);
    if let Some(share) = state.conversion_within_horizon {
        out.put(&names::WITHIN_HORIZON, &[], share);
    }
}

/// The day each platform has reported; those that have reported the newest days keep their names. Gives how many do not.
fn spend_complete(out: &mut Exposition, evaluation: &Evaluation) -> usize {
    // A zone by whose name the evaluation was made is known; were it not, a day would still end within hours of its end in UTC.
    let zone = Zone::named(&evaluation.time_zone).unwrap_or_else(|_| Zone::utc());
    let mut put = |platform: &str, day: Day| out.put(&names::SPEND_COMPLETE, &[("platform", platform)], zone.last_instant(day).0 as f64 / 1000.0);
    let mut by_day: Vec<(&str, Day)> = evaluation.spend_reported.iter().map(|(platform, day)| (&**platform, *day)).collect();
    by_day.sort_by_key(|(platform, day)| (!is_label(platform), Reverse(*day), *platform));
    let labels = by_day.iter().filter(|(platform, _)| is_label(platform)).count();
    let rest = by_day.split_off(labels.min(PLATFORMS_AT_MOST));
    let named: BTreeSet<&str> = by_day.into_iter().map(|(platform, _)| platform).collect();
    evaluation.spend_reported.iter().filter(|(platform, _)| named.contains(&**platform)).for_each(|(platform, day)| put(platform, *day));
    // All of the rest have reported at least that day.
    if let Some(day) = rest.iter().map(|(_, day)| *day).min() {
        put(OTHER, day);
    }
    rest.len()
}
