//! Social interactions: single ones, which contribute once, and the figures of days, which are entities and are restated.
//!
//! Not its job: telling duplicates of single interactions apart (`engine`), or adding up members (`kpis`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod figures;

use model::{InteractionKind, Settings, SocialInteraction, When};
use panes::{
    Measure, Panes,
    dims::{Spelled, Spellings},
};

pub use figures::{DailyFigures, FigureEntry, FigureFacts};

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
        let (day, minute) = match event.head.occurred_at {
            When::At(at) => (settings.zone.day_of(at), Some(at.minute())),
            When::On(day) => (day, None),
        };
        let count = i128::from(event.count);
        let measure = measure(event.kind);
        let tuple = self.spellings.tuple(spelled(event), panes.dims(), &settings.channels);
        let dims = match measure {
            Some(measure) => panes.add_to_day(day, tuple, &[(Measure::Interactions, 1), (measure, count)]),
            None => panes.add_to_day(day, tuple, &[(Measure::Interactions, 1)]),
        };
        if let (Some(minute), Some(dims), Some(measure @ (Measure::Impressions | Measure::Engagements))) = (minute, dims, measure) {
            panes.add_to_minute(minute, dims, &[(measure, count)]);
        }
        let follows = match event.kind {
            InteractionKind::Follow => count,
            InteractionKind::Unfollow => -count,
            _ => return,
        };
        panes.add_follows((&event.platform, event.account.as_deref().unwrap_or_default()), day, tuple, follows);
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
