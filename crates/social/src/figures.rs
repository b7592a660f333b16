//! The figures of days: entities with revisions, each the absolute count of one kind on one day.

use ledger::{Entity, Entry, KeyBuilder, Ledger};
use model::{DailyFigure, Day, InteractionKind, Settings, event::Head};
use panes::{Contribution, DimsId, Measure, Panes, audience::AccountKey};
use serde::{Deserialize, Serialize};

use crate::{measure, spelled};

/// The book of daily figures.
pub type DailyFigures = Ledger<FigureFacts>;

/// The figure of a day.
pub type FigureEntry<'a> = Entry<'a, FigureFacts>;

/// A figure as it now is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FigureFacts {
    /// What it counts.
    pub kind: InteractionKind,
    /// How much it says.
    pub count: i64,
    /// Its dimensions.
    pub dims: DimsId,
    /// The platform.
    pub platform: Box<str>,
    /// The account on it, empty where it is absent.
    pub account: Box<str>,
}

impl Entity for FigureFacts {
    type Fact<'a> = DailyFigure<'a>;

    const FAMILY: &'static str = "figures";
    const UNKNOWN_DIMS: &'static str = "a figure's dimensions are unknown";

    fn head<'f>(fact: &'f DailyFigure<'_>) -> &'f Head<'f> {
        &fact.event.head
    }

    fn content(fact: &DailyFigure<'_>) -> u64 {
        fact.event.content()
    }

    /// Platform, account, post, kind and day.
    fn key(DailyFigure { day, event }: &DailyFigure<'_>, key: &mut KeyBuilder) -> Day {
        let post_id = if event.kind == InteractionKind::Audience { None } else { event.post_id.as_deref() };
        key.text(0, &event.platform).text(0, event.account.as_deref().unwrap_or_default());
        key.text(0, post_id.unwrap_or_default()).text(0, event.kind.word()).number(day.0);
        *day
    }

    fn of(DailyFigure { event, .. }: &DailyFigure<'_>, settings: &Settings, panes: &mut Panes) -> Option<FigureFacts> {
        Some(FigureFacts {
            kind: event.kind,
            count: event.count,
            dims: panes.dims_id(spelled(event).resolve(&settings.channels)),
            platform: Box::from(&*event.platform),
            account: Box::from(event.account.as_deref().unwrap_or_default()),
        })
    }

    fn contribution(&self, day: Day, out: &mut Contribution) {
        out.add_day(day, self.dims, Measure::Interactions, 1);
        if let Some(measure) = measure(self.kind) {
            out.add_day(day, self.dims, measure, self.count.into());
        }
        let account = || AccountKey::new(&self.platform, &self.account);
        match self.kind {
            InteractionKind::Audience => out.add_members(account(), day, self.dims, self.count),
            InteractionKind::Follow => out.add_follows(account(), day, self.dims, self.count.into()),
            InteractionKind::Unfollow => out.add_follows(account(), day, self.dims, -i128::from(self.count)),
            _ => {}
        }
    }

    fn dims(&self) -> DimsId {
        self.dims
    }

    fn dims_mut(&mut self) -> &mut DimsId {
        &mut self.dims
    }

    /// Those of members do: a level rests on all that came before, and a restatement must find what it replaces.
    fn outlives_its_day(&self) -> bool {
        matches!(self.kind, InteractionKind::Follow | InteractionKind::Unfollow | InteractionKind::Audience)
    }
}
