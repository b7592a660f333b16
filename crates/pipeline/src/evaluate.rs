//! The KPIs of the views: twenty times a second for all who look, and of a query for who asks.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use engine::Sources;
use exporter::{Query, QueryError, Shown};
use kpis::{By, Config, Evaluation, Kpi, Request, Span};
use model::{Counts, EventType, Merge, Millis, When, Zone};
use panes::Panes;
use tracing::{error, info};

use crate::{
    Setup, Topics,
    interactions::least,
    now,
    rates::LiveConfig,
    shared::Shared,
    trouble::Trouble,
    view::{View, counts},
};

/// How often the KPIs are evaluated while records come.
const EVERY: Duration = Duration::from_millis(50);
/// How often while none do: minutes pass, and rates change.
const AT_LEAST_EVERY: Duration = Duration::from_millis(250);
/// Evaluations take at most one part in so many of the time, so that slow ones do not keep the folds from their work.
const ONE_PART_IN: u32 = 4;
/// How long the views of threads that have something to show are waited for at most: one may be in the middle of a long batch.
const AHEAD: Duration = Duration::from_millis(25);
/// How often it is told what became of the records, and who published them.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// Rows that a query may make us work out, those of groups in which there is nothing among them.
const ROWS_TO_WORK_OUT: usize = 1_000_000;
const CHANNEL: By = By { channel: true, campaign: false, segment: false };
const CAMPAIGN: By = By { channel: true, campaign: true, segment: false };
/// The windows in which campaigns are shown.
const CAMPAIGN_WINDOWS: [&str; 3] = ["30d", "this_month", "this_quarter"];

/// What one evaluation leaves to the next.
#[derive(Default)]
struct Beat {
    channels: kpis::Evaluator,
    campaigns: kpis::Evaluator,
    /// When it was last told what became of the records.
    told: Option<Instant>,
}

/// Evaluates.
pub struct Evaluator {
    live: Arc<LiveConfig>,
    served: Vec<Span>,
    topics: Topics,
    shared: Arc<Shared>,
}

impl Evaluator {
    /// Evaluates the views of a pipeline by a configuration.
    pub fn new(setup: &Setup, live: Arc<LiveConfig>, shared: Arc<Shared>) -> Evaluator {
        Evaluator { live, served: setup.served.clone(), topics: setup.topics.clone(), shared }
    }

    /// Publishes the KPIs until the pipeline stops.
    pub fn run(&self) {
        let Shared { freshness, stop, .. } = &*self.shared;
        let mut next = Instant::now();
        let (mut trouble, mut beat) = (Trouble::default(), Beat::default());
        while stop.sleep_until(next) {
            freshness.await_news(AT_LEAST_EVERY);
            let asked = Instant::now();
            freshness.ask();
            freshness.await_shown(AHEAD);
            let begun = Instant::now();
            self.publish_or_say_why(&mut beat, &mut trouble);
            // From the asking, so that a slow evaluation does not slow the beat.
            next = asked + EVERY.max(begun.elapsed() * ONE_PART_IN);
        }
    }

    /// What panics over a state would do so at every start: it is not shown then, and the folds and their snapshots go on.
    fn publish_or_say_why(&self, beat: &mut Beat, trouble: &mut Trouble) {
        // An evaluation is made of clones of views, and shown as a whole or not at all; what the one before has left to it is torn.
        let last = std::mem::take(beat);
        if let Ok(done) = catch_unwind(AssertUnwindSafe(|| self.publish(last))) {
            *beat = done;
            if let Some((_, lasted)) = trouble.over(Instant::now()) {
                info!("KPIs are evaluated again, after {} s", lasted.as_secs());
            }
        } else if let Some(times) = trouble.failed(Instant::now()) {
            error!(
                "the evaluation of the KPIs has panicked ({times} times in a row): the last are shown until they are too old; folds and snapshots go on"
            );
        }
    }

