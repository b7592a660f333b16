//! What is counted beside the KPIs, over all days: what was left out of them, and what has no rate. KPI H3

use std::collections::{BTreeMap, BTreeSet};

use model::{Day, Micros};
use panes::{DayRange, Measure};

use crate::{
    Config, DataState, Money, Unconverted,
    block::Now,
    reach::Wanted,
    rollup::{Moves, Rollup},
    stretch::Stretch,
    tally::{Split, Tallies},
};

/// What is counted beside the KPIs, over all days.
pub(crate) struct Data {
    by_now: Tallies,
    matured: Tallies,
    open: Tallies,
}

impl Data {
    pub fn new() -> Data {
        let of = |counts: &[Measure], money: &[Money]| Tallies::new(Wanted::of(counts, money), Split::Groups);
        Data {
            by_now: of(&[Measure::UnvaluedWins, Measure::CyclelessWins], &[Money::Spend, Money::Won]),
            matured: of(&[Measure::MatureConverted, Measure::MatureConvertedEver], &[]),
            open: of(&[], &[Money::Open]),
        }
    }

    pub fn follow(&mut self, moves: &Moves, config: &Config) {
        for tallies in [&mut self.by_now, &mut self.matured, &mut self.open] {
            tallies.follow(moves, config, &mut BTreeSet::new());
        }
    }

    pub fn place(&mut self, rollup: &Rollup, now: &Now<'_>) {
        let up_to = |day| Stretch::Days(DayRange::new(Day(i32::MIN), day));
        let horizon = now.today.plus(-now.config.horizon_days);
        let stretches = [up_to(now.today), up_to(horizon), Stretch::StandingAt(now.today)];
        for (tallies, stretch) in [&mut self.by_now, &mut self.matured, &mut self.open].into_iter().zip(stretches) {
            tallies.place(stretch, None, rollup, now.config, &mut BTreeSet::new());
        }
    }

    pub fn state(&self, config: &Config) -> DataState {
        let count = |of: &Tallies, measure| of.get(0).map_or(0, |tally| tally.count(of.wanted(), measure));
        let kinds =
            [("spend", Money::Spend, &self.by_now), ("won_value", Money::Won, &self.by_now), ("open_pipeline_value", Money::Open, &self.open)];
        let unconverted = kinds.into_iter().flat_map(|(measure, kind, of)| {
            let amounts: BTreeMap<model::Currency, Micros> =
                of.get(0).and_then(|tally| tally.amounts(of.wanted(), kind)).map(|amounts| amounts.unconverted(config)).unwrap_or_default();
            amounts.into_iter().map(move |(currency, amount)| Unconverted { measure, currency, amount })
        });
        let ever = count(&self.matured, Measure::MatureConvertedEver);
        DataState {
            deals_without_amount: count(&self.by_now, Measure::UnvaluedWins),
            wins_without_cycle: count(&self.by_now, Measure::CyclelessWins),
            conversion_within_horizon: (ever > 0).then(|| count(&self.matured, Measure::MatureConverted) as f64 / ever as f64),
            unconverted: unconverted.collect(),
        }
    }
}
