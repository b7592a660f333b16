//! A case: the lines of a file and the options of a report, and how both are given to a program.

use std::fmt::{self, Write};

use super::rng::Rng;
use reference::Options;

/// A stream and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What it was made from.
    pub seed: u64,
    /// The lines, without their ends.
    pub lines: Vec<String>,
    /// What the report is asked.
    pub options: Options,
}

impl Case {
    /// The file.
    pub fn input(&self) -> Vec<u8> {
        self.lines.join("\n").into_bytes()
    }

    /// The same messages in another order, some of them again: the answer is the same, but for which are duplicate or stale.
    pub fn shuffled(&self, seed: u64) -> Case {
        let mut rng = Rng::new(seed);
        let mut lines: Vec<String> = self.lines.iter().map(|line| line.trim_start_matches('\u{feff}').to_owned()).collect();
        let again = rng.some(&lines, lines.len() / 3 + 1);
        lines.extend(again);
        rng.shuffle(&mut lines);
        Case { lines, ..self.clone() }
    }

    /// The configuration file, `config.toml`.
    pub fn config_toml(&self) -> String {
        let o = &self.options;
        let list = |words: &[String]| words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
        let mut toml = format!("time_zone = {:?}\ncurrency = {:?}\n[kpi]\n", o.time_zone, o.currency);
        if let Some(margin) = &o.margin {
            let _ = writeln!(toml, "margin = {margin:?}");
        }
        let _ = writeln!(toml, "conversion_horizon_days = {}\nspend_lag_days = {}", o.horizon_days, o.lag_days);
        let _ = writeln!(toml, "conversion_actions = [{}]\ncommunity_channels = [{}]", list(&o.conversion_actions), list(&o.community_channels));
        if o.all_wins {
            toml.push_str("return_on = \"all_wins\"\n");
        }
        for (name, channel) in with_header(&mut toml, "[channels.aliases]", &o.aliases) {
            let _ = writeln!(toml, "{name:?} = {channel:?}");
        }
        for (source, name, channel) in &o.aliases_of {
            let _ = writeln!(toml, "[channels.aliases_of.{source}]\n{name:?} = {channel:?}");
        }
        for (platform, channel) in with_header(&mut toml, "[channels.of_platform]", &o.of_platform) {
            let _ = writeln!(toml, "{platform:?} = {channel:?}");
        }
        for target in &o.targets {
            toml.push_str("[[targets]]\n");
            let named = [("variant", &target.variant), ("channel", &target.channel), ("period", &target.period), ("from", &target.from)]
                .into_iter()
                .chain([("until", &target.until), ("better", &target.better), ("profile", &target.profile)]);
            let given = named.filter_map(|(key, value)| Some((key, value.as_ref()?)));
            for (key, value) in [("kpi", &target.kpi), ("value", &target.value)].into_iter().chain(given) {
                let _ = writeln!(toml, "{key} = {value:?}");
            }
        }
        if o.rates_csv.is_some() {
            toml.push_str("[money]\nrates = \"rates.csv\"\n");
        }
        toml
    }

    /// The arguments of `report`, with the files `events.ndjson`, `config.toml` and `rates.csv` in the working directory. A
    /// program that reads the clock refuses less than the options' `now` does, unless that lies ahead.
    pub fn args(&self) -> Vec<String> {
        let o = &self.options;
        let flag = |name: &str, value: &str| [format!("--{name}"), value.to_owned()];
        let mut args: Vec<String> = [flag("input", "events.ndjson"), flag("as-of", &o.as_of), flag("config", "config.toml")].concat();
        args.extend(o.windows.iter().flat_map(|window| flag("window", window)));
        args.extend(o.periods.iter().flat_map(|period| flag("period", period)));
        args.extend(o.by.iter().flat_map(|by| flag("by", &by.join(","))));
        args.extend(flag("format", "json"));
        args
    }
}

fn with_header<'a, T>(toml: &mut String, header: &str, entries: &'a [T]) -> &'a [T] {
    if !entries.is_empty() {
        let _ = writeln!(toml, "{header}");
    }
    entries
}

impl fmt::Display for Case {
    /// All one needs to see what failed, long lines cut.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, now {}, report {}", self.seed, reference::show_instant(self.options.now), self.args().join(" "))?;
        writeln!(
            f,
            "--- config.toml\n{}--- rates.csv\n{}--- events.ndjson",
            self.config_toml(),
            self.options.rates_csv.as_deref().unwrap_or_default()
        )?;
        for line in &self.lines {
            match line.char_indices().nth(2000) {
                Some((end, _)) => writeln!(f, "{}... ({} bytes)", &line[..end], line.len())?,
                None => writeln!(f, "{line}")?,
            }
        }
        Ok(())
    }
}
