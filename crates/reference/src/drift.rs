//! Drift by other, naive code: every day's expectation summed up from the facts anew. The threshold is given, not worked out.

mod counts;
mod moved;
mod series;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    Options,
    dimensions::Names,
    facts::Facts,
    latest::Latest,
    money::Rates,
    time::{Zone, parse_date, show_instant},
};

/// What is watched: the table `drift` of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct DriftOptions {
    /// The worsening to detect.
    pub detect: f64,
    /// The score that is an alarm.
    pub threshold: f64,
    /// Days that deals take to be entered.
    pub settle_days: i64,
    /// `week`, `month`, `quarter` or `auto`.
    pub step: String,
    /// Whether spend is spread by age.
    pub spread_spend: bool,
    /// The channels watched; none: all whose baseline is sound.
    pub channels: Option<Vec<String>>,
    /// Baselines by KPI and channel (none: the total's).
    pub baselines: BTreeMap<(String, Option<String>), Baseline>,
    /// The channels to show instead of those watched.
    pub asked: Option<Vec<String>>,
}

/// The keys of a baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Baseline {
    /// The first day.
    pub from: Option<String>,
    /// The last day.
    pub until: Option<String>,
    /// The level.
    pub value: Option<f64>,
    /// The first day scored.
    pub start: Option<String>,
}

impl Default for DriftOptions {
    fn default() -> DriftOptions {
        DriftOptions {
            detect: 1.5,
            threshold: 2.95,
            settle_days: 7,
            step: "auto".to_owned(),
            spread_spend: true,
            channels: None,
            baselines: BTreeMap::new(),
            asked: None,
        }
    }
}

/// Everything a series is made from.
struct World<'a> {
    facts: &'a Facts,
    rates: &'a Rates,
    drift: &'a DriftOptions,
    /// Baselines by KPI and the one spelling of the channel.
    baselines: BTreeMap<(String, Option<String>), Baseline>,
    horizon: i64,
    lag: i64,
    today: i64,
}

/// The contract's JSON of drift over the files' contents, every step with it.
///
/// # Panics
/// Where the options themselves are wrong: they are the test's own.
pub fn drift(inputs: &[&[u8]], options: &Options, drift: &DriftOptions) -> Value {
    let zone = Zone::named(&options.time_zone);
    let as_of = zone.as_of(&options.as_of);
    let facts = Facts::of(&Latest::read(inputs, &zone, options.now), &zone, options);
    let rates = Rates::parse(options.rates_csv.as_deref().unwrap_or_default(), &options.currency);
    let names = Names::new(options);
    let spelled = |channel: &String| names.channel("", channel);
    let baselines = drift.baselines.iter().map(|((kpi, channel), own)| ((kpi.clone(), channel.as_ref().map(spelled)), own.clone())).collect();
    let (horizon, lag, today) = (options.horizon_days, options.lag_days, zone.day_of(as_of));
    let world = World { facts: &facts, rates: &rates, drift, baselines, horizon, lag, today };
    let mut series = Vec::new();
    for kpi in ["cac", "lead_conversion"] {
        let named = |list: &Vec<String>| list.iter().map(spelled).collect::<BTreeSet<_>>();
        let (channels, all) = match (&drift.asked, &drift.channels) {
            (Some(asked), _) => (named(asked), true),
            (None, Some(watched)) => (named(watched), true),
            (None, None) => (world.channels(kpi), false),
        };
        series.push(world.series(kpi, None).0);
        for channel in channels {
            let (told, is_sound) = world.series(kpi, Some(&channel));
            if all || is_sound {
                series.push(told);
            }
        }
    }
    json!({ "as_of": show_instant(as_of), "time_zone": options.time_zone, "currency": options.currency, "series": series })
}

impl World<'_> {
    /// The baseline of a series, with what a channel takes over.
    fn baseline(&self, kpi: &str, channel: Option<&str>) -> Span {
        let get = |channel: Option<&str>| self.baselines.get(&(kpi.to_owned(), channel.map(str::to_owned))).cloned().unwrap_or_default();
        let mut keys = get(None);
        if channel.is_some() {
            let own = get(channel);
            keys.value = own.value;
            if own.from.is_some() || own.until.is_some() {
                keys.start = None;
            } else if own.start.is_some() {
                (keys.from, keys.until) = (None, None);
            }
            keys.from = own.from.or(keys.from);
            keys.until = own.until.or(keys.until);
            keys.start = own.start.or(keys.start);
        }
        let day = |text: &Option<String>| text.as_deref().map(|text| parse_date(text).unwrap_or_else(|| panic!("{text} is no date")));
        Span { days: day(&keys.from).zip(day(&keys.until)), value: keys.value, start: day(&keys.start) }
    }

    /// The channels that are spoken of in the data or the configuration.
    fn channels(&self, kpi: &str) -> BTreeSet<String> {
        let configured = self.baselines.keys().filter(|(of, _)| of == kpi).filter_map(|(_, channel)| channel.clone());
        self.facts.places().map(|at| at.channel.clone()).chain(configured).collect()
    }
}

/// A baseline, read.
struct Span {
    days: Option<(i64, i64)>,
    value: Option<f64>,
    start: Option<i64>,
}
