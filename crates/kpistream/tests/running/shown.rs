//! What an instance shows at one instant, to be held against what another does.

use std::collections::{BTreeMap, BTreeSet};

use model::Millis;
use serde_json::Value;

use super::{Instance, await_some};

/// Windows from an hour to more than a year.
const WINDOWS: &str = "window=1h&window=24h&window=7d&window=30d&window=90d&window=this_month&window=last_month&window=this_year";

/// What an instance shows.
pub struct Shown {
    /// The rows by KPI, variant, window and channel.
    rows: BTreeMap<String, Value>,
    spend_complete_through: Value,
    /// How many records there were, by what became of them.
    events: Value,
}

/// What an instance shows at an instant, in total and by channel.
pub fn shown(instance: &Instance, at: Millis) -> Shown {
    let query = format!("/api/v1/kpis?as_of={at}&by=channel&{WINDOWS}");
    let answer = await_some("an answer", || instance.json(&query));
    let name = |row: &Value| ["kpi", "variant", "window", "channel"].map(|key| row[key].as_str().unwrap_or("-")).join(" ");
    let rows = answer["kpis"].as_array().unwrap().iter().map(|row| (name(row), row.clone())).collect();
    Shown { rows, spend_complete_through: answer["spend_complete_through"].clone(), events: answer["events"].clone() }
}

impl Shown {
    /// The windows of which something is no longer kept.
    fn not_kept(&self) -> BTreeSet<&str> {
        let rows = self.rows.values().filter(|row| row["reason"] == "not_kept");
        rows.filter_map(|row| row["window"].as_str()).collect()
    }

    /// How many rows both show alike; an error names one that they do not. A window of which either says that it no longer keeps it is
    /// passed over, with the channels that it may have had: how far back that goes depends on the clock.
    pub fn agrees_with(&self, other: &Shown) -> Result<usize, String> {
        if self.spend_complete_through != other.spend_complete_through {
            return Err(format!("spend is complete through {}, not {}", self.spend_complete_through, other.spend_complete_through));
        }
        // Which of two messages of an entity is the stale one depends on the order of partitions.
        let rejected = |shown: &Shown| shown.events["rejected"].clone();
        if rejected(self) != rejected(other) {
            return Err(format!("of the records are refused {}, not {}", rejected(self), rejected(other)));
        }
        let not_kept: BTreeSet<&str> = self.not_kept().union(&other.not_kept()).copied().collect();
        let is_kept = |(_, row): &(&String, &Value)| row["window"].as_str().is_some_and(|window| !not_kept.contains(window));
        let [ours, theirs] = [self, other].map(|shown| shown.rows.iter().filter(is_kept).collect::<Vec<_>>());
        match ours.iter().zip(&theirs).find(|(one, two)| one != two) {
            Some((one, two)) => Err(format!("{one:?}, not {two:?}")),
            None if ours.len() != theirs.len() => Err(format!("{} rows, not {}", ours.len(), theirs.len())),
            None => Ok(ours.len()),
        }
    }
}
