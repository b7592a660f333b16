//! Social interactions: single ones, which contribute once, and the figures of days, which are entities and are restated.
//!
//! Not its job: telling duplicates of single interactions apart (`engine`), or adding up members (`kpis`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod figures;

use model::{Day, InteractionKind, Minute, Settings, SocialInteraction, When};
use panes::{
    DimsId, Measure, Panes,
    dims::{Spelled, Spellings},
};

pub use figures::Figures;

/// The channel of interactions that name none.
const DEFAULT_CHANNEL: &str = "social";

/// Folds single interactions into panes.
#[derive(Clone, Debug, Default)]
pub struct Interactions {
    spellings: Spellings,
}

impl Interactions {
    /// Books a single interaction.
    pub fn book(&mut self, event: &SocialInteraction<'_>, settings: &Settings, panes: &mut Panes) {
        let dims = self.spellings.id(spelled(event), |spelled| panes.dims_id(spelled.resolve(&settings.channels)));
        let (day, minute) = match event.head.occurred_at {
            When::At(at) => (settings.zone.day_of(at), Some(at.minute())),
            When::On(day) => (day, None),
        };
        let dims = panes.admitted(day, dims);
        book_day(panes, day, dims, event, 1);
        book_minute(panes, minute, dims, event);
    }
}

/// How an event spells its dimensions.
fn spelled<'a>(event: &'a SocialInteraction<'_>) -> Spelled<'a> {
    let channel = event.channel.as_deref().map(str::trim).filter(|name| !name.is_empty());
    Spelled {
        source: &event.head.source,
        channel: channel.unwrap_or(DEFAULT_CHANNEL),
        campaign: event.campaign.as_deref().unwrap_or_default(),
        segment: event.segment.as_deref().unwrap_or_default(),
    }
}

/// Puts what an event says of a day in (`sign` = 1).
fn book_day(panes: &mut Panes, day: Day, dims: DimsId, event: &SocialInteraction<'_>, sign: i64) {
    let count = i128::from(event.count) * i128::from(sign);
    if let Some(pane) = panes.day_mut(day) {
        pane.add(dims, Measure::Interactions, sign.into());
        if let Some(measure) = measure(event.kind) {
            pane.add(dims, measure, count);
        }
    }
    let follows = match event.kind {
        InteractionKind::Follow => count,
        InteractionKind::Unfollow => -count,
        _ => return,
    };
    let floor = panes.keep().days_from;
    let account = event.account.as_deref().unwrap_or_default();
    panes.account_mut(&event.platform, account).add_follows(day, floor, dims, follows);
}

fn book_minute(panes: &mut Panes, minute: Option<Minute>, dims: DimsId, event: &SocialInteraction<'_>) {
    if let Some(measure @ (Measure::Impressions | Measure::Engagements)) = measure(event.kind)
        && let Some(pane) = minute.and_then(|minute| panes.minute_mut(minute))
    {
        pane.add(dims, measure, event.count.into());
    }
}

/// What a kind counts as; follows and audiences are levels, not flows.
fn measure(kind: InteractionKind) -> Option<Measure> {
    match kind {
        InteractionKind::Impression => Some(Measure::Impressions),
        InteractionKind::Like | InteractionKind::Comment | InteractionKind::Share | InteractionKind::Click | InteractionKind::Reaction => {
            Some(Measure::Engagements)
        }
        InteractionKind::Intent => Some(Measure::Intents),
        InteractionKind::Follow | InteractionKind::Unfollow | InteractionKind::Audience => None,
    }
}
