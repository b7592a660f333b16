//! What moved a total, channel by channel.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{World, series::Level};

impl World<'_> {
    /// What each channel has to do with a total's alarm over some days.
    pub fn moved(&self, kpi: &str, level: &Level, baseline: (i64, i64), days: (i64, i64)) -> Value {
        let names: BTreeSet<&str> = self.facts.places().map(|at| at.channel.as_str()).collect();
        let all = self.expected(kpi, None, level, days).map_or(0.0, |daily| daily.sum(days));
        let customers = |channel: Option<&str>| match kpi {
            "cac" => self.came(kpi, channel, baseline).sum(baseline),
            _ => self.cohort(channel, baseline).1,
        };
        let share = all / customers(None);
        let told = names.into_iter().filter_map(|name| {
            let channel = Some(name);
            let (came, was) = (self.came(kpi, channel, days).sum(days), customers(channel));
            let sums = |days| self.expected(kpi, channel, level, days).map(|daily| daily.sum(days));
            let untold = || json!({ "channel": name, "observed": came as i64, "expected": null, "mix": null, "rate": null });
            let (Some(hat), Some(before)) = (sums(days), sums(baseline)) else { return Some(untold()) };
            let (put_in, own, before) = match kpi {
                // Before: what the baseline's spend was to bring at the total's level.
                "cac" if before > 0.0 => (before, hat * was / before, before),
                "cac" if was > 0.0 => (before, was * share, before),
                "cac" => (before, hat, before),
                _ => {
                    let (leads, _, shares) = self.cohort(channel, baseline);
                    let own = if leads > 0.0 { self.ripening(channel, &shares, days).sum(days) } else { hat };
                    (leads, own, leads * level.shares.iter().sum::<f64>())
                }
            };
            if came == 0.0 && was == 0.0 && own == 0.0 && hat == 0.0 && put_in == 0.0 {
                return None;
            }
            let [own, hat, gap] = [own, hat, (was - before) * share].map(|x| x * level.ratio);
            Some(json!({ "channel": name, "observed": came as i64, "expected": own, "mix": own - hat - gap, "rate": came - own }))
        });
        told.collect()
    }
}
