//! The contract's JSON of drift, of `drift --format json` and of the API alike.

use std::fmt::{self, Display};

use ::drift::{Alarm, Drift, Level, Moved, Scored, Series, State, Watched};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::json::Shown;

/// Drift that serializes, or displays, as the contract's JSON.
#[derive(Clone, Copy, Debug)]
pub struct DriftReport<'a> {
    drift: &'a Drift,
    /// Whether every step is shown.
    with_steps: bool,
}

/// The contract's JSON of drift, without its steps.
pub fn drift_json(drift: &Drift) -> DriftReport<'_> {
    DriftReport { drift, with_steps: false }
}

impl DriftReport<'_> {
    /// The same with every step, where they are wanted.
    pub fn with_steps(self, with_steps: bool) -> Self {
        DriftReport { with_steps, ..self }
    }
}

impl Display for DriftReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for DriftReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let series: Vec<OneSeries<'_>> = self.drift.series.iter().map(|series| OneSeries { series, with_steps: self.with_steps }).collect();
        let mut out = serializer.serialize_struct("Drift", 4)?;
        out.serialize_field("as_of", &Shown(self.drift.as_of))?;
        out.serialize_field("time_zone", &self.drift.time_zone)?;
        out.serialize_field("currency", self.drift.currency.code())?;
        out.serialize_field("series", &series)?;
        out.end()
    }
}

struct OneSeries<'a> {
    series: &'a Series,
    with_steps: bool,
}

struct OneLevel<'a>(Watched, &'a Level);
struct OneAlarm<'a> {
    alarm: &'a Alarm,
    is_total: bool,
}
struct OneMoved<'a>(&'a Moved);
struct OneStep<'a>(&'a Scored);

impl Serialize for OneSeries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let series = self.series;
        let state = series.state.as_ref().ok();
        let of = |number: fn(&State) -> f64| state.map(number);
        let alarms = state.map_or(&[][..], |state| &state.alarms);
        let is_total = series.channel.is_none();
        let alarms: Vec<OneAlarm<'_>> = alarms.iter().map(|alarm| OneAlarm { alarm, is_total }).collect();
        let mut out = serializer.serialize_struct("Series", 14)?;
        out.serialize_field("kpi", series.kpi.name())?;
        out.serialize_field("channel", &series.channel.as_deref())?;
        out.serialize_field("reason", &series.state.as_ref().err().map(|reason| reason.code()))?;
        out.serialize_field("baseline", &OneLevel(series.kpi, &series.baseline))?;
        out.serialize_field("detect", &series.detect)?;
        out.serialize_field("step", &state.map(|state| state.step.name()))?;
        out.serialize_field("dispersion", &of(|state| state.dispersion))?;
        out.serialize_field("threshold", &of(|state| state.threshold))?;
        out.serialize_field("first", &state.map(|state| Shown(state.first)))?;
        out.serialize_field("through", &state.map(|state| Shown(state.through)))?;
        out.serialize_field("worse", &of(|state| state.worse))?;
        out.serialize_field("better", &of(|state| state.better))?;
        out.serialize_field("alarms", &alarms)?;
        if self.with_steps {
            let steps = state.map_or(&[][..], |state| &state.steps);
            out.serialize_field("steps", &steps.iter().map(OneStep).collect::<Vec<_>>())?;
        }
        out.end()
    }
}

impl Serialize for OneLevel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OneLevel(kpi, level) = self;
        let mut out = serializer.serialize_struct("Baseline", 5)?;
        out.serialize_field("from", &level.from.map(Shown))?;
        out.serialize_field("until", &level.until.map(Shown))?;
        out.serialize_field("value", &level.value)?;
        match kpi {
            Watched::Cac => out.serialize_field("spend", &level.put_in)?,
            Watched::LeadConversion => out.serialize_field("leads", &level.put_in.map(|leads| leads as i64))?,
        }
        out.serialize_field("customers", &level.customers)?;
        out.end()
    }
}

impl Serialize for OneAlarm<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alarm = self.alarm;
        let mut out = serializer.serialize_struct("Alarm", 9)?;
        out.serialize_field("direction", alarm.direction.name())?;
        out.serialize_field("onset", &Shown(alarm.onset))?;
        out.serialize_field("raised", &Shown(alarm.raised))?;
        out.serialize_field("cleared", &alarm.cleared.map(Shown))?;
        out.serialize_field("observed", &alarm.observed)?;
        out.serialize_field("expected", &alarm.expected)?;
        out.serialize_field("relative", &alarm.relative)?;
        out.serialize_field("level", &alarm.level)?;
        if self.is_total {
            out.serialize_field("moved", &alarm.moved.iter().map(OneMoved).collect::<Vec<_>>())?;
        }
        out.end()
    }
}

impl Serialize for OneMoved<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Moved { channel, observed, gap } = self.0;
        let mut out = serializer.serialize_struct("Moved", 5)?;
        out.serialize_field("channel", &**channel)?;
        out.serialize_field("observed", observed)?;
        out.serialize_field("expected", &gap.map(|gap| gap.expected))?;
        out.serialize_field("mix", &gap.map(|gap| gap.mix))?;
        out.serialize_field("rate", &gap.map(|gap| gap.rate))?;
        out.end()
    }
}

impl Serialize for OneStep<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let step = self.0;
        let mut out = serializer.serialize_struct("Step", 6)?;
        out.serialize_field("first", &Shown(step.first))?;
        out.serialize_field("last", &Shown(step.last))?;
        out.serialize_field("observed", &step.observed)?;
        out.serialize_field("expected", &step.expected)?;
        out.serialize_field("worse", &step.worse)?;
        out.serialize_field("better", &step.better)?;
        out.end()
    }
}
