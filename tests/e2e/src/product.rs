//! The product over lines of events, without files, broker or clock.

#![allow(clippy::expect_used, reason = "a test ends where its own options are wrong")]

use std::{collections::BTreeMap, sync::Arc};

use engine::{Book, DedupLimits, Effect, Input, Position, Record, SharedVisitors, SourcePartition, Stream};
use explain::Explainer;
use exporter::explain::Explanation;
use kpis::{By, Config, Evaluation, Rates, Request, Span, explain::Question};
use model::{Counts, Day, Event, EventType, Merge, Micros, Millis, Rejection, ReturnOn, Settings, When, Zone};
use panes::{Canonical, Keep, Panes, visitors::VisitorDetail};
use pieces::{PieceError, Pieces};
use serde_json::Value;
use testkit::reference::{Baseline as Keys, DriftOptions, Options};

/// The partitions of one log each have their lines in order; a line may be of any type.
pub type Log = BTreeMap<i32, Vec<String>>;

/// A fold of lines under some options.
#[derive(Clone)]
pub struct Product {
    settings: Arc<Settings>,
    config: Config,
    now: Millis,
    keep: Keep,
    book: Book,
    streams: BTreeMap<SourcePartition, Stream>,
    visitors: SharedVisitors,
    /// A report finds duplicates over all its input, a running instance within a partition.
    per_partition: bool,
}

impl Product {
    /// Nothing folded yet; duplicates are found over all partitions.
    pub fn new(options: &Options) -> Product {
        Product::keeping(options, Keep::ALL)
    }

    fn keeping(options: &Options, keep: Keep) -> Product {
        let zone = zone(options);
        let settings = Arc::new(settings(options, zone));
        let (book, visitors) = (Book::new(settings.clone(), keep), SharedVisitors::new(keep));
        let (config, now) = (config(options, &settings), Millis(options.now));
        Product { config, settings, now, keep, book, streams: BTreeMap::new(), visitors, per_partition: false }
    }

    /// As a running instance: duplicates are found within each partition, visitors kept by channel; but nothing is too old.
    pub fn running(options: &Options) -> Product {
        Product { per_partition: true, ..Product::keeping(options, Keep { visitors: VisitorDetail::Channel, ..Keep::ALL }) }
    }

    /// The same, with duplicates found within each partition.
    pub fn partitioned(options: &Options) -> Product {
        Product { per_partition: true, ..Product::new(options) }
    }

    /// Folds a line of a partition.
    pub fn fold(&mut self, partition: i32, offset: i64, line: &[u8]) {
        let event = wire::read_line(line, &self.settings.zone, self.now);
        let topic = event.as_ref().map_or(EventType::LeadCreated, Event::event_type);
        self.fold_event(Position { source: SourcePartition { topic, partition }, offset }, event);
    }

    /// Folds what was read of a record.
    pub fn fold_event(&mut self, at: Position, event: Result<Event<'_>, Rejection>) {
        let Position { source, .. } = at;
        let record = Record { at, timestamp: Some(self.now), event };
        let zone = &self.settings.clone().zone;
        let mut effects = Vec::new();
        match source.topic {
            EventType::SocialInteraction | EventType::WebVisit => self.stream(source).handle(Input::Records(&[record.read(zone)]), &mut effects),
            _ => self.book.handle(Input::Records(&[record.read(zone)]), &mut effects),
        }
        for effect in effects {
            if let Effect::PassOn(at, facts) = effect {
                self.book.take_passed(at, &facts);
            }
        }
    }

    /// Forgets what is too old to be kept at an instant.
    pub fn settle(&mut self, now: Millis) {
        self.book.settle(now);
        self.visitors.tick(now, &self.settings);
        self.streams.values_mut().for_each(|stream| stream.handle(Input::Tick { now }, &mut Vec::new()));
    }

