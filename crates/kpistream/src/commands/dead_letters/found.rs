//! The dead letters as they are found in their topic, each once however often it was written.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    time::{Duration, Instant},
};

use kafka::{Connection, Partition, Reader, Record, Start};
use model::{Millis, digest::bytes128};

use pipeline::dead_letters::{
    letter::{DETAIL, EVENTS, HASH, LENGTH, OFFSET, PARTITION, REASON, REPLAY_OF, REPLAYED_AT, TOPIC, TOPIC_ID, Why},
    places,
};

use crate::failure::Failure;

/// How long an answer of the broker is waited for.
pub const ANSWER: Duration = Duration::from_secs(10);
/// How long the broker may give nothing of what is there.
pub const SILENCE: Duration = Duration::from_secs(60);
/// How long a read waits for its first record.
pub const WAIT: Duration = Duration::from_millis(200);
/// Records of a batch at most.
pub const BATCH: usize = 1000;
/// Where a refused record stood: of a topic made anew the same offset is another place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Origin {
    /// The partition.
    pub partition: Partition,
    /// The offset.
    pub offset: i64,
    /// The topic's identity, where the letter tells it.
    pub topic_id: Option<String>,
}

/// What a letter says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Why it was refused.
    pub why: Why,
    /// When it was first refused, by the time of the letter.
    pub refused_at: Millis,
    /// Bytes and XXH3-128 of its value; none of a record without one.
    pub value: Option<(usize, u128)>,
    /// It was published again.
    pub is_replayed: bool,
    /// Its record had been published again for another letter.
    pub is_of_replay: bool,
}

impl Found {
    /// Whether it tells which events were refused, where it is of a batch some of whose events were not. One that tells wrongly does not.
    pub fn tells_events(&self) -> bool {
        self.why.events.as_deref().map_or(!self.why.detail.starts_with(OF_BATCH), |events| places::parse(events).is_some())
    }

    /// What is published again of its record's value: the refused events of a batch, or the whole; none where they are not there.
    pub fn refused_of<'v>(&self, value: Option<&'v [u8]>) -> Option<Option<Cow<'v, [u8]>>> {
        match &self.why.events {
            Some(events) => Some(Some(Cow::Owned(wire::part_of_batch(value?, &places::parse(events)?)?))),
            None => Some(value.map(Cow::Borrowed)),
        }
    }
}

/// How the detail of a letter begins that is of some events of a batch.
const OF_BATCH: &str = "event ";

/// Letters by place.
pub type Letters = BTreeMap<Origin, Found>;

impl Default for Found {
    fn default() -> Found {
        Found { why: Why::default(), refused_at: Millis(0), value: None, is_replayed: false, is_of_replay: false }
    }
}

/// Reads all letters.
pub fn read(connection: &Connection, topic: &str) -> Result<Letters, Failure> {
    let reader = Reader::open(connection, &[topic])?;
    let partitions: Vec<Partition> = reader.partitions().cloned().collect();
    let filled: Vec<_> = reader.extents(&partitions, ANSWER)?.into_iter().filter(|extent| extent.end > extent.first).collect();
    let starts: Vec<(Partition, Start)> = filled.iter().map(|extent| (extent.partition.clone(), Start::At(extent.first))).collect();
    let ends: BTreeMap<Partition, i64> = filled.into_iter().map(|extent| (extent.partition, extent.end)).collect();
    let mut lane = reader.lane(&starts)?;
    let mut letters = Letters::new();
    let mut heard = Instant::now();
    loop {
        let batch = lane.read(BATCH, WAIT);
        if let Some(failure) = batch.failures().iter().find(|failure| failure.kind.is_final()) {
            return Err(Failure::failed(failure));
        }
        for (place, found) in batch.records().filter_map(letter) {
            letters.entry(place).and_modify(|known| *known = once(known, &found)).or_insert(found);
        }
        let at_end = |(partition, next): (&Partition, Option<i64>)| ends.get(partition).is_none_or(|end| next.is_some_and(|next| next >= *end));
        if lane.partitions().iter().zip(lane.positions()?).all(at_end) {
            return Ok(letters);
        }
        if !batch.is_empty() {
            heard = Instant::now();
        } else if heard.elapsed() > SILENCE {
            return Err(silent(topic));
        }
    }
}

