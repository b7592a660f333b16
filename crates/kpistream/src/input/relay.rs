//! Blocks are read and parsed side by side, and taken in their order.
//!
//! What a thread has parsed borrows from its block, so it never leaves the thread: the threads pass on the turn to take
//! instead, like runners a baton. There may be several batons, for what can be done with a block beside what is done with the next.

use std::{
    ops::ControlFlow,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{Block, Blocks, InputError};

/// What a thread makes of a block by itself.
pub trait Parse: Sync {
    /// It may borrow from the block.
    type Parsed<'a>;
    /// Room that a thread keeps from one block to the next.
    type Room: Default;

    /// Parses a block.
    fn parse<'a>(&self, block: &'a Block, room: &mut Self::Room) -> Self::Parsed<'a>;

    /// Keeps the room of what is taken.
    fn keep_room(_: Self::Parsed<'_>, _: &mut Self::Room) {}
}

/// What takes all that is parsed, in the order of the blocks.
pub trait Stage<P: Parse, E>: Send {
    /// Takes what is parsed of a block, and leaves what the next stage gets.
    fn take(&mut self, parsed: &mut P::Parsed<'_>) -> Result<(), E>;
}

/// Threads for each core: one that waits for its turn needs none.
const THREADS_A_CORE: usize = 2;

/// Parses the blocks by `parse` on so many cores, and hands each to one stage after the other. It ends with the first error of a file or of a
/// stage; what lies before an error of a file has been taken.
pub fn relay<P, E, const N: usize>(blocks: Blocks, cores: usize, parse: &P, stages: [&mut dyn Stage<P, E>; N]) -> Result<(), E>
where
    P: Parse,
    E: From<InputError> + Send,
{
    let reader = Mutex::new(Reader { blocks, given: 0, ended: false, failed: None });
    let takers = stages.map(Taker::new);
    std::thread::scope(|scope| {
        for _ in 0..cores.max(1) * THREADS_A_CORE {
            scope.spawn(|| {
                let _runner = Runner(&takers);
                let (mut room, mut last) = (P::Room::default(), None);
                // Apart from the loop, which else would hold the reader until its end.
                let next = |last: Option<Block>| held(&reader).next_block(last);
                while let Some((number, block)) = next(last.take()) {
                    let mut parsed = parse.parse(&block, &mut room);
                    if takers.iter().try_for_each(|taker| taker.hand_over(number, &mut parsed)).is_break() {
                        return takers.iter().for_each(Taker::end);
                    }
                    P::keep_room(parsed, &mut room);
                    last = Some(block);
                }
            });
        }
    });
    let failed = takers.iter().find_map(|taker| held(&taker.turn).failed.take());
    let unread = || held(&reader).failed.take().map(E::from);
    failed.or_else(unread).map_or(Ok(()), Err)
}

/// The one reader behind all threads: it numbers the blocks.
struct Reader {
    blocks: Blocks,
    given: u64,
    ended: bool,
    failed: Option<InputError>,
}

impl Reader {
    fn next_block(&mut self, last: Option<Block>) -> Option<(u64, Block)> {
        last.into_iter().for_each(|block| self.blocks.give_back(block));
        if self.ended {
            return None;
        }
        let block = self.blocks.next_block().unwrap_or_else(|error| {
            self.failed = Some(error);
            None
        });
        self.ended = block.is_none();
        let number = self.given;
        self.given += 1;
        block.map(|block| (number, block))
    }
}

/// The one taker of a stage, and whose turn it is.
struct Taker<'s, P: Parse, E> {
    turn: Mutex<Turn<'s, P, E>>,
    passed: Condvar,
}

struct Turn<'s, P: Parse, E> {
    next: u64,
    /// A stage failed, or a thread panicked: there are no more turns.
    over: bool,
    failed: Option<E>,
    take: &'s mut dyn Stage<P, E>,
}

impl<'s, P: Parse, E> Taker<'s, P, E> {
    fn new(take: &'s mut dyn Stage<P, E>) -> Taker<'s, P, E> {
        Taker { turn: Mutex::new(Turn { next: 0, over: false, failed: None, take }), passed: Condvar::new() }
    }

    fn hand_over(&self, number: u64, parsed: &mut P::Parsed<'_>) -> ControlFlow<()> {
        let waiting = self.passed.wait_while(held(&self.turn), |turn| turn.next != number && !turn.over);
        let mut turn = waiting.unwrap_or_else(PoisonError::into_inner);
        if turn.over {
            return ControlFlow::Break(());
        }
        turn.failed = turn.take.take(parsed).err();
        turn.over = turn.failed.is_some();
        turn.next += 1;
        self.passed.notify_all();
        if turn.over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn end(&self) {
        held(&self.turn).over = true;
        self.passed.notify_all();
    }
}

/// Tells the others where a thread falls: else they would wait for its turn for ever.
struct Runner<'t, 's, P: Parse, E>(&'t [Taker<'s, P, E>]);

impl<P: Parse, E> Drop for Runner<'_, '_, P, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.iter().for_each(Taker::end);
        }
    }
}

/// A lock, also after a panic elsewhere: the panic itself ends the scope.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
