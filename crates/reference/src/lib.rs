//! The naive reference: the rows of `report` and the cells of a state, as a batch over the latest facts.
//!
//! Not its job: to be fast, or to know anything of the product. It shares no code with it, on purpose: the property tests and `verify`
//! hold the two against each other. It is written to be checked against docs/kpis.md by eye, so it computes each row from all facts
//! anew and keeps nothing between rows.

mod avro;
pub mod cells;
mod cloud;
mod currencies;
mod dedup;
pub mod dimensions;
mod drift;
mod effects;
mod facts;
mod fields;
mod given;
mod groups;
mod intervals;
mod json;
mod latest;
mod line;
mod members;
mod message;
mod money;
mod parts;
mod payload;
pub mod record;
pub mod recount;
mod row;
mod rows;
mod schemas;
mod skim;
mod spending;
mod state;
mod targets;
pub mod time;
mod types;
mod windows;

use std::{collections::BTreeSet, slice};

use serde_json::{Value, json};

use facts::Facts;
use groups::Group;
use latest::Latest;
use money::Rates;
use rows::Evaluator;
use targets::Aims;
use time::Zone;
use windows::{Calendar, Window};

pub use cells::{Key, Measure, Pane, Part, What};
pub use dedup::Limits;
pub use dimensions::Dimensions;
pub use drift::{Baseline, DriftOptions, drift};
pub use line::read as read_line;
pub use record::Record;
pub use recount::{Keep, Recount, Recounted, Scope};
pub use schemas::{SchemaId, Schemas};
pub use targets::Target;
pub use time::show_instant;

/// What `report` is asked, and what it is configured with.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// RFC 3339, or a date, which is that business day's last millisecond.
    pub as_of: String,
    /// The time of reading, in milliseconds since 1970: what is more than 24 h ahead of it is refused.
    pub now: i64,
    /// The business time zone's IANA name.
    pub time_zone: String,
    /// The reporting currency.
    pub currency: String,
    /// The margin as a decimal, if there is one.
    pub margin: Option<String>,
    /// The conversion horizon H.
    pub horizon_days: i64,
    /// The spend lag L.
    pub lag_days: i64,
    /// The web-visit actions that are conversions.
    pub conversion_actions: Vec<String>,
    /// The channels whose leads come from the community.
    pub community_channels: Vec<String>,
    /// Whether `roi` and `roas` take the value of all wins, not of new business only.
    pub all_wins: bool,
    /// (name, channel).
    pub aliases: Vec<(String, String)>,
    /// (source, name, channel).
    pub aliases_of: Vec<(String, String, String)>,
    /// (platform, channel).
    pub of_platform: Vec<(String, String)>,
    /// The rates, in the ECB's layout.
    pub rates_csv: Option<String>,
    /// Named windows, and `all`.
    pub windows: Vec<String>,
    /// Calendar periods.
    pub periods: Vec<String>,
    /// Breakdowns, each by one or more of `channel`, `campaign`, `segment`.
    pub by: Vec<Vec<String>>,
    /// The targets.
    pub targets: Vec<Target>,
}

impl Default for Options {
    fn default() -> Options {
        let words = |list: [&str; 2]| list.map(str::to_owned).to_vec();
        Options {
            as_of: "2026-01-01".to_owned(),
            now: 1_767_225_600_000,
            time_zone: "UTC".to_owned(),
            currency: "EUR".to_owned(),
            margin: None,
            horizon_days: 90,
            lag_days: 0,
            conversion_actions: words(["form_submit", "purchase"]),
            community_channels: words(["social", "organic_social"]),
            all_wins: false,
            aliases: Vec::new(),
            aliases_of: Vec::new(),
            of_platform: Vec::new(),
            rates_csv: None,
            windows: Vec::new(),
            periods: Vec::new(),
            by: Vec::new(),
            targets: Vec::new(),
        }
    }
}

/// The report's JSON over the files' contents, in the order given.
///
/// # Panics
/// Where the options themselves are wrong (an unknown zone, a malformed margin or `as_of`): they are the test's own.
pub fn report(inputs: &[&[u8]], options: &Options) -> Value {
    let zone = Zone::named(&options.time_zone);
    let as_of = zone.as_of(&options.as_of);
    let latest = Latest::read(inputs, &zone, options.now);
    let facts = Facts::of(&latest, &zone, options);
    let calendar = Calendar::new(&zone, as_of, facts.booked_days());
    let rates = Rates::parse(options.rates_csv.as_deref().unwrap_or_default(), &options.currency);
    let evaluator = Evaluator::new(&facts, &calendar, &rates, options);

    // Each row is there once, however often it is asked for.
    let once = |by: &[Vec<String>]| by.iter().map(|names| names.iter().cloned().collect::<BTreeSet<_>>()).collect::<BTreeSet<_>>();
    let breakdowns: Vec<Vec<String>> = once(&options.by).into_iter().map(Vec::from_iter).collect();
    let aims = Aims { facts: &facts, calendar: &calendar, rates: &rates, options, names: dimensions::Names::new(options) };
    let mut kpis = Vec::new();
    let mut windows = calendar.windows(options);
    windows.sort_by(|a, b| a.name.cmp(&b.name));
    windows.dedup_by(|a, b| a.name == b.name);
    let of_window = |window: &Window, breakdowns: &[Vec<String>]| {
        let mut found = Vec::new();
        for group in [Group::total()].into_iter().chain(breakdowns.iter().flat_map(|by| Group::all(&facts, by))) {
            let rows = evaluator.rows(window, &group);
            if group == Group::total() || rows.iter().any(row::Row::has_something) {
                let mut shown: Vec<Value> = rows.iter().map(|row| row.json(&zone, window, &group)).collect();
                shown.iter_mut().for_each(|row| aims.add(row, window, &group));
                found.extend(shown);
            }
        }
        found
    };
    let by_channel = vec!["channel".to_owned()];
    let mut effects = Vec::new();
    for window in windows {
        kpis.extend(of_window(&window, &breakdowns));
        if let Some((_, before)) = effects::PAIRS.iter().find(|(name, _)| *name == window.name && breakdowns.contains(&by_channel)) {
            let rows = |window: &Window| of_window(window, slice::from_ref(&by_channel));
            effects.extend(effects::effects(&rows(&window), &rows(&calendar.window(before))));
        }
    }
    let mut report = json!({
        "as_of": show_instant(as_of),
        "time_zone": options.time_zone,
        "currency": options.currency,
        "spend_complete_through": facts.spend_complete_through().map(time::show_day),
        "events": latest.counts(),
        "data_state": state::data_state(&facts, &calendar, &rates, options.horizon_days),
    });
    // Not within the macro, which would copy every row.
    report["kpis"] = Value::Array(kpis);
    report["effects"] = Value::Array(effects);
    report
}
