//! The contract's JSON of an evaluation, of `report --format json` and of the API alike.

use std::fmt::{self, Display};

use kpis::{DataState, Effect, Evaluation, Number, Row, Unconverted};
use model::Micros;
use serde::{Serialize, Serializer, ser::SerializeMap, ser::SerializeSeq, ser::SerializeStruct};
use serde_json::value::RawValue;

use crate::EventCounts;

/// An evaluation that serializes, or displays, as the contract's JSON, row by row and without a copy.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    evaluation: &'a Evaluation,
    events: &'a EventCounts,
    only: Only<'a>,
}

/// Which of the evaluation's rows are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Only<'a> {
    /// The windows; empty: all.
    pub(crate) windows: &'a [String],
    /// Leave out what is not a total or, where [`Only::channels`], of one channel.
    pub(crate) totals: bool,
    /// Keep rows by channel.
    pub(crate) channels: bool,
}

/// The contract's JSON of an evaluation.
///
/// ```
/// # use kpis::{DataState, Evaluation};
/// # use model::{Currency, Millis};
/// # let evaluation = Evaluation {
/// #     as_of: Millis(0), time_zone: "UTC".to_owned(), currency: Currency::EUR, spend_complete_through: None,
/// #     spend_reported: vec![], rows: kpis::Rows::default(), effects: kpis::Effects::default(), data_state: DataState::default(),
/// # };
/// let counts = exporter::EventCounts { accepted: 7, ..Default::default() };
/// let text = serde_json::to_string(&exporter::json(&evaluation, &counts)).unwrap();
/// assert!(text.starts_with(r#"{"as_of":"1970-01-01T00:00:00Z","time_zone":"UTC","currency":"EUR","#));
/// ```
pub fn json<'a>(evaluation: &'a Evaluation, events: &'a EventCounts) -> Report<'a> {
    Report { evaluation, events, only: Only::default() }
}

impl<'a> Report<'a> {
    pub(crate) fn only(self, only: Only<'a>) -> Report<'a> {
        Report { only, ..self }
    }
}

impl Only<'_> {
    pub(crate) fn wants(&self, row: &Row) -> bool {
        let group = &row.group;
        let by_channel_alone = group.campaign.is_none() && group.segment.is_none() && (self.channels || group.channel.is_none());
        (!self.totals || by_channel_alone) && self.wants_window(&row.window)
    }

    fn wants_effect(&self, effect: &Effect) -> bool {
        (!self.totals || self.channels) && self.wants_window(&effect.window)
    }

    fn wants_window(&self, name: &str) -> bool {
        self.windows.is_empty() || self.windows.iter().any(|window| **window == *name)
    }
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evaluation = self.evaluation;
        let mut out = serializer.serialize_struct("Report", 8)?;
        out.serialize_field("as_of", &Shown(evaluation.as_of))?;
        out.serialize_field("time_zone", &evaluation.time_zone)?;
        out.serialize_field("currency", evaluation.currency.code())?;
        out.serialize_field("spend_complete_through", &evaluation.spend_complete_through.map(Shown))?;
        out.serialize_field("events", &Events(self.events))?;
        out.serialize_field("kpis", &Rows(self))?;
        out.serialize_field("effects", &Effects(self))?;
        out.serialize_field("data_state", &State(&evaluation.data_state))?;
        out.end()
    }
}

/// Serializes as what it displays.
pub(crate) struct Shown<T>(pub T);
struct Events<'a>(&'a EventCounts);
struct Rows<'a>(&'a Report<'a>);
struct Effects<'a>(&'a Report<'a>);
struct OneEffect<'a>(&'a Effect);
struct OneRow<'a>(&'a Row);
pub(crate) struct Exact(pub Number);
struct State<'a>(&'a DataState);
struct Lacking<'a>(&'a Unconverted);

