//! The desk of the dead letters: which are held, which are under way, which are to be sent again, and when.
//!
//! It waits for nothing and asks no clock: whoever serves it tells it what became of letters and what time it is.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use engine::{LetterLimits, Letters, Owed, Position, SourcePartition};
use source::{Courier, Receipt, Refusal};

use super::letter::Letter;

/// Letters that are sent again at a time.
const AGAIN_TOGETHER: usize = 1000;
/// How long is waited after a refusal: at first, and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(10));

/// Who takes letters to their topic.
pub struct Couriers<'c> {
    /// Together with others.
    pub together: &'c dyn Courier,
    /// Each alone, where there is one by now.
    pub alone: Option<&'c dyn Courier>,
    /// The topic.
    pub topic: &'c str,
}

/// Whether a snapshot may be of some offsets: the records before them are not read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passage {
    /// All letters of what lies before them are there.
    Open,
    /// Some are under way: a wait may help.
    UnderWay,
    /// Some are refused, or there was no room for them: a wait alone does not help.
    Refused,
}

/// The letters that are held.
pub struct Desk {
    /// What is owed.
    pub letters: Letters,
    held: BTreeMap<Position, Letter>,
    /// Under way, by the number they were sent under.
    sent: BTreeMap<usize, Position>,
    next: usize,
    /// Refused, in the order in which they are to be tried again.
    again: VecDeque<Position>,
    not_before: Instant,
    pause: Duration,
    /// Why the last that was refused for another reason was.
    pub words: Option<String>,
}

impl Desk {
    /// Nothing is held. Beyond the limits only where letters stood is kept, and their records are read again.
    pub fn new(limits: LetterLimits, now: Instant) -> Desk {
        Desk {
            letters: Letters::new(limits),
            held: BTreeMap::new(),
            sent: BTreeMap::new(),
            next: 0,
            again: VecDeque::new(),
            not_before: now,
            pause: PAUSE.0,
            words: None,
        }
    }

    /// Takes a letter and sends it, where there is room for it.
    pub fn take(&mut self, at: Position, letter: Letter, couriers: &Couriers<'_>, now: Instant) {
        // One that is on its way already is that of the same record.
        if !self.held.contains_key(&at) && self.letters.refused(at, letter.bytes()) {
            self.held.insert(at, letter);
            self.send(at, couriers, now);
        }
    }

    fn send(&mut self, at: Position, couriers: &Couriers<'_>, now: Instant) {
        let Some(letter) = self.held.get(&at) else { return };
        let courier = if letter.is_alone { couriers.alone } else { Some(couriers.together) };
        let Some(courier) = courier else { return self.again.push_back(at) };
        let number = self.next;
        match letter.with_message(couriers.topic, |message| courier.send(message, number)) {
            Ok(()) => {
                self.next += 1;
                self.sent.insert(number, at);
                self.letters.sent_again(at);
            }
            Err(refusal) => self.refused(at, refusal, now),
        }
    }

    /// What became of letters: how many are there cut.
    pub fn receive(&mut self, receipts: impl IntoIterator<Item = Receipt>, now: Instant) -> u64 {
        let mut cut = 0;
        for Receipt { number, outcome } in receipts {
            let Some(at) = self.sent.remove(&number) else { continue };
            match outcome {
                Err(refusal) => self.refused(at, refusal, now),
                Ok(()) => {
                    self.letters.delivered(at);
                    cut += u64::from(self.held.remove(&at).is_some_and(|letter| letter.is_cut()));
                    (self.not_before, self.pause, self.words) = (now, PAUSE.0, None);
                }
            }
        }
        cut
    }

    fn refused(&mut self, at: Position, refusal: Refusal, now: Instant) {
        let owed = match refusal {
            Refusal::NoSuchTopic => Owed::NoSuchTopic,
            Refusal::NotAuthorized => Owed::NotAuthorized,
            Refusal::TooLarge => Owed::TooLarge,
            Refusal::Full => Owed::UnderWay,
            Refusal::Other(words) => {
                self.words = Some(words);
                Owed::Refused
            }
        };
        self.letters.not_delivered(at, owed);
        self.again.push_back(at);
        // Together with others it was too large; then alone; then cut, and cut again.
        let may_fit =
            owed == Owed::TooLarge && self.held.get_mut(&at).is_some_and(|letter| !std::mem::replace(&mut letter.is_alone, true) || letter.cut());
        if !may_fit && now >= self.not_before {
            self.not_before = now + self.pause;
            self.pause = (self.pause * 2).min(PAUSE.1);
        }
    }

    /// Whether some are to be sent alone.
    pub fn wants_alone(&self) -> bool {
        self.again.iter().take(AGAIN_TOGETHER).any(|at| self.held.get(at).is_some_and(|letter| letter.is_alone))
    }

    /// Sends some of the refused again, where it is time to.
    pub fn send_again(&mut self, couriers: &Couriers<'_>, now: Instant) {
        if now < self.not_before {
            return;
        }
        for _ in 0..self.again.len().min(AGAIN_TOGETHER) {
            if let Some(at) = self.again.pop_front() {
                self.send(at, couriers, now);
            }
        }
    }

    /// Whether a snapshot may be of these offsets.
    pub fn passage(&self, offsets: &[(SourcePartition, i64)]) -> Passage {
        match () {
            () if self.letters.may_pass(offsets.iter().copied()) => Passage::Open,
            () if self.is_refused() => Passage::Refused,
            () => Passage::UnderWay,
        }
    }

    /// Whether some are owed for which waiting alone does not help.
    pub fn is_refused(&self) -> bool {
        let is_refused = |owed: Owed| matches!(owed, Owed::NoSuchTopic | Owed::NotAuthorized | Owed::Refused | Owed::NotHeld);
        self.letters.owed().iter().any(|(owed, count)| is_refused(*owed) && *count > 0)
    }
}
