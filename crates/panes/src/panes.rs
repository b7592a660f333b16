//! All panes of one fold, and how far back they are kept.

use std::{collections::BTreeMap, sync::Arc};

use model::{Day, Minute};
use serde::{Deserialize, Serialize};

use crate::{
    Audience, Beside, CommunityAccount, Contribution, Dims, DimsId, DimsTable, Measure, Pane, PaneId, Shared, VisitorDetail, Visitors,
    audience::{AccountKey, AccountName},
    dims::{DimsName, Tuple},
    shared::Numbered,
};

/// What is kept: contributions below are clipped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Keep {
    /// The first day kept.
    pub days_from: Day,
    /// The first minute kept.
    pub minutes_from: Minute,
    /// How finely distinct visitors are kept.
    pub visitors: VisitorDetail,
    /// Distinct visitors of a day and group that are counted exactly.
    pub exact_visitors: usize,
}

/// The panes of one fold. A clone is a view of this moment.
#[derive(Clone, Debug)]
pub struct Panes {
    pub(crate) keep: Keep,
    pub(crate) dims: Arc<DimsTable>,
    pub(crate) days: Shared<Day, Pane>,
    pub(crate) minutes: Shared<Minute, Pane>,
    pub(crate) standing: BTreeMap<Option<Day>, Arc<Pane>>,
    pub(crate) visitors: BTreeMap<Day, Arc<Visitors>>,
    pub(crate) audience: Arc<Audience>,
    pub(crate) reported: Arc<BTreeMap<(Arc<str>, Day), i64>>,
    /// Tuples of dimensions that were named when it was last looked.
    pub(crate) dims_in_use: usize,
}

/// Distinct dimensions that the interactions of a pane may have; later ones are booked under `(other)`.
pub const DIMS_PER_PANE: usize = 10_000;

/// Rows of a minute that room is made for before they come.
const ROOM_AHEAD: usize = 256;

impl Keep {
    /// Everything: what a report keeps.
    pub const ALL: Keep = Keep { days_from: Day(i32::MIN), minutes_from: Minute(i64::MIN), visitors: VisitorDetail::Full, exact_visitors: 1_000_000 };
}

impl Keep {
    /// What two folds both keep: floors move one after the other, and a snapshot brings those of whoever stored it.
    pub fn common(self, other: Keep) -> Keep {
        Keep { days_from: self.days_from.max(other.days_from), minutes_from: self.minutes_from.max(other.minutes_from), ..self }
    }
}

impl Panes {
    /// Empty panes.
    pub fn new(keep: Keep) -> Panes {
        Panes {
            keep,
            dims: Arc::default(),
            days: Shared::default(),
            minutes: Shared::default(),
            standing: BTreeMap::new(),
            visitors: BTreeMap::new(),
            audience: Arc::default(),
            reported: Arc::default(),
            dims_in_use: 0,
        }
    }

    /// What is kept.
    pub fn keep(&self) -> Keep {
        self.keep
    }

    /// Moves the floors up and forgets what lies below them; says whether that of days moved.
    pub fn advance(&mut self, days_from: Day, minutes_from: Minute) -> bool {
        if minutes_from > self.keep.minutes_from {
            self.keep.minutes_from = minutes_from;
            self.minutes.forget_below(minutes_from);
        }
        let is_later = days_from > self.keep.days_from;
        if is_later {
            self.keep.days_from = days_from;
            self.days.forget_below(days_from);
            self.visitors = self.visitors.split_off(&days_from);
        }
        is_later
    }

    /// The number of a tuple of dimensions.
    pub fn dims_id(&mut self, dims: Dims) -> DimsId {
        match self.dims.get(&dims) {
            Some(id) => id,
            None => Arc::make_mut(&mut self.dims).insert(dims),
        }
    }

    /// Puts a contribution in.
    pub fn put_in(&mut self, contribution: &Contribution) {
        self.apply(contribution, 1);
    }

    /// Takes a contribution out.
    pub fn take_out(&mut self, contribution: &Contribution) {
        self.apply(contribution, -1);
    }

    fn apply(&mut self, contribution: &Contribution, sign: i128) {
        for (id, dims, measure, amount) in contribution.cells() {
            match *id {
                PaneId::Day(day) if day >= self.keep.days_from => change(&mut self.days, day, |pane| pane.add(*dims, *measure, sign * amount)),
                PaneId::Minute(minute) if minute >= self.keep.minutes_from => {
                    change(&mut self.minutes, minute, |pane| pane.add(*dims, *measure, sign * amount));
                }
                PaneId::Standing(since) => self.change_standing(since, |pane| pane.add(*dims, *measure, sign * amount)),
                PaneId::Day(_) | PaneId::Minute(_) => {}
            }
        }
        contribution.beside().iter().for_each(|beside| self.apply_beside(beside, sign));
    }

    fn apply_beside(&mut self, beside: &Beside, sign: i128) {
        match beside {
            Beside::Reported { platform, day } => self.count_reported(platform, *day, if sign > 0 { 1 } else { -1 }),
            Beside::Follows { account, day, dims, n } => self.account_mut(&account.platform, &account.account).add_follows(*day, *dims, sign * n),
            Beside::Members { account, day, dims, n } => {
                let figures = &mut self.account_mut(&account.platform, &account.account).figures;
                if sign > 0 {
                    figures.insert(*day, (*n, *dims))
                } else {
                    figures.remove(day)
                };
            }
        }
    }

