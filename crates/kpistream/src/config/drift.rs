//! The table `drift`: what is watched, and against which level.

use std::collections::{BTreeMap, btree_map::Entry};

use drift::{Baseline, Baselines, Config, Step};
use model::{Channels, Day, Micros};

use super::{
    error::ConfigError,
    values::{Leaf, Values},
};

/// Days beyond which waiting for deals is a slip of the pen.
const SETTLE_DAYS_AT_MOST: i64 = 3650;

/// Reads the table `drift`.
pub fn drift(values: &Values, channels: &Channels) -> Result<Config, ConfigError> {
    let default = Config::default();
    let threshold = |text: &str| if text == "auto" { Ok(None) } else { threshold(text).map(Some) };
    let step = |text: &str| if text == "auto" { Ok(None) } else { Step::ALL.into_iter().find(|step| step.name() == text).map(Some).ok_or("") };
    let spread = |text: &str| text.parse::<bool>().map_err(|_| "");
    let named = |name: &str| if name.is_empty() { Err("") } else { Ok(channels.named(name).to_owned()) };
    let days = values.number("drift.settle_days", 0, SETTLE_DAYS_AT_MOST, i64::from(default.settle_days))?;
    Ok(Config {
        detect: values.get("drift.detect", |text| decimal(text).filter(|k| (1.01..=100.0).contains(k)).ok_or(""))?.unwrap_or(default.detect),
        threshold: values.get("drift.threshold", threshold)?.flatten(),
        settle_days: i32::try_from(days).unwrap_or(default.settle_days),
        step: values.get("drift.step", step)?.flatten(),
        spread_spend: values.get("drift.spread_spend", spread)?.unwrap_or(default.spread_spend),
        channels: values.list("drift.channels", named)?.map(|channels| channels.into_iter().collect()),
        cac: baselines(values, channels, "cac")?,
        lead_conversion: baselines(values, channels, "lead_conversion")?,
    })
}

/// A score that is an alarm.
pub fn threshold(text: &str) -> Result<f64, &'static str> {
    decimal(text).filter(|h| *h > 0.0 && *h <= 1000.0).ok_or("")
}

fn decimal(text: &str) -> Option<f64> {
    Micros::parse(text).ok().map(Micros::units)
}

/// What is read of one baseline, with where it is from.
#[derive(Default)]
struct Read<'a> {
    baseline: Baseline,
    /// The keys of its days, for whoever has to say that they are wrong.
    days: Vec<&'a Leaf>,
    /// How its channel is spelled.
    spelled: Option<String>,
}

fn baselines(values: &Values, channels: &Channels, kpi: &str) -> Result<Baselines, ConfigError> {
    let mut total = Read::default();
    let mut of_channel: BTreeMap<String, Read<'_>> = BTreeMap::new();
    for leaf in values.under(&format!("drift.baseline.{kpi}")) {
        match leaf.path()[..] {
            [_, _, _, key] => total.take(key, leaf, kpi)?,
            [_, _, _, "of_channel", channel, key] => {
                let own = match of_channel.entry(channels.named(channel).to_owned()) {
                    Entry::Vacant(new) => new.insert(Read { spelled: Some(channel.to_owned()), ..Read::default() }),
                    Entry::Occupied(known) => known.into_mut(),
                };
                if let Some(other) = own.spelled.as_ref().filter(|other| *other != channel) {
                    return Err(leaf.refused(format!("{other:?} is the same channel")));
                }
                own.take(key, leaf, kpi)?;
            }
            _ => {}
        }
    }
    let baselines =
        Baselines { total: total.baseline, of_channel: of_channel.iter().map(|(channel, own)| (channel.clone(), own.baseline)).collect() };
    let own = of_channel.iter().map(|(channel, own)| (Some(channel.as_str()), own));
    for (channel, read) in std::iter::once((None, &total)).chain(own) {
        read.check(baselines.of(channel))?;
    }
    Ok(baselines)
}

impl<'a> Read<'a> {
    fn take(&mut self, key: &str, leaf: &'a Leaf, kpi: &str) -> Result<(), ConfigError> {
        let day = || leaf.read(|text| Day::parse(text).map_err(|_| "")).map(Some);
        let is_share = kpi == "lead_conversion";
        let value = |text: &str| decimal(text).filter(|value| *value > 0.0 && (!is_share || *value <= 1.0)).ok_or("");
        match key {
            "from" => (self.baseline.from, self.days) = (day()?, [&self.days[..], &[leaf]].concat()),
            "until" => (self.baseline.until, self.days) = (day()?, [&self.days[..], &[leaf]].concat()),
            "start" => self.baseline.start = day()?,
            "value" => self.baseline.value = Some(leaf.read(value)?),
            _ => {}
        }
        Ok(())
    }

    /// Whether the days that it has, with those it takes over, go together.
    fn check(&self, baseline: Baseline) -> Result<(), ConfigError> {
        let Some(leaf) = self.days.first() else { return Ok(()) };
        let refused = |why: String, takes: &str| Err(leaf.refused_for(Some(why), takes.to_owned()));
        match (baseline.from, baseline.until) {
            (Some(_), None) => refused("there is no `until`".to_owned(), "both ends of the baseline, `from` and `until`"),
            (None, Some(_)) => refused("there is no `from`".to_owned(), "both ends of the baseline, `from` and `until`"),
            (Some(from), Some(until)) if from > until => {
                refused(format!("the baseline from {from} until {until} has no day"), "a `from` that is not after its `until`")
            }
            _ => Ok(()),
        }
    }
}
