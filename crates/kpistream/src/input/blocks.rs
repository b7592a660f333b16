//! A sequence of files as blocks of whole lines, in order.

use std::{
    io::{self, Read},
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

use super::{InputError, members::BOM, open::Source};

/// The longest line that is an event: 1 MiB without its line end.
pub const MAX_LINE: usize = 1 << 20;
/// Bytes of a block, where no line is longer.
const BLOCK: usize = 256 * 1024;

/// Whole lines that follow each other in one file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Block {
    /// Which of the files they are from.
    pub file: usize,
    /// The number of the first, from 1.
    pub first_line: u64,
    /// They are the first of these bytes; behind them there is only room.
    room: Vec<u8>,
    len: usize,
    /// It stands for one line that is longer than any event, whose bytes were passed over.
    too_long: bool,
}

impl Block {
    fn bytes(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }

    /// The lines with their numbers, without line ends; blank ones are left out. None stands for a line over [`MAX_LINE`].
    pub fn lines(&self) -> impl Iterator<Item = (u64, Option<&[u8]>)> {
        let long = self.too_long.then_some((self.first_line, None));
        let mut rest = self.bytes();
        let mut number = self.first_line;
        let lines = std::iter::from_fn(move || {
            loop {
                if rest.is_empty() {
                    return None;
                }
                let end = memchr::memchr(b'\n', rest);
                let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
                rest = after.get(1..).unwrap_or_default();
                let line = without_mark(line.strip_suffix(b"\r").unwrap_or(line));
                let own = number;
                number += 1;
                if !is_blank(line) {
                    return Some((own, (line.len() <= MAX_LINE).then_some(line)));
                }
            }
        });
        long.into_iter().chain(lines)
    }
}

/// A line without byte-order marks before it: files that begin with one are put together.
fn without_mark(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_prefix(BOM) {
        line = rest;
    }
    line
}

/// Whether a line has nothing but white space.
fn is_blank(line: &[u8]) -> bool {
    // Nearly every line begins with `{`.
    line.first().is_none_or(|b| *b != b'{') && std::str::from_utf8(line).is_ok_and(|text| text.trim().is_empty())
}

/// The blocks of some files, one after another.
pub struct Blocks {
    files: Vec<PathBuf>,
    next_file: usize,
    current: Option<Reading>,
    read: Arc<AtomicU64>,
    /// The room of blocks that nobody has any more.
    spare: Vec<Vec<u8>>,
}

struct Reading {
    source: Source,
    file: usize,
    /// The number of the line that `carried` begins.
    line: u64,
    /// The beginning of a line whose end is not read yet.
    carried: Vec<u8>,
    /// Inside a line too long to be kept.
    skipping: bool,
}

enum Step {
    Block(Block),
    More,
    End,
}

impl Blocks {
    /// The blocks of these files. Each is opened when its turn comes; that each can be is checked here.
    pub fn open(files: Vec<PathBuf>) -> Result<Blocks, InputError> {
        for file in files.iter().filter(|file| file.as_os_str() != "-") {
            let opened = std::fs::File::open(file).and_then(|opened| opened.metadata());
            match opened {
                Ok(about) if about.is_dir() => return Err(InputError::opening(file, &io::ErrorKind::IsADirectory.into())),
                Ok(_) => {}
                Err(error) => return Err(InputError::opening(file, &error)),
            }
        }
        Ok(Blocks { files, next_file: 0, current: None, read: Arc::new(AtomicU64::new(0)), spare: Vec::new() })
    }

    /// The files.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// How many bytes have been read from the disk.
    pub fn read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Takes back a block: its room is that of another.
    pub fn give_back(&mut self, block: Block) {
        self.spare.push(block.room);
    }

    /// The next block, or none at the end of the last file.
    pub fn next_block(&mut self) -> Result<Option<Block>, InputError> {
        loop {
            let Some(reading) = &mut self.current else {
                let Some(path) = self.files.get(self.next_file) else { return Ok(None) };
                let source = Source::open(path, &self.read)?;
                self.current = Some(Reading { source, file: self.next_file, line: 1, carried: Vec::new(), skipping: false });
                self.next_file += 1;
                continue;
            };
            match reading.step(self.spare.pop().unwrap_or_default())? {
                Step::Block(block) => return Ok(Some(block)),
                Step::More => {}
                Step::End => self.current = None,
            }
        }
    }
}

impl Reading {
    /// Reads on by a block's worth of bytes, into this room.
    fn step(&mut self, mut room: Vec<u8>) -> Result<Step, InputError> {
        if self.skipping {
            return self.skip(room);
        }
        let before = self.carried.len();
        let len = self.fill(&mut room)?;
        let block = |room, len, line| Block { file: self.file, first_line: line, room, len, too_long: false };
        let is_end = len == before;
        match memchr::memrchr(b'\n', room.get(..len).unwrap_or_default()) {
            _ if is_end && len == 0 => Ok(Step::End),
            _ if is_end => {
                self.carried.clear();
                Ok(Step::Block(block(room, len, self.line)))
            }
            Some(end) => {
                let whole = block(room, end + 1, self.line);
                self.carried.clear();
                self.carried.extend_from_slice(whole.room.get(end + 1..len).unwrap_or_default());
                self.line += memchr::memchr_iter(b'\n', whole.bytes()).count() as u64;
                Ok(Step::Block(whole))
            }
            // A line end, a carriage return before it and a byte-order mark do not count.
            None if len > MAX_LINE + 2 + BOM.len() => {
                self.skipping = true;
                self.carried.clear();
                Ok(Step::Block(Block { too_long: true, ..block(room, 0, self.line) }))
            }
            None => {
                self.carried.clear();
                self.carried.extend_from_slice(room.get(..len).unwrap_or_default());
                Ok(Step::More)
            }
        }
    }

    /// Passes over the rest of a line that is too long.
    fn skip(&mut self, mut room: Vec<u8>) -> Result<Step, InputError> {
        let len = self.fill(&mut room)?;
        if len == 0 {
            return Ok(Step::End);
        }
        let bytes = room.get(..len).unwrap_or_default();
        if let Some(end) = memchr::memchr(b'\n', bytes) {
            self.skipping = false;
            self.line += 1;
            self.carried.extend_from_slice(bytes.get(end + 1..).unwrap_or_default());
        }
        Ok(Step::More)
    }

    /// Fills the room with what was carried and up to a block's worth of bytes more; says how many bytes that is. At the end of the file
    /// there are no more.
    fn fill(&mut self, room: &mut Vec<u8>) -> Result<usize, InputError> {
        let mut len = self.carried.len();
        // Only what is new is zeroed.
        room.resize(room.len().max(len + BLOCK), 0);
        if let Some(start) = room.get_mut(..len) {
            start.copy_from_slice(&self.carried);
        }
        while let Some(rest) = room.get_mut(len..self.carried.len() + BLOCK).filter(|rest| !rest.is_empty()) {
            match self.source.bytes.read(rest) {
                Ok(0) => break,
                Ok(n) => len += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(InputError::reading(&self.source.path, self.source.format, self.line - 1, &error)),
            }
        }
        Ok(len)
    }
}
