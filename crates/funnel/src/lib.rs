//! The funnel: leads and deals as they now are, and what they contribute.
//!
//! Not its job: reading messages (`wire`), or making KPIs of the cells (`kpis`).
//!
//! The law: at any time the cells are the sum of the contributions of all leads and deals, each computed by the pure
//! functions of [`contribution`] from the latest facts alone. [`Funnel`] keeps it by taking out what a message touches,
//! changing the facts, and putting in what it touches again.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod contribution;
mod dims;
pub mod entries;
mod facts;
mod funnel;
mod pieces;
mod wins;

pub use contribution::{deal_contribution, lead_contribution};
pub use facts::{AccountIx, Accounts, Deal, Lead, LeadIx, Leads};
pub use funnel::Funnel;