    fn publish(&self, mut beat: Beat) -> Beat {
        // Before the views: they hold at least these.
        let seen = self.shared.freshness.take();
        let views = self.shared.views.all();
        if beat.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            self.tell_process(&views);
            beat.told = Some(Instant::now());
        }
        let evaluation = self.beat(&mut beat, &views, now());
        self.shared.board.publish(Shown { evaluation, events: totals(&counts(&views)) });
        if self.shared.ready.load(Ordering::Relaxed) {
            let now = now();
            let delays = seen.into_iter().map(|oldest| u64::try_from(now.0 - oldest.0).unwrap_or(0));
            delays.for_each(|delay| self.shared.board.observe_freshness(Duration::from_millis(delay)));
        }
        beat
    }

    /// Totals and channels in all served windows, campaigns in some.
    fn beat(&self, beat: &mut Beat, views: &[Arc<View>], as_of: Millis) -> Evaluation {
        let config = self.live.config();
        // After the views, so that none of theirs is missed; first, since there come more of these.
        let visitors = self.shared.visitors.panes();
        let panes: Vec<Arc<Panes>> = std::iter::once(&visitors).chain(views.iter().flat_map(|view| &view.panes)).cloned().collect();
        let request = |spans: Vec<Span>, by| Request { as_of, spans, by: vec![by] };
        let mut evaluation = beat.channels.evaluate(&panes, &request(self.served.clone(), CHANNEL), &config);
        let spans: Vec<Span> = CAMPAIGN_WINDOWS.iter().filter_map(|name| Span::parse(name).ok()).filter(|span| self.served.contains(span)).collect();
        if !spans.is_empty() {
            let mut campaigns = beat.campaigns.evaluate(&panes, &request(spans, CAMPAIGN), &config).rows;
            campaigns.retain_groups(|group| group.campaign.is_some());
            evaluation.rows.append(campaigns);
        }
        evaluation
    }

    fn tell_process(&self, views: &[Arc<View>]) {
        let board = &self.shared.board;
        let mut sources: BTreeMap<EventType, Sources> = BTreeMap::new();
        let mut spans = BTreeMap::new();
        for view in views {
            view.sources.iter().for_each(|(of, own)| sources.entry(*of).or_default().merge(own, ()));
            view.dedup_span_ms.iter().for_each(|(of, span)| least(&mut spans, *of, *span));
        }
        for (of, counts) in counts(views) {
            board.set_events(self.topics.of(of), counts);
        }
        for (of, own) in &sources {
            let newest = own.iter().map(|(name, at)| (name.to_owned(), at)).collect();
            board.set_sources(self.topics.of(*of), exporter::Sources { newest, unnamed: own.rest() });
        }
        for (of, span) in spans {
            board.set_dedup_span(self.topics.of(of), Duration::from_millis(u64::try_from(span).unwrap_or(0)));
        }
    }

    /// The answer to a query.
    pub fn answer(&self, query: &Query) -> Result<Shown, QueryError> {
        let config = self.live.config();
        let zone = config.zone();
        let request = Request {
            as_of: instant(query.as_of, zone),
            spans: self.spans(query)?,
            by: query.by.iter().map(|by| By { channel: by.channel, campaign: by.campaign, segment: by.segment }).collect(),
        };
        let views = self.shared.views.all();
        let visitors = self.shared.visitors.panes();
        let panes = panes(&visitors, &views);
        bounded(&request, &config, &panes)?;
        let mut evaluation = kpis::evaluate(&panes, &request, &config);
        if let Some(from) = query.from.map(|from| zone.instant(from)) {
            let is_window = |name: &str| Span::parse(name).is_ok();
            evaluation.rows.retain(|row| is_window(&row.window) || row.end > from);
        }
        // Of the same views: the events are those that the KPIs are made of.
        Ok(Shown { evaluation, events: totals(&counts(&views)) })
    }

    fn spans(&self, query: &Query) -> Result<Vec<Span>, QueryError> {
        if query.windows.is_empty() && query.periods.is_empty() {
            return Ok(self.served.clone());
        }
        let named = query.windows.iter().map(|name| Span::parse(name)).chain(query.periods.iter().map(|name| Span::period(name)));
        let mut spans: Vec<Span> = Vec::new();
        for span in named {
            let span = span.map_err(|error| QueryError::Bad(error.to_string()))?;
            if !spans.contains(&span) {
                spans.push(span);
            }
        }
        Ok(spans)
    }
}

/// The instant that a query asks for.
pub fn instant(as_of: Option<When>, zone: &Zone) -> Millis {
    match as_of {
        None => now(),
        Some(When::At(at)) => at,
        Some(When::On(day)) => zone.last_instant(day),
    }
}

/// Refuses what would be too much work, before any of it is done.
fn bounded(request: &Request, config: &Config, panes: &[&Panes]) -> Result<(), QueryError> {
    let dims = || panes.iter().flat_map(|fold| fold.dims().iter());
    let groups = |by: &By| {
        if *by == CHANNEL { dims().map(|dims| &dims.channel).collect::<BTreeSet<_>>().len() } else { dims().collect::<BTreeSet<_>>().len() }
    };
    let groups = 1 + request.by.iter().map(groups).sum::<usize>();
    let rows = kpis::instances_at_most(request, config, panes).saturating_mul(groups).saturating_mul(Kpi::ALL.len());
    if rows > ROWS_TO_WORK_OUT {
        return Err(QueryError::Bad(format!(
            "up to {rows} rows, at most {ROWS_TO_WORK_OUT}: ask for fewer periods, a coarser one, or fewer breakdowns"
        )));
    }
    Ok(())
}

fn panes<'a>(visitors: &'a Panes, views: &'a [Arc<View>]) -> Vec<&'a Panes> {
    let shown = views.iter().flat_map(|view| view.panes.iter().map(|panes| &**panes));
    std::iter::once(visitors).chain(shown).collect()
}

fn totals(counts: &BTreeMap<EventType, Counts>) -> Counts {
    let mut total = Counts::default();
    counts.values().for_each(|own| total.merge(own, ()));
    total
}
