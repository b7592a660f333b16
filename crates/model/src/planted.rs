//! Bugs planted in the fold on purpose, so that a test can show that each would be found. Without the feature `planted` there are none.

/// A bug in the fold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Plant {
    /// None.
    Nothing,
    /// What a lead contributed is not taken out before it changes.
    LeadNotTakenOut,
    /// A deal stays under what its lead was.
    DealKeepsItsOldLead,
    /// Who is a new customer is not settled anew.
    NewCustomerNotSettled,
    /// A deal that was won stays among the wins of its key.
    OldWinNotForgotten,
    /// A deal that closes at the very moment of maturity is too late.
    MaturityExclusive,
    /// Deals of a snapshot are not put in order.
    DealsNotPutInOrder,
    /// Not the highest revision counts, but the last message to come.
    LastToComeWins,
    /// Of two messages of one revision, time and event id the source has no say.
    SourceNotInTheOrder,
    /// What a row of spend contributed is not taken out.
    OldRowNotTakenOut,
    /// What the figure of a day contributed is not taken out.
    OldFigureNotTakenOut,
    /// A minute is kept that lies below the floor.
    ClippedAtTheWrongFloor,
    /// The visitors of a snapshot are forgotten.
    VisitorsNotRestored,
    /// Records that are read again are folded again.
    ReadAgainFoldedAgain,
    /// Figures that are passed on again are folded again.
    FigureFoldedAgain,
    /// What became of the records of a snapshot is forgotten.
    CountsNotRestored,
    /// A duplicate is taken for new.
    DuplicateTakenForNew,
    /// The clock of a snapshot's identities stands still at the beginning.
    DedupClockNotRestored,
    /// The identities of a snapshot are held and not found.
    IdentitiesNotFound,
    /// A dead letter that the broker refuses is forgotten.
    LetterForgottenOnceRefused,
    /// A dead letter that there is no room to hold is forgotten.
    LetterWithoutRoomForgotten,
    /// A snapshot passes records whose dead letters are not there.
    SnapshotPassesALetter,
    /// A state that a panic has torn is shown and kept like a whole one.
    TornTakenForWhole,
    /// One record's time is enough to move the clock of the identities on.
    AnyRecordMovesTheClock,
    /// A lead of which nothing lies above the floor is forgotten, though a deal may still name it.
    OldLeadForgotten,
    /// A platform counts as reporting by rows below the floor, while they are not forgotten yet.
    ReportedBelowTheFloor,
    /// Some event ids end in a panic. None of [`ALL`](Plant::ALL): it is no bug, but what a bug would do.
    Panics,
}

impl Plant {
    /// All bugs.
    pub const ALL: &'static [Plant] = &[
        Plant::LeadNotTakenOut,
        Plant::DealKeepsItsOldLead,
        Plant::NewCustomerNotSettled,
        Plant::OldWinNotForgotten,
        Plant::MaturityExclusive,
        Plant::DealsNotPutInOrder,
        Plant::LastToComeWins,
        Plant::SourceNotInTheOrder,
        Plant::OldRowNotTakenOut,
        Plant::OldFigureNotTakenOut,
        Plant::ClippedAtTheWrongFloor,
        Plant::VisitorsNotRestored,
        Plant::ReadAgainFoldedAgain,
        Plant::FigureFoldedAgain,
        Plant::CountsNotRestored,
        Plant::DuplicateTakenForNew,
        Plant::DedupClockNotRestored,
        Plant::IdentitiesNotFound,
        Plant::LetterForgottenOnceRefused,
        Plant::LetterWithoutRoomForgotten,
        Plant::SnapshotPassesALetter,
        Plant::TornTakenForWhole,
        Plant::AnyRecordMovesTheClock,
        Plant::OldLeadForgotten,
        Plant::ReportedBelowTheFloor,
    ];
}

/// Whether a bug is planted: never.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn planted(_: Plant) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use chosen::{plant, planted};

#[cfg(feature = "planted")]
mod chosen {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::Plant;

    static CHOSEN: AtomicU32 = AtomicU32::new(Plant::Nothing as u32);

    /// Plants a bug in every fold of the process, in the place of the one before.
    pub fn plant(bug: Plant) {
        CHOSEN.store(bug as u32, Ordering::SeqCst);
    }

    /// Whether a bug is planted.
    pub fn planted(bug: Plant) -> bool {
        CHOSEN.load(Ordering::Relaxed) == bug as u32
    }
}
