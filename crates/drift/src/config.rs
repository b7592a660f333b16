//! What is watched, and against which level.

use std::collections::{BTreeMap, BTreeSet};

use model::Day;

use crate::{Step, Watched};

/// The table `drift` of a configuration.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// The worsening to detect, above 1: CAC times it, conversion divided by it.
    pub detect: f64,
    /// The score that is an alarm; none: worked out.
    pub threshold: Option<f64>,
    /// Days before today that are not scored yet: deals are entered late.
    pub settle_days: i32,
    /// In what steps scores are taken; none: chosen by the baseline.
    pub step: Option<Step>,
    /// Whether money is expected to bring its customers as late as the baseline's came.
    pub spread_spend: bool,
    /// The channels watched beside the totals; none: all whose baseline is sound.
    pub channels: Option<BTreeSet<String>>,
    /// The baselines of the cost of a customer.
    pub cac: Baselines,
    /// The baselines of the conversion of leads.
    pub lead_conversion: Baselines,
}

/// The baselines of one KPI.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Baselines {
    /// The total's.
    pub total: Baseline,
    /// What channels have otherwise.
    pub of_channel: BTreeMap<String, Baseline>,
}

/// Against what a series is held: some days, a level, or both.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Baseline {
    /// The first day.
    pub from: Option<Day>,
    /// The last day, included.
    pub until: Option<Day>,
    /// The level, instead of that of the days.
    pub value: Option<f64>,
    /// The first day scored, where there are no days.
    pub start: Option<Day>,
}

impl Config {
    /// The worsening that is detected by default.
    pub const DETECT: f64 = 1.5;
    /// Days that deals take to be entered, by default.
    pub const SETTLE_DAYS: i32 = 7;

    /// The baselines of a KPI.
    pub fn baselines(&self, of: Watched) -> &Baselines {
        match of {
            Watched::Cac => &self.cac,
            Watched::LeadConversion => &self.lead_conversion,
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            detect: Config::DETECT,
            threshold: None,
            settle_days: Config::SETTLE_DAYS,
            step: None,
            spread_spend: true,
            channels: None,
            cac: Baselines::default(),
            lead_conversion: Baselines::default(),
        }
    }
}

impl Baselines {
    /// The baseline of the total, or of a channel: its own keys one by one, else the total's, whose level it does not take. Own days drop
    /// an inherited start, and the other way around. KPI F7
    pub fn of(&self, channel: Option<&str>) -> Baseline {
        let total = self.total;
        let Some(channel) = channel else { return total };
        let own = self.of_channel.get(channel).copied().unwrap_or_default();
        let (has_days, has_start) = (own.from.is_some() || own.until.is_some(), own.start.is_some());
        let inherits_days = has_days || !has_start;
        Baseline {
            from: own.from.or(total.from.filter(|_| inherits_days)),
            until: own.until.or(total.until.filter(|_| inherits_days)),
            value: own.value,
            start: own.start.or(total.start.filter(|_| !has_days)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KPI F7
    #[test]
    fn a_channel_takes_days_and_start_but_no_level() {
        let day = |n| Some(Day(n));
        let total = Baseline { from: day(1), until: day(9), value: Some(5.0), start: day(20) };
        let of = |own| Baselines { total, of_channel: [("email".to_owned(), own)].into() }.of(Some("email"));
        let none = Baseline::default();
        assert_eq!(Baselines { total, ..Baselines::default() }.of(Some("email")), Baseline { value: None, ..total });
        assert_eq!(of(Baseline { value: Some(3.0), ..none }), Baseline { value: Some(3.0), ..total });
        assert_eq!(of(Baseline { until: day(8), ..none }), Baseline { from: day(1), until: day(8), value: None, start: None });
        assert_eq!(of(Baseline { start: day(30), ..none }), Baseline { start: day(30), ..none });
        assert_eq!(of(Baseline { start: day(30), from: day(2), ..none }), Baseline { from: day(2), until: day(9), value: None, start: day(30) });
    }
}
