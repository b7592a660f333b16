//! Tallies: what the catalogue wants added up, of each group over one stretch of panes, kept while the panes under it change.

use std::collections::{BTreeMap, BTreeSet};

use model::Day;
use panes::{Measure, PaneId, PaneRow, cycle};

use crate::{
    Config, Money, Undefined,
    money::Amounts,
    reach::Wanted,
    rollup::{Moves, Rollup, Slot},
    stretch::Stretch,
};

/// The sums of one group.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tally {
    /// In the order in which they are wanted.
    counts: Vec<i128>,
    money: Vec<Amounts>,
    cycles: BTreeMap<u16, i128>,
}

/// Some channels, by their numbers.
pub(crate) type Channels = BTreeSet<u32>;

/// By what a tally is split.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Split {
    Groups,
    Channels,
    /// Groups, and in them the weekdays.
    Weekdays,
}

/// The sums of every group over one stretch and some channels.
#[derive(Clone, Debug)]
pub(crate) struct Tallies {
    wanted: Wanted,
    split: Split,
    stretch: Stretch,
    /// All where there is no set.
    of: Option<Channels>,
    /// By group, or channel, and the weekday, where they are split by it.
    groups: BTreeMap<(u32, u8), Tally>,
}

impl Tally {
    fn new(wanted: &Wanted) -> Tally {
        Tally { counts: vec![0; wanted.counts.len()], money: vec![Amounts::default(); wanted.money.len()], cycles: BTreeMap::new() }
    }

    /// Adds a row of a pane (takes it out, where `sign` is -1) whose money is converted at a day's rates.
    fn add(&mut self, wanted: &Wanted, row: &PaneRow, day: Day, sign: i128, config: &Config) {
        for (measure, amount) in row.cells() {
            if let Some((kind, currency, rate_day)) = Money::of(*measure, day) {
                if let Some(sum) = wanted.money.iter().position(|wanted| *wanted == kind).and_then(|at| self.money.get_mut(at)) {
                    sum.add(currency, rate_day, sign * amount, config);
                }
            } else if let Measure::CycleBucket(bucket) = measure {
                if wanted.cycles {
                    *self.cycles.entry(*bucket).or_default() += sign * amount;
                }
            } else if let Some(sum) = wanted.counts.iter().position(|wanted| wanted == measure).and_then(|at| self.counts.get_mut(at)) {
                *sum += sign * amount;
            }
        }
    }

    /// A count.
    pub fn count(&self, wanted: &Wanted, measure: Measure) -> i128 {
        wanted.counts.iter().position(|wanted| *wanted == measure).and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    /// The amounts of a kind.
    pub fn amounts(&self, wanted: &Wanted, money: Money) -> Option<&Amounts> {
        wanted.money.iter().position(|wanted| *wanted == money).and_then(|at| self.money.get(at))
    }

    /// Money in the reporting currency, or why that is not known.
    pub fn money(&self, wanted: &Wanted, money: Money) -> Result<model::Micros, Undefined> {
        self.amounts(wanted, money).map_or(Ok(model::Micros(0)), Amounts::total)
    }

    /// A quantile of the sales cycle, in seconds.
    pub fn cycle_quantile(&self, wanted: &Wanted, percent: u8) -> Option<f64> {
        let buckets = self.cycles.iter().map(|(bucket, n)| (*bucket, *n));
        let bucket = cycle::quantile(buckets, self.count(wanted, Measure::CycleWins), percent.into())?;
        Some(cycle::midpoint(bucket) / 1000.0)
    }
}

impl Tallies {
    /// Sums of nothing yet.
    pub fn new(wanted: Wanted, split: Split) -> Tallies {
        Tallies { wanted, split, stretch: Stretch::NONE, of: None, groups: BTreeMap::new() }
    }

    /// What is wanted.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The sums of a group; none where nothing was ever booked.
    pub fn get(&self, group: u32) -> Option<&Tally> {
        self.groups.get(&(group, 0))
    }

    /// The sums of a group by weekday, in an order of their own that [`weekday`] knows.
    pub fn weekdays(&self, group: u32) -> [Option<&Tally>; 7] {
        let mut found = [None; 7];
        for ((_, weekday), tally) in self.groups.range((group, 0)..=(group, u8::MAX)) {
            found.get_mut(usize::from(*weekday)).into_iter().for_each(|place| *place = Some(tally));
        }
        found
    }

    /// Follows what has moved in the panes, and tells whose sums are others now.
    pub fn follow(&mut self, moves: &Moves, config: &Config, touched: &mut BTreeSet<u32>) {
        let Some((first, last)) = self.stretch.ends() else { return };
        for (pane, rows) in moves.range(first..=last) {
            self.add_pane(*pane, rows, 1, config, touched);
        }
    }

