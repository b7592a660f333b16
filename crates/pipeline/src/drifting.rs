//! Drift of the book's view: once a second for all who look, anew only where something it depends on has moved, and of a query for who asks.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use drift::{Drift, Question};
use exporter::{DriftQuery, QueryError};
use panes::Panes;
use tracing::{error, info};

use crate::{Setup, evaluate::instant, now, rates::LiveConfig, shared::Shared, trouble::Trouble, view::View};

/// How often it is looked whether anything has moved: days do so slowly.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether the pipeline has caught up.
const UNTIL_READY: Duration = Duration::from_millis(100);

/// Watches for drift.
pub struct Drifting {
    config: Arc<drift::Config>,
    live: Arc<LiveConfig>,
    channels: model::Channels,
    shared: Arc<Shared>,
}

impl Drifting {
    /// Watches the book of a pipeline by a configuration.
    pub fn new(setup: &Setup, live: Arc<LiveConfig>, shared: Arc<Shared>) -> Drifting {
        Drifting { config: Arc::clone(&setup.drift), live, channels: setup.settings.channels.clone(), shared }
    }

    /// Publishes drift until the pipeline stops. While it catches up there is none: of half the deals every KPI would drift.
    pub fn run(&self) {
        let (mut evaluator, mut trouble, mut next) = (drift::Evaluator::default(), Trouble::default(), Instant::now());
        while self.shared.stop.sleep_until(next) {
            let is_ready = self.shared.ready.load(Ordering::Relaxed);
            if is_ready {
                self.publish_or_say_why(&mut evaluator, &mut trouble);
            }
            next = Instant::now() + if is_ready { EVERY } else { UNTIL_READY };
        }
    }

    /// What panics over a state would do so each time: drift is not shown then, and all else goes on.
    fn publish_or_say_why(&self, evaluator: &mut drift::Evaluator, trouble: &mut Trouble) {
        let Some(book) = self.shared.views.of_book() else { return };
        // What a panic leaves of the evaluator is thrown away.
        let mut taken = std::mem::take(evaluator);
        let evaluated = catch_unwind(AssertUnwindSafe(|| {
            let drift = taken.evaluate(&panes(&book), now(), &self.config, &self.live.config());
            (taken, drift)
        }));
        match evaluated {
            Ok((taken, drift)) => {
                *evaluator = taken;
                self.shared.board.publish_drift(Some(drift));
                if let Some((_, lasted)) = trouble.over(Instant::now()) {
                    info!("drift is evaluated again, after {} s", lasted.as_secs());
                }
            }
            Err(_) => {
                self.shared.board.publish_drift(None);
                if let Some(times) = trouble.failed(Instant::now()) {
                    error!("the evaluation of drift has panicked ({times} times in a row): none is shown; all else goes on");
                }
            }
        }
    }

    /// The answer to a query.
    pub fn answer(&self, query: &DriftQuery) -> Result<Drift, QueryError> {
        let config = self.live.config();
        let Some(book) = self.shared.views.of_book() else { return Err(QueryError::Unavailable("nothing is folded yet".to_owned())) };
        let named = |name: &String| self.channels.named(name).to_owned();
        let channels = (!query.channels.is_empty()).then(|| query.channels.iter().map(named).collect());
        let question = Question { as_of: instant(query.as_of, config.zone()), channels, threshold: None };
        Ok(drift::evaluate(&panes(&book), &question, &self.config, &config))
    }
}

/// Interactions have no part in drift, so their views are not looked at.
fn panes(book: &View) -> Vec<&Panes> {
    book.panes.iter().map(|panes| &**panes).collect()
}
