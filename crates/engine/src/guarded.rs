//! A state that a panic may tear: once it has, nobody can look at it, so it is neither shown nor kept as if it were right.

use std::panic::{AssertUnwindSafe, catch_unwind};

use panes::pieces::Piece;

use crate::{Position, SourcePartition, Stream};

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

    /// The state; none once it is torn.
    pub fn whole(&self) -> Option<&S> {
        (!self.is_torn).then_some(&self.state)
    }
}

/// A stream, and what a snapshot may take of it: itself while it is whole, thereafter what was last taken.
#[derive(Debug)]
pub struct KeptStream {
    stream: Guarded<Stream>,
    source: SourcePartition,
    family: String,
    /// As it was last captured, with the offset of the next record then.
    kept: (Vec<Piece>, Option<i64>),
}

impl KeptStream {
    /// A stream of a partition, whose pieces are a family.
    pub fn new(stream: Stream, source: SourcePartition, family: String) -> KeptStream {
        let mut kept = KeptStream { stream: Guarded::new(stream), source, family, kept: (Vec::new(), None) };
        kept.capture(&mut Vec::new());
        kept
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
        self.whole().map_or(self.kept.1, |stream| stream.offsets().next(self.source))
    }

    /// Captures it as pieces of a snapshot, and says the offset that they are of.
    pub fn capture(&mut self, out: &mut Vec<Piece>) -> Option<i64> {
        if let Some(stream) = self.stream.whole() {
            let mut pieces = Vec::new();
            stream.capture(&self.family, &mut pieces);
            self.kept = (pieces, stream.offsets().next(self.source));
        }
        out.extend(self.kept.0.iter().cloned());
        self.kept.1
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
