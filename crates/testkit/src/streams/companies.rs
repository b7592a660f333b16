//! Companies that drift: a year or less of leads, deals and spend, restated, late and in lumps, with a baseline to hold them against.

use std::collections::BTreeMap;

use reference::{
    Baseline, DriftOptions, Options,
    time::{show_day, show_instant},
};
use serde_json::{Map, Value, json};

use super::Rng;

const DAY_MS: i64 = 86_400_000;
/// 2026-01-05.
const BEGINNING: i64 = 20_458;
const CHANNELS: [&str; 5] = ["email", "Paid Social", "paid_social", "display-y", "SEM"];

/// A company's events as lines, what it is configured with, and what it watches.
#[derive(Clone, Debug)]
pub struct Company {
    /// The events; later revisions of an entity may stand before earlier ones.
    pub lines: Vec<String>,
    /// The configuration.
    pub options: Options,
    /// What is watched.
    pub watched: DriftOptions,
}

struct Maker {
    rng: Rng,
    lines: Vec<String>,
    days: i64,
    currencies: Vec<String>,
    /// After the change fewer come.
    change: i64,
    entities: usize,
}

impl Company {
    /// The company of a seed.
    pub fn generate(seed: u64) -> Company {
        let mut rng = Rng::new(seed ^ 0xd21f7);
        let days = rng.within(60, 230);
        let horizon_days = rng.pick(&[0, 2, 7, 14, 30]);
        let options = Options {
            // Mostly at the end, now and then in the middle.
            as_of: show_day(BEGINNING + if rng.percent(85) { days + rng.within(-3, 12) } else { days / 2 }),
            now: (BEGINNING + 400) * DAY_MS,
            time_zone: rng.word("UTC|Europe/Warsaw|America/Santiago|Asia/Kolkata"),
            currency: "EUR".to_owned(),
            horizon_days,
            lag_days: rng.pick(&[0, 0, 0, 3, 7]),
            aliases: vec![("display-y".to_owned(), "display".to_owned())],
            rates_csv: Some(rates(&mut rng, days)),
            ..Options::default()
        };
        let watched = watched(&mut rng, days, horizon_days);
        let foreign = if rng.percent(25) { "EUR|EUR|EUR|USD" } else { "EUR" };
        let currencies = foreign.split('|').map(str::to_owned).collect();
        let change = BEGINNING + rng.within(days / 3, days);
        let mut maker = Maker { rng, lines: Vec::new(), days, currencies, change, entities: 0 };
        maker.make(horizon_days);
        let Maker { mut rng, mut lines, .. } = maker;
        rng.shuffle(&mut lines);
        Company { lines, options, watched }
    }
}

/// Rates of the dollar, with gaps longer than a rate holds now and then.
fn rates(rng: &mut Rng, days: i64) -> String {
    let mut csv = "Date,USD\n".to_owned();
    let mut day = BEGINNING - 40;
    while day < BEGINNING + days + 10 {
        csv += &format!("{},{}.{}\n", show_day(day), rng.within(1, 2), rng.within(0, 9));
        day += rng.pick(&[1, 1, 2, 4, 4, 5, 16]);
    }
    csv
}

fn watched(rng: &mut Rng, days: i64, horizon: i64) -> DriftOptions {
    let from = if rng.percent(30) { 0 } else { rng.within(0, days / 3) };
    let until = (from + rng.within(20, days / 2)).min(days);
    let show = |day| Some(show_day(BEGINNING + day));
    let mut baselines = BTreeMap::new();
    for (kpi, value) in [("cac", 100.0), ("lead_conversion", 0.25)] {
        let whole = if rng.percent(80) {
            Baseline {
                from: show(from),
                until: show(until),
                value: rng.percent(25).then_some(value),
                start: rng.percent(10).then(|| show(until)).flatten(),
            }
        } else {
            Baseline { value: rng.percent(80).then_some(value), start: show(until + 1).filter(|_| rng.percent(80)), ..Baseline::default() }
        };
        baselines.insert((kpi.to_owned(), None), whole);
        if rng.percent(40) {
            let own = Baseline {
                until: rng.percent(30).then(|| show(until - rng.within(0, 3))).flatten().filter(|_| from + 5 < until),
                value: rng.percent(60).then_some(value * 0.9),
                start: rng.percent(30).then(|| show(until + 2)).flatten(),
                ..Baseline::default()
            };
            // A channel may not have one end of its days alone.
            let own = if baselines[&(kpi.to_owned(), None)].from.is_none() { Baseline { until: None, ..own } } else { own };
            baselines.insert((kpi.to_owned(), Some(rng.word("paid_social|email|Display-Y|nobody"))), own);
        }
    }
    DriftOptions {
        detect: rng.pick(&[1.2, 1.5, 1.5, 2.0, 3.0]),
        threshold: rng.pick(&[0.2, 0.5, 1.0, 2.0, 2.95]),
        settle_days: rng.pick(&[0, 0, 1, 7]),
        step: rng.word("auto|auto|week|month|quarter"),
        spread_spend: rng.percent(75),
        channels: match rng.below(4) {
            0 => Some(vec!["Paid Social".to_owned(), "e_mail".to_owned()]),
            1 if horizon > 2 => Some(Vec::new()),
            _ => None,
        },
        baselines,
        asked: rng.percent(15).then(|| vec!["display-y".to_owned(), "cpc".to_owned()]),
    }
}

