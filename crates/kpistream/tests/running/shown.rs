//! What an instance shows at one instant, to be held against what another does.

use std::collections::BTreeMap;

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
    /// How many rows both show alike; an error names one that they do not. What either says it no longer keeps is passed over: how far
    /// back that goes depends on the clock.
    pub fn agrees_with(&self, other: &Shown) -> Result<usize, String> {
        if self.spend_complete_through != other.spend_complete_through {
            return Err(format!("spend is complete through {}, not {}", self.spend_complete_through, other.spend_complete_through));
        }
        // Which of two messages of an entity is the stale one depends on the order of partitions.
        let rejected = |shown: &Shown| shown.events["rejected"].clone();
        if rejected(self) != rejected(other) {
            return Err(format!("of the records are refused {}, not {}", rejected(self), rejected(other)));
        }
        let mut alike = 0;
        for (name, row) in &self.rows {
            let Some(wanted) = other.rows.get(name) else { return Err(format!("{name}: is not to be there")) };
            if row == wanted {
                alike += usize::from(row["reason"] != "not_kept");
            } else if row["reason"] != "not_kept" && wanted["reason"] != "not_kept" {
                return Err(format!("{name}: {row}, not {wanted}"));
            }
        }
        match other.rows.keys().find(|name| !self.rows.contains_key(*name)) {
            Some(missing) => Err(format!("{missing}: is missing")),
            None => Ok(alike),
        }
    }
}
