//! The engine: what an input does to the state, and what it asks of the world. No IO, no clock: inputs in, effects out.
//!
//! Not its job: bytes (`wire`), reading and threads (`kafka`, the binary), or KPIs (`kpis`).
//!
//! There are two kinds of state machine. The [`Book`] folds entities, of which all must meet in one place, whatever partition
//! they came by. A [`Stream`] folds the interactions of one source partition, in log order, and stands alone. Both take
//! [`Input`]s and yield [`Effect`]s; the state of each is a function of its records alone.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod book;
mod dedup;
mod ids;
mod input;
mod stream;

pub use book::Book;
pub use dedup::{Dedup, DedupLimits};
pub use input::{Effect, Input, Position, Record, SourcePartition};
pub use stream::Stream;

use model::{Day, Millis, Minute, Settings};
use panes::{Keep, VisitorDetail, calendar::plus_months};

/// Months of days that a running instance keeps before today.
const MONTHS_KEPT: i32 = 25;
/// Minutes it keeps, the running one included: 26 hours of them.
const MINUTES_KEPT: i64 = 26 * 60;
/// Visitors of a day and channel that a running instance counts exactly.
const EXACT_VISITORS: usize = 2048;

/// What a running instance keeps at an instant.
pub fn keep_at(now: Millis, settings: &Settings) -> Keep {
    let (days_from, minutes_from) = floors(now, settings);
    Keep { days_from, minutes_from, visitors: VisitorDetail::Channel, exact_visitors: EXACT_VISITORS }
}

fn floors(now: Millis, settings: &Settings) -> (Day, Minute) {
    (plus_months(settings.zone.day_of(now), -MONTHS_KEPT), Minute(now.minute().0 - MINUTES_KEPT + 1))
}