    fn change_standing(&mut self, since: Option<Day>, change: impl FnOnce(&mut Pane)) {
        let pane = Arc::make_mut(self.standing.entry(since).or_default());
        change(pane);
        if pane.is_empty() {
            self.standing.remove(&since);
        }
    }

    /// The same of borrowed names.
    pub(crate) fn dims_named(&mut self, name: DimsName<'_>) -> DimsId {
        match self.dims.find(name) {
            Some(id) => id,
            None => Arc::make_mut(&mut self.dims).insert(name.to_dims()),
        }
    }

    /// Adds an interaction to its day, and says under which dimensions: its own, or `(other)` where the day has its fill. Below the floor it
    /// is not added, so there are none. Dimensions that have no number are given one only here, once the day has a row for them.
    pub fn add_to_day(&mut self, day: Day, tuple: Tuple<'_>, amounts: &[(Measure, i128)]) -> Option<DimsId> {
        if day < self.keep.days_from {
            return None;
        }
        let pane = Arc::make_mut(self.days.or_insert_with(day, Pane::default));
        let has_room = pane.len() < DIMS_PER_PANE;
        let own = match tuple {
            Tuple::Known(id) => Some(id),
            Tuple::Named(name) => self.dims.find(name),
        };
        let dims = match (own, tuple) {
            (Some(own), _) if has_room || pane.has(own) => own,
            (None, Tuple::Named(name)) if has_room => Arc::make_mut(&mut self.dims).insert(name.to_dims()),
            _ => return Some(self.add_other(day, amounts)),
        };
        pane.add_all(dims, amounts);
        Some(dims)
    }

    fn add_other(&mut self, day: Day, amounts: &[(Measure, i128)]) -> DimsId {
        let other = self.dims_named(DimsName::OTHER);
        change(&mut self.days, day, |pane| pane.add_all(other, amounts));
        other
    }

    /// Adds an interaction to its minute.
    pub fn add_to_minute(&mut self, minute: Minute, dims: DimsId, amounts: &[(Measure, i128)]) {
        if minute < self.keep.minutes_from {
            return;
        }
        let pane = match self.minutes.get_mut(minute) {
            Some(pane) => pane,
            None => {
                // One minute is much like the other.
                let rows = self.minutes.last().map_or(0, |pane| pane.len().min(ROOM_AHEAD));
                self.minutes.or_insert_with(minute, || Pane::with_room(rows))
            }
        };
        Arc::make_mut(pane).add_all(dims, amounts);
    }

    /// The visitors of a day, to add to; none below the floor.
    pub fn visitors_mut(&mut self, day: Day) -> Option<&mut Visitors> {
        (day >= self.keep.days_from).then(|| Arc::make_mut(self.visitors.entry(day).or_default()))
    }

    /// The members of an account, to add to.
    pub(crate) fn account_mut(&mut self, platform: &str, account: &str) -> &mut CommunityAccount {
        let audience = Arc::make_mut(&mut self.audience);
        let at = match audience.get_index_of(&AccountName { platform, account }) {
            Some(known) => known,
            None => audience.insert_full(AccountKey { platform: platform.into(), account: account.into() }, Arc::default()).0,
        };
        Arc::make_mut(&mut audience[at])
    }

    /// Counts a row of media spend that reports a platform's day (`n` = 1), or no longer does (-1).
    fn count_reported(&mut self, platform: &Arc<str>, day: Day, n: i64) {
        let reported = Arc::make_mut(&mut self.reported);
        let key = (Arc::clone(platform), day);
        let count = reported.entry(key.clone()).or_default();
        *count += n;
        if *count == 0 {
            reported.remove(&key);
        }
    }

    /// The tuples of dimensions.
    pub fn dims(&self) -> &DimsTable {
        &self.dims
    }

    /// The panes of days.
    pub fn days(&self) -> &Shared<Day, Pane> {
        &self.days
    }

    /// The panes of minutes.
    pub fn minutes(&self) -> &Shared<Minute, Pane> {
        &self.minutes
    }

    /// What stands since a day, or always.
    pub fn standing(&self) -> &BTreeMap<Option<Day>, Arc<Pane>> {
        &self.standing
    }

    /// The visitors of days.
    pub fn visitors(&self) -> &BTreeMap<Day, Arc<Visitors>> {
        &self.visitors
    }

    /// The members of accounts.
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// How many rows of media spend report each platform's day.
    pub fn reported(&self) -> &BTreeMap<(Arc<str>, Day), i64> {
        &self.reported
    }
}

/// Changes a pane, which is there only while something is booked in it.
fn change<K: Numbered>(panes: &mut Shared<K, Pane>, key: K, change: impl FnOnce(&mut Pane)) {
    let pane = Arc::make_mut(panes.or_insert_with(key, Pane::default));
    change(pane);
    if pane.is_empty() {
        panes.remove(key);
    }
}
