//! What is owed to the dead letters: which refused records are not there yet, and how far a snapshot may go meanwhile.
//!
//! An account and nothing more: who sends the letters tells it what became of each. It is part of no state and no snapshot; a start
//! reads again what no snapshot has passed, and so owes again what was not there.

use std::collections::BTreeMap;

use crate::{Position, SourcePartition};

/// Why a letter is not there yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Owed {
    /// It is sent and not yet acknowledged.
    UnderWay,
    /// There is no topic for it.
    NoSuchTopic,
    /// The broker does not let us write it.
    NotAuthorized,
    /// It is larger than the broker takes.
    TooLarge,
    /// The broker refuses it for something else.
    Refused,
    /// There is no room to hold it: its record is to be read again.
    NotHeld,
}

/// How much is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LetterLimits {
    /// Letters at most.
    pub letters: usize,
    /// Bytes of all letters at most.
    pub bytes: usize,
}

/// Refused records of a partition that are not held: what lies between their first and their last is to be read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The first of them.
    pub first: i64,
    /// The last.
    pub last: i64,
    /// How many there are at least.
    pub count: u64,
}

/// The letters that are not there yet.
#[derive(Clone, Debug)]
pub struct Letters {
    limits: LetterLimits,
    held: BTreeMap<Position, (Owed, usize)>,
    /// Bytes of those held.
    bytes: usize,
    not_held: BTreeMap<SourcePartition, Stretch>,
    /// Those of `not_held` that are being read again.
    reading: BTreeMap<SourcePartition, Stretch>,
}

impl Owed {
    /// Every reason.
    pub const ALL: [Owed; 6] = [Owed::UnderWay, Owed::NoSuchTopic, Owed::NotAuthorized, Owed::TooLarge, Owed::Refused, Owed::NotHeld];

    /// Its name as a label.
    pub fn code(self) -> &'static str {
        match self {
            Owed::UnderWay => "under_way",
            Owed::NoSuchTopic => "no_such_topic",
            Owed::NotAuthorized => "not_authorized",
            Owed::TooLarge => "too_large",
            Owed::Refused => "refused",
            Owed::NotHeld => "not_held",
        }
    }
}

impl Letters {
    /// Nothing is owed.
    pub fn new(limits: LetterLimits) -> Letters {
        Letters { limits, held: BTreeMap::new(), bytes: 0, not_held: BTreeMap::new(), reading: BTreeMap::new() }
    }

    /// A record is refused: its letter, of so many bytes, is owed from now on. True where it is to be held and sent; else there is no
    /// room, and its record is to be [read again](Letters::read_again) once there is.
    #[must_use = "a letter that is to be held is lost where nobody holds it"]
    pub fn refused(&mut self, at: Position, bytes: usize) -> bool {
        if let Some((owed, _)) = self.held.get_mut(&at) {
            *owed = Owed::UnderWay;
            return true;
        }
        // One that is larger than all the room is held alone.
        let has_room = self.held.is_empty() || (self.held.len() < self.limits.letters && self.bytes.saturating_add(bytes) <= self.limits.bytes);
        if has_room {
            self.held.insert(at, (Owed::UnderWay, bytes));
            self.bytes += bytes;
        } else {
            let new = Stretch { first: at.offset, last: at.offset, count: 0 };
            let stretch = self.not_held.entry(at.source).or_insert(new);
            *stretch = Stretch { first: stretch.first.min(at.offset), last: stretch.last.max(at.offset), count: stretch.count + 1 };
        }
        has_room
    }

    /// A letter is in its topic.
    pub fn delivered(&mut self, at: Position) {
        if let Some((_, bytes)) = self.held.remove(&at) {
            self.bytes -= bytes;
        }
    }

    /// A letter was not taken: it stays owed, and is to be sent again.
    pub fn not_delivered(&mut self, at: Position, why: Owed) {
        if let Some((owed, _)) = self.held.get_mut(&at) {
            *owed = why;
        }
    }

    /// A letter that was not taken is on its way again.
    pub fn sent_again(&mut self, at: Position) {
        self.not_delivered(at, Owed::UnderWay);
    }

    /// A stretch to be read again, where there is one and room for some of it: each refused record in it is to be told anew, and
    /// then that it [is read](Letters::was_read_again). It is owed until then.
    pub fn read_again(&mut self) -> Option<(SourcePartition, Stretch)> {
        if self.held.len() > self.limits.letters / 2 || self.bytes > self.limits.bytes / 2 {
            return None;
        }
        let (source, stretch) = self.not_held.pop_first()?;
        self.reading.insert(source, stretch);
        Some((source, stretch))
    }

