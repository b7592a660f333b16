//! What all scrapes and requests read: the last evaluation, and how the process fares.

mod drifting;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, RwLockReadGuard},
    time::{Duration, Instant},
};

use bytes::Bytes;
use kpis::Evaluation;
use model::Millis;
use prometheus::{Histogram, HistogramOpts, core::Collector};
use tokio::sync::watch;

use crate::{
    EventCounts, FailedPartition, NotReady, Partition, Phase,
    exposition::Exposition,
    families::{self, Families},
    names,
    news::{News, Teller},
    operating_system,
    process::{Process, RatesState, Sources, seconds},
};

/// A view older than this is not served: another replica's is.
pub const VIEW_AGE_LIMIT: Duration = Duration::from_secs(30);

/// The evaluation shown: totals and channels in every served window, pairs of channel and campaign in some.
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    /// The KPIs.
    pub evaluation: Evaluation,
    /// The messages they were made from.
    pub events: EventCounts,
}

/// Which program this is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Build {
    /// Its version.
    pub version: &'static str,
    /// The revision of its source.
    pub revision: &'static str,
}

/// State shared by the process, which writes it, and the requests, which read it.
pub struct Board {
    build: Build,
    freshness: Option<Histogram>,
    state: RwLock<State>,
    process: Mutex<Process>,
    teller: Teller,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// All that was in the broker at the start has been read.
    caught_up: bool,
    published: Option<Published>,
    drift: Option<drifting::Watched>,
}

#[derive(Clone)]
struct Published {
    shown: Arc<Shown>,
    at: Instant,
    /// Its families, made by the first scrape that asks.
    rendered: Arc<OnceLock<Rendered>>,
}

struct Rendered {
    text: Bytes,
    folded: Vec<(&'static str, usize)>,
}

impl Published {
    fn rendered(&self) -> &Rendered {
        self.rendered.get_or_init(|| {
            let Families { families, folded } = families::of(&self.shown.evaluation);
            Rendered { text: families.text().into(), folded }
        })
    }
}

impl Board {
    /// A board of a process that reads these topics and is not ready.
    pub fn new<'a>(build: Build, topics: impl IntoIterator<Item = &'a str>) -> Board {
        let events = topics.into_iter().map(|topic| (topic.to_owned(), EventCounts::default())).collect();
        let process = Mutex::new(Process { events, ..Process::default() });
        Board { build, freshness: freshness(), state: RwLock::default(), process, teller: Teller::default() }
    }

