//! Where the values of a JSON object begin and end: one pass over its text, nothing decoded, nothing copied.
//!
//! serde_json would do: the fields by `RawValue`, for which it goes over each value twice, or by its own types, which refuse what nobody
//! reads (half a surrogate pair, a number that nothing holds). The grammar is RFC 8259's, as serde_json has it; a test holds both together.

use smallvec::SmallVec;

use crate::field::Raw;

/// The byte at which a text is no JSON object any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stop(pub(super) usize);

/// Goes over an object; `take` gets each field, its name as a text or with its escapes, and its value.
pub(super) fn object<'a>(text: &'a str, mut take: impl FnMut(Raw<'a>, Raw<'a>)) -> Result<(), Stop> {
    let mut scan = Scan { text, at: 0 };
    scan.pass_blanks();
    scan.pass(b'{')?;
    scan.pass_blanks();
    if !scan.passes(b'}') {
        loop {
            let name = scan.name()?;
            take(name, scan.value()?);
            scan.pass_blanks();
            if !scan.passes(b',') {
                break scan.pass(b'}')?;
            }
            scan.pass_blanks();
        }
    }
    scan.pass_blanks();
    if scan.at == text.len() { Ok(()) } else { scan.stop() }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn stop<T>(&self) -> Result<T, Stop> {
        Err(Stop(self.at))
    }

    /// The text from a place to here.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn passes(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn pass(&mut self, byte: u8) -> Result<(), Stop> {
        if self.passes(byte) { Ok(()) } else { self.stop() }
    }

    #[inline(always)]
    fn pass_blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// A name, its colon, and the blanks around that.
    #[inline(always)]
    fn name(&mut self) -> Result<Raw<'a>, Stop> {
        let name = self.string()?;
        self.pass_blanks();
        self.pass(b':')?;
        self.pass_blanks();
        Ok(name)
    }

    #[inline(always)]
    fn value(&mut self) -> Result<Raw<'a>, Stop> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| Raw::Number(self.since(start))),
            Some(b'{' | b'[') => self.nested().map(|()| Raw::Nested(self.since(start))),
            Some(b'n') => self.word(b"null").map(|()| Raw::Absent),
            Some(b't') => self.word(b"true").map(|()| Raw::Other),
            Some(b'f') => self.word(b"false").map(|()| Raw::Other),
            _ => self.stop(),
        }
    }

    /// A name that is not looked at.
    #[inline(never)]
    fn pass_name(&mut self) -> Result<(), Stop> {
        self.name().map(|_| ())
    }

    /// A value that is not looked at.
    #[inline(never)]
    fn pass_value(&mut self) -> Result<(), Stop> {
        self.value().map(|_| ())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        word.iter().try_for_each(|byte| self.pass(*byte))
    }

    #[inline(always)]
    fn string(&mut self) -> Result<Raw<'a>, Stop> {
        let quote = self.at;
        self.pass(b'"')?;
        self.pass_plain();
        if self.peek() != Some(b'"') {
            return self.rest_of_string(quote);
        }
        let text = self.since(quote + 1);
        self.at += 1;
        Ok(Raw::Text(text))
    }

    /// A string goes on, with escapes or near the end of the text: it began at a quote.
    #[inline(never)]
    fn rest_of_string(&mut self, quote: usize) -> Result<Raw<'a>, Stop> {
        let mut has_escapes = false;
        loop {
            self.pass_plain();
            match self.peek() {
                Some(b'"') if !has_escapes => {
                    let text = self.since(quote + 1);
                    self.at += 1;
                    return Ok(Raw::Text(text));
                }
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Raw::Escaped(self.since(quote)));
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.at += 1;
                    self.escape()?;
                }
                // Fewer than eight bytes are left.
                Some(byte) if byte >= b' ' => self.at += 1,
                _ => return self.stop(),
            }
        }
    }

    /// Passes what stands for itself in a string, as long as there are eight bytes.
    #[inline(always)]
    fn pass_plain(&mut self) {
        while let Some(word) = self.text.as_bytes().get(self.at..).and_then(<[u8]>::first_chunk) {
            let plain = plain_bytes(u64::from_le_bytes(*word));
            self.at += plain;
            if plain < 8 {
                return;
            }
        }
    }

    /// What follows a backslash. A surrogate without its other half is for whoever reads the text.
    fn escape(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return self.stop();
                    }
                    self.at += 1;
                }
            }
            _ => return self.stop(),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Stop> {
        self.passes(b'-');
        // A number that begins with 0 has no more digits before its point.
        if !self.passes(b'0') {
            self.digits()?;
        } else if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.stop();
        }
        if self.passes(b'.') {
            self.digits()?;
        }
        if self.passes(b'e') || self.passes(b'E') {
            let _ = self.passes(b'+') || self.passes(b'-');
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Stop> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { self.stop() }
    }

    /// An object or array with all that is in it, however deep, without recursion.
    fn nested(&mut self) -> Result<(), Stop> {
        let mut open: SmallVec<[Bracket; 64]> = SmallVec::new();
        loop {
            // A value begins here.
            match self.opened() {
                Some(bracket) => {
                    self.pass_blanks();
                    if !self.passes(bracket.end()) {
                        open.push(bracket);
                        self.begin_item(bracket)?;
                        continue;
                    }
                }
                None => self.pass_value()?,
            }
            // It has ended, and with it perhaps those around it.
            loop {
                let Some(bracket) = open.last().copied() else { return Ok(()) };
                self.pass_blanks();
                if self.passes(b',') {
                    self.pass_blanks();
                    self.begin_item(bracket)?;
                    break;
                }
                self.pass(bracket.end())?;
                open.pop();
            }
        }
    }

    fn opened(&mut self) -> Option<Bracket> {
        let bracket = match self.peek() {
            Some(b'{') => Bracket::Object,
            Some(b'[') => Bracket::Array,
            _ => return None,
        };
        self.at += 1;
        Some(bracket)
    }

    /// What stands before a value in an object or array.
    fn begin_item(&mut self, of: Bracket) -> Result<(), Stop> {
        match of {
            Bracket::Object => self.pass_name(),
            Bracket::Array => Ok(()),
        }
    }
}

#[derive(Clone, Copy)]
enum Bracket {
    Object,
    Array,
}

impl Bracket {
    fn end(self) -> u8 {
        match self {
            Bracket::Object => b'}',
            Bracket::Array => b']',
        }
    }
}

/// How many bytes of eight, from the lowest on, stand for themselves in a string: no quote, no backslash, no control character.
fn plain_bytes(word: u64) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte below a bound, and of no byte before the first of them.
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let special = (below(word, b' ') | is(b'"') | is(b'\\')) & HIGH;
    // Of none there are 64 zeros.
    special.trailing_zeros() as usize / 8
}
