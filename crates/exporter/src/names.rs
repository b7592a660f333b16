//! The names: every metric family with its type and its help.

use std::{borrow::Cow, collections::BTreeMap};

use kpis::{Kpi, definition::Grain};

/// What a family counts as to Prometheus.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Only rises, but for restarts.
    Counter,
    /// Rises and falls, as every KPI does: restated figures go down too.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// A family's name, type and help.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) name: Cow<'static, str>,
    pub(crate) help: Cow<'static, str>,
    pub(crate) kind: Kind,
}

/// Of what a KPI is shown. Each has its own families, so that summing one never counts twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Scope {
    Total,
    Channel,
    Campaign,
}

/// What stands beside a KPI.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Companion {
    SampleSize,
    LowerBound,
    UpperBound,
    Undefined,
    Target,
    Attainment,
    Pace,
    Projected,
}

impl Scope {
    pub(crate) const ALL: [Scope; 3] = [Scope::Total, Scope::Channel, Scope::Campaign];

    fn prefix(self) -> &'static str {
        match self {
            Scope::Total => "kpistream_",
            Scope::Channel => "kpistream_channel_",
            Scope::Campaign => "kpistream_campaign_",
        }
    }

    fn split(self) -> &'static str {
        match self {
            Scope::Total => "",
            Scope::Channel => ", by channel",
            Scope::Campaign => ", by channel and campaign",
        }
    }

    /// Whether a KPI has a family here.
    pub(crate) fn has(self, kpi: Kpi) -> bool {
        kpi.definition().grain >= self.grain()
    }

    fn grain(self) -> Grain {
        match self {
            Scope::Total => Grain::Total,
            Scope::Channel => Grain::Channel,
            Scope::Campaign => Grain::Campaign,
        }
    }

    /// Whether a window has a series here.
    pub(crate) fn shows(self, window: &str) -> bool {
        self != Scope::Campaign || matches!(window, "30d" | "this_month" | "this_quarter")
    }

    /// The family of a KPI.
    pub(crate) fn kpi(self, kpi: Kpi) -> Name {
        gauge(format!("{}{}", self.prefix(), kpi.metric()), format!("{}{}.", kpi.definition().about, self.split()))
    }

    /// The family of how drift stands; campaigns have none.
    pub(crate) fn drift(self, family: DriftFamily) -> Name {
        let (name, help) = family.text();
        gauge(format!("{}kpi_drift_{name}", self.prefix()), format!("{help}{}.", self.split()))
    }

    /// The family of what stands beside the KPIs; campaigns have none.
    pub(crate) fn companion(self, companion: Companion) -> Name {
        let (name, help) = match companion {
            Companion::SampleSize => ("sample_size", "On how many things a KPI rests"),
            Companion::LowerBound => ("lower_bound", "Lower end of a KPI's 95% interval, in the KPI's unit"),
            Companion::UpperBound => ("upper_bound", "Upper end of a KPI's 95% interval, in the KPI's unit"),
            Companion::Undefined => ("undefined", "1 where a KPI has no value, with the reason why"),
            Companion::Target => ("target", "Target of a KPI, in the KPI's unit"),
            Companion::Attainment => {
                ("attainment_ratio", "Share of its target that a KPI attains; where less is better, the target as a share of the KPI")
            }
            Companion::Pace => ("pace_ratio", "What the running period is expected to bring in all, as a share of the KPI's target"),
            Companion::Projected => ("projected", "What the running period is expected to bring in all, of KPIs with a target, in the KPI's unit"),
        };
        gauge(format!("{}kpi_{name}", self.prefix()), format!("{help}{}.", self.split()))
    }
}

/// What is told of the drift of a KPI.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum DriftFamily {
    Score,
    Alarm,
    Onset,
    Level,
    Relative,
    Threshold,
    Baseline,
    Dispersion,
    Undefined,
    /// Of channels alone, as the next.
    Mix,
    Rate,
}