fn silent(topic: &str) -> Failure {
    let seconds = Duration::as_secs(&SILENCE);
    Failure::failed(format_args!("{topic} cannot be read to its end: nothing has come for {seconds} s; look at the broker and try again"))
}

/// A letter that was written twice: marked where one of them is, and refused when the first of them was.
fn once(one: &Found, other: &Found) -> Found {
    Found {
        refused_at: one.refused_at.min(other.refused_at),
        is_replayed: one.is_replayed || other.is_replayed,
        is_of_replay: one.is_of_replay || other.is_of_replay,
        ..other.clone()
    }
}

/// A dead letter of ours; another record in the topic is none.
fn letter(record: Record<'_>) -> Option<(Origin, Found)> {
    let header = |name| record.header(name).and_then(|value| std::str::from_utf8(value).ok());
    let partition = Partition::new(header(TOPIC)?, header(PARTITION)?.parse().ok()?);
    let place = Origin { partition, offset: header(OFFSET)?.parse().ok()?, topic_id: header(TOPIC_ID).map(str::to_owned) };
    let whole = || Some((header(LENGTH)?.parse().ok()?, u128::from_str_radix(header(HASH)?, 16).ok()?));
    let found = Found {
        why: Why {
            reason: header(REASON)?.to_owned(),
            detail: header(DETAIL).unwrap_or_default().to_owned(),
            events: header(EVENTS).map(str::to_owned),
        },
        refused_at: record.timestamp.unwrap_or(Millis(0)),
        value: whole().or_else(|| record.payload.map(|value| (value.len(), bytes128(value)))),
        is_replayed: header(REPLAYED_AT).is_some(),
        is_of_replay: header(REPLAY_OF).is_some(),
    };
    Some((place, found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_batch_only_what_was_refused_is_published_again() {
        let batch = br#"[{"id":"1"}, {"id":"2"}, {"id":"3"}]"#;
        let of = |detail: &str, events: Option<&str>| {
            let why = Why { reason: "bad_value".to_owned(), detail: detail.to_owned(), events: events.map(str::to_owned) };
            let letter = Found { why, ..Found::default() };
            (letter.tells_events(), letter.refused_of(Some(batch)).flatten().map(Cow::into_owned))
        };
        assert_eq!(of("event 2 of 3: x", Some("2")), (true, Some(br#"[{"id":"2"}]"#.to_vec())));
        assert_eq!(of("event 1 of 3: x", Some("1,3")), (true, Some(br#"[{"id":"1"},{"id":"3"}]"#.to_vec())));
        assert_eq!(of("not UTF-8 at byte 3", None), (true, Some(batch.to_vec())), "the whole was refused");
        assert_eq!(of("event 1 of 3: x", Some("4")), (true, None), "it is another batch");
        assert!(!of("event 1 of 3: x", None).0 && !of("event 1 of 3: x", Some("?")).0, "resent whole, the good ones would count twice");
        assert_eq!(Found::default().refused_of(None), Some(None), "a record without a value");
    }

    #[test]
    fn a_letter_written_twice_is_marked_by_either() {
        let plain = Found { refused_at: Millis(5), ..Found::default() };
        let marked = Found { refused_at: Millis(9), is_replayed: true, ..Found::default() };
        // An instance that starts again may write a letter after its mark.
        assert_eq!(once(&plain, &marked), once(&marked, &plain));
        assert_eq!(once(&plain, &marked), Found { refused_at: Millis(5), is_replayed: true, ..Found::default() });
    }
}
