//! Spend: which of it is complete, which channels are paid.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    dimensions::UNATTRIBUTED,
    facts::{Facts, Spend},
    money::{Lack, Rates},
    windows::Days,
};

impl Facts {
    /// The day through which the media spend of every active platform is reported.
    pub fn spend_complete_through(&self) -> Option<i64> {
        let mut newest = BTreeMap::new();
        for row in self.spend.iter().filter(|row| row.media) {
            let day = newest.entry(&row.platform).or_insert(row.reported_day);
            *day = row.reported_day.max(*day);
        }
        let newest_of_all = *newest.values().max()?;
        newest.into_values().filter(|day| *day >= newest_of_all - 7).min()
    }

    /// The channels with media spend above 0 in these days, over all data. A channel whose spend has no rate is one: what
    /// it spent is not known, and leaves what is asked of it undefined.
    pub fn paid_channels(&self, days: Days, rates: &Rates) -> BTreeSet<&str> {
        let rows = || self.spend.iter().filter(|row| row.media && days.has(row.day));
        let channels: BTreeSet<&str> = rows().map(|row| row.at.channel.as_str()).filter(|channel| *channel != UNATTRIBUTED).collect();
        let spent = |channel: &str| spend_of(rows().filter(|row| row.at.channel == channel), rates);
        channels.into_iter().filter(|channel| spent(channel).map_or(true, |micros| micros > 0)).collect()
    }
}

/// What rows of spend add up to, in millionths of the reporting currency.
pub fn spend_of<'a>(rows: impl IntoIterator<Item = &'a Spend>, rates: &Rates) -> Result<i128, Lack> {
    rates.sum(rows.into_iter().map(|row| (row.amount.0, row.amount.1.as_str(), row.day)))
}
