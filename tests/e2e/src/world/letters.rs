//! The dead letters of a world: their topic, which takes them or refuses them for a while, and the desk of each instance, which is the
//! product's own.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use engine::{LetterLimits, Owed, Position, SourcePartition};
use model::EventType;
use pipeline::dead_letters::{
    desk::{Couriers, Desk, Passage},
    letter::{Letter, TOPIC_ID},
};
use source::{Courier, Message, Partition, Receipt, Record, Refusal, TopicId};

use super::{chance::Chance, log::Log};

/// Letters that an instance holds at most: few, so that there is often no room.
const LIMITS: LetterLimits = LetterLimits { letters: 3, bytes: usize::MAX };
/// Offsets that are read again at a time.
const TOGETHER: i64 = 7;
/// What stands in every refused record.
const PAYLOAD: [u8; 2000] = [b'x'; 2000];
/// Bytes of a letter's value that the topic takes while others are too large for it.
const TAKES: usize = 1024;
/// As long as a desk waits after refusals, at most.
const LONG: Duration = Duration::from_secs(10);

/// A letter: of which making of its topic, and where its record stood.
type LetterKey = (u32, Position);

/// The topic of the dead letters.
#[derive(Debug, Default)]
pub struct Topic {
    /// Why it takes none at the moment; of those that are too large it takes what is left of them.
    pub refuses: Option<Owed>,
    there: BTreeSet<LetterKey>,
    /// Records that were gone from the log before there was room for their letters.
    gone: BTreeSet<LetterKey>,
}

/// The topic as all instances have it.
pub type SharedTopic = Arc<Mutex<Topic>>;

/// The desk of one instance, and who takes its letters to the topic. It is gone with the instance; who starts again reads again, and owes
/// again.
pub struct Post {
    desk: Desk,
    topic: SharedTopic,
    together: Carrier,
    /// Once one is wanted.
    alone: Option<Carrier>,
    now: Instant,
}

/// Takes letters to the topic, which answers when it is its turn.
#[derive(Default)]
struct Carrier {
    sent: Mutex<VecDeque<(usize, LetterKey, usize)>>,
    receipts: Mutex<Vec<Receipt>>,
}

/// What is behind a lock.
fn locked_in<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The topic, to be looked at.
pub fn locked(topic: &SharedTopic) -> MutexGuard<'_, Topic> {
    locked_in(topic)
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

    fn answer(&mut self, place: LetterKey, bytes: usize) -> Result<(), Refusal> {
        match self.refuses {
            None => {}
            Some(Owed::TooLarge) if bytes <= TAKES => {}
            Some(Owed::TooLarge) => return Err(Refusal::TooLarge),
            Some(Owed::NoSuchTopic) => return Err(Refusal::NoSuchTopic),
            Some(Owed::NotAuthorized) => return Err(Refusal::NotAuthorized),
            Some(_) => return Err(Refusal::Other("no".to_owned())),
        }
        self.there.insert(place);
        Ok(())
    }
}

impl Carrier {
    /// The topic answers for so many of those that are under way.
    fn hear(&self, topic: &mut Topic, answers: usize) {
        let mut sent = locked_in(&self.sent);
        let heard = answers.min(sent.len());
        let receipts = sent.drain(..heard).map(|(number, place, bytes)| Receipt { number, outcome: topic.answer(place, bytes) });
        locked_in(&self.receipts).extend(receipts);
    }

    fn is_idle(&self) -> bool {
        locked_in(&self.sent).is_empty()
    }
}

impl Courier for Carrier {
    fn send(&self, message: &Message<'_>, number: usize) -> Result<(), Refusal> {
        let place = place(message).ok_or_else(|| Refusal::Other(format!("no place: {message:?}")))?;
        locked_in(&self.sent).push_back((number, place, message.payload.map_or(0, <[u8]>::len)));
        Ok(())
    }

    fn receipts(&self) -> Vec<Receipt> {
        std::mem::take(&mut locked_in(&self.receipts))
    }

    fn await_receipts(&self, _: Duration) {}
}

/// Where a letter's record stood, as the letter says.
fn place(message: &Message<'_>) -> Option<LetterKey> {
    let mut key = std::str::from_utf8(message.key?).ok()?.split('/');
    let (topic, partition, offset) = (key.next()?, key.next()?.parse().ok()?, key.next()?.parse().ok()?);
    let topic = EventType::ALL.into_iter().find(|of| of.name() == topic)?;
    let (_, id) = message.headers.iter().find(|(name, _)| *name == TOPIC_ID)?;
    let id = std::str::from_utf8(id).ok()?.rsplit('-').next()?;
    Some((u32::from_str_radix(id, 16).ok()?, Position { source: SourcePartition { topic, partition }, offset }))
}

impl Post {
    /// Nothing is owed.
    pub fn new(topic: SharedTopic) -> Post {
        let now = Instant::now();
        Post { desk: Desk::new(LIMITS, now), topic, together: Carrier::default(), alone: None, now }
    }

    /// A record is refused.
    pub fn send(&mut self, at: Position, log: &Log<'_>) {
        let records = log.whole(at.source);
        let refused = records.binary_search_by_key(&at.offset, |record| record.at.offset).ok().and_then(|found| records.get(found));
        let Some(rejection) = refused.and_then(|record| record.event.as_ref().err()) else { return };
        let partition = Partition::new(at.source.topic.name(), at.source.partition);
        let record = Record { partition: &partition, offset: at.offset, timestamp: None, key: None, payload: Some(&PAYLOAD), headers: None };
        let letter = Letter::new(record, rejection, Some(&TopicId(log.id(at.source.topic).into()).to_string()));
        let Post { desk, together, alone, now, .. } = self;
        desk.take(at, letter, &couriers(together, alone), *now);
    }

    /// The topic answers for some of the letters that are under way, and some of those refused are sent again, if it is time to.
    pub fn serve(&mut self, answers: usize, later: Duration) {
        let Post { desk, topic, together, alone, now } = self;
        *now += later;
        for carrier in [Some(&*together), alone.as_ref()].into_iter().flatten() {
            carrier.hear(&mut locked(topic), answers);
            desk.receive(carrier.receipts(), *now);
        }
        if alone.is_none() && desk.wants_alone() {
            *alone = Some(Carrier::default());
        }
        desk.send_again(&couriers(together, alone), *now);
    }

    /// Reads some again of what there was no room for; true where there was something.
    pub fn read_again(&mut self, log: &Log<'_>) -> bool {
        let Some((source, stretch)) = self.desk.letters.read_again() else { return false };
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
        self.desk.letters.was_read_again(source, end);
        true
    }

    /// Whether a snapshot may be of these offsets, after a wait for what is under way.
    pub fn settle(&mut self, offsets: impl IntoIterator<Item = (SourcePartition, i64)>) -> bool {
        self.serve(usize::MAX, Duration::ZERO);
        self.desk.passage(&offsets.into_iter().collect::<Vec<_>>()) == Passage::Open
    }

    /// All that is owed is delivered, now that the topic takes it.
    pub fn deliver(&mut self, log: &Log<'_>) {
        loop {
            self.serve(usize::MAX, LONG);
            let is_idle = self.together.is_idle() && self.alone.as_ref().is_none_or(Carrier::is_idle);
            if !self.read_again(log) && is_idle {
                return;
            }
        }
    }
}

fn couriers<'c>(together: &'c Carrier, alone: &'c Option<Carrier>) -> Couriers<'c> {
    Couriers { together, alone: alone.as_ref().map(|carrier| carrier as &dyn Courier), topic: "dead-letters" }
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
