//! `demo`: everything in one process, on an embedded broker.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use kafka::{EmbeddedBroker, Partitioner};
use model::{Day, EventType, Micros};
use simulator::{Live, Options, Simulator};

use super::{now, serving::Process};
use pipeline::Running;
use source::Cluster;

use crate::{
    cli::{DemoArgs, Encoding},
    config::Loaded,
    failure::Failure,
    logging,
    outgoing::Outgoing,
    output::{count, say},
};

/// Partitions of each topic: the embedded broker keeps the last 5 MiB of each.
const PARTITIONS: i32 = 4;
/// Events that may be published ahead of the pipeline, so that the broker need not keep more than it can.
const AHEAD: u64 = 20_000;
/// How long the pipeline is waited for at a time.
const NAP: Duration = Duration::from_millis(20);
/// How often the live stream goes on.
const BEAT: Duration = Duration::from_millis(200);
/// How many live events a second there are about.
const PER_SECOND: f64 = 20.0;
/// The margin where none is configured, so that `roi` has something to show: 80%.
const MARGIN: Micros = Micros(800_000);

/// Days of history, and of one in which something changes.
const DAYS: u32 = 90;
const SCENARIO_DAYS: u32 = 540;
/// How many times as big a company is in which something changes: some forty customers a month.
const SCENARIO_SCALE: f64 = 3.0;
/// Days of the history that are no part of a baseline: what they brought came in before.
const WARM_UP: i32 = 60;

/// Holds what comes after the change against what was before it, where nothing else is configured.
fn watch(loaded: &mut Loaded, options: &Options, changed: Day) {
    let mut watched = drift::Config::clone(&loaded.setup.drift);
    let until = changed.plus(-1);
    let total =
        drift::Baseline { from: Some(options.first_recorded_day().plus(WARM_UP).min(until)), until: Some(until), ..drift::Baseline::default() };
    for baselines in [&mut watched.cac, &mut watched.lead_conversion] {
        if *baselines == drift::Baselines::default() {
            baselines.total = total;
        }
    }
    loaded.setup.drift = Arc::new(watched);
}

/// Shows a simulated company, its history first, then as it goes on.
pub fn run(args: DemoArgs) -> Result<(), Failure> {
    let begun = Instant::now();
    let process = Process::begin()?;
    let mut loaded = Loaded::load(args.config.layers().with_http(args.http))?;
    loaded.setup.kpis.margin = loaded.setup.kpis.margin.or(Some(MARGIN));
    let now = now();
    let scenario = args.scenario.of(loaded.setup.settings.zone.day_of(now));
    let days = args.days.unwrap_or(if scenario.is_some() { SCENARIO_DAYS } else { DAYS });
    let options = Options {
        zone: loaded.setup.settings.zone.clone(),
        currencies: vec![loaded.setup.kpis.currency],
        scale: if scenario.is_some() { SCENARIO_SCALE } else { 1.0 },
        scenario,
        ..Options::new(args.seed, days, now)
    };
    if let Some(scenario) = scenario {
        watch(&mut loaded, &options, scenario.on);
    }
    // What is simulated ends with the process, and so does its state.
    loaded.setup.snapshots = None;
    logging::start(&loaded);
    let mut serving = process.serve(&loaded)?;
    let names = EventType::ALL.map(|of| loaded.setup.topics.of(of)).into_iter().chain([loaded.setup.topics.dead_letters.as_str()]);
    let topics: Vec<(&str, i32)> = names.map(|name| (name, PARTITIONS)).collect();
    let broker = EmbeddedBroker::start(&topics)?;
    let connection = broker.connection()?;
    let (setup, cluster): (_, Arc<dyn Cluster>) = (loaded.setup.clone(), Arc::new(connection.clone()));
    serving.start(move |board| Ok(Running::start(&setup, &cluster, board)?))?;
    let Some(running) = serving.running() else { return serving.stop() };
    announce(&serving.url(), &broker.brokers(), days);
    let feed = Feed {
        outgoing: Outgoing::open(&connection, &loaded.setup.topics, Encoding::Avro, Partitioner::Crc32)?,
        shown: running.counter(),
        stopping: Arc::new(AtomicBool::new(false)),
    };
    let stopping = Arc::clone(&feed.stopping);
    let feeder = std::thread::spawn(move || feed.run(options));
    let ended = serving.until_end(args.for_.map(|span| span.saturating_sub(begun.elapsed())));
    stopping.store(true, Ordering::Release);
    let fed = feeder.join().unwrap_or_else(|_| Err(Failure::failed("the simulation has failed")));
    let drained = serving.stop();
    ended.and(fed).and(drained)
}

fn announce(url: &str, brokers: &str, days: u32) {
    say(format_args!("{days} days of simulated history, then a live stream, on an embedded broker at {brokers}"));
    say(format_args!("  board    {url}/"));
    say(format_args!("  metrics  {url}/metrics"));
    say(format_args!("  API      {url}/api/v1/kpis"));
    say(format_args!("Ctrl-C ends it."));
}

/// Publishes the simulation.
struct Feed<S> {
    outgoing: Outgoing,
    /// How many records the pipeline has shown.
    shown: S,
    stopping: Arc<AtomicBool>,
}

impl<S: Fn() -> u64> Feed<S> {
    /// The history, then how it goes on, until the demo ends.
    fn run(self, options: Options) -> Result<(), Failure> {
        let history = Simulator::new(options);
        let mut live = Live::new(&history, PER_SECOND);
        let mut published = 0u64;
        for event in history {
            self.outgoing.send(&event)?;
            published += 1;
            if published.is_multiple_of(1000) {
                self.wait_until_shown(published.saturating_sub(AHEAD));
            }
            if self.is_stopping() {
                return Ok(());
            }
        }
        self.outgoing.flush()?;
        say(format_args!("published a history of {} events; going on live", count(published)));
        while !self.is_stopping() {
            for event in live.next_until(now()) {
                self.outgoing.send(&event)?;
            }
            std::thread::sleep(BEAT);
        }
        self.outgoing.flush()
    }

    fn wait_until_shown(&self, records: u64) {
        while (self.shown)() < records && !self.is_stopping() {
            std::thread::sleep(NAP);
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}
