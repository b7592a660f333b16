//! The naive reference as a program that takes the arguments of `kpistream report`, so that the same checks run against both.

use std::{collections::BTreeMap, path::Path, time::SystemTime};

use anyhow::{Context, bail};
use reference::Options;

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() != Some("report") {
        bail!("usage: reference report --input FILE... --as-of T [the options of kpistream report]");
    }
    let flags = flags(args.collect())?;
    let last = |name: &str| flags.get(name).and_then(|values| values.last()).cloned();
    let all = |name: &str| flags.get(name).cloned().unwrap_or_default();

    let mut options = Options { now: now()?, as_of: last("as-of").context("--as-of is missing")?, ..Options::default() };
    if let Some(path) = last("config") {
        configure(&mut options, Path::new(&path))?;
    }
    options.time_zone = last("time-zone").unwrap_or(options.time_zone);
    options.currency = last("currency").unwrap_or(options.currency);
    options.margin = last("margin").or(options.margin);
    if let Some(path) = last("rates") {
        options.rates_csv = Some(read(Path::new(&path))?);
    }
    options.windows = all("window");
    options.periods = all("period");
    options.by = all("by").iter().map(|by| by.split(',').map(str::to_owned).collect()).collect();

    let inputs = all("input").iter().map(|path| std::fs::read(path).with_context(|| path.clone())).collect::<Result<Vec<_>, _>>()?;
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    println!("{}", reference::report(&inputs, &options));
    Ok(())
}

/// Flags with their values, in the order given; one flag may have several.
fn flags(args: Vec<String>) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut flags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut current = None;
    for arg in args {
        match (arg.strip_prefix("--"), &current) {
            (Some(name), _) => current = Some(name.to_owned()),
            (None, Some(name)) => flags.entry(name.clone()).or_default().push(arg),
            (None, None) => bail!("{arg} follows no flag"),
        }
    }
    Ok(flags)
}

fn configure(options: &mut Options, path: &Path) -> anyhow::Result<()> {
    let config: toml::Table = read(path)?.parse().with_context(|| path.display().to_string())?;
    let table = |table: &toml::Table, name: &str| table.get(name).and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let text = |table: &toml::Table, name: &str| table.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    let texts = |table: &toml::Table| table.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect::<Vec<_>>();
    let list =
        |table: &toml::Table, name: &str| Some(table.get(name)?.as_array()?.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect());
    let number = |table: &toml::Table, name: &str| table.get(name).and_then(toml::Value::as_integer);

    options.time_zone = text(&config, "time_zone").unwrap_or_else(|| options.time_zone.clone());
    options.currency = text(&config, "currency").unwrap_or_else(|| options.currency.clone());
    let kpi = table(&config, "kpi");
    options.margin = text(&kpi, "margin");
    options.horizon_days = number(&kpi, "conversion_horizon_days").unwrap_or(options.horizon_days);
    options.lag_days = number(&kpi, "spend_lag_days").unwrap_or(options.lag_days);
    options.conversion_actions = list(&kpi, "conversion_actions").unwrap_or_else(|| options.conversion_actions.clone());
    options.community_channels = list(&kpi, "community_channels").unwrap_or_else(|| options.community_channels.clone());
    options.all_wins = text(&kpi, "return_on").as_deref() == Some("all_wins");
    let channels = table(&config, "channels");
    options.aliases = texts(&table(&channels, "aliases"));
    options.of_platform = texts(&table(&channels, "of_platform"));
    for (source, aliases) in &table(&channels, "aliases_of") {
        let aliases = texts(aliases.as_table().context("aliases_of holds tables")?);
        options.aliases_of.extend(aliases.into_iter().map(|(name, channel)| (source.clone(), name, channel)));
    }
    if let Some(rates) = text(&table(&config, "money"), "rates") {
        options.rates_csv = Some(read(&path.with_file_name(rates))?);
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn now() -> anyhow::Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis())?)
}