impl DriftFamily {
    pub(crate) const ALL: [DriftFamily; 11] = [
        DriftFamily::Score,
        DriftFamily::Alarm,
        DriftFamily::Onset,
        DriftFamily::Level,
        DriftFamily::Relative,
        DriftFamily::Threshold,
        DriftFamily::Baseline,
        DriftFamily::Dispersion,
        DriftFamily::Undefined,
        DriftFamily::Mix,
        DriftFamily::Rate,
    ];

    fn text(self) -> (&'static str, &'static str) {
        match self {
            DriftFamily::Score => {
                ("score", "How much speaks for a change of a KPI since it was last as expected: 0 is nothing, the threshold an alarm")
            }
            DriftFamily::Alarm => ("alarm", "1 while a KPI drifts: its score has reached the threshold and was not back at 0 since"),
            DriftFamily::Onset => ("onset_timestamp_seconds", "First instant of the day from which on a KPI that drifts has done so"),
            DriftFamily::Level => ("level", "Level of a KPI that drifts since its onset, in the KPI's unit"),
            DriftFamily::Relative => ("relative", "Customers that came since the onset over those that were to be expected"),
            DriftFamily::Threshold => ("threshold", "Score that is an alarm"),
            DriftFamily::Baseline => ("baseline", "Level that a KPI is held against, in the KPI's unit"),
            DriftFamily::Dispersion => ("dispersion", "How much more the counts of the baseline vary than chance alone would have them"),
            DriftFamily::Undefined => ("undefined", "1 where the drift of a KPI cannot be told, with the reason why"),
            DriftFamily::Mix => {
                ("mix_customers", "Customers of the gap of a total that drifts which are due to money or leads that moved to or from a channel")
            }
            DriftFamily::Rate => ("rate_customers", "Customers of the gap of a total that drifts which are due to the channel itself"),
        }
    }

    /// Whether totals have it too.
    fn has(self, scope: Scope) -> bool {
        scope == Scope::Channel || scope == Scope::Total && !matches!(self, DriftFamily::Mix | DriftFamily::Rate)
    }
}

impl Companion {
    pub(crate) const ALL: [Companion; 8] = [
        Companion::SampleSize,
        Companion::LowerBound,
        Companion::UpperBound,
        Companion::Undefined,
        Companion::Target,
        Companion::Attainment,
        Companion::Pace,
        Companion::Projected,
    ];
}

fn gauge(name: String, help: String) -> Name {
    Name { name: Cow::Owned(name), help: Cow::Owned(help), kind: Kind::Gauge }
}

macro_rules! fixed {
    ($($id:ident: $kind:ident $name:literal, $help:literal;)+) => {
        $(pub(crate) const $id: Name = Name { name: Cow::Borrowed($name), help: Cow::Borrowed($help), kind: Kind::$kind };)+
        const FIXED: &[Name] = &[$($id),+];
    };
}