    /// Shows an evaluation from now on.
    pub fn publish(&self, shown: Shown) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = state.published.as_ref().filter(|before| reads_like(&before.shown.evaluation, &shown.evaluation));
        let is_new = !before.is_some_and(|before| before.shown.events == shown.events);
        let rendered = before.map(|before| Arc::clone(&before.rendered)).unwrap_or_default();
        state.published = Some(Published { shown: Arc::new(shown), at: Instant::now(), rendered });
        drop(state);
        if is_new {
            self.teller.tell();
        }
    }

    /// Tells what the process does. Nothing follows draining: whatever is still told of the start comes too late.
    pub fn set_phase(&self, phase: Phase) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.phase != Phase::Draining {
            state.phase = phase;
        }
        let is_last = state.phase == Phase::Draining;
        drop(state);
        if is_last { self.teller.tell_last() } else { self.teller.tell() }
    }

    /// Tells whether the state is restored and caught up with the broker.
    pub fn set_ready(&self, ready: bool) {
        if ready {
            self.set_phase(Phase::Reading);
        }
        self.state.write().unwrap_or_else(PoisonError::into_inner).caught_up = ready;
        self.teller.tell();
    }

    /// Tells that a partition is no longer read. It stays so until [forgotten](Board::forget_partition), and until then nothing is ready.
    pub fn fail_partition(&self, failed: FailedPartition) {
        self.process().failed.insert((failed.topic.clone(), failed.partition), failed);
        self.teller.tell();
    }

    /// Tells what became of a topic's messages since the beginning of its log.
    pub fn set_events(&self, topic: &str, counts: EventCounts) {
        self.process().events.insert(topic.to_owned(), counts);
    }

    /// Tells how the reading of a partition stands.
    pub fn set_partition(&self, topic: &str, partition: i32, stands: Partition) {
        self.process().partitions.insert((topic.to_owned(), partition), (stands, Instant::now()));
    }

    /// Tells that a partition is no more.
    pub fn forget_partition(&self, topic: &str, partition: i32) {
        let name = (topic.to_owned(), partition);
        let mut process = self.process();
        process.partitions.remove(&name);
        process.failed.remove(&name);
    }

    /// Tells that a partition's records before this time were gone when the state was begun.
    pub fn set_history_start(&self, topic: &str, partition: i32, since: Millis) {
        self.process().history.insert((topic.to_owned(), partition), since);
    }

    /// Tells when the publishing systems of a topic were last heard of.
    pub fn set_sources(&self, topic: &str, sources: Sources) {
        self.process().sources.insert(topic.to_owned(), sources);
    }

    /// Tells over which span of log time a topic's interactions are deduplicated.
    pub fn set_dedup_span(&self, topic: &str, span: Duration) {
        self.process().dedup_span.insert(topic.to_owned(), span);
    }

    /// Tells how many dead letters are not in their topic, for every reason.
    pub fn set_undelivered(&self, undelivered: impl IntoIterator<Item = (&'static str, u64)>) {
        self.process().undelivered.extend(undelivered);
    }

    /// Tells that so many dead letters are in their topic without the whole of their value, which did not fit.
    pub fn letters_cut(&self, count: u64) {
        self.process().letters_cut += count;
    }

    /// Tells how the exchange rates stand.
    pub fn set_rates(&self, rates: RatesState) {
        let mut process = self.process();
        let before = process.rates.and_then(|before| before.read_at);
        process.rates = Some(RatesState { read_at: rates.read_at.or(before), ..rates });
    }

    /// Tells that a snapshot was stored.
    pub fn snapshot_stored(&self, at: Millis) {
        self.process().snapshot_stored = Some(at);
    }

    /// Tells that a snapshot could not be stored.
    pub fn snapshot_failed(&self) {
        self.process().snapshot_failures += 1;
    }

    /// Tells how long a record took from the broker to being visible.
    pub fn observe_freshness(&self, delay: Duration) {
        if let Some(histogram) = &self.freshness {
            histogram.observe(delay.as_secs_f64());
        }
    }

    /// The evaluation shown, or why none is.
    pub fn shown(&self) -> Result<Arc<Shown>, NotReady> {
        self.served(Instant::now()).map(|published| published.shown)
    }

    /// All metrics.
    pub fn metrics(&self) -> String {
        self.process_metrics() + &self.kpi_metrics()
    }

    /// The KPIs' metrics; none while the instance is not ready.
    pub fn kpi_metrics(&self) -> String {
        self.kpi_metrics_at(Instant::now())
    }

    /// The process's metrics.
    pub fn process_metrics(&self) -> String {
        self.process_metrics_at(Instant::now())
    }

    pub(crate) fn kpi_metrics_at(&self, now: Instant) -> String {
        [self.kpi_text_at(now), self.drift_text_at(now)].iter().map(|text| String::from_utf8_lossy(text)).collect()
    }

    /// The KPIs' metrics, shared by all who ask for the same evaluation.
    pub(crate) fn kpi_text(&self) -> Bytes {
        self.kpi_text_at(Instant::now())
    }

    fn kpi_text_at(&self, now: Instant) -> Bytes {
        self.served(now).map(|published| published.rendered().text.clone()).unwrap_or_default()
    }

    pub(crate) fn process_metrics_at(&self, now: Instant) -> String {
        let mut out = Exposition::default();
        self.process().expose(&mut out, now);
        let published = self.state().published.clone();
        if let Some(published) = published {
            out.put(&names::EVALUATED, &[], seconds(published.shown.evaluation.as_of));
            for (label, groups) in &published.rendered().folded {
                out.put(&names::FOLDED, &[("label", label)], *groups as f64);
            }
        }
        out.put(&names::BUILD, &[("version", self.build.version), ("revision", self.build.revision)], 1.0);
        operating_system::expose(&mut out);
        out.extend(self.freshness.iter().flat_map(Collector::collect).collect());
        out.text()
    }

    /// What wakes those who listen.
    pub(crate) fn news(&self) -> watch::Receiver<News> {
        self.teller.listen()
    }

    fn served(&self, now: Instant) -> Result<Published, NotReady> {
        let (phase, caught_up, published) = {
            let state = self.state();
            (state.phase, state.caught_up, state.published.clone())
        };
        match phase {
            Phase::Starting => return Err(NotReady::Starting),
            Phase::Restoring(progress) => return Err(NotReady::Restoring(progress)),
            Phase::Draining => return Err(NotReady::Draining),
            Phase::Reading => {}
        }
        let process = self.process();
        let failed = process.failed_partitions();
        if !failed.is_empty() {
            return Err(NotReady::PartitionFailed(failed));
        }
        if !caught_up {
            return Err(NotReady::CatchingUp(process.lag()));
        }
        let published = published.ok_or(NotReady::NothingEvaluated)?;
        let age = process.view_age(now).max(now.saturating_duration_since(published.at));
        if age > VIEW_AGE_LIMIT { Err(NotReady::Old(age)) } else { Ok(published) }
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the metrics of two evaluations are the same text: all but the instant is.
fn reads_like(one: &Evaluation, two: &Evaluation) -> bool {
    one.rows.are_shared_with(&two.rows)
        && (one.effects.are_shared_with(&two.effects) || one.effects == two.effects)
        && (&one.time_zone, one.currency, &one.spend_reported, &one.data_state)
            == (&two.time_zone, two.currency, &two.spend_reported, &two.data_state)
}

/// The histogram of freshness. It can fail only by a wrong name, which the tests would find.
fn freshness() -> Option<Histogram> {
    let name = names::FRESHNESS;
    let buckets = vec![0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];
    Histogram::with_opts(HistogramOpts::new(name.name, name.help).buckets(buckets)).ok()
}

#[cfg(test)]
mod tests {
    use kpis::DataState;
    use model::Currency;

    use super::*;
    use crate::Progress;

    fn board() -> Board {
        let evaluation = Evaluation {
            as_of: Millis(0),
            time_zone: "UTC".to_owned(),
            currency: Currency::EUR,
            spend_complete_through: None,
            spend_reported: vec![],
            rows: kpis::Rows::default(),
            effects: kpis::Effects::default(),
            data_state: DataState::default(),
        };
        let board = Board::new(Build { version: "1", revision: "abc" }, []);
        board.set_ready(true);
        board.publish(Shown { evaluation, events: EventCounts::default() });
        board
    }

    #[test]
    fn an_evaluation_that_is_not_renewed_grows_old() {
        let (board, now) = (board(), Instant::now());
        assert!(board.kpi_metrics_at(now + Duration::from_secs(29)).contains("kpistream_deals_without_amount 0"));
        assert_eq!(board.kpi_metrics_at(now + Duration::from_secs(31)), "");
        assert!(matches!(board.served(now + Duration::from_secs(31)), Err(NotReady::Old(_))));
    }

    #[test]
    fn the_age_of_a_view_grows_while_nobody_tells_it_anew() {
        let board = board();
        board.set_partition("ad-spend", 0, Partition { view_age: Duration::from_secs(20), ..Partition::default() });
        let now = Instant::now();
        let age = |text: String| -> f64 {
            let line = text.lines().find(|line| line.starts_with("kpistream_view_age_seconds{")).map(str::to_owned);
            line.and_then(|line| line.rsplit_once(' ').and_then(|(_, age)| age.parse().ok())).unwrap_or_default()
        };
        assert!((20.0..21.0).contains(&age(board.process_metrics_at(now))));
        assert!((25.0..26.0).contains(&age(board.process_metrics_at(now + Duration::from_secs(5)))));
        assert!(board.served(now + Duration::from_secs(9)).is_ok());
        assert!(board.served(now + Duration::from_secs(11)).is_err());
    }

    #[test]
    fn the_state_is_that_of_the_phase_and_then_of_the_partitions() {
        let board = board();
        let ready = || board.shown().map(|_| ()).map_err(|why| why.to_string());
        assert_eq!(ready(), Ok(()));
        let stands = |lag| Partition { lag, ..Partition::default() };
        board.set_partition("ad-spend", 0, stands(4));
        board.set_partition("ad-spend", 1, stands(3));
        board.set_ready(false);
        assert_eq!(ready(), Err("catching up with the broker: 7 records behind".to_owned()));
        board.set_ready(true);
        board.set_partition("ad-spend", 1, Partition { failed: Some("topic_deleted"), ..stands(3) });
        assert_eq!(ready(), Err("partition failed: ad-spend/1 (topic_deleted)".to_owned()));
        let detail = "offset 7".to_owned();
        board.fail_partition(FailedPartition { topic: "ad-spend".to_owned(), partition: 1, reason: "panic", detail });
        assert_eq!(ready(), Err("partition failed: ad-spend/1 (panic: offset 7)".to_owned()), "said in full, and once");
        board.forget_partition("ad-spend", 1);
        assert_eq!(ready(), Ok(()));
        board.set_phase(Phase::Draining);
        board.set_phase(Phase::Reading);
        board.set_ready(true);
        assert_eq!((ready(), board.kpi_metrics()), (Err("draining".to_owned()), String::new()), "nothing follows the end");
    }

    #[test]
    fn a_board_begins_with_the_start() {
        let board = Board::new(Build { version: "1", revision: "abc" }, []);
        let state = || board.shown().map(|_| ()).map_err(|why| why.state());
        assert_eq!(state(), Err("starting"));
        board.set_phase(Phase::Restoring(Progress { done: 1, of: 2 }));
        assert_eq!(state(), Err("restoring"));
        board.set_phase(Phase::Reading);
        assert_eq!(state(), Err("catching_up"));
        board.set_ready(true);
        assert_eq!(state(), Err("evaluating"));
    }
}
