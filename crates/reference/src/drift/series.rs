//! One series from its baseline to its alarms.

use serde_json::{Value, json};

use super::{
    Span, World,
    counts::Daily,
    steps::{dispersion, length, whole},
};
use crate::time::show_day;

/// What a series expects: by day over any days, at the measured level.
pub struct Level {
    pub shares: Vec<f64>,
    /// Customers for what arrives.
    pub per_unit: f64,
    /// Customers at the level in force for each at the measured one.
    pub ratio: f64,
    pub value: f64,
}

/// What is known of a baseline.
struct Known {
    told: Value,
    reasons: Vec<&'static str>,
    is_sound: bool,
    level: Option<Level>,
}

impl World<'_> {
    /// The last day that may be scored, and the last that might be if all spend were complete.
    fn ends(&self, kpi: &str) -> (i64, i64) {
        let settled = self.today - 1 - self.drift.settle_days;
        let complete = self.facts.spend_complete_through().filter(|_| kpi == "cac");
        (complete.map_or(settled, |day| settled.min(day + self.lag)), settled)
    }

    /// A series as JSON, and whether its baseline is sound.
    pub fn series(&self, kpi: &str, channel: Option<&str>) -> (Value, bool) {
        let span = self.baseline(kpi, channel);
        let known = if kpi == "cac" { self.of_spend(channel, &span) } else { self.of_leads(channel, &span) };
        let mut told = json!({ "kpi": kpi, "channel": channel, "baseline": known.told, "detect": self.drift.detect });
        let state = match (known.reasons.first(), &known.level) {
            (Some(reason), _) => Err(*reason),
            (None, Some(level)) => self.state(kpi, channel, &span, level),
            (None, None) => unreachable!("a level is missing for a reason"),
        };
        let untold = |reason: &str| json!({ "reason": reason, "alarms": [], "steps": [] });
        let state = state.unwrap_or_else(untold);
        for key in ["reason", "step", "dispersion", "threshold", "first", "through", "worse", "better", "alarms", "steps"] {
            told[key] = state.get(key).cloned().unwrap_or(Value::Null);
        }
        (told, known.is_sound)
    }

    fn of_spend(&self, channel: Option<&str>, span: &Span) -> Known {
        let (last, _) = self.ends("cac");
        let Some((from, until)) = span.days else { return self.of_value(channel, span, last) };
        let shares = self.shares();
        let customers = self.came("cac", channel, (from, until)).sum((from, until));
        let arrived = self.arriving(channel, &shares, (from, until)).map(|daily| daily.sum((from, until)));
        let measured = arrived.filter(|spend| *spend > 0.0 && customers > 0.0).map(|spend| spend / customers);
        let mut passed = 0.0;
        let a90 = shares.iter().position(|share| {
            passed += share;
            passed >= 0.9 - 1e-9
        });
        let first_row = self.facts.spend.iter().map(|row| row.day).min();
        let is_early = first_row.is_none_or(|first| from - self.lag - (a90.unwrap_or(0) as i64) < first);
        let no_rate = arrived.is_none();
        let lacks_later = self.arriving(channel, &shares, (until + 1, last)).is_none();
        let is_small = !no_rate && (customers < 30.0 || measured.is_none());
        let reasons = [("missing_rate", no_rate || lacks_later), ("baseline_too_small", is_small), ("baseline_too_early", is_early)];
        Known {
            told: json!({ "from": show_day(from), "until": show_day(until), "value": span.value.or(measured), "spend": arrived, "customers": customers as i64 }),
            reasons: reasons.into_iter().filter(|(_, holds)| *holds).map(|(reason, _)| reason).collect(),
            is_sound: !no_rate && !is_small && !is_early,
            level: measured.map(|measured| {
                let value = span.value.unwrap_or(measured);
                Level { shares, per_unit: 1.0 / measured, ratio: measured / value, value }
            }),
        }
    }

    fn of_value(&self, channel: Option<&str>, span: &Span, last: i64) -> Known {
        let told = json!({ "from": null, "until": null, "value": span.value, "spend": null, "customers": null });
        let (Some(value), Some(start)) = (span.value, span.start) else {
            return Known { told, reasons: vec!["no_baseline"], is_sound: false, level: None };
        };
        let lacks = self.arriving(channel, &[1.0], (start, last)).is_none();
        let level = Some(Level { shares: vec![1.0], per_unit: 1.0 / value, ratio: 1.0, value });
        Known { told, reasons: if lacks { vec!["missing_rate"] } else { vec![] }, is_sound: true, level }
    }

    fn of_leads(&self, channel: Option<&str>, span: &Span) -> Known {
        let Some((from, until)) = span.days else {
            let told = json!({ "from": null, "until": null, "value": span.value, "leads": null, "customers": null });
            return Known { told, reasons: vec!["no_baseline"], is_sound: false, level: None };
        };
        let (leads, conversions, shares) = self.cohort(channel, (from, until));
        let measured = (leads > 0.0).then(|| conversions / leads);
        let reasons = [
            ("baseline_not_mature", until + self.horizon > self.ends("lead_conversion").0),
            ("baseline_too_small", conversions < 30.0 || leads < 100.0),
        ];
        let reasons: Vec<&str> = reasons.into_iter().filter(|(_, holds)| *holds).map(|(reason, _)| reason).collect();
        Known {
            told: json!({
                "from": show_day(from), "until": show_day(until), "value": span.value.or(measured), "leads": leads as i64, "customers": conversions as i64,
            }),
            is_sound: reasons.is_empty(),
            reasons,
            level: measured.filter(|measured| *measured > 0.0).map(|measured| {
                let value = span.value.unwrap_or(measured);
                Level { shares, per_unit: 1.0, ratio: value / measured, value }
            }),
        }
    }

    /// Customers expected of a series on each of some days, at the measured level.
    pub fn expected(&self, kpi: &str, channel: Option<&str>, level: &Level, days: (i64, i64)) -> Option<Daily> {
        let arrived = if kpi == "cac" { self.arriving(channel, &level.shares, days)? } else { self.ripening(channel, &level.shares, days) };
        Some(Daily { first: arrived.first, of: arrived.of.iter().map(|x| x * level.per_unit).collect() })
    }

    fn state(&self, kpi: &str, channel: Option<&str>, span: &Span, level: &Level) -> Result<Value, &'static str> {
        let (k, h) = (self.drift.detect, self.drift.threshold);
        let (step, phi) = self.step(kpi, channel, span, level);
        let first = span.days.map(|(_, until)| until + 1).or(span.start).unwrap_or(i64::MAX);
        let (last, settled) = self.ends(kpi);
        let steps = whole(step, (first, last), false);
        let Some(through) = steps.last().map(|step| step.1) else {
            return Err(if whole(step, (first, settled), false).is_empty() { "not_begun" } else { "spend_incomplete" });
        };
        let days = (first, through);
        let (came, expected) = (self.came(kpi, channel, days), self.expected(kpi, channel, level, days).unwrap_or(Daily { first, of: vec![] }));
        let counts: Vec<(f64, f64)> = steps.iter().map(|step| (came.sum(*step), expected.sum(*step) * level.ratio)).collect();
        let worse = scores(counts.iter().map(|(n, e)| (e * (1.0 - 1.0 / k) - n * k.ln()) / phi), h);
        let better = scores(counts.iter().map(|(n, e)| (n * k.ln() - e * (k - 1.0)) / phi), h);
        let mut alarms: Vec<(i64, usize, Value)> = Vec::new();
        for (order, direction, scores) in [(0, "worse", &worse), (1, "better", &better)] {
            for (onset, raised, cleared) in raised(scores, h) {
                let told = self.alarm(kpi, channel, span, level, &steps, &counts, (onset, raised, cleared), direction);
                alarms.push((steps[raised].1, order, told));
            }
        }
        alarms.sort_by_key(|(day, order, _)| (*day, *order));
        let shown = (0..steps.len()).map(|at| {
            json!({ "first": show_day(steps[at].0), "last": show_day(steps[at].1), "observed": counts[at].0 as i64, "expected": counts[at].1,
                "worse": worse[at], "better": better[at] })
        });
        Ok(json!({
            "reason": null, "step": step, "dispersion": phi, "threshold": h, "first": show_day(first), "through": show_day(through),
            "worse": worse.last(), "better": better.last(), "alarms": alarms.into_iter().map(|(_, _, told)| told).collect::<Vec<_>>(),
            "steps": shown.collect::<Vec<_>>(),
        }))
    }

    fn step(&self, kpi: &str, channel: Option<&str>, span: &Span, level: &Level) -> (&'static str, f64) {
        let (Some(days), k) = (span.days, self.drift.detect) else { return ("week", 1.0) };
        let (came, expected) =
            (self.came(kpi, channel, days), self.expected(kpi, channel, level, days).unwrap_or(Daily { first: days.0, of: vec![] }));
        let mean = expected.sum(days) / (days.1 - days.0 + 1) as f64;
        let mut best: Option<(f64, &'static str, f64)> = None;
        for (step, least) in [("week", 0), ("month", 6), ("quarter", 4)] {
            let (phi, count) = dispersion(step, days, &came, &expected);
            if self.drift.step == step {
                return (step, phi);
            }
            let delay = 3.0 * phi / (mean * (1.0 - 1.0 / k - k.ln() / k)) + length(step) / 2.0;
            if count >= least && best.is_none_or(|(shortest, ..)| delay < shortest) {
                best = Some((delay, step, phi));
            }
        }
        best.map_or(("week", 1.0), |(_, step, phi)| (step, phi))
    }

    #[allow(clippy::too_many_arguments, reason = "all that an alarm is told by")]
    fn alarm(
        &self,
        kpi: &str,
        channel: Option<&str>,
        span: &Span,
        level: &Level,
        steps: &[(i64, i64)],
        counts: &[(f64, f64)],
        (onset, raised, cleared): (usize, usize, Option<usize>),
        direction: &str,
    ) -> Value {
        let last = cleared.unwrap_or(steps.len() - 1);
        let (n, e) = counts[onset..=last].iter().fold((0.0, 0.0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let relative = (e > 0.0).then(|| n / e);
        let now = relative.and_then(|relative| match kpi {
            "cac" => (n > 0.0).then(|| level.value / relative),
            _ => Some(level.value * relative),
        });
        let mut told = json!({
            "direction": direction, "onset": show_day(steps[onset].0), "raised": show_day(steps[raised].1),
            "cleared": cleared.map(|at| show_day(steps[at].1)), "observed": n as i64, "expected": e, "relative": relative, "level": now,
        });
        if channel.is_none() {
            let days = (steps[onset].0, steps[last].1);
            told["moved"] = span.days.map_or(json!([]), |baseline| self.moved(kpi, level, baseline, days));
        }
        told
    }
}

/// The score after each step.
fn scores(moves: impl Iterator<Item = f64>, h: f64) -> Vec<f64> {
    let mut score: f64 = 0.0;
    moves
        .map(|by| {
            score = f64::min(h, f64::max(0.0, score + by));
            score
        })
        .collect()
}

/// Each alarm by its onset, the step that raised it and the one that cleared it.
fn raised(scores: &[f64], h: f64) -> Vec<(usize, usize, Option<usize>)> {
    let mut alarms = Vec::new();
    let mut at = 0;
    while let Some(raised) = (at..scores.len()).find(|at| scores[*at] >= h - 1e-9) {
        let onset = (0..raised).rev().find(|at| scores[*at] == 0.0).map_or(0, |zero| zero + 1);
        let cleared = (raised..scores.len()).find(|at| scores[*at] == 0.0);
        alarms.push((onset, raised, cleared));
        at = cleared.unwrap_or(scores.len());
    }
    alarms
}
