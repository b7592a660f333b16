//! Distinct visitors of a range of days, by group. They only ever grow while their days stay, so a union follows what has come.

use std::collections::{BTreeMap, BTreeSet};

use model::{Day, Merge};
use panes::{DayRange, DimsId, Panes, VisitorDetail, shared::together, visitors::Seen};

use crate::{By, groups::Grouping};

/// Distinct visitors of a range that are counted exactly at least.
const EXACT_VISITORS: usize = 1 << 16;

/// The visitors of each group over some days.
#[derive(Clone, Debug)]
pub(crate) struct Unions {
    days: DayRange,
    groups: BTreeMap<u32, Union>,
}

#[derive(Clone, Default, Debug)]
struct Union {
    seen: Seen,
    /// How many, once that was asked.
    counts: Option<(i128, i128)>,
}

/// The visitors of a day and group, as one fold had them and has them.
#[derive(Clone, Copy)]
pub(crate) struct SeenMove<'a> {
    day: Day,
    group: u32,
    before: Option<&'a Seen>,
    after: Option<&'a Seen>,
    exact_limit: usize,
}

impl Default for Unions {
    fn default() -> Unions {
        Unions { days: DayRange::new(Day(0), Day(-1)), groups: BTreeMap::new() }
    }
}

/// Whether all folds keep visitors as finely as a breakdown asks.
pub(crate) fn are_kept(folds: &[&Panes], by: By) -> bool {
    let finer = by.campaign || by.segment;
    !finer || folds.iter().all(|fold| fold.keep().visitors == VisitorDetail::Full || fold.visitors().is_empty())
}

/// The visitors that are not the same in two states of a fold.
pub(crate) fn moves<'a>(fold: usize, before: &'a Panes, after: &'a Panes, days: DayRange, grouping: &Grouping, out: &mut Vec<SeenMove<'a>>) {
    let exact_limit = exact_limit(after);
    for (day, before, after) in together(of_days(before, days), of_days(after, days)) {
        let (Some(before), Some(after)) = (before, after) else {
            let groups = before.or(after).into_iter().flat_map(|all| all.groups());
            let side = |seen| if before.is_some() { (Some(seen), None) } else { (None, Some(seen)) };
            out.extend(groups.map(|(dims, seen)| SeenMove::new(day, grouping.group_of(fold, dims), side(seen), exact_limit)));
            continue;
        };
        if std::ptr::eq(before, after) {
            continue;
        }
        let known: BTreeMap<DimsId, &Seen> = before.groups().collect();
        for (dims, seen) in after.groups() {
            let before = known.get(&dims).copied();
            if !before.is_some_and(|before| std::ptr::eq(before, seen)) {
                out.push(SeenMove::new(day, grouping.group_of(fold, dims), (before, Some(seen)), exact_limit));
            }
        }
    }
}

pub(crate) fn of_days(fold: &Panes, days: DayRange) -> impl Iterator<Item = (Day, &panes::Visitors)> {
    let range = (!days.is_empty()).then(|| fold.visitors().range(days.first..=days.last));
    range.into_iter().flatten().map(|(day, visitors)| (*day, &**visitors))
}

pub(crate) fn exact_limit(fold: &Panes) -> usize {
    fold.keep().exact_visitors.max(EXACT_VISITORS)
}

impl<'a> SeenMove<'a> {
    fn new(day: Day, group: u32, (before, after): (Option<&'a Seen>, Option<&'a Seen>), exact_limit: usize) -> SeenMove<'a> {
        SeenMove { day, group, before, after, exact_limit }
    }
}

impl Unions {
    /// Follows what has moved, and tells whose visitors may be others now.
    pub fn follow(&mut self, moves: &[SeenMove<'_>], touched: &mut BTreeSet<u32>) {
        let here = |moved: &&SeenMove<'_>| self.days.first <= moved.day && moved.day <= self.days.last;
        if moves.iter().filter(here).any(|moved| moved.after.is_none()) {
            // What is gone cannot be taken out of a union.
            touched.extend(self.groups.keys());
            *self = Unions::default();
            return;
        }
        for moved in moves.iter().filter(here) {
            if let Some(after) = moved.after {
                self.groups.entry(moved.group).or_default().add(after, moved.before, moved.exact_limit);
                touched.insert(moved.group);
            }
        }
    }

    /// Unites other days from now on.
    pub fn place(&mut self, days: DayRange, folds: &[&Panes], grouping: &Grouping, touched: &mut BTreeSet<u32>) {
        if self.days == days {
            return;
        }
        let grows = !self.days.is_empty() && days.first <= self.days.first && self.days.last <= days.last;
        if !grows {
            touched.extend(self.groups.keys());
            *self = Unions::default();
        }
        for (at, fold) in folds.iter().enumerate() {
            let is_new = |day: &Day| *day < self.days.first || self.days.last < *day || self.days.is_empty();
            for (_, visitors) in of_days(fold, days).filter(|(day, _)| is_new(day)) {
                for (dims, seen) in visitors.groups() {
                    let group = grouping.group_of(at, dims);
                    self.groups.entry(group).or_default().add(seen, None, exact_limit(fold));
                    touched.insert(group);
                }
            }
        }
        self.days = days;
    }

    /// How many visitors a group had, and how many of them did a conversion action.
    pub fn counts(&mut self, group: u32) -> (i128, i128) {
        let Some(union) = self.groups.get_mut(&group) else { return (0, 0) };
        *union.counts.get_or_insert_with(|| (union.seen.all.count(), union.seen.converting.count()))
    }

    /// The groups that had any.
    pub fn groups(&self) -> impl Iterator<Item = u32> {
        self.groups.keys().copied()
    }
}

impl Union {
    /// Adds a set, of which all that an earlier state of it had is there.
    fn add(&mut self, seen: &Seen, earlier: Option<&Seen>, exact_limit: usize) {
        self.counts = None;
        match earlier {
            Some(earlier) => self.seen.merge_since(seen, earlier, exact_limit),
            None => self.seen.merge(seen, exact_limit),
        }
    }
}
