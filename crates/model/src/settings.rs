//! The settings that change what an event contributes. Two instances agree only under equal ones.

use std::collections::BTreeSet;

use crate::{Channels, Zone, digest::Digest};

/// Whose value counts as the return in `roi` and `roas`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReturnOn {
    /// New-business wins only.
    #[default]
    NewBusiness,
    /// Every won deal.
    AllWins,
}

/// What the fold needs to know beside the events.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The business time zone.
    pub zone: Zone,
    /// Days (of 24 h) after which a lead is mature.
    pub horizon_days: i32,
    /// Whose value counts as the return.
    pub return_on: ReturnOn,
    /// How channel names are resolved.
    pub channels: Channels,
    /// The web-visit actions that count as a conversion.
    pub conversion_actions: BTreeSet<String>,
}

impl Settings {
    /// Takes all of them in.
    pub fn digest(&self, digest: &mut Digest) {
        self.zone.digest(digest);
        digest.number(self.horizon_days).number(match self.return_on {
            ReturnOn::NewBusiness => 0,
            ReturnOn::AllWins => 1,
        });
        self.channels.digest(digest);
        digest.number(self.conversion_actions.len() as u64);
        self.conversion_actions.iter().for_each(|action| _ = digest.text(Some(action)));
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            zone: Zone::utc(),
            horizon_days: 90,
            return_on: ReturnOn::default(),
            channels: Channels::default(),
            conversion_actions: ["form_submit", "purchase"].map(str::to_owned).into(),
        }
    }
}
