//! The parameters of `/api/v1/drift`: parsed and bounded before anything is computed.

use std::collections::BTreeSet;

use model::{Quoted, When};

use crate::query::{QueryError, bad, instant, set_once};

/// Channels a query may name.
const CHANNELS_AT_MOST: usize = 32;
/// Bytes of one parameter.
const VALUE_BYTES_AT_MOST: usize = 1024;

/// What is asked about drift.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DriftQuery {
    /// The instant; none: now. A date means its day's last millisecond in the business zone.
    pub as_of: Option<When>,
    /// Channels beside the totals, watched or not; none: those watched.
    pub channels: BTreeSet<String>,
    /// Whether every step is wanted.
    pub steps: bool,
}

impl DriftQuery {
    /// The query of decoded `(name, value)` pairs. `channel` may be repeated.
    pub(crate) fn parse(pairs: &[(String, String)]) -> Result<DriftQuery, QueryError> {
        let (mut query, mut steps) = (DriftQuery::default(), None);
        for (name, value) in pairs {
            if value.len() > VALUE_BYTES_AT_MOST {
                return Err(bad(format!("{}: longer than {VALUE_BYTES_AT_MOST} bytes", Quoted(name))));
            }
            match name.as_str() {
                "as_of" => set_once(&mut query.as_of, "as_of", instant("as_of", value)?)?,
                "channel" if query.channels.len() < CHANNELS_AT_MOST => _ = query.channels.insert(value.clone()),
                "channel" => return Err(bad(format!("channel: given more than {CHANNELS_AT_MOST} times"))),
                "steps" => set_once(&mut steps, "steps", flag(value)?)?,
                _ => return Err(bad(format!("unknown parameter {}: use as_of, channel or steps", Quoted(name)))),
            }
        }
        query.steps = steps.unwrap_or(false);
        Ok(query)
    }

    /// Whether the evaluation that is made all the time answers it.
    pub(crate) fn is_of_now(&self) -> bool {
        self.as_of.is_none() && self.channels.is_empty()
    }
}

fn flag(value: &str) -> Result<bool, QueryError> {
    value.parse().map_err(|_| bad(format!("steps: {} is neither true nor false", Quoted(value))))
}