fixed! {
    MIX_EFFECT: Gauge "kpistream_channel_kpi_mix_effect", "By how much a channel moved a ratio since the window before by its share, in the ratio's unit.";
    RATE_EFFECT: Gauge "kpistream_channel_kpi_rate_effect", "By how much a channel moved a ratio since the window before by its own ratio, in the ratio's unit.";
    SPEND_COMPLETE: Gauge "kpistream_spend_complete_through_timestamp_seconds", "End of the newest day whose spend a platform has reported in full.";
    UNCONVERTED: Gauge "kpistream_unconverted_amount", "Amount, in its own currency, that a measure lacks because there is no rate.";
    NO_AMOUNT: Gauge "kpistream_deals_without_amount", "Won deals without an amount: they add nothing to the won value.";
    WITHIN_HORIZON: Gauge "kpistream_conversion_within_horizon_ratio", "Share of the conversions of long mature leads that came within the horizon.";
    FOLDED: Gauge "kpistream_labels_folded", "Label values that a bound on their number or their length folds into (other).";
    EVALUATED: Gauge "kpistream_evaluation_timestamp_seconds", "Instant at which the KPIs shown were evaluated.";
    EVENTS: Counter "kpistream_events_total", "Messages read, by topic and what became of them.";
    CONFLICTS: Counter "kpistream_conflicting_revisions_total", "Messages that gave the revision of the word before them on the same entity and said something else.";
    DEAD_LETTERS: Counter "kpistream_dead_letters_total", "Messages refused and sent to the dead letters, by topic and reason.";
    UNDELIVERED: Gauge "kpistream_dead_letters_undelivered", "Dead letters that are not in their topic, by reason; no snapshot passes them.";
    LETTERS_CUT: Counter "kpistream_dead_letters_cut_total", "Dead letters that did not fit their topic and are there without the whole of their value.";
    LAG: Gauge "kpistream_consumer_lag_records", "Records in the broker that are not yet folded.";
    VIEW_AGE: Gauge "kpistream_view_age_seconds", "How far behind the broker what is shown is; grows when reading stalls.";
    FAILED: Gauge "kpistream_partition_failed", "1 for a partition that is no longer read, with the reason why.";
    HISTORY_START: Gauge "kpistream_history_starts_timestamp_seconds", "Time of the first record of a partition whose older records Kafka no longer had when the state was begun.";
    DEDUP_SPAN: Gauge "kpistream_dedup_span_seconds", "Span of log time over which repeated interactions are told apart.";
    SOURCE_LAST: Gauge "kpistream_source_last_record_timestamp_seconds", "Time of the newest record of a publishing system.";
    RATES_LAST: Gauge "kpistream_rates_last_date_timestamp_seconds", "Beginning, in UTC, of the newest date that the exchange rates in use have.";
    RATES_READ: Gauge "kpistream_rates_read_timestamp_seconds", "When the exchange rates in use were read.";
    RATES_REFUSED: Gauge "kpistream_rates_refused", "1 while the file of exchange rates is of no use and those read before stay in use.";
    SNAPSHOT_LAST: Gauge "kpistream_snapshot_last_success_timestamp_seconds", "Time of the last snapshot that was stored.";
    SNAPSHOT_FAILURES: Counter "kpistream_snapshot_failures_total", "Snapshots that could not be stored.";
    FRESHNESS: Histogram "kpistream_event_freshness_seconds", "From the broker's time of a record to its being visible in the KPIs, after catching up.";
    BUILD: Gauge "kpistream_build_info", "1, with the version of the program and the revision of its source.";
    PROCESS_CPU: Counter "process_cpu_seconds_total", "User and system CPU time spent.";
    PROCESS_OPEN_FDS: Gauge "process_open_fds", "File descriptors that are open.";
    PROCESS_MAX_FDS: Gauge "process_max_fds", "File descriptors that may be open.";
    PROCESS_VIRTUAL_MEMORY: Gauge "process_virtual_memory_bytes", "Virtual memory.";
    PROCESS_RESIDENT_MEMORY: Gauge "process_resident_memory_bytes", "Resident memory.";
    PROCESS_START: Gauge "process_start_time_seconds", "When the process was started.";
    PROCESS_THREADS: Gauge "process_threads", "Threads of the operating system.";
}

/// Every family the exporter can emit, by name.
pub fn known_families() -> BTreeMap<String, Kind> {
    let mut all: BTreeMap<String, Kind> = FIXED.iter().map(|name| (name.name.to_string(), name.kind)).collect();
    let mut add = |name: Name| all.insert(name.name.into_owned(), name.kind);
    for scope in Scope::ALL {
        for kpi in Kpi::ALL.iter().filter(|kpi| scope.has(**kpi)) {
            add(scope.kpi(*kpi));
        }
        for companion in Companion::ALL.into_iter().filter(|_| scope != Scope::Campaign) {
            add(scope.companion(companion));
        }
        for family in DriftFamily::ALL.into_iter().filter(|family| family.has(scope)) {
            add(scope.drift(family));
        }
    }
    all
}
