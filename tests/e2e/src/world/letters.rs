//! The dead letters of a world: their topic, which takes them or refuses them for a while, and what each instance owes it, by the product's
//! own account.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{LetterLimits, Letters, Owed, Position, SourcePartition};

use super::{chance::Chance, log::Log};

/// Letters that an instance holds at most: few, so that there is often no room.
const LIMITS: LetterLimits = LetterLimits { letters: 3, bytes: usize::MAX };
/// Offsets that are read again at a time.
const TOGETHER: i64 = 7;

/// A letter: of which making of its topic, and where its record stood.
type Letter = (u32, Position);

/// The topic of the dead letters.
#[derive(Debug, Default)]
pub struct Topic {
    /// Why it takes none at the moment.
    pub refuses: Option<Owed>,
    there: BTreeSet<Letter>,
    /// Records that were gone from the log before there was room for their letters.
    gone: BTreeSet<Letter>,
}

/// The topic as all instances have it.
pub type SharedTopic = Arc<Mutex<Topic>>;

/// What one instance owes the topic. It is gone with the instance; who starts again reads again, and owes again.
pub struct Post {
    letters: Letters,
    topic: SharedTopic,
    sent: VecDeque<Letter>,
    refused: VecDeque<Letter>,
}

/// The topic, to be looked at.
pub fn locked(topic: &SharedTopic) -> MutexGuard<'_, Topic> {
    topic.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Topic {
    /// Every refused record of a log that all instances have folded has its letter; else which one has none.
    pub fn has_all_of(&self, log: &Log<'_>) -> Result<(), String> {
        for source in log.sources() {
            let refused = log.whole(source).iter().filter(|record| record.event.is_err()).map(|record| (log.id(source.topic), record.at));
            for letter in refused {
                if !self.there.contains(&letter) && !self.gone.contains(&letter) {
                    return Err(format!("a dead letter is lost: that of {:?}", letter.1));
                }
            }
        }
        Ok(())
    }
}

impl Post {
    /// Nothing is owed.
    pub fn new(topic: SharedTopic) -> Post {
        Post { letters: Letters::new(LIMITS), topic, sent: VecDeque::new(), refused: VecDeque::new() }
    }

    /// A record is refused.
    pub fn send(&mut self, at: Position, log: &Log<'_>) {
        let letter = (log.id(at.source.topic), at);
        let is_known = self.sent.contains(&letter) || self.refused.contains(&letter);
        if !is_known && self.letters.refused(at, 1) {
            self.sent.push_back(letter);
        }
    }

    /// The topic answers for some of the letters that are under way, and some of those refused are sent again.
    pub fn serve(&mut self, answers: usize) {
        let mut topic = locked(&self.topic);
        for letter in self.sent.drain(..answers.min(self.sent.len())) {
            match topic.refuses {
                None => {
                    topic.there.insert(letter);
                    self.letters.delivered(letter.1);
                }
                Some(why) => {
                    self.letters.not_delivered(letter.1, why);
                    self.refused.push_back(letter);
                }
            }
        }
        drop(topic);
        for letter in self.refused.drain(..) {
            self.letters.sent_again(letter.1);
            self.sent.push_back(letter);
        }
    }

    /// Reads some again of what there was no room for; true where there was something.
    pub fn read_again(&mut self, log: &Log<'_>) -> bool {
        let Some((source, stretch)) = self.letters.read_again() else { return false };
        let refused = |from: i64, to: i64| {
            let whole = log.whole(source).iter().filter(move |record| (from..to).contains(&record.at.offset) && record.event.is_err());
            whole.map(|record| record.at).collect::<Vec<_>>()
        };
        let first = stretch.first.max(log.begins(source));
        for at in refused(stretch.first, first.min(stretch.last + 1)) {
            locked(&self.topic).gone.insert((log.id(source.topic), at));
        }
        let end = (stretch.last + 1).min(first + TOGETHER);
        refused(first, end).into_iter().for_each(|at| self.send(at, log));
        self.letters.was_read_again(source, end);
        true
    }

    /// Whether a snapshot may be of these offsets, after a wait for what is under way.
    pub fn settle(&mut self, offsets: impl IntoIterator<Item = (SourcePartition, i64)>) -> bool {
        self.serve(usize::MAX);
        self.letters.may_pass(offsets)
    }

    /// All that is owed is delivered, now that the topic takes it.
    pub fn deliver(&mut self, log: &Log<'_>) {
        loop {
            self.serve(usize::MAX);
            if !self.read_again(log) && self.sent.is_empty() {
                return;
            }
        }
    }
}

/// The topic begins to refuse, or takes what comes again.
pub fn turn(topic: &SharedTopic, chance: &mut Chance) -> bool {
    let mut topic = locked(topic);
    topic.refuses = match topic.refuses {
        None => chance.pick(&[Owed::NoSuchTopic, Owed::NotAuthorized, Owed::TooLarge]),
        Some(_) => None,
    };
    topic.refuses.is_some()
}
