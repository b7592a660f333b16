//! Sums over days: every fold's panes, rolled up by group and channel once a day, then added up over ranges.

use std::collections::{BTreeMap, BTreeSet};

use model::{Day, Minute, Zone};
use panes::{DayRange, Panes};

use crate::{By, cells::Cells, groups::Grouping};

/// A set of channels, by their numbers in the breakdown by channel.
pub(crate) type ChannelSet = BTreeSet<usize>;

/// What an evaluation looks at.
pub(crate) struct View<'a> {
    pub folds: &'a [&'a Panes],
    pub channels: Grouping,
    /// The days that any span needs.
    days: DayRange,
}

/// The cells of one breakdown, by day, group and channel.
pub(crate) struct Rollup<'a> {
    pub grouping: &'a Grouping,
    days: BTreeMap<Day, Vec<Rolled>>,
}

struct Rolled {
    group: usize,
    channel: usize,
    row: panes::Row,
}

impl<'a> View<'a> {
    pub fn new(folds: &'a [&'a Panes], days: DayRange) -> View<'a> {
        View { folds, channels: Grouping::new(By { channel: true, ..By::TOTAL }, folds), days }
    }

    /// Rolls all needed days up.
    pub fn rollup<'g>(&self, grouping: &'g Grouping) -> Rollup<'g> {
        let mut sums: BTreeMap<Day, BTreeMap<(usize, usize), panes::Row>> = BTreeMap::new();
        for (at, fold) in self.folds.iter().enumerate() {
            for (day, pane) in in_range(fold.days(), self.days) {
                let of_day = sums.entry(*day).or_default();
                for (dims, row) in pane.rows() {
                    of_day.entry((grouping.group_of(at, dims), self.channels.group_of(at, dims))).or_default().merge(row);
                }
            }
        }
        let rolled =
            |rows: BTreeMap<(usize, usize), panes::Row>| rows.into_iter().map(|((group, channel), row)| Rolled { group, channel, row }).collect();
        Rollup { grouping, days: sums.into_iter().map(|(day, rows)| (day, rolled(rows))).collect() }
    }

    /// The cells of some minutes, by group.
    pub fn minutes(&self, grouping: &Grouping, first: Minute, last: Minute, zone: &Zone) -> Vec<Cells> {
        let mut cells = vec![Cells::default(); grouping.groups.len()];
        for (at, fold) in self.folds.iter().enumerate() {
            for (minute, pane) in fold.minutes().range(first..=last) {
                let day = zone.day_of(minute.start());
                for (dims, row) in pane.rows() {
                    if let Some(cells) = cells.get_mut(grouping.group_of(at, dims)) {
                        cells.add_row(row, day);
                    }
                }
            }
        }
        cells
    }

    /// What stands at a day, by group.
    pub fn standing(&self, grouping: &Grouping, day: Day) -> Vec<Cells> {
        let mut cells = vec![Cells::default(); grouping.groups.len()];
        for (at, fold) in self.folds.iter().enumerate() {
            for (_, pane) in fold.standing().range(..=Some(day)) {
                for (dims, row) in pane.rows() {
                    if let Some(cells) = cells.get_mut(grouping.group_of(at, dims)) {
                        cells.add_row(row, day);
                    }
                }
            }
        }
        cells
    }
}

impl Rollup<'_> {
    /// The cells of a range, by group.
    pub fn sum(&self, range: DayRange) -> Vec<Cells> {
        self.add_up(self.grouping.groups.len(), range, |rolled| Some(rolled.group))
    }

    /// The cells of a range and some channels, by group.
    pub fn sum_of(&self, channels: &ChannelSet, range: DayRange) -> Vec<Cells> {
        self.add_up(self.grouping.groups.len(), range, |rolled| channels.contains(&rolled.channel).then_some(rolled.group))
    }

    /// The cells of a range, by channel.
    pub fn sum_by_channel(&self, channels: usize, range: DayRange) -> Vec<Cells> {
        self.add_up(channels, range, |rolled| Some(rolled.channel))
    }

    fn add_up(&self, slots: usize, range: DayRange, slot: impl Fn(&Rolled) -> Option<usize>) -> Vec<Cells> {
        let mut cells = vec![Cells::default(); slots];
        for (day, rows) in in_range(&self.days, range) {
            for rolled in rows {
                if let Some(cells) = slot(rolled).and_then(|slot| cells.get_mut(slot)) {
                    cells.add_row(&rolled.row, *day);
                }
            }
        }
        cells
    }
}

/// The entries of a range of days, which may be empty.
pub(crate) fn in_range<T>(days: &BTreeMap<Day, T>, range: DayRange) -> impl Iterator<Item = (&Day, &T)> {
    (!range.is_empty()).then(|| days.range(range.first..=range.last)).into_iter().flatten()
}
