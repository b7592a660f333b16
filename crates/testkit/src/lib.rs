//! What tests hold the product against: hard little streams for the naive reference, and a comparison of reports.
//!
//! Not its job: anything a user runs. It is a dependency of tests only.

pub mod broker;
mod compare;
pub mod fuzz;
pub mod streams;
pub mod watch;

pub use compare::{compare, compare_regardless_of_order};
pub use reference;
