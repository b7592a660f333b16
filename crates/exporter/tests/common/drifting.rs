//! Drift made up for tests.

use std::sync::Arc;

use drift::{Alarm, Direction, Drift, Gap, Level, Moved, Reason, Scored, Series, State, Step, Watched};
use model::Day;

use super::AS_OF;

/// 2026-01-01.
const FIRST: Day = Day(20_454);

/// An alarm of a total that so many channels have to do with.
fn alarm(direction: Direction, channels: &[&str]) -> Alarm {
    let moved = channels.iter().enumerate().map(|(n, channel)| Moved {
        channel: Arc::from(*channel),
        observed: 3,
        gap: (n != 1).then(|| Gap { expected: 6.0 + n as f64, mix: -1.0, rate: -2.0 - n as f64 }),
    });
    Alarm {
        direction,
        onset: FIRST.plus(7),
        raised: FIRST.plus(20),
        cleared: None,
        observed: 41,
        expected: 61.5,
        relative: Some(41.0 / 61.5),
        level: Some(1218.75),
        moved: moved.collect(),
    }
}

/// A series with such alarms.
pub fn series(kpi: Watched, channel: Option<&str>, customers: i128, alarms: Vec<Alarm>) -> Series {
    let step = |n| Scored { first: FIRST.plus(7 * n), last: FIRST.plus(7 * n + 6), observed: 3, expected: 4.5, worse: 0.25, better: 0.0 };
    let state = State {
        step: Step::Week,
        dispersion: 1.5,
        threshold: 2.95,
        first: FIRST,
        through: FIRST.plus(20),
        worse: if alarms.is_empty() { 0.5 } else { 2.95 },
        better: 0.0,
        alarms,
        steps: (0..3).map(step).collect(),
    };
    let baseline =
        Level { from: Some(FIRST.plus(-181)), until: Some(FIRST.plus(-1)), value: Some(812.5), put_in: Some(89_375.0), customers: Some(customers) };
    Series { kpi, channel: channel.map(Arc::from), baseline, detect: 1.5, state: Ok(state) }
}

/// A series of which nothing can be told.
pub fn untold(kpi: Watched, channel: Option<&str>, reason: Reason) -> Series {
    Series { kpi, channel: channel.map(Arc::from), baseline: Level::default(), detect: 1.5, state: Err(reason) }
}

pub fn drift(series: Vec<Series>) -> Drift {
    Drift { as_of: AS_OF, time_zone: "Europe/Warsaw".to_owned(), currency: "PLN".parse().unwrap(), series: series.into() }
}

/// Every kind of series: one that drifts, with what moved it; one that is as expected; channels; one that cannot be told.
pub fn rich() -> Drift {
    let cac = alarm(Direction::Worse, &["email", "no_rate", "paid_search"]);
    let channel = Alarm { moved: Vec::new(), ..alarm(Direction::Better, &[]) };
    drift(vec![
        series(Watched::Cac, None, 110, vec![cac]),
        series(Watched::Cac, Some("paid_search"), 80, vec![channel]),
        untold(Watched::LeadConversion, None, Reason::BaselineNotMature),
        untold(Watched::LeadConversion, Some("email"), Reason::NotBegun),
    ])
}

/// A total that drifts, and so many channels.
pub fn crowd(channels: usize) -> Drift {
    let names: Vec<String> = (0..channels).map(|n| format!("channel_{n:03}")).collect();
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    let total = series(Watched::Cac, None, 10_000, vec![alarm(Direction::Worse, &refs)]);
    let own = (0..).zip(&refs).map(|(n, name)| series(Watched::Cac, Some(name), 100 + n, Vec::new()));
    drift(std::iter::once(total).chain(own).collect())
}
