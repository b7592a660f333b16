//! The KPIs: a pure function of (panes, instant, configuration).
//!
//! Not its job: folding events into panes (`funnel`, `spend`, `social`, `web`), or showing what it finds (`exporter`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod catalog;
mod cells;
mod config;
mod coverage;
mod evaluate;
mod evaluation;
pub mod explain;
mod formulas;
mod groups;
mod interval;
mod levels;
mod rates;
mod view;

pub use catalog::{Kpi, Unit};
pub use cells::Money;
pub use config::{By, Config, Request, Span, UnknownSpan};
pub use coverage::{SpendState, instances_at_most, spend_state};
pub use evaluate::evaluate;
pub use evaluation::{DataState, Evaluation, Group, Number, Row, Unconverted, Undefined};
pub use interval::{garwood, wilson};
pub use rates::{Rates, RatesError, Unconvertible};
