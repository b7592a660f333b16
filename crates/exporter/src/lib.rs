//! The KPIs to the outside: Prometheus metrics, the HTTP API with its JSON, and the live board.
//!
//! Not its job: computing a KPI (`kpis`), reading events, or deciding when to evaluate. The binary [publishes](Board::publish)
//! an evaluation a second and tells the [`Board`] how the process fares; everything here shows that and nothing else.

mod board;
mod drift;
mod drift_families;
mod drift_query;
pub mod explain;
mod exposition;
mod families;
mod fold;
mod http;
mod json;
mod names;
mod news;
mod operating_system;
mod page;
mod process;
mod query;
#[cfg(test)]
mod query_fuzz;
mod readiness;

pub use self::drift::{DriftReport, drift_json};
pub use board::{Board, Build, Shown, VIEW_AGE_LIMIT};
pub use drift_query::DriftQuery;
pub use families::PLATFORMS_AT_MOST;
pub use fold::{CAMPAIGNS_AT_MOST, CHANNELS_AT_MOST};
pub use http::{Access, Answer, DEFAULT_ADDRESS, Entry, Gate, HostName, Patience, Queries, ServeError, Site, Tls, TlsError, Token, bind, serve};
pub use json::{Report, json};
pub use model::Counts as EventCounts;
pub use names::{Kind, known_families};
pub use process::{Partition, RatesState, SOURCES_AT_MOST, Sources};
pub use query::{Query, QueryError, ROWS_AT_MOST};
pub use readiness::{FailedPartition, NotReady, Phase, Progress};
