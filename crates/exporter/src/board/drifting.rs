//! The drift that is shown: while the KPIs are, and as long as it is renewed.

use std::{
    sync::{Arc, OnceLock, PoisonError},
    time::Instant,
};

use ::drift::Drift;
use bytes::Bytes;

use super::{Board, VIEW_AGE_LIMIT};
use crate::{NotReady, drift_families};

/// The drift shown.
#[derive(Clone)]
pub(super) struct Watched {
    drift: Arc<Drift>,
    at: Instant,
    /// Its families, made by the first scrape that asks.
    rendered: Arc<OnceLock<Bytes>>,
}

impl Board {
    /// Shows drift from now on; none where it cannot be told.
    pub fn publish_drift(&self, drift: Option<Drift>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let Some(drift) = drift else { return state.drift = None };
        let before = state.drift.as_ref().filter(|before| Arc::ptr_eq(&before.drift.series, &drift.series));
        let rendered = before.map(|before| Arc::clone(&before.rendered)).unwrap_or_default();
        state.drift = Some(Watched { drift: Arc::new(drift), at: Instant::now(), rendered });
    }

    /// The drift shown, or why none is.
    pub fn drift(&self) -> Result<Arc<Drift>, NotReady> {
        self.served_drift(Instant::now()).map(|watched| watched.drift)
    }

    /// The metrics of drift, shared like those of the KPIs.
    pub(crate) fn drift_text(&self) -> Bytes {
        self.drift_text_at(Instant::now())
    }

    pub(super) fn drift_text_at(&self, now: Instant) -> Bytes {
        let text = |watched: Watched| watched.rendered.get_or_init(|| drift_families::of(&watched.drift).text().into()).clone();
        self.served_drift(now).map(text).unwrap_or_default()
    }

    /// Drift is there while the KPIs are, and it is renewed.
    fn served_drift(&self, now: Instant) -> Result<Watched, NotReady> {
        self.served(now)?;
        let watched = self.state().drift.clone().ok_or(NotReady::NothingEvaluated)?;
        let age = now.saturating_duration_since(watched.at);
        if age > VIEW_AGE_LIMIT { Err(NotReady::Old(age)) } else { Ok(watched) }
    }
}
