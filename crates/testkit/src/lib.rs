//! What tests hold the product against: a naive reference, hard little streams, and a comparison of reports.
//!
//! Not its job: anything a user runs. It is a dependency of tests only.

pub mod broker;
mod compare;
pub mod reference;
pub mod streams;

pub use compare::{compare, compare_regardless_of_order};
