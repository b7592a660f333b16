//! Web visits: each contributes once, to the counts of its day and minute and to its day's distinct visitors.
//!
//! Not its job: telling duplicates apart (`engine`), or counting distinct visitors over windows (`kpis`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

use model::{Settings, WebVisit, When, channels::NONE, digest::text64};
use panes::{
    Dims, DimsId, Measure, Panes, VisitorDetail,
    dims::{Spelled, Spellings},
};

/// Folds web visits into panes.
#[derive(Clone, Debug, Default)]
pub struct Visits {
    spellings: Spellings,
    /// The dimensions under which the visitors of a visit's dimensions are kept, by number.
    visitor_dims: Vec<Option<DimsId>>,
    /// The generation of the table that the numbers are of.
    generation: u64,
}

impl Visits {
    /// Books a visit. Below the floor nothing is.
    pub fn book(&mut self, event: &WebVisit<'_>, settings: &Settings, panes: &mut Panes) {
        let (day, minute) = match event.head.occurred_at {
            When::At(at) => (settings.zone.day_of(at), Some(at.minute())),
            When::On(day) => (day, None),
        };
        // KPI 5.1, 5.4
        let converting = event.visitor_id.is_some() && event.action.as_deref().is_some_and(|action| settings.conversion_actions.contains(action));
        let tuple = self.spellings.tuple(spelled(event), panes.dims(), &settings.channels);
        let Some(dims) = panes.add_to_day(day, tuple, &[(Measure::Visits, 1), (Measure::KnownActions, i128::from(converting))]) else { return };
        if let Some(minute) = minute {
            panes.add_to_minute(minute, dims, &[(Measure::Visits, 1)]);
        }
        if let Some(visitor) = &event.visitor_id {
            let dims = self.visitor_dims(dims, panes);
            let exact_limit = panes.keep().exact_visitors;
            if let Some(visitors) = panes.visitors_mut(day) {
                visitors.insert(dims, text64(visitor), converting, exact_limit);
            }
        }
    }

    fn visitor_dims(&mut self, dims: DimsId, panes: &mut Panes) -> DimsId {
        if panes.keep().visitors == VisitorDetail::Full {
            return dims;
        }
        if self.generation != panes.dims().generation() {
            self.visitor_dims.clear();
            self.generation = panes.dims().generation();
        }
        let at = dims.0 as usize;
        if let Some(Some(known)) = self.visitor_dims.get(at) {
            return *known;
        }
        let channel = panes.dims().dims(dims).map(|dims| Dims { campaign: NONE.into(), segment: NONE.into(), ..dims.clone() });
        let by_channel = channel.map_or(dims, |channel| panes.dims_id(channel));
        self.visitor_dims.resize(self.visitor_dims.len().max(at + 1), None);
        if let Some(slot) = self.visitor_dims.get_mut(at) {
            *slot = Some(by_channel);
        }
        by_channel
    }
}

fn spelled<'a>(event: &'a WebVisit<'_>) -> Spelled<'a> {
    Spelled {
        source: &event.head.source,
        channel: event.channel.as_deref().unwrap_or_default(),
        campaign: event.campaign.as_deref().unwrap_or_default(),
        segment: event.segment.as_deref().unwrap_or_default(),
    }
}
