//! Panes: where contributions add up, by minute and by local day, and the windows that look at them.
//!
//! Not its job: what an event contributes (`funnel`, `spend`, `social`, `web`), or what a KPI is made of (`kpis`).
//!
//! Each pane lies behind an [`Arc`](std::sync::Arc): a clone of [`Panes`] is a cheap, immutable view of one moment, and a
//! fold that goes on copies only the panes it touches.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod audience;
pub mod calendar;
pub mod canonical;
mod capture;
pub mod contribution;
mod cuts;
pub mod cycle;
pub mod dims;
pub mod distinct;
mod forget;
pub mod hash;
pub mod measure;
pub mod pane;
pub mod panes;
pub mod shared;
pub mod visitors;
pub mod window;

pub use audience::{Audience, CommunityAccount};
pub use calendar::{DayRange, Period};
pub use canonical::Canonical;
pub use contribution::{Beside, Contribution, PaneId};
pub use dims::{Dims, DimsId, DimsTable};
pub use distinct::Distinct;
pub use measure::Measure;
pub use pane::{Pane, PaneRow};
pub use panes::{Keep, Panes};
pub use shared::Shared;
pub use visitors::{VisitorDetail, Visitors};
pub use window::Window;
