//! A block's lines as events, each with where it stands.

use model::{Event, Millis, Reason, Rejection, Zone};

use super::{Block, relay::Parse};

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

/// Reads lines as events: their dates in a zone, and none too far ahead of the time of reading.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'z> {
    /// The business time zone.
    pub zone: &'z Zone,
    /// When they are read.
    pub now: Millis,
}

impl Lines<'_> {
    /// The lines of a block, in order.
    pub fn of<'a>(&self, block: &'a Block) -> impl Iterator<Item = Parsed<'a>> {
        let (file, lines) = (block.file, *self);
        block.lines().map(move |(line, text)| Parsed { file, line, event: text.ok_or_else(too_large).and_then(|text| lines.event(text)) })
    }

    fn event<'a>(&self, text: &'a [u8]) -> Result<Event<'a>, Rejection> {
        wire::read_line(text, self.zone, self.now)
    }
}

fn too_large() -> Rejection {
    Rejection::new(Reason::TooLarge, "the line is over 1 MiB")
}

impl Parse for Lines<'_> {
    type Parsed<'a> = Vec<Parsed<'a>>;
    type Room = ();

    fn parse<'a>(&self, block: &'a Block, _: &mut ()) -> Vec<Parsed<'a>> {
        self.of(block).collect()
    }
}