    /// The state as a snapshot of it is restored.
    pub fn restored(&self) -> Result<Product, PieceError> {
        let family = |source: &SourcePartition| format!("{}/{}", source.topic.name(), source.partition);
        let mut captured = Vec::new();
        self.book.capture(&mut captured);
        self.visitors.capture(&mut captured);
        self.streams.iter().for_each(|(source, stream)| stream.capture(&family(source), &mut captured));
        let pieces: Pieces = captured.iter().map(|piece| (piece.name().to_owned(), piece.encode())).collect();
        assert_eq!(pieces.len(), captured.len(), "no two pieces have one name");
        let stream = |source: &SourcePartition| Stream::restore(self.settings.clone(), DedupLimits::NONE, &family(source), &pieces);
        let streams = self.streams.keys().map(|source| Ok((*source, stream(source)?))).collect::<Result<_, _>>()?;
        Ok(Product {
            book: Book::restore(self.settings.clone(), &pieces)?,
            visitors: SharedVisitors::restore(&pieces)?,
            streams,
            config: self.config.clone(),
            settings: self.settings.clone(),
            ..*self
        })
    }

    fn stream(&mut self, source: SourcePartition) -> &mut Stream {
        let partition = if self.per_partition { source.partition } else { 0 };
        let (settings, keep, source) = (self.settings.clone(), self.keep, SourcePartition { partition, ..source });
        self.streams.entry(source).or_insert_with(|| Stream::new(settings, keep, DedupLimits::NONE))
    }

    /// Folds whole inputs, line by line; blank lines, line ends and byte-order marks are no part of an event.
    pub fn fold_inputs(&mut self, inputs: &[&[u8]]) {
        for (file, input) in inputs.iter().enumerate() {
            for (offset, line) in input.split(|b| *b == b'\n').enumerate() {
                let mut line = line.trim_ascii();
                while let Some(rest) = line.strip_prefix(b"\xEF\xBB\xBF") {
                    line = rest.trim_ascii();
                }
                if !line.is_empty() {
                    self.fold(file as i32, offset as i64, line);
                }
            }
        }
    }

    /// What became of the lines.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.book.counts().values().chain(self.streams.values().map(Stream::counts)).for_each(|counts| sum.merge(counts, ()));
        sum
    }

    /// The state, to be held against the naive reference.
    pub fn state(&self) -> verify::State<'_> {
        let streams = self.streams.iter().map(|(source, stream)| (*source, stream)).collect();
        verify::State { book: &self.book, streams, visitors: &self.visitors, settings: &self.settings }
    }

    /// The state, by name.
    pub fn canonical(&self) -> Canonical {
        Canonical::of(self.panes())
    }

    /// The state as text.
    pub fn dump(&self) -> String {
        engine::dump(&self.book, self.streams.iter().map(|(source, stream)| (*source, stream)), &self.visitors)
    }

    fn panes(&self) -> Vec<&Panes> {
        [self.book.panes(), &**self.visitors.panes()].into_iter().chain(self.streams.values().map(Stream::panes)).collect()
    }

    /// The rows of a report.
    pub fn evaluation(&self, options: &Options) -> Evaluation {
        kpis::evaluate(&self.panes(), &request(options, self.config.zone()), &self.config)
    }

    /// The panes as an evaluation has them that comes again, and its settings.
    pub fn shown(&self) -> (Vec<Arc<Panes>>, Arc<Config>) {
        (self.panes().into_iter().map(|panes| Arc::new(panes.clone())).collect(), Arc::new(self.config.clone()))
    }

    /// The contract's JSON of drift, every step with it.
    pub fn drift(&self, options: &Options, watched: &DriftOptions) -> Value {
        let (question, config) = drift_asked(options, watched, self.config.zone());
        let drift = drift::evaluate(&[self.book.panes()], &question, &config, &self.config);
        drift_json(&drift)
    }

    /// What a KPI is made of, all of it.
    pub fn explain(&self, question: &Question) -> Explanation {
        let streams: Vec<&Panes> = self.streams.values().map(Stream::panes).collect();
        Explainer { book: &self.book, streams: &streams, settings: &self.settings, config: &self.config }.explain(question, usize::MAX)
    }

    /// The contract's JSON.
    pub fn report(&self, options: &Options) -> Value {
        report(&self.panes(), options, &self.config, &self.counts())
    }
}

/// The contract's JSON of panes.
pub(crate) fn report(panes: &[&Panes], options: &Options, config: &Config, counts: &Counts) -> Value {
    let evaluation = kpis::evaluate(panes, &request(options, config.zone()), config);
    // By way of its text, as whoever asks for it has it.
    let text = serde_json::to_string(&exporter::json(&evaluation, counts)).expect("an evaluation is JSON");
    serde_json::from_str(&text).expect("it is read again")
}

