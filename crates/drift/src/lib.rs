//! Drift: whether fewer, or more, customers come than what was put in lets expect. A pure function of (day panes, instant, configuration).
//!
//! Not its job: folding events into panes (`funnel`, `spend`), or showing what it finds (`exporter`).
//!
//! Each series is a count by day held against its expectation. In whole steps two scores, one for worse and one for better, add up what
//! the likelihood of a change says; one that reaches the threshold is an alarm. Nothing is kept between evaluations but what saves work.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod baseline;
mod config;
mod evaluate;
mod figures;
mod moved;
mod outcome;
mod propose;

mod score;
mod series;
mod spread;
mod steps;
mod threshold;

pub use config::{Baseline, Baselines, Config};
pub use evaluate::{Evaluator, Question, evaluate};
pub use outcome::{Alarm, Direction, Drift, Gap, Level, Moved, Reason, Scored, Series, State, Watched};

pub use propose::{Found, Halves, Proposal, propose};
pub use steps::Step;
pub use threshold::{Thresholds, runs, threshold};
