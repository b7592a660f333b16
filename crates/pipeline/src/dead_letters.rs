//! Where refused records go: bytes unchanged, keyed by where they stood, with the reason. What the broker does not take is kept, counted
//! and sent again; no snapshot passes it meanwhile, so that a start owes it again.

pub mod desk;
pub mod letter;
pub mod places;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use engine::{LetterLimits, Owed, Position, SourcePartition};
use exporter::Board;
use model::Rejection;
use source::{Batching, Cluster, Courier, Record, Topic};
use tracing::{info, warn};

use crate::{Failure, trouble::Trouble};
use desk::{Couriers, Desk, Passage};
use letter::Letter;

/// What is held at most. Beyond it only where the others stood is kept, and they are read again.
const LIMITS: LetterLimits = LetterLimits { letters: 100_000, bytes: 64 << 20 };
/// How long a snapshot waits for letters that are under way, and a drain for the last.
const DELIVERIES: Duration = Duration::from_secs(10);
/// How long a wait for receipts takes at a time.
const WAIT: Duration = Duration::from_millis(20);

/// Sends dead letters. The same one may be sent again; its key tells.
pub struct DeadLetters {
    pub(crate) cluster: Arc<dyn Cluster>,
    topic: String,
    /// The identities of the source topics.
    ids: BTreeMap<String, String>,
    together: Box<dyn Courier>,
    /// Made once a letter was too large together with others.
    alone: OnceLock<Box<dyn Courier>>,
    desk: Mutex<Desk>,
    board: Arc<Board>,
    /// Since when the pipeline drains.
    draining: OnceLock<Instant>,
}

impl DeadLetters {
    /// Connects to the brokers.
    pub fn open(cluster: &Arc<dyn Cluster>, topic: &str, sources: &[Topic], board: &Arc<Board>) -> Result<DeadLetters, Failure> {
        Ok(DeadLetters {
            cluster: Arc::clone(cluster),
            topic: topic.to_owned(),
            ids: sources.iter().filter_map(|topic| Some((topic.name.to_string(), topic.id?.to_string()))).collect(),
            together: cluster.courier(Batching::Together)?,
            alone: OnceLock::new(),
            desk: Mutex::new(Desk::new(LIMITS, Instant::now())),
            board: Arc::clone(board),
            draining: OnceLock::new(),
        })
    }

    /// Sends the refused one of some records of a partition.
    pub fn send_one_of(&self, records: &[Record<'_>], at: Position, rejection: &Rejection) {
        if let Some(refused) = records.binary_search_by_key(&at.offset, |record| record.offset).ok().and_then(|found| records.get(found)) {
            self.send(*refused, at.source, rejection);
        }
    }

    /// Sends a refused record, without waiting: the fold goes on whatever becomes of it.
    pub(crate) fn send(&self, record: Record<'_>, source: SourcePartition, rejection: &Rejection) {
        let letter = Letter::new(record, rejection, self.ids.get(&*record.partition.topic).map(String::as_str));
        self.desk().take(Position { source, offset: record.offset }, letter, &self.couriers(), Instant::now());
    }

    /// Takes in what became of letters, and sends again what is to be.
    pub(crate) fn serve(&self) {
        let alone = self.alone.get().map(|courier| courier.receipts()).unwrap_or_default();
        let cut = self.desk().receive(self.together.receipts().into_iter().chain(alone), Instant::now());
        self.board.letters_cut(cut);
        if self.alone.get().is_none() && self.desk().wants_alone() {
            match self.cluster.courier(Batching::Alone) {
                Ok(courier) => _ = self.alone.set(courier),
                Err(error) => warn!("dead letters that are too large wait: {error}"),
            }
        }
        self.desk().send_again(&self.couriers(), Instant::now());
    }

    fn couriers(&self) -> Couriers<'_> {
        Couriers { together: &*self.together, alone: self.alone.get().map(|courier| &**courier), topic: &self.topic }
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self, trouble: &mut Trouble) {
        let (owed, is_refused) = {
            let desk = self.desk();
            (desk.letters.owed(), desk.is_refused())
        };
        self.board.set_undelivered(owed.map(|(owed, count)| (owed.code(), count)));
        if is_refused {
            if let Some(times) = trouble.failed(Instant::now()) {
                let so_far = if times == 1 { "" } else { "still: " };
                warn!("{so_far}{}; they are kept and sent again, and no snapshot passes them", self.owed());
            }
        } else if let Some((_, lasted)) = trouble.over(Instant::now()) {
            info!("dead letters are delivered again, after {} s", lasted.as_secs());
        }
    }

    /// What is owed and why, and what to do about it.
    fn owed(&self) -> String {
        let desk = self.desk();
        let owed = desk.letters.owed();
        let parts: Vec<String> = owed.iter().filter(|(_, count)| *count > 0).map(|(owed, count)| format!("{count} {}", owed.code())).collect();
        let has = |of: Owed| owed.iter().any(|(owed, count)| *owed == of && *count > 0);
        let words = desk.words.as_deref().filter(|_| has(Owed::Refused)).map(|words| format!(" ({words})")).unwrap_or_default();
        let what_to_do = match () {
            () if has(Owed::NoSuchTopic) => "make the topic with `kpistream topics create`",
            () if has(Owed::NotAuthorized) => "let this user write the topic",
            () if has(Owed::TooLarge) => "raise max.message.bytes of the topic",
            () => "see that its brokers are well",
        };
        format!("dead letters are not in {}: {}{words}: {what_to_do}", self.topic, parts.join(", "))
    }

    /// Waits until the letters of all that lies before these offsets are there; an error where they are not.
    pub fn settle(&self, offsets: &[(SourcePartition, i64)]) -> Result<(), String> {
        let deadline = self.draining.get().copied().unwrap_or_else(Instant::now) + DELIVERIES;
        loop {
            self.serve();
            let passage = self.desk().passage(offsets);
            match passage {
                Passage::Open => return Ok(()),
                Passage::UnderWay if Instant::now() <= deadline => self.together.await_receipts(WAIT),
                Passage::UnderWay | Passage::Refused => return Err(self.owed()),
            }
        }
    }

    /// The pipeline stops: from now on so long is waited for the last letters.
    pub fn drain(&self) {
        // The first time counts.
        let _ = self.draining.set(Instant::now());
    }

    /// Waits for the last letters, after the last fold. Those that are not there are not lost: no snapshot has passed them.
    pub fn close(&self, sources: impl IntoIterator<Item = SourcePartition>) {
        let all: Vec<(SourcePartition, i64)> = sources.into_iter().map(|source| (source, i64::MAX)).collect();
        if let Err(owed) = self.settle(&all) {
            warn!("{owed}; the next start reads their records again");
        }
    }
}
