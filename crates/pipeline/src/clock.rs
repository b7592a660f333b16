//! The one place where it is asked what time it is. The steps of the pipeline are told.

use std::time::{SystemTime, UNIX_EPOCH};

use model::Millis;

/// The time of day.
pub fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
