//! The list of tables `[[targets]]`.

use std::fmt::Display;

use kpis::{Profile, Stands, Target, Targets, definition::Better, explain::kpi_named};
use model::{Channels, Day};
use panes::Period;

use super::{error::ConfigError, values::Values};

/// Reads the targets; their channels are looked up like those of events.
pub fn targets(values: &Values, channels: &Channels) -> Result<Targets, ConfigError> {
    let mut targets = Targets::default();
    for (number, table) in values.tables("targets") {
        let wrong = |what: &dyn Display| ConfigError::Target { origin: table.origin().to_owned(), number, what: what.to_string() };
        let entry = Entry { values, number };
        let target = entry.target(channels, &wrong)?;
        targets.add(target).map_err(|error| wrong(&error))?;
    }
    Ok(targets)
}

/// One of the tables.
struct Entry<'a> {
    values: &'a Values,
    number: usize,
}

impl Entry<'_> {
    fn target(&self, channels: &Channels, wrong: &dyn Fn(&dyn Display) -> ConfigError) -> Result<Target, ConfigError> {
        let text = |text: &str| Ok::<_, &str>(text.to_owned());
        let name = self.get("kpi", text)?.ok_or_else(|| wrong(&"it names no `kpi`"))?;
        let kpi = kpi_named(&name, self.get("variant", text)?.as_deref()).map_err(|error| wrong(&error))?;
        let channel = self.get("channel", |name| if name.is_empty() { Err("") } else { Ok(channels.named(name).into()) })?;
        let value = self.get("value", above_zero)?.ok_or_else(|| wrong(&"it has no `value`"))?;
        let better = self.get("better", better)?;
        let profile = self.get("profile", profile)?;
        Ok(Target { kpi, channel, stands: self.stands(wrong)?, value, better, profile })
    }

    fn stands(&self, wrong: &dyn Fn(&dyn Display) -> ConfigError) -> Result<Stands, ConfigError> {
        let Some(period) = self.get("period", period)? else {
            let is_bounded = ["from", "until"].iter().any(|key| self.values.leaf(&self.key(key)).is_some());
            return if is_bounded { Err(wrong(&"`from` and `until` name periods: give the target a `period`")) } else { Ok(Stands::Everywhere) };
        };
        let named = |key| -> Result<Option<Day>, ConfigError> { self.get(key, |name| period.named(name).ok_or("")) };
        Ok(Stands::In { period, from: named("from")?, until: named("until")? })
    }

    fn get<T, E: Display>(&self, key: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, ConfigError> {
        self.values.get(&self.key(key), parse)
    }

    fn key(&self, key: &str) -> String {
        format!("targets.{}.{key}", self.number)
    }
}

fn above_zero(text: &str) -> Result<f64, &'static str> {
    // Digits as people write them: no `inf`, no exponent.
    let is_decimal = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    text.parse().ok().filter(|value: &f64| is_decimal && value.is_finite() && *value > 0.0).ok_or("")
}

fn period(text: &str) -> Result<Period, &'static str> {
    match text {
        "week" => Ok(Period::Week),
        "month" => Ok(Period::Month),
        "quarter" => Ok(Period::Quarter),
        "year" => Ok(Period::Year),
        _ => Err(""),
    }
}

fn better(text: &str) -> Result<Better, &'static str> {
    [Better::Higher, Better::Lower, Better::Near].into_iter().find(|better| better.name() == text).ok_or("")
}

fn profile(text: &str) -> Result<Profile, &'static str> {
    match text {
        "even" => Ok(Profile::Even),
        "weekday" => Ok(Profile::Weekday),
        "previous" => Ok(Profile::Previous),
        _ => Err(""),
    }
}
