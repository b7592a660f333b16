//! The pipeline: threads that read and fold, one that evaluates twenty times a second, one that watches how far behind they are.
//!
//! ```text
//! lane of entity partitions ───▶ the book's thread ──┐
//!                                   ▲ figures        ├──▶ views ──▶ every 50 ms: KPIs ──▶ board
//! lanes of interactions ───▶ streams' threads ───────┘
//!        refused records ──▶ dead letters
//! ```
//!
//! Not its job: where records come from and dead letters go. It has both by the traits of `source`.
//!
//! Every thread that folds owns its state and now and then shows a view of it, a cheap clone. The evaluation and the API look at the views
//! and never wait for a fold. Snapshots and explanations want more than a view: they ask the threads, which capture their state between two
//! batches.

mod clock;
pub mod dead_letters;
mod drifting;
mod entities;
mod evaluate;
mod explain;
mod failed;
mod failure;
mod fold;
mod freshness;
pub mod history;
mod interactions;
mod letters;
mod mailbox;
mod progress;
mod rates;
mod record;
pub mod replay;
mod running;
mod setup;
mod shared;
pub mod snapshots;
pub mod state;
mod stop;
#[cfg(test)]
mod tests;
mod trouble;
mod view;
mod visitors;
mod watch;
mod worker;

pub use clock::now;
pub use entities::Entities;
pub use evaluate::instant;
pub use failure::{Failure, plain};
pub use fold::{Broken, Cause, Fold, Passed};
pub use interactions::Interactions;
pub use running::Running;
pub use setup::{Setup, Topics};
pub use view::View;
pub use visitors::Visitors;
