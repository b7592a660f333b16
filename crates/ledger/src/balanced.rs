//! The law of the ledger, and the one way in which facts change.

use model::Settings;
use panes::{Contribution, Panes};

/// Entities, and the panes that they are booked in.
///
/// **The law**: at any time the panes hold the sum of the contributions of all entities, and each contribution is a function of the latest
/// facts alone, those of the entity and of the entities it depends on. Of the facts of one entity the latest by their stamp count
/// ([`Entities::offer`](crate::Entities::offer)). So neither the order of messages nor their repetition matters: any permutation of the same
/// messages ends in the same panes.
///
/// [`change`](Balanced::change) keeps the law: it takes out what the entities contributed, and puts in what they contribute then. Whoever
/// calls it names every entity whose contribution the change touches.
pub trait Balanced: Sized {
    /// Names an entity.
    type Key: Copy;

    /// Adds what an entity contributes as it now is; one that is not live contributes nothing.
    fn contribution(&self, key: Self::Key, settings: &Settings, out: &mut Contribution);

    /// The one way in which facts change.
    fn change(&mut self, touched: &[Self::Key], booked: &mut Booked<'_>, alter: impl FnOnce(&mut Self, &mut Booked<'_>)) {
        for key in touched {
            let contribution = booked.contribution(self, *key);
            booked.panes.take_out(&contribution);
        }
        alter(self, booked);
        for key in touched {
            let contribution = booked.contribution(self, *key);
            booked.panes.put_in(&contribution);
        }
    }
}

/// The panes that entities are booked in, and the settings by which they are.
#[derive(Debug)]
pub struct Booked<'a> {
    /// The settings of the fold.
    pub settings: &'a Settings,
    /// The panes.
    pub panes: &'a mut Panes,
}

impl<'a> Booked<'a> {
    /// The panes of a book, for a change.
    pub fn new(settings: &'a Settings, panes: &'a mut Panes) -> Booked<'a> {
        Booked { settings, panes }
    }

    fn contribution<B: Balanced>(&self, book: &B, key: B::Key) -> Contribution {
        let mut contribution = Contribution::default();
        book.contribution(key, self.settings, &mut contribution);
        contribution
    }
}
