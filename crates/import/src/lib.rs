//! Exports of CRMs and ad platforms to events: recognised by their columns, read as they are written, mapped, and held against their totals.
//!
//! Not its job: opening files, asking people, sending events (`kpistream`); what an event may be (`wire`, which has the last word on each).
//! What a file does not tell is never guessed: it is a [`Refusal`] that names the place and the decision that is wanted.

mod crm;
pub mod dates;
pub mod decisions;
mod evidence;
#[cfg(test)]
mod fuzz;
pub mod limits;
pub mod mapping;
mod numbers;
mod read;
mod run;
mod sheet;
mod spend;
mod table;
mod told;
mod words;

pub use decisions::{DealContact, Decisions, Refusal};
pub use mapping::Mapping;
pub use numbers::{Decimal, of_workbook as number_of_workbook};
pub use read::Encoding;
pub use run::{Imported, Outcome, Refused, Run};
pub use told::{Reject, Seen, by_kind};

/// The encoding of a name such as `windows-1250`.
pub fn encoding(name: &str) -> Option<Encoding> {
    encoding_rs::Encoding::for_label(name.as_bytes())
}
