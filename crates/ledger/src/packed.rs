//! What is known of one entity, in as few bytes as will do: there are millions.
//!
//! ```text
//! key: length, bytes
//! latest message: kind; source, revision unless it is the time, time, content, event id (16 bytes of a UUID, else length and bytes)
//! facts: length, bytes
//! ```
//! Lengths and numbers take seven bits a byte, the low ones first.

use std::{borrow::Cow, ops::Range};

use model::{Millis, Stamp};

use crate::{Ix, names::Source};

/// The bytes of an entity, cut into their parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packed<'a> {
    /// The key.
    pub(crate) key: &'a [u8],
    latest: &'a [u8],
    /// What the table's owner keeps of it.
    pub(crate) facts: &'a [u8],
    /// Its bytes, and where in them what comes of the latest message begins and ends.
    len: usize,
    latest_at: (usize, usize),
}

/// The latest message of an entity, its source by number.
pub(crate) struct Known<'a> {
    pub(crate) source: Ix<Source>,
    pub(crate) revision: i64,
    pub(crate) occurred_at: Millis,
    pub(crate) event_id: Cow<'a, str>,
    pub(crate) content: u64,
}

/// There is a message.
const MESSAGE: u8 = 1;
/// Its revision is its time, as of most.
const BY_TIME: u8 = 2;
/// Its event id is a UUID as they are usually written.
const UUID: u8 = 4;

impl<'a> Packed<'a> {
    /// The record at the beginning of some bytes.
    pub(crate) fn of(bytes: &'a [u8]) -> Packed<'a> {
        let mut reader = Reader(bytes);
        let key = reader.text();
        let from = bytes.len() - reader.0.len();
        let latest = reader.0;
        reader.skip_latest();
        let to = bytes.len() - reader.0.len();
        let facts = reader.text();
        let latest = latest.get(..to - from).unwrap_or_default();
        Packed { key, latest, facts, len: bytes.len() - reader.0.len(), latest_at: (from, to) }
    }

    /// Where it lies, and of it what comes of the latest message, and the facts; it begins at a place.
    pub(crate) fn ranges(&self, at: usize) -> [Range<usize>; 3] {
        let (from, to) = self.latest_at;
        [at..at + self.len, at + from..at + to, at + to..at + self.len]
    }

    /// Whether there is a message.
    pub(crate) fn has_message(&self) -> bool {
        self.latest.first().is_some_and(|kind| kind & MESSAGE != 0)
    }

    /// The latest message.
    pub(crate) fn latest(&self) -> Option<Known<'a>> {
        let mut reader = Reader(self.latest);
        let kind = reader.byte();
        (kind & MESSAGE != 0).then(|| reader.message(kind))
    }
}

/// Appends a record of which no message and no facts are known.
pub(crate) fn put_new(key: &[u8], out: &mut Vec<u8>) {
    put_text(key, out);
    out.extend([0, 0]);
}

