//! Stretches: the panes over which something is added up.

use std::sync::Arc;

use model::{Day, Minute, When, Zone};
use panes::{
    DayRange, Pane, PaneId, Panes,
    shared::{Change, together},
};

/// Some panes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stretch {
    /// Days.
    Days(DayRange),
    /// Minutes, from the first to the last.
    Minutes(Minute, Minute),
    /// What stands at a day.
    StandingAt(Day),
}

impl Stretch {
    /// No panes at all.
    pub(crate) const NONE: Stretch = Stretch::Days(DayRange { first: Day(0), last: Day(-1) });

    /// Its days; of other panes none.
    pub fn days(self) -> DayRange {
        match self {
            Stretch::Days(range) => range,
            Stretch::Minutes(..) | Stretch::StandingAt(_) => DayRange::new(Day(0), Day(-1)),
        }
    }

    /// The first and the last pane; none where there is no pane.
    pub(crate) fn ends(self) -> Option<(PaneId, PaneId)> {
        let (first, last) = match self {
            Stretch::Days(range) => (PaneId::Day(range.first), PaneId::Day(range.last)),
            Stretch::Minutes(first, last) => (PaneId::Minute(first), PaneId::Minute(last)),
            Stretch::StandingAt(day) => (PaneId::Standing(None), PaneId::Standing(Some(day))),
        };
        (first <= last).then_some((first, last))
    }

    /// Whether a pane is one of these.
    pub fn has(self, pane: PaneId) -> bool {
        self.ends().is_some_and(|(first, last)| first <= pane && pane <= last)
    }

    /// Whether a time lies in these panes, had it been booked.
    pub fn has_time(self, when: When, zone: &Zone) -> bool {
        match (self, when) {
            (Stretch::Days(_), when) => self.has(PaneId::Day(zone.day(when))),
            (Stretch::Minutes(..), When::At(at)) => self.has(PaneId::Minute(at.minute())),
            (Stretch::Minutes(..), When::On(_)) => false,
            (Stretch::StandingAt(day), when) => zone.day(when) <= day,
        }
    }

    /// Whether a pane is of the kind in which this one's cells lie.
    pub(crate) fn is_kind(self, pane: PaneId) -> bool {
        matches!(
            (self, pane),
            (Stretch::Days(_), PaneId::Day(_)) | (Stretch::Minutes(..), PaneId::Minute(_)) | (Stretch::StandingAt(_), PaneId::Standing(_))
        )
    }

    /// The day at whose rates a pane's money is converted.
    pub(crate) fn rate_day(self, pane: PaneId, zone: &Zone) -> Day {
        match (self, pane) {
            (Stretch::StandingAt(day), _) => day,
            (_, PaneId::Day(day)) => day,
            (_, PaneId::Minute(minute)) => zone.day_of(minute.start()),
            (_, PaneId::Standing(since)) => since.unwrap_or(Day(i32::MIN)),
        }
    }

    /// A fold's panes in it, in order.
    pub(crate) fn panes(self, fold: &Panes) -> Box<dyn Iterator<Item = (PaneId, &Arc<Pane>)> + '_> {
        match self {
            _ if self.ends().is_none() => Box::new(std::iter::empty()),
            Stretch::Days(range) => Box::new(fold.days().range(range.first..=range.last).map(|(day, pane)| (PaneId::Day(*day), pane))),
            Stretch::Minutes(first, last) => Box::new(fold.minutes().range(first..=last).map(|(minute, pane)| (PaneId::Minute(*minute), pane))),
            Stretch::StandingAt(day) => Box::new(fold.standing().range(..=Some(day)).map(|(since, pane)| (PaneId::Standing(*since), pane))),
        }
    }

    /// A fold's panes in it that are not the same in a later state, in order: as they were and as they are. Those that are the same share
    /// their place in memory.
    pub(crate) fn changed<'a>(self, before: &'a Panes, after: &'a Panes) -> Vec<Change<'a, PaneId, Pane>> {
        fn of<'a, K>(changed: Vec<Change<'a, K, Pane>>, id: fn(K) -> PaneId) -> Vec<Change<'a, PaneId, Pane>> {
            changed.into_iter().map(|(key, was, is)| (id(key), was, is)).collect()
        }
        match self {
            Stretch::Days(range) => of(before.days().changed(after.days(), range.first..=range.last), PaneId::Day),
            Stretch::Minutes(first, last) => of(before.minutes().changed(after.minutes(), first..=last), PaneId::Minute),
            Stretch::StandingAt(_) => {
                let differ = |(_, was, is): &Change<'a, PaneId, Pane>| !was.zip(*is).is_some_and(|(was, is)| Arc::ptr_eq(was, is));
                together(self.panes(before), self.panes(after)).filter(differ).collect()
            }
        }
    }

    /// The smallest stretch of its kind that holds this one and another of the kind.
    pub(crate) fn hull(self, other: Stretch) -> Stretch {
        match (self, other) {
            _ if self.ends().is_none() => other,
            (Stretch::Days(one), Stretch::Days(two)) if !two.is_empty() => {
                Stretch::Days(DayRange::new(one.first.min(two.first), one.last.max(two.last)))
            }
            (Stretch::Minutes(a, b), Stretch::Minutes(c, d)) => Stretch::Minutes(a.min(c), b.max(d)),
            (Stretch::StandingAt(one), Stretch::StandingAt(two)) => Stretch::StandingAt(one.max(two)),
            _ => self,
        }
    }
}