impl<T: Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Events<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Rejected<'a>(&'a EventCounts);
        impl Serialize for Rejected<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut out = serializer.serialize_map(None)?;
                for (reason, n) in self.0.by_reason() {
                    out.serialize_entry(reason.code(), &n)?;
                }
                out.end()
            }
        }
        let mut out = serializer.serialize_struct("Events", 4)?;
        out.serialize_field("accepted", &self.0.accepted)?;
        out.serialize_field("duplicate", &self.0.duplicate)?;
        out.serialize_field("stale", &self.0.stale)?;
        out.serialize_field("rejected", &Rejected(self.0))?;
        out.end()
    }
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_seq(None)?;
        for row in self.0.evaluation.rows.iter().filter(|row| self.0.only.wants(row)) {
            out.serialize_element(&OneRow(row))?;
        }
        out.end()
    }
}

impl Serialize for OneRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = self.0;
        let mut out = serializer.serialize_struct("Row", 19)?;
        out.serialize_field("kpi", row.kpi.name())?;
        out.serialize_field("variant", &row.kpi.variant())?;
        out.serialize_field("window", &*row.window)?;
        out.serialize_field("window_start", &Shown(row.start))?;
        out.serialize_field("window_end", &Shown(row.end))?;
        out.serialize_field("channel", &row.group.channel.as_deref())?;
        out.serialize_field("campaign", &row.group.campaign.as_deref())?;
        out.serialize_field("segment", &row.group.segment.as_deref())?;
        out.serialize_field("value", &row.value.ok().map(Exact))?;
        out.serialize_field("reason", &row.value.err().map(|reason| reason.code()))?;
        out.serialize_field("numerator", &row.numerator.map(Exact))?;
        out.serialize_field("denominator", &row.denominator.map(Exact))?;
        out.serialize_field("sample_size", &row.sample_size)?;
        out.serialize_field("lower", &row.interval.map(|(lower, _)| lower))?;
        out.serialize_field("upper", &row.interval.map(|(_, upper)| upper))?;
        out.serialize_field("target", &row.aim.target)?;
        out.serialize_field("attainment", &row.aim.attainment)?;
        out.serialize_field("pace", &row.aim.pace)?;
        out.serialize_field("projected", &row.aim.projected)?;
        out.end()
    }
}

impl Serialize for Effects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.evaluation.effects.iter().filter(|effect| self.0.only.wants_effect(effect)).map(OneEffect))
    }
}

impl Serialize for OneEffect<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let effect = self.0;
        let mut out = serializer.serialize_struct("Effect", 7)?;
        out.serialize_field("kpi", effect.kpi.name())?;
        out.serialize_field("variant", &effect.kpi.variant())?;
        out.serialize_field("window", &*effect.window)?;
        out.serialize_field("before", &*effect.before)?;
        out.serialize_field("channel", &*effect.channel)?;
        out.serialize_field("mix_effect", &effect.mix)?;
        out.serialize_field("rate_effect", &effect.rate)?;
        out.end()
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Number::Count(n) => serializer.serialize_i128(n),
            Number::Real(x) => serializer.serialize_f64(x),
            Number::Money(amount) => match RawValue::from_string(decimal(amount)) {
                Ok(exact) => exact.serialize(serializer),
                Err(_) => serializer.serialize_f64(amount.units()),
            },
        }
    }
}

/// The exact decimal, one place at least: `8125.0`.
fn decimal(amount: Micros) -> String {
    let mut text = amount.to_string();
    while text.ends_with('0') && !text.ends_with(".0") {
        text.pop();
    }
    text
}

impl Serialize for State<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unconverted: Vec<Lacking<'_>> = self.0.unconverted.iter().map(Lacking).collect();
        let mut out = serializer.serialize_struct("DataState", 4)?;
        out.serialize_field("deals_without_amount", &self.0.deals_without_amount)?;
        out.serialize_field("wins_without_cycle", &self.0.wins_without_cycle)?;
        out.serialize_field("conversion_within_horizon", &self.0.conversion_within_horizon)?;
        out.serialize_field("unconverted", &unconverted)?;
        out.end()
    }
}

impl Serialize for Lacking<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Unconverted", 3)?;
        out.serialize_field("measure", self.0.measure)?;
        out.serialize_field("currency", self.0.currency.code())?;
        out.serialize_field("amount", &Shown(self.0.amount))?;
        out.end()
    }
}