    /// Sums up over other panes or channels from now on: what they have in common stays, where it can.
    pub fn place(&mut self, stretch: Stretch, of: Option<&Channels>, rollup: &Rollup, config: &Config, touched: &mut BTreeSet<u32>) {
        if self.of.as_ref() != of {
            self.of = of.cloned();
            self.begin_anew(touched);
        }
        if self.stretch == stretch {
            return;
        }
        let moves = differences(self.stretch, stretch).unwrap_or_else(|| {
            self.begin_anew(touched);
            vec![(1, stretch)]
        });
        self.stretch = stretch;
        for (sign, part) in moves {
            for (pane, rows) in part.ends().into_iter().flat_map(|(first, last)| rollup.panes().range(first..=last)) {
                self.add_pane(*pane, rows, sign, config, touched);
            }
        }
    }

    fn begin_anew(&mut self, touched: &mut BTreeSet<u32>) {
        touched.extend(self.groups.keys().map(|(group, _)| *group));
        self.groups.clear();
        self.stretch = Stretch::NONE;
    }

    fn add_pane(&mut self, pane: PaneId, rows: &BTreeMap<Slot, PaneRow>, sign: i128, config: &Config, touched: &mut BTreeSet<u32>) {
        let day = self.stretch.rate_day(pane, &config.zone);
        for (slot, row) in rows.iter().filter(|(slot, _)| self.of.as_ref().is_none_or(|of| of.contains(&slot.channel))) {
            let (group, weekday) = match self.split {
                Split::Groups => (slot.group, 0),
                Split::Channels => (slot.channel, 0),
                Split::Weekdays => (slot.group, weekday(day)),
            };
            let tally = self.groups.entry((group, weekday)).or_insert_with(|| Tally::new(&self.wanted));
            tally.add(&self.wanted, row, day, sign, config);
            touched.insert(group);
        }
    }
}

/// A day's weekday: 0 for that of 1970-01-01.
fn weekday(day: Day) -> u8 {
    day.0.rem_euclid(7) as u8
}

/// What to take out (-1) and put in (1) to come from one stretch to another; none where it is less work to begin anew.
fn differences(from: Stretch, to: Stretch) -> Option<Vec<(i128, Stretch)>> {
    let ends = |stretch| match stretch {
        Stretch::Days(range) if !range.is_empty() => Some((i64::from(range.first.0), i64::from(range.last.0))),
        Stretch::Minutes(first, last) if first <= last => Some((first.0, last.0)),
        _ => None,
    };
    let make = |first: i64, last: i64| match to {
        Stretch::Minutes(..) => Some(Stretch::Minutes(model::Minute(first), model::Minute(last))),
        _ => Some(Stretch::Days(panes::DayRange::new(Day(first.try_into().ok()?), Day(last.try_into().ok()?)))),
    };
    if std::mem::discriminant(&from) != std::mem::discriminant(&to) {
        return None;
    }
    let ((a, b), (c, d)) = (ends(from)?, ends(to)?);
    let changed = a.abs_diff(c).saturating_add(b.abs_diff(d));
    if c > b || d < a || changed > c.abs_diff(d) {
        return None;
    }
    let parts = [(-1, a, c.saturating_sub(1)), (-1, d.saturating_add(1), b), (1, c, a.saturating_sub(1)), (1, b.saturating_add(1), d)];
    parts.into_iter().filter(|(_, first, last)| first <= last).map(|(sign, first, last)| Some((sign, make(first, last)?))).collect()
}

#[cfg(test)]
mod tests {
    use panes::DayRange;

    use super::*;

    /// What is taken out and put in makes of the days of one stretch those of the other, each once.
    #[test]
    fn differences_lead_from_one_stretch_to_the_other() {
        for (a, b, c, d) in (0..6).flat_map(|a| (0..6).flat_map(move |b| (0..6).flat_map(move |c| (0..6).map(move |d| (a, b, c, d))))) {
            let days = |first, last| Stretch::Days(DayRange::new(Day(first), Day(last)));
            let Some(parts) = differences(days(a, b), days(c, d)) else { continue };
            for day in (0..6).map(|day| PaneId::Day(Day(day))) {
                let now: i128 = parts.iter().filter(|(_, part)| part.has(day)).map(|(sign, _)| sign).sum();
                assert_eq!(i128::from(days(a, b).has(day)) + now, i128::from(days(c, d).has(day)), "{a} {b} {c} {d}");
            }
        }
    }

    #[test]
    fn what_moves_by_a_step_is_not_begun_anew() {
        let minutes = |first, last| Stretch::Minutes(model::Minute(first), model::Minute(last));
        assert_eq!(differences(minutes(1, 60), minutes(2, 61)), Some(vec![(-1, minutes(1, 1)), (1, minutes(61, 61))]));
        assert_eq!(differences(minutes(1, 60), minutes(61, 120)), None);
        assert_eq!(differences(minutes(1, 60), Stretch::NONE), None);
        assert_eq!(differences(Stretch::StandingAt(Day(1)), Stretch::StandingAt(Day(2))), None, "its rates are others");
    }
}
