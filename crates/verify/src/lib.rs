//! A state of the product against the naive reference, number by number, with the entities behind what differs.
//!
//! Not its job: where either comes from. It takes a book and streams, and what the reference has counted, and does no IO.

mod compare;
mod entities;
mod reach;
mod state;

pub use compare::{Comparison, Difference, Tally, compare};
pub use entities::Behind;
pub use reach::Reach;
pub use state::{Amount, Amounts, State};
