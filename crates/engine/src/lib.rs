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
mod dump;
mod guarded;
mod ids;
mod index;
mod input;
mod letters;
mod offsets;
mod sources;
mod stream;
mod visitors;

pub use book::Book;
pub use dedup::{Dedup, DedupLimits};
pub use dump::dump;
pub use guarded::{Guarded, KeptStream, Reached, Torn};
pub use index::Index;
pub use input::{Effect, Input, Position, Record, SourcePartition, dead_letter};
pub use letters::{LetterLimits, Letters, Owed, Stretch};
pub use offsets::Offsets;
pub use sources::Sources;
pub use stream::Stream;
pub use visitors::SharedVisitors;

use model::{Day, Millis, Minute, Settings, digest::Digest};
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

/// The version of the fold: raised by whoever changes what any event contributes, or the form of what a capture holds.
const FOLD_VERSION: u32 = 5;

/// Of everything that changes the state which a log is folded into: the fold's version, and what is configured.
pub fn fold_digest(settings: &Settings, limits: DedupLimits) -> Digest {
    let mut digest = Digest::default();
    digest.number(FOLD_VERSION).number(MONTHS_KEPT).number(MINUTES_KEPT).number(EXACT_VISITORS as u64);
    digest.number(limits.span_ms.unwrap_or(-1)).number(limits.ids as u64);
    settings.digest(&mut digest);
    digest
}

/// The first day and the first minute that are kept. KPI W7
fn floors(now: Millis, settings: &Settings) -> (Day, Minute) {
    let today = settings.zone.day_of(now);
    // Before the year 3 there is nothing to forget.
    (plus_months(today, -MONTHS_KEPT).unwrap_or(Day(i32::MIN)), Minute(now.minute().0 - MINUTES_KEPT + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// KPI W7: 25 months of days, clamped to a month's end, and 26 hours of minutes, the running one included.
    #[test]
    fn what_is_kept_begins_25_months_and_26_hours_ago() {
        let now = Millis(1_774_960_245_000);
        assert_eq!(now.to_string(), "2026-03-31T12:30:45Z");
        let keep = keep_at(now, &Settings::default());
        assert_eq!(keep.days_from.to_string(), "2024-02-29");
        assert_eq!(keep.minutes_from, Minute(now.minute().0 - 26 * 60 + 1));
    }
}
