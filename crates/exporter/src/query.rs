//! The parameters of `/api/v1/kpis`: parsed and bounded before anything is computed.

use kpis::By;
use model::{Quoted, When};

/// Rows an answer may have; a query that asks for more is refused rather than served in part.
pub const ROWS_AT_MOST: usize = 200_000;

/// Windows, periods and breakdowns a query may name.
const NAMES_AT_MOST: usize = 32;
/// Bytes of one parameter.
const VALUE_BYTES_AT_MOST: usize = 128;
/// The calendar periods.
const PERIODS: [&str; 4] = ["day", "week", "month", "quarter"];

/// What is asked for; what is left out takes the instance's defaults.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Query {
    /// The instant; none: now. A date means its day's last millisecond in the business zone.
    pub as_of: Option<When>,
    /// The windows by name; with no period either: the served ones.
    pub windows: Vec<String>,
    /// Of the calendar periods `day`, `week`, `month`, `quarter`: a row each.
    pub periods: Vec<String>,
    /// Leave out calendar periods that end before this.
    pub from: Option<When>,
    /// The breakdowns beside the totals.
    pub by: Vec<By>,
}

/// Why a query has no answer, in one line for whoever asked.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum QueryError {
    /// The query is wrong.
    #[error("{0}")]
    Bad(String),
    /// It cannot be answered now.
    #[error("{0}")]
    Unavailable(String),
}

impl Query {
    /// The query of decoded `(name, value)` pairs. `window`, `period` and `by` may be repeated.
    pub(crate) fn parse(pairs: &[(String, String)]) -> Result<Query, QueryError> {
        let mut query = Query::default();
        for (name, value) in pairs {
            if value.len() > VALUE_BYTES_AT_MOST {
                return Err(bad(format!("{}: longer than {VALUE_BYTES_AT_MOST} bytes", Quoted(name))));
            }
            match name.as_str() {
                "as_of" => set_once(&mut query.as_of, "as_of", instant("as_of", value)?)?,
                "from" => set_once(&mut query.from, "from", instant("from", value)?)?,
                "window" => push(&mut query.windows, "window", window(value)?)?,
                "period" => push(&mut query.periods, "period", period(value)?)?,
                "by" => push(&mut query.by, "by", by(value)?)?,
                _ => return Err(bad(format!("unknown parameter {}: use as_of, window, period, from or by", Quoted(name)))),
            }
        }
        if query.from.is_some() && query.periods.is_empty() {
            return Err(bad("from: needs a period, whose first row it chooses".to_owned()));
        }
        Ok(query)
    }

    /// Whether the evaluation that is made all the time answers it, if it has these windows.
    pub(crate) fn is_of_now(&self, has_window: impl Fn(&str) -> bool) -> bool {
        let channel_alone = |by: &By| by.channel && !by.campaign && !by.segment;
        self.as_of.is_none() && self.periods.is_empty() && self.by.iter().all(channel_alone) && self.windows.iter().all(|window| has_window(window))
    }
}

/// Sets what may be given once.
pub(crate) fn set_once<T>(field: &mut Option<T>, name: &str, value: T) -> Result<(), QueryError> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(bad(format!("{name}: given more than once"))),
    }
}

/// An instant, or a date.
pub(crate) fn instant(name: &str, value: &str) -> Result<When, QueryError> {
    // A `+` that was not encoded arrives as a blank; no time has a blank of its own.
    When::parse(&value.replace(' ', "+")).map_err(|error| bad(format!("{name}: {} is {error}", Quoted(value))))
}

fn push<T: PartialEq>(list: &mut Vec<T>, name: &str, value: T) -> Result<(), QueryError> {
    if list.contains(&value) {
        return Ok(());
    }
    if list.len() == NAMES_AT_MOST {
        return Err(bad(format!("{name}: given more than {NAMES_AT_MOST} times")));
    }
    list.push(value);
    Ok(())
}

fn window(value: &str) -> Result<String, QueryError> {
    let word = !value.is_empty() && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if word { Ok(value.to_owned()) } else { Err(bad(format!("window: {} is no window, such as 30d or this_month", Quoted(value)))) }
}

fn period(value: &str) -> Result<String, QueryError> {
    if PERIODS.contains(&value) { Ok(value.to_owned()) } else { Err(bad(format!("period: {} is none of {}", Quoted(value), PERIODS.join(", ")))) }
}

fn by(value: &str) -> Result<By, QueryError> {
    let mut by = By::default();
    for dimension in value.split(',') {
        let chosen = match dimension.trim() {
            "channel" => &mut by.channel,
            "campaign" => &mut by.campaign,
            "segment" => &mut by.segment,
            _ => return Err(bad(format!("by: {} is not made of channel, campaign, segment", Quoted(value)))),
        };
        if std::mem::replace(chosen, true) {
            return Err(bad(format!("by: {} names a dimension twice", Quoted(value))));
        }
    }
    Ok(by)
}

/// What is wrong with a query, in one line.
pub(crate) fn bad(line: String) -> QueryError {
    QueryError::Bad(line)
}