/// Drift as whoever asks for it has it, every step with it.
pub fn drift_json(drift: &drift::Drift) -> Value {
    serde_json::from_str(&exporter::drift_json(drift).with_steps(true).to_string()).expect("it is read again")
}

/// What some options ask of drift.
pub fn drift_asked(options: &Options, watched: &DriftOptions, zone: &Zone) -> (drift::Question, drift::Config) {
    let channels = settings(options, zone.clone()).channels;
    let named = |name: &String| channels.named(name).to_owned();
    let all = |names: &Vec<String>| names.iter().map(named).collect();
    let baselines = |kpi: &str| {
        let of_kpi = || watched.baselines.iter().filter(|((of, _), _)| of == kpi);
        let own = of_kpi().filter_map(|((_, channel), keys)| Some((named(channel.as_ref()?), baseline(keys))));
        let total = of_kpi().find(|((_, channel), _)| channel.is_none()).map(|(_, keys)| baseline(keys)).unwrap_or_default();
        drift::Baselines { total, of_channel: own.collect() }
    };
    let config = drift::Config {
        detect: watched.detect,
        threshold: Some(watched.threshold),
        settle_days: watched.settle_days as i32,
        step: drift::Step::ALL.into_iter().find(|step| step.name() == watched.step),
        spread_spend: watched.spread_spend,
        channels: watched.channels.as_ref().map(all),
        cac: baselines("cac"),
        lead_conversion: baselines("lead_conversion"),
    };
    (drift::Question { channels: watched.asked.as_ref().map(all), ..drift::Question::at(as_of(options, zone)) }, config)
}

fn baseline(keys: &Keys) -> drift::Baseline {
    let day = |text: &Option<String>| text.as_deref().map(|text| Day::parse(text).expect("the test's date is one"));
    drift::Baseline { from: day(&keys.from), until: day(&keys.until), value: keys.value, start: day(&keys.start) }
}

/// The time zone of some options.
pub(crate) fn zone(options: &Options) -> Zone {
    Zone::named(&options.time_zone).expect("the test's zone is known")
}

/// The settings of some options.
pub(crate) fn settings(options: &Options, zone: Zone) -> Settings {
    let mut settings = Settings { zone, horizon_days: options.horizon_days as i32, ..Settings::default() };
    settings.return_on = if options.all_wins { ReturnOn::AllWins } else { ReturnOn::NewBusiness };
    settings.conversion_actions = options.conversion_actions.iter().cloned().collect();
    options.aliases.iter().for_each(|(name, channel)| settings.channels.add_alias(name, channel));
    options.aliases_of.iter().for_each(|(source, name, channel)| settings.channels.add_alias_of(source, name, channel));
    options.of_platform.iter().for_each(|(platform, channel)| settings.channels.set_platform(platform, channel));
    settings
}

/// The configuration of some options.
pub(crate) fn config(options: &Options, settings: &Settings) -> Config {
    let mut config = Config::new(settings, options.currency.parse().expect("the test's currency is known"));
    config.margin = options.margin.as_deref().map(|margin| Micros::parse(margin).expect("the test's margin is a decimal"));
    config.lag_days = options.lag_days as i32;
    config.community_channels = options.community_channels.iter().map(|name| settings.channels.named(name).to_owned()).collect();
    config.rates = options.rates_csv.as_deref().map(|csv| Rates::parse(csv).expect("the test's rates are well formed")).unwrap_or_default();
    config.targets = crate::targets::targets(&options.targets, &settings.channels);
    config
}

/// The instant that is asked for.
pub(crate) fn as_of(options: &Options, zone: &Zone) -> Millis {
    match When::parse(&options.as_of).expect("the test's as_of is a time") {
        When::At(at) => at,
        When::On(day) => zone.last_instant(day),
    }
}

fn request(options: &Options, zone: &Zone) -> Request {
    let defaults = ["this_month", "last_month", "30d", "all"].map(str::to_owned);
    let names = if options.windows.is_empty() && options.periods.is_empty() { &defaults[..] } else { &options.windows };
    let windows = names.iter().map(|name| Span::parse(name).expect("a window"));
    let periods = options.periods.iter().map(|name| Span::period(name).expect("a period"));
    let by = options.by.iter().map(|names| By::parse(&names.join(",")).expect("dimensions"));
    Request { as_of: as_of(options, zone), spans: windows.chain(periods).collect(), by: by.collect() }
}