impl Maker {
    fn make(&mut self, horizon: i64) {
        let busy = self.rng.pick(&[1, 4, 6, 8]);
        let warm_up = self.rng.pick(&[0, 0, 20, 40]);
        for day in BEGINNING - warm_up..=BEGINNING + self.days {
            for _ in 0..self.rng.below(busy * 2 + 1) {
                self.lead(day, horizon);
            }
            if self.rng.percent(90) {
                self.spend(day);
            }
            if self.rng.percent(5) {
                self.deal(day, None);
            }
        }
    }

    fn lead(&mut self, day: i64, horizon: i64) {
        self.entities += 1;
        let id = format!("L{}", self.entities);
        let status = if self.rng.percent(4) { self.rng.word("disqualified|deleted") } else { "active".to_owned() };
        let created = self.time(day);
        let lead = json!({ "type": "lead-created", "lead_id": id, "created_at": created, "channel": self.rng.pick(&CHANNELS), "status": status });
        self.put(lead, day);
        if self.rng.percent(10) {
            // A correction: another channel, another day.
            let moved = self.time(day + self.rng.clone().within(-3, 3));
            let again = json!({ "type": "lead-created", "lead_id": id, "created_at": moved, "channel": self.rng.pick(&CHANNELS) });
            self.put(again, day + 5);
        }
        let chance = if day >= self.change { 12 } else { 30 };
        if self.rng.percent(chance) {
            let age = self.rng.within(-2, horizon + 6);
            self.deal(day + age, Some(&id));
        }
    }

    fn deal(&mut self, day: i64, lead: Option<&str>) {
        self.entities += 1;
        let id = format!("D{}", self.entities);
        let closed = self.time(day);
        let kind = self.rng.word("|||new_business|existing_business");
        let mut deal = json!({ "type": "deal-closed", "deal_id": id, "status": "won", "closed_at": closed, "amount": "100", "currency": "EUR" });
        if let Some(lead) = lead {
            deal["lead_id"] = lead.into();
        }
        if !kind.is_empty() {
            deal["deal_type"] = kind.into();
        }
        if self.rng.percent(10) {
            deal["account_id"] = format!("A{}", self.rng.below(40)).into();
        }
        self.put(deal.clone(), day);
        if self.rng.percent(8) {
            deal["status"] = self.rng.word("lost|refunded|won|deleted").into();
            self.put(deal, day + 3);
        }
    }

    fn spend(&mut self, day: i64) {
        for channel in CHANNELS.iter().take(1 + self.rng.below(CHANNELS.len())) {
            let amount = if self.rng.percent(4) { -self.rng.within(1, 50) } else { self.rng.within(0, 160) };
            let currency = self.rng.pick(&self.currencies.clone());
            let category = self.rng.word("media|media|media|tools");
            let row = |amount: i64| {
                json!({ "type": "ad-spend", "platform": "google_ads", "account": "main", "campaign": channel, "channel": channel, "category": category,
                    "spend_date": show_day(day), "amount": amount.to_string(), "currency": currency })
            };
            self.put(row(amount), day + 1);
            if self.rng.percent(20) {
                let restated = amount + self.rng.within(-20, 30);
                self.put(row(restated), day + 9);
            }
        }
    }

    /// An instant of a day, or the day alone.
    fn time(&mut self, day: i64) -> String {
        if self.rng.percent(20) { show_day(day) } else { show_instant(day * DAY_MS + self.rng.within(0, DAY_MS - 1)) }
    }

    fn put(&mut self, event: Value, day: i64) {
        let mut event: Map<String, Value> = event.as_object().cloned().unwrap_or_default();
        let number = self.lines.len();
        event.insert("event_id".to_owned(), format!("e{number}").into());
        event.insert("source".to_owned(), "company".into());
        event.insert("occurred_at".to_owned(), show_instant(day * DAY_MS + DAY_MS / 2).into());
        event.insert("revision".to_owned(), number.into());
        self.lines.push(Value::Object(event).to_string());
    }
}
