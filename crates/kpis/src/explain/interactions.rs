//! What has no entities in the state: single interactions by day or minute, channel and campaign; visitors by day and channel; the members
//! of accounts.

use std::{collections::BTreeMap, sync::Arc};

use model::{Day, Merge};
use panes::{Dims, DimsId, PaneId, Panes, visitors::Seen};

use super::{Cell, Part, Taken, What};
use crate::{
    Config,
    members::{accounts as all_accounts, levels},
    visitors::{exact_limit, of_days},
};

/// The members of an account that are booked under some dimensions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The platform.
    pub platform: Arc<str>,
    /// The account, empty where it is absent.
    pub account: Arc<str>,
    /// The day of the figure; none of the follows since then.
    pub figure_of: Option<Day>,
    /// The dimensions.
    pub dims: Dims,
    /// How many.
    pub members: i128,
}

/// What a part counts of some folds' cells, by pane, channel and campaign. A cell sums up interactions that the state does not tell apart.
pub fn interactions(part: &Part, folds: &[&Panes], channel: Option<&str>, config: &Config) -> Vec<Cell> {
    let mut sums: BTreeMap<(PaneId, Arc<str>, Arc<str>), i128> = BTreeMap::new();
    for fold in folds {
        // What stands is of entities.
        for (id, pane) in part.panes.panes(fold).filter(|(id, _)| !matches!(id, PaneId::Standing(_))) {
            for (dims, row) in pane.rows() {
                let cells: Vec<_> = row.cells().iter().map(|(measure, amount)| (id, dims, *measure, *amount)).collect();
                let Some((Taken::Counts, cell)) = part.cell(&cells, fold.dims(), config) else { continue };
                if channel.is_none_or(|channel| *cell.dims.channel == *channel) {
                    *sums.entry((id, cell.dims.channel, cell.dims.campaign)).or_default() += cell.amount;
                }
            }
        }
    }
    let cell = |((pane, channel, campaign), amount)| Cell { pane, dims: Dims { channel, campaign, segment: "".into() }, amount, money: None };
    sums.into_iter().map(cell).collect()
}

/// The distinct visitors of each day and channel. They do not add up: one who comes on two days is one visitor.
pub fn visitors(part: &Part, folds: &[&Panes], channel: Option<&str>) -> Vec<Cell> {
    let mut seen: BTreeMap<(Day, Arc<str>), Seen> = BTreeMap::new();
    for fold in folds {
        for (day, visitors) in of_days(fold, part.panes.days()) {
            for (dims, of_day) in visitors.groups() {
                let Some(dims) = fold.dims().dims(dims).filter(|dims| channel.is_none_or(|channel| *dims.channel == *channel)) else { continue };
                seen.entry((day, dims.channel.clone())).or_default().merge(of_day, exact_limit(fold));
            }
        }
    }
    let count = |seen: &Seen| if part.what == What::ConvertingVisitors { seen.converting.count() } else { seen.all.count() };
    let cell = |((day, channel), seen): ((Day, Arc<str>), Seen)| {
        let dims = Dims { channel, campaign: "".into(), segment: "".into() };
        Cell { pane: PaneId::Day(day), dims, amount: count(&seen), money: None }
    };
    seen.into_iter().map(cell).filter(|cell| cell.amount != 0).collect()
}

/// The members of each account at the last day of a part's days.
pub fn accounts(part: &Part, folds: &[&Panes], channel: Option<&str>) -> Vec<Account> {
    let days = part.panes.days();
    if days.is_empty() {
        return Vec::new();
    }
    let dims_of = |fold: usize, dims: DimsId| folds.get(fold).and_then(|fold| fold.dims().dims(dims)).cloned();
    let mut found: BTreeMap<_, i128> = BTreeMap::new();
    for (key, parts) in all_accounts(folds) {
        for level in levels(&parts, days.last) {
            let Some(dims) = dims_of(level.fold, level.dims).filter(|dims| channel.is_none_or(|channel| *dims.channel == *channel)) else { continue };
            *found.entry((key.platform.clone(), key.account.clone(), level.figure_of, dims)).or_default() += level.members;
        }
    }
    found.into_iter().map(|((platform, account, figure_of, dims), members)| Account { platform, account, figure_of, dims, members }).collect()
}
