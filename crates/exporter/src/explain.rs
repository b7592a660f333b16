//! An explanation as data, and its JSON: of `explain --format json` and of the API alike.

mod query;

use kpis::{Number, Row};
use model::{Currency, Micros, Millis};
use serde::{Serialize, Serializer};

use crate::json::{Exact, Shown};

pub use query::{ENTRIES, ENTRIES_AT_MOST, ExplainQuery};

/// What a KPI is made of, thing by thing.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explanation {
    /// The KPI's name.
    pub kpi: &'static str,
    /// Its variant.
    pub variant: Option<&'static str>,
    /// The window's name.
    pub window: String,
    /// The one channel asked for.
    pub channel: Option<String>,
    /// The instant.
    #[serde(serialize_with = "shown")]
    pub as_of: Millis,
    /// The business time zone's name.
    pub time_zone: String,
    /// The reporting currency.
    #[serde(serialize_with = "shown")]
    pub currency: Currency,
    /// The row that a report shows; none where the channel has none there.
    #[serde(flatten, serialize_with = "figures")]
    pub row: Option<Row>,
    /// What one has to know to read it.
    pub notes: Vec<&'static str>,
    /// What its numerator and its denominator are sums of.
    pub parts: Vec<ExplainedPart>,
}

/// A part of a numerator, a denominator, or both.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ExplainedPart {
    /// What it counts.
    pub part: &'static str,
    /// By what its sum is multiplied in the numerator; none where it is not in it.
    #[serde(serialize_with = "exact_money")]
    pub numerator_times: Option<Micros>,
    /// Whether its sum is in the denominator.
    pub in_denominator: bool,
    /// Its sum; none where an amount has no rate, or where what is listed does not add up.
    #[serde(serialize_with = "exact")]
    pub sum: Option<Number>,
    /// How many things count.
    pub counted: usize,
    /// How many could, but do not.
    pub left_out: usize,
    /// The first of them: those that count first, the largest first.
    pub entries: Vec<Entry>,
}

/// One thing that counts, or does not.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Entry {
    /// What it is: `deal`, `lead`, `ad_spend`, `daily_figure`, `account`, or `interactions`, which are summed up.
    pub entity: &'static str,
    /// Its key.
    pub key: String,
    /// Whether it counts.
    pub counts: bool,
    /// What it adds to the part's sum.
    #[serde(serialize_with = "exact")]
    pub adds: Option<Number>,
    /// Its amount in its own currency.
    #[serde(serialize_with = "exact_money")]
    pub amount: Option<Micros>,
    /// That currency.
    #[serde(serialize_with = "shown_if_any")]
    pub currency: Option<Currency>,
    /// The day or the minute that it is booked on.
    pub booked_on: Option<String>,
    /// The channel.
    pub channel: Option<String>,
    /// The campaign.
    pub campaign: Option<String>,
    /// The segment.
    pub segment: Option<String>,
    /// The revision of its latest message.
    pub revision: Option<i64>,
    /// The event id of that message.
    pub event_id: Option<String>,
    /// The publishing system of that message.
    pub source: Option<String>,
    /// When that message says it happened.
    #[serde(serialize_with = "shown_if_any")]
    pub occurred_at: Option<Millis>,
    /// Why it does not count, as a code.
    pub reason: Option<&'static str>,
    /// Why it counts or does not, in words.
    pub why: Option<String>,
}

/// A row's own figures.
#[derive(Serialize)]
struct Figures {
    window_start: Option<Shown<Millis>>,
    window_end: Option<Shown<Millis>>,
    value: Option<Exact>,
    reason: Option<&'static str>,
    numerator: Option<Exact>,
    denominator: Option<Exact>,
    sample_size: Option<i128>,
    target: Option<f64>,
    attainment: Option<f64>,
    pace: Option<f64>,
    projected: Option<f64>,
}

fn figures<S: Serializer>(row: &Option<Row>, to: S) -> Result<S::Ok, S::Error> {
    let row = row.as_ref();
    let aim = row.map(|row| row.aim).unwrap_or_default();
    let figures = Figures {
        window_start: row.map(|row| Shown(row.start)),
        window_end: row.map(|row| Shown(row.end)),
        value: row.and_then(|row| row.value.ok()).map(Exact),
        reason: row.and_then(|row| row.value.err()).map(|reason| reason.code()),
        numerator: row.and_then(|row| row.numerator).map(Exact),
        denominator: row.and_then(|row| row.denominator).map(Exact),
        sample_size: row.and_then(|row| row.sample_size),
        target: aim.target,
        attainment: aim.attainment,
        pace: aim.pace,
        projected: aim.projected,
    };
    figures.serialize(to)
}

fn shown<T: std::fmt::Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn shown_if_any<T: std::fmt::Display, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Shown).serialize(to)
}

fn exact<S: Serializer>(number: &Option<Number>, to: S) -> Result<S::Ok, S::Error> {
    number.map(Exact).serialize(to)
}

fn exact_money<S: Serializer>(amount: &Option<Micros>, to: S) -> Result<S::Ok, S::Error> {
    amount.map(|amount| Exact(Number::Money(amount))).serialize(to)
}
