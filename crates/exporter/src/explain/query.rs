//! The parameters of `/api/v1/explain`: parsed and bounded before anything is looked for.

use kpis::{
    Kpi,
    explain::{WindowName, kpi_named},
};
use model::{Quoted, When};

use crate::query::{QueryError, bad, instant, set_once};

/// Entries that are listed of each part unless more, or fewer, are asked for.
pub const ENTRIES: usize = 50;
/// Entries that may be asked for; a part says how many it has beside them.
pub const ENTRIES_AT_MOST: usize = 10_000;

/// Bytes of one parameter; only a channel's name could be longer, and none that people give is.
const VALUE_BYTES_AT_MOST: usize = 1024;

/// What is asked to be explained.
#[derive(Clone, PartialEq, Debug)]
pub struct ExplainQuery {
    /// The KPI.
    pub kpi: Kpi,
    /// The window.
    pub window: WindowName,
    /// One channel only.
    pub channel: Option<String>,
    /// The instant; none: now. A date means its day's last millisecond in the business zone.
    pub as_of: Option<When>,
    /// Entries listed of each part at most.
    pub limit: usize,
}

impl ExplainQuery {
    /// The query of decoded `(name, value)` pairs.
    pub(crate) fn parse(pairs: &[(String, String)]) -> Result<ExplainQuery, QueryError> {
        let (mut kpi, mut variant, mut window, mut channel, mut as_of, mut limit) = (None, None, None, None, None, None);
        for (name, value) in pairs {
            if value.len() > VALUE_BYTES_AT_MOST {
                return Err(bad(format!("{}: longer than {VALUE_BYTES_AT_MOST} bytes", Quoted(name))));
            }
            match name.as_str() {
                "kpi" => set_once(&mut kpi, "kpi", value)?,
                "variant" => set_once(&mut variant, "variant", value.as_str())?,
                "window" => set_once(&mut window, "window", WindowName::parse(value).map_err(|error| bad(error.to_string()))?)?,
                "channel" => set_once(&mut channel, "channel", value.clone())?,
                "as_of" => set_once(&mut as_of, "as_of", instant("as_of", value)?)?,
                "limit" => set_once(&mut limit, "limit", entries(value)?)?,
                _ => return Err(bad(format!("unknown parameter {}: use kpi, variant, window, channel, as_of or limit", Quoted(name)))),
            }
        }
        let kpi = kpi.ok_or_else(|| bad("kpi: name one, such as kpi=cac&variant=paid".to_owned()))?;
        let window = window.ok_or_else(|| bad("window: name one, such as 30d, last_month, all or 2026-03".to_owned()))?;
        let kpi = kpi_named(kpi, variant).map_err(|error| bad(error.to_string()))?;
        Ok(ExplainQuery { kpi, window, channel, as_of, limit: limit.unwrap_or(ENTRIES) })
    }
}

fn entries(value: &str) -> Result<usize, QueryError> {
    let number = value.parse().ok().filter(|number| (1..=ENTRIES_AT_MOST).contains(number));
    number.ok_or_else(|| bad(format!("limit: {} is no number from 1 to {ENTRIES_AT_MOST}", Quoted(value))))
}
