//! A gzip file: one member after another, and zeros where something padded it.

use std::{
    io::{self, BufRead, Read},
    mem,
};

use flate2::bufread::GzDecoder;

/// A byte-order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// The bytes of all members, one after another.
///
/// A member is a file that was put behind others, so a byte-order mark at its start is no part of the text and begins a line. Zeros
/// behind a member are passed over; anything else there that is no member is an error, since it may be what is left of one.
pub struct Members<R> {
    state: State<R>,
    /// Of the member's text, what is read and not given yet.
    ahead: Vec<u8>,
    /// The last byte that was given.
    last: u8,
}

#[allow(clippy::large_enum_variant, reason = "a file has one, and it is moved once for each member")]
enum State<R> {
    Within(GzDecoder<R>),
    Behind(R),
    Over,
}

impl<R: BufRead> Members<R> {
    /// The members of a file; a file without any ends early.
    pub fn new(file: R) -> Members<R> {
        Members { state: State::Within(GzDecoder::new(file)), ahead: Vec::new(), last: b'\n' }
    }

    /// Begins the next member, if there is one.
    fn next_member(&mut self, mut file: R) -> io::Result<()> {
        if !pass_zeros(&mut file)? {
            return Ok(());
        }
        let mut member = GzDecoder::new(file);
        let mut start = Vec::with_capacity(BOM.len());
        (&mut member).take(BOM.len() as u64).read_to_end(&mut start)?;
        if start == BOM {
            start.clear();
            start.extend((self.last != b'\n').then_some(b'\n'));
        }
        self.ahead = start;
        self.state = State::Within(member);
        Ok(())
    }

    fn given(&mut self, bytes: &[u8]) -> usize {
        self.last = bytes.last().copied().unwrap_or(self.last);
        bytes.len()
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.ahead.is_empty() {
                let n = self.ahead.as_slice().read(buffer)?;
                self.ahead.drain(..n);
                return Ok(self.given(buffer.get(..n).unwrap_or_default()));
            }
            match mem::replace(&mut self.state, State::Over) {
                State::Over => return Ok(0),
                State::Behind(file) => self.next_member(file)?,
                State::Within(mut member) => {
                    let n = member.read(buffer)?;
                    if n > 0 {
                        self.state = State::Within(member);
                        return Ok(self.given(buffer.get(..n).unwrap_or_default()));
                    }
                    self.state = State::Behind(member.into_inner());
                }
            }
        }
    }
}

/// Passes over zeros; false where the file ends.
fn pass_zeros(file: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let ahead = file.fill_buf()?;
        let zeros = ahead.iter().take_while(|byte| **byte == 0).count();
        if ahead.is_empty() {
            return Ok(false);
        }
        let is_over = zeros < ahead.len();
        file.consume(zeros);
        if is_over {
            return Ok(true);
        }
    }
}
