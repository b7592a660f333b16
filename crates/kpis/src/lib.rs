//! The KPIs: a pure function of (panes, instant, configuration).
//!
//! Not its job: folding events into panes (`funnel`, `spend`, `social`, `web`), or showing what it finds (`exporter`).

mod catalog;
mod evaluation;

pub use catalog::{Kpi, Unit};
pub use evaluation::{DataState, Evaluation, Group, Number, Row, Undefined, Unconverted};