    /// The stretch of a partition is read again, up to an offset, itself excluded: what lies beyond is still to be read.
    pub fn was_read_again(&mut self, source: SourcePartition, up_to: i64) {
        let Some(stretch) = self.reading.remove(&source).filter(|stretch| stretch.last >= up_to) else { return };
        let rest = Stretch { first: stretch.first.max(up_to), ..stretch };
        let more = self.not_held.get(&source).copied().unwrap_or(rest);
        let both = Stretch { first: rest.first.min(more.first), last: rest.last.max(more.last), count: rest.count.max(more.count) };
        self.not_held.insert(source, both);
    }

    /// The first record of a partition whose letter is not there: a snapshot that has passed it would lose it.
    pub fn first_owed(&self, source: SourcePartition) -> Option<i64> {
        let all = Position { source, offset: i64::MIN }..=Position { source, offset: i64::MAX };
        let held = self.held.range(all).next().map(|(at, _)| at.offset);
        let unread = [&self.not_held, &self.reading].into_iter().filter_map(|of| of.get(&source)).map(|stretch| stretch.first);
        unread.chain(held).min()
    }

    /// Whether a snapshot may be of these offsets, the next of each partition: all letters of what lies before them are there.
    pub fn may_pass(&self, offsets: impl IntoIterator<Item = (SourcePartition, i64)>) -> bool {
        offsets.into_iter().all(|(source, next)| self.first_owed(source).is_none_or(|first| first >= next))
    }

    /// How many letters are owed, for every reason.
    pub fn owed(&self) -> [(Owed, u64); Owed::ALL.len()] {
        let mut all = Owed::ALL.map(|owed| (owed, 0));
        let not_held = self.not_held.values().chain(self.reading.values()).map(|stretch| (Owed::NotHeld, stretch.count));
        for (owed, more) in self.held.values().map(|(owed, _)| (*owed, 1)).chain(not_held) {
            all.iter_mut().filter(|(of, _)| *of == owed).for_each(|(_, count)| *count += more);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use model::EventType;

    use super::*;

    const SOURCE: SourcePartition = SourcePartition { topic: EventType::WebVisit, partition: 3 };
    const OTHER: SourcePartition = SourcePartition { topic: EventType::AdSpend, partition: 0 };

    fn at(offset: i64) -> Position {
        Position { source: SOURCE, offset }
    }

    fn letters(letters: usize) -> Letters {
        Letters::new(LetterLimits { letters, bytes: 100 })
    }

    #[test]
    fn a_snapshot_may_go_as_far_as_all_letters_are_there() {
        let mut letters = letters(10);
        assert!(letters.refused(at(5), 10) && letters.refused(at(8), 10));
        let may = |letters: &Letters, next| letters.may_pass([(OTHER, 1000), (SOURCE, next)]);
        assert!(may(&letters, 5) && !may(&letters, 6));
        letters.not_delivered(at(5), Owed::NoSuchTopic);
        assert!(!may(&letters, 6), "what was refused for good is owed still");
        letters.delivered(at(5));
        assert!(may(&letters, 8) && !may(&letters, 9));
        letters.delivered(at(8));
        assert!(may(&letters, i64::MAX));
    }

    #[test]
    fn what_there_is_no_room_for_is_read_again() {
        let mut letters = letters(2);
        let held: Vec<bool> = [1, 2, 3, 7].map(|offset| letters.refused(at(offset), 10)).into();
        assert_eq!(held, [true, true, false, false]);
        assert_eq!(letters.first_owed(SOURCE), Some(1));
        assert_eq!(letters.read_again(), None, "there is no room yet");
        letters.delivered(at(1));
        letters.delivered(at(2));
        assert_eq!(letters.read_again(), Some((SOURCE, Stretch { first: 3, last: 7, count: 2 })));
        assert_eq!(letters.first_owed(SOURCE), Some(3), "it is owed while it is being read");
        assert!(letters.refused(at(3), 10));
        letters.was_read_again(SOURCE, 4);
        letters.delivered(at(3));
        assert_eq!(letters.first_owed(SOURCE), Some(4), "what lies beyond is to be read still");
        assert!(letters.read_again().is_some() && letters.refused(at(7), 10));
        letters.was_read_again(SOURCE, 8);
        letters.delivered(at(7));
        assert_eq!((letters.first_owed(SOURCE), letters.owed().iter().map(|(_, n)| n).sum::<u64>()), (None, 0));
    }

    #[test]
    fn a_letter_larger_than_all_the_room_is_held_alone() {
        let mut letters = letters(10);
        assert!(letters.refused(at(1), 1000));
        assert!(!letters.refused(at(2), 1));
    }

    #[test]
    fn all_that_is_owed_is_counted_by_why() {
        let mut letters = letters(2);
        let _ = [1, 2, 3].map(|offset| letters.refused(at(offset), 10));
        letters.not_delivered(at(1), Owed::TooLarge);
        let owed: Vec<(&str, u64)> = letters.owed().into_iter().filter(|(_, n)| *n > 0).map(|(owed, n)| (owed.code(), n)).collect();
        assert_eq!(owed, [("under_way", 1), ("too_large", 1), ("not_held", 1)]);
    }
}
