//! The words of the domain: events, times, money, dimensions, and why an event is refused.
//!
//! Not its job: bytes (`wire`), sums (`panes`), or what a number means (`funnel`, `spend`, `social`, `web`, `kpis`).
//! Nothing here reads a clock: every instant is an argument.

#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod channels;
pub mod counts;
pub mod digest;
pub mod event;
pub mod money;
mod owned;
pub mod packed;
mod quoted;
pub mod reject;
pub mod revision;
pub mod settings;
pub mod time;
pub mod zone;

pub use channels::Channels;
pub use counts::Counts;
pub use event::{
    AdSpend, Category, DealClosed, DealFacts, DealStatus, DealType, Event, EventType, Head, InteractionKind, KeyPart, LeadCreated, LeadFacts,
    SocialInteraction, SpendFacts, WebVisit,
};
pub use money::{Currency, Micros};
pub use quoted::Quoted;
pub use reject::{Reason, Rejection};
pub use revision::{Ruling, Stamp, Verdict};
pub use settings::{ReturnOn, Settings};
pub use time::{Day, Millis, Minute, When};
pub use zone::Zone;
