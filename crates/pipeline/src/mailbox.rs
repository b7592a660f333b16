//! How the threads that fold are told of partitions to read too, and are asked for their state.

use std::{
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

use pieces::Piece;
use source::Partition;

/// How long a thread is waited for that is to capture its state: it does so between two batches.
pub const CAPTURE: Duration = Duration::from_secs(10);

/// A state at one moment, for a snapshot or an explanation.
pub struct Captured {
    /// Its pieces.
    pub pieces: Vec<Piece>,
    /// How far its partitions are folded.
    pub offsets: Vec<(Partition, i64)>,
    /// Whether it is a state: one that a panic has torn is none.
    pub is_whole: bool,
}

/// What reaches a worker beside records.
pub struct Inbox {
    /// Partitions to read too.
    pub added: Receiver<Partition>,
    /// Who wants the state captured.
    pub wanted: Receiver<Sender<Captured>>,
}

/// Where new partitions are sent to be read.
pub struct Lanes {
    /// The book's.
    pub entities: Sender<Partition>,
    /// Those of the threads that fold interactions, with how many partitions each reads.
    pub interactions: Vec<(Sender<Partition>, usize)>,
}

/// Where a thread is told that its state is wanted.
pub type Wanted = Sender<Sender<Captured>>;

/// A way to a thread: for partitions, and for who wants its state.
pub fn mailbox() -> (Sender<Partition>, Inbox, Wanted) {
    let ((more, added), (want, wanted)) = (mpsc::channel(), mpsc::channel());
    (more, Inbox { added, wanted }, want)
}
