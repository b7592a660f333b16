//! The funnel: leads and deals as they now are, and what they contribute.
//!
//! Not its job: reading messages (`wire`), or making KPIs of the cells (`kpis`).
//!
//! What is booked follows the law of the ledger (`ledger::Balanced`): the cells are the sum of what the pure functions of [`contribution`]
//! make of the latest facts. A message may touch more than its own entity, a lead the deals that name it, and a deal who is a new customer.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod contribution;
mod dims;
pub mod entries;
mod facts;
mod funnel;
mod pieces;
mod wins;

pub use contribution::{deal_contribution, lead_contribution};
pub use facts::{AccountIx, Accounts, Deal, DealIx, InContext, Lead, LeadIx, Leads};
pub use funnel::{Funnel, FunnelKey};