/// Appends a record of what is known, without a message where there is none.
pub(crate) fn put_known(key: &[u8], message: Option<(Stamp<'_>, Ix<Source>)>, facts: &[u8], out: &mut Vec<u8>) {
    put_text(key, out);
    match message {
        Some((stamp, source)) => out.extend(of_message(stamp, source)),
        None => out.push(0),
    }
    put_text(facts, out);
}

/// What comes of a message.
pub(crate) fn of_message(stamp: Stamp<'_>, source: Ix<Source>) -> Vec<u8> {
    let (is_by_time, uuid) = (stamp.revision == stamp.occurred_at.0, uuid(stamp.event_id));
    let mut out = Vec::with_capacity(48);
    out.push(MESSAGE | if is_by_time { BY_TIME } else { 0 } | if uuid.is_some() { UUID } else { 0 });
    put_number(source.number().into(), &mut out);
    if !is_by_time {
        put_number(folded(stamp.revision), &mut out);
    }
    put_number(folded(stamp.occurred_at.0), &mut out);
    out.extend(stamp.content.to_le_bytes());
    match uuid {
        Some(uuid) => out.extend(uuid),
        None => put_text(stamp.event_id.as_bytes(), &mut out),
    }
    out
}

/// The facts as they stand in a record.
pub(crate) fn of_facts(facts: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(facts.len() + 1);
    put_text(facts, &mut out);
    out
}

/// Appends a number of which small ones are short.
pub fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A number with a sign such that those near 0 are small.
pub fn folded(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// The number that was folded.
pub fn unfolded(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn put_text(text: &[u8], out: &mut Vec<u8>) {
    put_number(text.len() as u64, out);
    out.extend_from_slice(text);
}

/// Reads what was put. Beyond the end there are zeros: nothing but what was put is ever read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// A byte.
    pub fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    /// A number that was [put](put_number).
    pub fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte();
            number |= u64::from(byte & 0x7F) << shift;
            shift += 7;
            if byte < 0x80 || shift > 63 {
                return number;
            }
        }
    }

    fn bytes(&mut self, len: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at_checked(len).unwrap_or((self.0, &[]));
        self.0 = rest;
        bytes
    }

    fn text(&mut self) -> &'a [u8] {
        let len = self.number();
        self.bytes(usize::try_from(len).unwrap_or(usize::MAX))
    }

    fn skip_latest(&mut self) {
        let kind = self.byte();
        if kind & MESSAGE == 0 {
            return;
        }
        let numbers = if kind & BY_TIME == 0 { 3 } else { 2 };
        (0..numbers).for_each(|_| _ = self.number());
        self.bytes(size_of::<u64>());
        if kind & UUID == 0 {
            self.text()
        } else {
            self.bytes(size_of::<u128>())
        };
    }

    fn message(&mut self, kind: u8) -> Known<'a> {
        let source = Ix::numbered(u32::try_from(self.number()).unwrap_or(u32::MAX));
        let revision = (kind & BY_TIME == 0).then(|| unfolded(self.number()));
        let occurred_at = unfolded(self.number());
        let content = self.bytes(size_of::<u64>()).first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let event_id = match kind & UUID {
            0 => Cow::Borrowed(std::str::from_utf8(self.text()).unwrap_or_default()),
            _ => Cow::Owned(text_of(self.bytes(size_of::<u128>()))),
        };
        Known { source, revision: revision.unwrap_or(occurred_at), occurred_at: Millis(occurred_at), event_id, content }
    }
}

/// Where the dashes of a UUID are.
const DASHES: [usize; 4] = [8, 13, 18, 23];
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The bytes of a UUID in lower case, of which the text can be made again.
fn uuid(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 || !DASHES.iter().all(|at| text.as_bytes().get(*at) == Some(&b'-')) {
        return None;
    }
    let mut digits = text.bytes().enumerate().filter(|(at, _)| !DASHES.contains(at)).map(|(_, digit)| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    });
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = digits.next()?? << 4 | digits.next()??;
    }
    Some(bytes)
}

fn text_of(uuid: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for byte in uuid {
        if DASHES.contains(&text.len()) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0')));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_can_be_made_again_is_taken_for_a_uuid() {
        let written = "0a1b2c3d-5b1c-4c7e-9d53-0123456789ab";
        assert_eq!(uuid(written).map(|bytes| text_of(&bytes)), Some(written.to_owned()));
        for other in ["", "0A1b2c3d-5b1c-4c7e-9d53-0123456789ab", "0a1b2c3d_5b1c-4c7e-9d53-0123456789ab", "0a1b2c3d-5b1c-4c7e-9d53-0123456789a-"] {
            assert_eq!(uuid(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_record_holds_what_was_put(
            key in prop::collection::vec(any::<u8>(), 0..200),
            message in prop::option::of((any::<i64>(), any::<i64>(), any::<bool>(), "[0-9a-f]{8}-5b1c-4c7e-9d53-[0-9a-f]{12}|.{0,40}", any::<u64>(), any::<u32>())),
            facts in prop::collection::vec(any::<u8>(), 0..200),
            behind in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut bytes = Vec::new();
            put_new(&key, &mut bytes);
            if let Some((revision, at, is_by_time, event_id, content, source)) = &message {
                let revision = if *is_by_time { *at } else { *revision };
                let stamp = Stamp { revision, occurred_at: Millis(*at), event_id, source: "", content: *content };
                let [_, latest, _] = Packed::of(&bytes).ranges(0);
                bytes.splice(latest, of_message(stamp, Ix::numbered(*source)));
            }
            let [_, _, old] = Packed::of(&bytes).ranges(0);
            bytes.splice(old, of_facts(&facts));
            let len = bytes.len();
            bytes.extend(behind);
            let record = Packed::of(&bytes);
            prop_assert_eq!((record.key, record.facts, record.len), (&*key, &*facts, len));
            let found = record.latest().map(|known| (known.revision, known.occurred_at.0, known.event_id.into_owned(), known.content, known.source.number()));
            let put = message.map(|(revision, at, is_by_time, event_id, content, source)| (if is_by_time { at } else { revision }, at, event_id, content, source));
            prop_assert_eq!(record.has_message(), put.is_some());
            prop_assert_eq!(found, put);
        }
    }
}
