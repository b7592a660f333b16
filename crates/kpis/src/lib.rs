//! The KPIs: a pure function of (panes, instant, configuration).
//!
//! Not its job: folding events into panes (`funnel`, `spend`, `social`, `web`), or showing what it finds (`exporter`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod beside;
mod block;
mod catalog;
mod config;
mod coverage;
pub mod definition;
mod effects;
mod evaluate;
mod evaluation;
pub mod explain;
mod figures;
mod groups;
mod interval;
mod members;
mod money;
mod pace;
mod rates;
mod reach;
mod rollup;
mod stretch;
mod tally;
mod targets;
mod visitors;

pub use catalog::Kpi;
pub use config::{By, Config, Request, Span, UnknownSpan};
pub use coverage::{SpendState, instances_at_most, spend_state};
pub use definition::{Definition, Unit};
pub use evaluate::{Evaluator, evaluate};
pub use evaluation::{Aim, DataState, Effect, Effects, Evaluation, Group, Number, Row, Rows, Unconverted, Undefined};
pub use interval::{garwood, wilson};
pub use money::Money;
pub use rates::{Rates, RatesError, Unconvertible};
pub use targets::{Profile, Stands, Target, TargetError, Targets};
