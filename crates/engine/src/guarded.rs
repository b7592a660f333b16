//! A state that a panic may tear: once it has, nobody can look at it, so it is neither shown nor kept as if it were right.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use panes::Panes;
use pieces::Piece;

use crate::{Position, SharedVisitors, SourcePartition, Stream, stream::Moment};

/// A state that says where it is.
pub trait Reached {
    /// The record that is being folded; none between two inputs.
    fn reached(&self) -> Option<Position>;
}

/// A panic in the middle of a fold: how much of a record is in the state nobody knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Torn {
    /// The record that was being folded, where it was one.
    pub at: Option<Position>,
}

/// A state, and whether it is whole.
#[derive(Debug)]
pub struct Guarded<S> {
    state: S,
    is_torn: bool,
}

impl<S: Reached> Guarded<S> {
    /// A whole state.
    pub fn new(state: S) -> Guarded<S> {
        Guarded { state, is_torn: false }
    }

    /// Does something with the state, unless it is torn; a panic tears it.
    pub fn run<R>(&mut self, work: impl FnOnce(&mut S) -> R) -> Result<R, Torn> {
        if self.is_torn {
            return Err(Torn { at: None });
        }
        // Nothing but the state is changed by the work, and that is never looked at again.
        catch_unwind(AssertUnwindSafe(|| work(&mut self.state))).map_err(|_| {
            self.is_torn = true;
            Torn { at: self.state.reached() }
        })
    }

    /// The state, to change: a panic that this leads to is not caught here.
    fn whole_mut(&mut self) -> Option<&mut S> {
        self.whole().is_some().then_some(&mut self.state)
    }

    /// The state; none once it is torn.
    pub fn whole(&self) -> Option<&S> {
        (!self.is_torn).then_some(&self.state)
    }
}

/// A stream, and what is looked at and taken of it: itself while it is whole, thereafter what it was when it last handed over.
#[derive(Debug)]
pub struct KeptStream {
    stream: Guarded<Stream>,
    source: SourcePartition,
    family: String,
    kept: Moment,
}

impl KeptStream {
    /// A stream of a partition, whose pieces are a family.
    pub fn new(stream: Stream, source: SourcePartition, family: String) -> KeptStream {
        KeptStream { kept: stream.moment(), stream: Guarded::new(stream), source, family }
    }

    /// Its partition.
    pub fn source(&self) -> SourcePartition {
        self.source
    }

    /// Does something with the stream, unless it is torn.
    pub fn run<R>(&mut self, work: impl FnOnce(&mut Stream) -> R) -> Result<R, Torn> {
        self.stream.run(work)
    }

    /// The stream; none once it is torn.
    pub fn whole(&self) -> Option<&Stream> {
        self.stream.whole()
    }

    /// The offset of the next record; of a torn one, after what a snapshot takes of it.
    pub fn next(&self) -> Option<i64> {
        self.whole().map_or_else(|| self.kept.next(self.source), |stream| stream.offsets().next(self.source))
    }

    /// Whether it has visitors that it has not handed over.
    pub fn has_visitors(&self) -> bool {
        self.whole().is_some_and(|stream| !stream.panes().visitors().is_empty())
    }

    /// Hands its visitors over to those of all partitions. What a snapshot may take of it is from now on itself as it is now.
    pub fn hand_over(&mut self, visitors: &mut SharedVisitors) {
        if let Some(stream) = self.stream.whole_mut() {
            stream.hand_over(visitors);
            self.kept = stream.moment();
        }
    }

    /// What it contributes, without visitors; none once it is torn.
    pub fn panes(&self) -> Option<Arc<Panes>> {
        let stream = self.whole()?;
        let is_as_kept = self.kept.next(self.source) == stream.offsets().next(self.source) && self.kept.panes.keep() == stream.panes().keep();
        Some(if is_as_kept { self.kept.panes.clone() } else { Arc::new(stream.panes().without_visitors()) })
    }

    /// Captures it as pieces of a snapshot, and says the offset that they are of. Its visitors are handed over: `visitors`, captured after
    /// the last stream, have them.
    pub fn capture(&mut self, visitors: &mut SharedVisitors, out: &mut Vec<Piece>) -> Option<i64> {
        self.hand_over(visitors);
        self.kept.capture(&self.family, out);
        self.kept.next(self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Count(u32);

    impl Reached for Count {
        fn reached(&self) -> Option<Position> {
            None
        }
    }

    #[test]
    fn a_torn_state_is_looked_at_by_nobody() {
        let mut count = Guarded::new(Count(0));
        assert_eq!(count.run(|count| count.0 += 1), Ok(()));
        assert_eq!(count.whole().map(|count| count.0), Some(1));
        let torn = count.run(|count| {
            count.0 += 1;
            std::panic::resume_unwind(Box::new("in the middle"));
        });
        assert_eq!(torn, Err::<(), _>(Torn { at: None }));
        assert!(count.whole().is_none() && count.run(|_| ()).is_err());
    }
}
