//! The words of the domain: events, times, money, dimensions, and why an event is refused.
//!
//! Not its job: bytes (`wire`), sums (`panes`), or what a number means (`funnel`, `spend`, `social`, `web`, `kpis`).
//! Nothing here reads a clock: every instant is an argument.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod channels;
pub mod counts;
pub mod digest;
pub mod event;
mod head;
mod ids;
mod interaction;
mod lead;
mod meaning;
mod merge;
pub mod money;
mod owned;
pub mod packed;
mod quoted;
pub mod reject;
pub mod revision;
pub mod settings;
mod spend;
pub mod time;
mod words;
pub mod zone;

pub use channels::Channels;
pub use counts::Counts;
pub use event::{Event, EventType};
pub use head::Head;
pub use ids::{AccountId, DealId, LeadId, VisitorId};
pub use interaction::{InteractionKind, SocialInteraction, WebVisit};
pub use lead::{DealClosed, DealFacts, DealStatus, DealType, LeadCreated, LeadFacts};
pub use meaning::{DailyFigure, Fact, Foldable, Interaction, Meaning};
pub use merge::Merge;
pub use money::{Currency, Micros};
pub use quoted::Quoted;
pub use reject::{Reason, Rejection};
pub use revision::{Ruling, Stamp, Verdict};
pub use settings::{ReturnOn, Settings};
pub use spend::{AdSpend, Category, KeyPart, SpendFacts};
pub use time::{Day, Millis, Minute, When};
pub use zone::Zone;
