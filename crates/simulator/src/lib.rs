//! Plausible marketing and sales events of all five types, the same for the same seed.
//!
//! Not its job: bytes (`wire`), sending (`publisher`), or sums. No clock and no randomness of the machine: the end of the
//! history is an argument, chance is a generator of ours that uses only exact arithmetic, so the events are the same on
//! every machine.
//!
//! A small B2B company lives here ([`Simulator`]): visitors come by several channels, some become leads, leads are qualified,
//! become deals, close, renew, are refunded and corrected; ad platforms report spend the next morning and restate it for weeks;
//! posts gather impressions. [`Live`] lets it go on from where the history ends; [`flood`] is a cheap stream for measuring.
//!
//! ```
//! use simulator::{Options, Simulator};
//! let end = model::Millis(1_780_272_000_000);
//! let first: Vec<_> = Simulator::new(Options::new(7, 30, end)).take(100).collect();
//! let again: Vec<_> = Simulator::new(Options::new(7, 30, end)).take(100).collect();
//! assert_eq!(first, again);
//! ```

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod adspend;
mod calendar;
mod chance;
mod community;
mod crm;
mod flood;
mod live;
mod market;
mod options;
mod outbox;
mod rates;
mod scenario;
mod traffic;
mod world;

pub use flood::{Flood, flood};
pub use live::Live;
pub use options::Options;
pub use rates::rates_csv;
pub use scenario::{Change, Scenario};
pub use world::Simulator;
