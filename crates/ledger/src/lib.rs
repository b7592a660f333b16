//! The ledger: entities, of each of which the latest fact counts, and what they add to the panes.
//!
//! Not its job: what an entity contributes (`funnel`, `spend`, `social`), or what lies in the panes (`panes`).

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

mod balanced;
mod census;
mod chunks;
mod entities;
mod ix;
mod key;
mod ledger;
mod names;
mod packed;
mod page;

pub use balanced::{Balanced, Booked};
pub use census::Census;
pub use entities::{Entities, Latest};
pub use ix::Ix;
pub use key::KeyBuilder;
pub use ledger::{Dated, Entity, Entry, Ledger};
pub use names::Names;
pub use packed::{Reader, folded, put_number, unfolded};
