//! Blocks are read and parsed side by side, and taken in their order.
//!
//! What a thread has parsed borrows from its block, so it never leaves the thread: the threads pass on the turn to take
//! instead, like runners a baton.

use std::{
    ops::ControlFlow,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use model::{Event, Reason, Rejection};

use super::{Block, Blocks, InputError};

/// A line that has been parsed.
#[derive(Debug)]
pub struct Parsed<'a> {
    /// Which of the files it is from.
    pub file: usize,
    /// Its number, from 1.
    pub line: u64,
    /// The event, or why it is refused.
    pub event: Result<Event<'a>, Rejection>,
}

/// Parses every line of `blocks` by `parse`, on `threads` threads, and hands the lines of each block to `take`, in order. It
/// ends with the first error of a file or of `take`; what lies before it has been taken.
pub fn relay<E: From<InputError> + Send>(
    blocks: Blocks,
    threads: usize,
    parse: impl for<'a> Fn(&'a [u8]) -> Result<Event<'a>, Rejection> + Sync,
    take: impl FnMut(Vec<Parsed<'_>>) -> Result<(), E> + Send,
) -> Result<(), E> {
    let reader = Mutex::new(Reader { blocks, given: 0, ended: false, failed: None });
    let taker = Taker { turn: Mutex::new(Turn { next: 0, over: false, failed: None, take }), passed: Condvar::new() };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let _runner = Runner(&taker);
                while let Some((number, block)) = held(&reader).next_block() {
                    if taker.hand_over(number, parsed(&block, &parse)).is_break() {
                        break;
                    }
                }
            });
        }
    });
    let failed = held(&taker.turn).failed.take();
    let unread = || held(&reader).failed.take().map(E::from);
    failed.or_else(unread).map_or(Ok(()), Err)
}

fn parsed<'a>(block: &'a Block, parse: &impl Fn(&'a [u8]) -> Result<Event<'a>, Rejection>) -> Vec<Parsed<'a>> {
    let too_large = || Rejection::new(Reason::TooLarge, "the line is over 1 MiB");
    let lines = block.lines().map(|(line, text)| Parsed { file: block.file, line, event: text.ok_or_else(too_large).and_then(parse) });
    lines.collect()
}

/// The one reader behind all threads: it numbers the blocks.
struct Reader {
    blocks: Blocks,
    given: u64,
    ended: bool,
    failed: Option<InputError>,
}

impl Reader {
    fn next_block(&mut self) -> Option<(u64, Block)> {
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

/// The one taker behind all threads, and whose turn it is.
struct Taker<T, E> {
    turn: Mutex<Turn<T, E>>,
    passed: Condvar,
}

struct Turn<T, E> {
    next: u64,
    /// Taking failed, or a thread panicked: there are no more turns.
    over: bool,
    failed: Option<E>,
    take: T,
}

impl<E, T: FnMut(Vec<Parsed<'_>>) -> Result<(), E>> Taker<T, E> {
    fn hand_over(&self, number: u64, lines: Vec<Parsed<'_>>) -> ControlFlow<()> {
        let waiting = self.passed.wait_while(held(&self.turn), |turn| turn.next != number && !turn.over);
        let mut turn = waiting.unwrap_or_else(PoisonError::into_inner);
        if turn.over {
            return ControlFlow::Break(());
        }
        turn.failed = (turn.take)(lines).err();
        turn.over = turn.failed.is_some();
        turn.next += 1;
        self.passed.notify_all();
        ControlFlow::Continue(())
    }
}

/// Tells the others where a thread falls: else they would wait for its turn for ever.
struct Runner<'a, T, E>(&'a Taker<T, E>);

impl<T, E> Drop for Runner<'_, T, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            held(&self.0.turn).over = true;
            self.0.passed.notify_all();
        }
    }
}

/// A lock, also after a panic elsewhere: the panic itself ends the scope.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
