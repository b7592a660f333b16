//! The product as a library, for tests that hold it against the naive reference: lines in, the contract's JSON out.

pub mod one_stamp;
mod product;
pub mod repetitions;
pub mod replayed;
pub mod scenario;
mod targets;
pub mod world;

pub use product::{Log, Product, drift_asked, drift_json};
