//! Evaluations made up for tests: numbers that follow from names, so that a test can say what it expects.
#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may stop where its own input is wrong")]

pub mod drifting;
pub mod port;

use std::sync::Arc;

use exporter::{Board, Build, EventCounts, Shown};
use kpis::{Aim, DataState, Effect, Effects, Evaluation, Group, Kpi, Number, Row, Unconverted, Undefined, Unit};
use model::{Day, Micros, Millis};

pub const DAY: i64 = 86_400_000;
pub const AS_OF: Millis = Millis(1_774_861_200_000);

/// A group by channel and campaign.
pub fn group(channel: Option<&str>, campaign: Option<&str>) -> Arc<Group> {
    Arc::new(Group { channel: channel.map(Arc::from), campaign: campaign.map(Arc::from), segment: None })
}

/// A row with a value; its parts are added by [`parts`].
pub fn row(kpi: Kpi, window: &str, days: i64, group: &Arc<Group>, value: Result<Number, Undefined>) -> Row {
    let numerator = value.ok().filter(|_| kpi.definition().is_additive());
    Row {
        kpi,
        window: window.into(),
        start: Millis(AS_OF.0 - days * DAY),
        end: AS_OF,
        group: group.clone(),
        value,
        numerator,
        denominator: None,
        sample_size: Some(3),
        interval: None,
        aim: Aim::default(),
    }
}

/// The same row with its numerator and denominator.
pub fn parts(row: Row, numerator: Number, denominator: Number) -> Row {
    Row { numerator: Some(numerator), denominator: Some(denominator), ..row }
}

pub fn money(units: i64) -> Number {
    Number::Money(Micros(i128::from(units) * 1_000_000))
}

pub fn evaluation(rows: Vec<Row>) -> Evaluation {
    Evaluation {
        as_of: AS_OF,
        time_zone: "Europe/Warsaw".to_owned(),
        currency: "PLN".parse().unwrap(),
        spend_complete_through: Some(Day(20_540)),
        spend_reported: vec![("linkedin".into(), Day(20_540)), ("google_ads".into(), Day(20_541))],
        rows: rows.into(),
        effects: Effects::default(),
        data_state: DataState {
            deals_without_amount: 2,
            wins_without_cycle: 1,
            conversion_within_horizon: Some(0.95),
            unconverted: vec![Unconverted { measure: "won_value", currency: "USD".parse().unwrap(), amount: Micros(100_000_000) }],
        },
    }
}

/// Every KPI in several windows, in total, by channel and by campaign, some without a value.
pub fn rich() -> Shown {
    let mut rows = Vec::new();
    let windows = [("24h", 1), ("7d", 7), ("30d", 30), ("90d", 90), ("this_month", 30), ("this_quarter", 89)];
    let channels = ["paid_search", "paid_social", "(unattributed)", "email \"news\"\\\nletter"];
    for (window, days) in windows {
        let total = group(None, None);
        rows.extend(Kpi::ALL.iter().map(|kpi| typical(*kpi, window, days, &total, 1)));
        for (n, channel) in channels.iter().enumerate() {
            let by_channel = group(Some(channel), None);
            rows.extend(Kpi::ALL.iter().map(|kpi| typical(*kpi, window, days, &by_channel, n as i64)));
            for campaign in ["spring", "brand"] {
                let pair = group(Some(channel), Some(campaign));
                rows.extend(Kpi::ALL.iter().map(|kpi| typical(*kpi, window, days, &pair, n as i64 + 2)));
            }
        }
    }
    for row in rows.iter_mut().filter(|row| &*row.window == "this_month" && row.group.campaign.is_none()) {
        row.aim.projected = row.kpi.definition().daily_sum().map(|_| 52.0);
        if row.kpi == Kpi::Customers {
            row.aim = Aim { target: Some(50.0), attainment: Some(0.8), pace: Some(1.04), ..row.aim };
        }
    }
    let effect = |channel: &str, mix| Effect {
        kpi: Kpi::CacBlended,
        window: "this_month".into(),
        before: "last_month_to_date".into(),
        channel: channel.into(),
        mix,
        rate: mix.map(|mix| -2.0 * mix),
    };
    let effects: Effects = [effect("paid_search", Some(-3.1)), effect("paid_social", None)].into_iter().collect();
    let events = EventCounts { accepted: 1234, duplicate: 5, stale: 6, conflicting: 2, rejected: [1, 0, 2, 0, 0, 3, 0, 0, 0, 0, 4] };
    Shown { evaluation: Evaluation { effects, ..evaluation(rows) }, events }
}

fn typical(kpi: Kpi, window: &str, days: i64, group: &Arc<Group>, n: i64) -> Row {
    if days == 1 && !kpi.definition().in_minutes {
        return Row { numerator: None, sample_size: None, ..row(kpi, window, days, group, Err(Undefined::DailyOnly)) };
    }
    let count = |n| Number::Count(i128::from(n));
    match kpi.unit() {
        Unit::Count => row(kpi, window, days, group, Ok(count(40 * n))),
        Unit::Money if kpi.definition().is_additive() => row(kpi, window, days, group, Ok(money(1000 * n))),
        Unit::Money | Unit::Ratio if n == 0 => parts(row(kpi, window, days, group, Err(Undefined::NoSpend)), money(0), money(0)),
        Unit::Money => {
            let row = parts(row(kpi, window, days, group, Ok(money(812))), money(812 * n), count(n));
            Row { interval: Some((441.8, 1694.3)), ..row }
        }
        Unit::Ratio => {
            let row = parts(row(kpi, window, days, group, Ok(Number::Real(0.05))), count(5 * n), count(100 * n));
            Row { interval: Some((0.0215, 0.1118)), ..row }
        }
        Unit::Seconds => row(kpi, window, days, group, Ok(Number::Real(3_456_000.5))),
    }
}

/// A ready board that shows this.
pub fn board(shown: Shown) -> Board {
    let board = Board::new(Build { version: "1.2.3", revision: "abc" }, ["lead-created", "ad-spend"]);
    board.publish(shown);
    board.set_ready(true);
    board
}

/// The lines of an exposition that begin so.
pub fn lines<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.starts_with(start)).collect()
}
