//! The keys that change a KPI, and what they mean.

use std::{collections::BTreeSet, path::PathBuf};

use kpis::{Rates, Span};
use model::{Channels, Currency, Micros, ReturnOn, Settings, Zone};

use super::{error::ConfigError, plain, targets::targets, values::Values};

/// The windows served by default.
const SERVED: [&str; 10] = ["24h", "today", "7d", "previous_7d", "30d", "90d", "this_month", "last_month", "last_month_to_date", "this_quarter"];
/// The channels of the community by default.
const COMMUNITY: [&str; 2] = ["social", "organic_social"];
/// Days beyond which a horizon or lag is a slip of the pen.
const LONGEST: i64 = 3650;

/// What changes the fold.
pub fn settings(values: &Values, aliases: &Aliases) -> Result<Settings, ConfigError> {
    let default = Settings::default();
    let return_on = |text: &str| match text {
        "new_business" => Ok(ReturnOn::NewBusiness),
        "all_wins" => Ok(ReturnOn::AllWins),
        _ => Err(""),
    };
    let actions = values.list("kpi.conversion_actions", not_empty)?;
    Ok(Settings {
        zone: values.get("time_zone", |name| Zone::named(name).map_err(|_| ""))?.unwrap_or(default.zone),
        horizon_days: days(values, "kpi.conversion_horizon_days", default.horizon_days)?,
        return_on: values.get("kpi.return_on", return_on)?.unwrap_or(default.return_on),
        channels: channels(aliases),
        conversion_actions: actions.map_or(default.conversion_actions, BTreeSet::from_iter),
    })
}

/// What changes the KPIs beside the fold.
pub fn kpis(values: &Values, settings: &Settings) -> Result<kpis::Config, ConfigError> {
    let margin = |text: &str| Micros::parse(text).ok().filter(|margin| (1..=1_000_000).contains(&margin.0)).ok_or("");
    let named = |name: &str| not_empty(name).map(|name| settings.channels.named(&name).to_owned());
    let community = values.list("kpi.community_channels", named)?;
    let currency = values.get("currency", |code| code.parse::<Currency>().map_err(|_| ""))?.unwrap_or(Currency::EUR);
    let mut config = kpis::Config::new(settings, currency);
    config.margin = values.get("kpi.margin", margin)?;
    config.lag_days = days(values, "kpi.spend_lag_days", 0)?;
    let by_default = || COMMUNITY.map(|name| settings.channels.named(name).to_owned()).into();
    config.community_channels = community.unwrap_or_else(by_default).into_iter().collect();
    config.rates = rates(values)?;
    config.targets = targets(values, &settings.channels)?;
    Ok(config)
}

/// The windows that are served, each once: the same one twice would be the same series twice.
pub fn served(values: &Values) -> Result<Vec<Span>, ConfigError> {
    let configured = values.list("windows.served", |name| Span::parse(name).map_err(|_| ""))?;
    let mut served: Vec<Span> = Vec::new();
    for span in configured.unwrap_or_else(|| SERVED.iter().filter_map(|name| Span::parse(name).ok()).collect()) {
        if !served.contains(&span) {
            served.push(span);
        }
    }
    Ok(served)
}

/// The configured names of channels, as they stand.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Aliases {
    /// Name and channel.
    pub names: Vec<(String, String)>,
    /// Source, name and channel.
    pub of_sources: Vec<(String, String, String)>,
    /// Platform and the channel of its spend.
    pub of_platforms: Vec<(String, String)>,
}

/// Reads the table `channels`.
pub fn aliases(values: &Values) -> Result<Aliases, ConfigError> {
    let mut aliases = Aliases::default();
    for leaf in values.under("channels") {
        let channel = leaf.read(not_empty)?;
        match leaf.path()[..] {
            [_, "aliases", name] => aliases.names.push((name.to_owned(), channel)),
            [_, "aliases_of", source, name] => aliases.of_sources.push((source.to_owned(), name.to_owned(), channel)),
            [_, "of_platform", platform] => aliases.of_platforms.push((platform.to_owned(), channel)),
            _ => {}
        }
    }
    Ok(aliases)
}

fn channels(aliases: &Aliases) -> Channels {
    let mut channels = Channels::default();
    aliases.names.iter().for_each(|(name, channel)| channels.add_alias(name, channel));
    aliases.of_sources.iter().for_each(|(source, name, channel)| channels.add_alias_of(source, name, channel));
    aliases.of_platforms.iter().for_each(|(platform, channel)| channels.set_platform(platform, channel));
    channels
}

/// Where the exchange rates are.
pub fn rates_file(values: &Values) -> Result<Option<PathBuf>, ConfigError> {
    values.leaf("money.rates").map(|leaf| leaf.file()).transpose()
}

fn rates(values: &Values) -> Result<Rates, ConfigError> {
    let Some(leaf) = values.leaf("money.rates") else { return Ok(Rates::default()) };
    let file = leaf.file()?;
    let text = std::fs::read_to_string(&file)
        .map_err(|error| leaf.useless(&file, format!("{}; give {}", plain(&error), super::keys::takes(&leaf.path()))))?;
    Rates::parse(&text).map_err(|error| leaf.useless(&file, error))
}

fn days(values: &Values, key: &str, default: i32) -> Result<i32, ConfigError> {
    Ok(i32::try_from(values.number(key, 0, LONGEST, i64::from(default))?).unwrap_or(default))
}

fn not_empty(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("") } else { Ok(text.trim().to_owned()) }
}
