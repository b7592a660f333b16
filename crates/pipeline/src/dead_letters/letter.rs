//! A dead letter: a refused record's bytes, unchanged, with where it stood and why it was refused.

use model::{Millis, Rejection, digest::bytes128};
use source::{Message, Record};

use super::places;

/// Headers of every letter. With [`TOPIC_ID`] where the cluster gives topics an identity.
pub const REASON: &str = "reason";
/// What is wrong with it.
pub const DETAIL: &str = "detail";
/// The topic it stood in.
pub const TOPIC: &str = "topic";
/// The partition.
pub const PARTITION: &str = "partition";
/// The offset.
pub const OFFSET: &str = "offset";
/// The topic's identity: one made anew has other records under the same offsets.
pub const TOPIC_ID: &str = "topic-id";
/// Of a batch: which of its events were refused, by their places in it from 1, such as `2,5-7`.
pub const EVENTS: &str = "events";
/// Of a letter that is cut: bytes of the whole value.
pub const LENGTH: &str = "value-length";
/// Of a letter that is cut: the XXH3-128 of the whole value, in 32 hexadecimal digits.
pub const HASH: &str = "value-xxh3-128";
/// Of a record that was published again: the key of the letter it was published again for.
pub const REPLAY_OF: &str = "kpistream-replay-of";
/// Of the second copy of a letter: its record was published again at this time.
pub const REPLAYED_AT: &str = "replayed-at";

/// Bytes of the value that are kept of a letter which does not fit: the most that does.
const CUTS: [usize; 4] = [256 << 10, 16 << 10, 1 << 10, 0];

/// Why a record was refused, as its letter says it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Why {
    /// The reason's code.
    pub reason: String,
    /// What is wrong with it.
    pub detail: String,
    /// Of a batch the refused events; none where the whole record was refused.
    pub events: Option<String>,
}

/// A letter, kept until it is there.
pub struct Letter {
    key: String,
    headers: Vec<(&'static str, Vec<u8>)>,
    payload: Option<Vec<u8>>,
    /// To be sent alone: with others it was too large.
    pub is_alone: bool,
    /// Bytes of the value that are sent, where the whole did not fit.
    cut: Option<usize>,
}

/// The key of a letter: where its record stood.
pub fn key(topic: &str, partition: i32, offset: i64) -> String {
    format!("{topic}/{partition}/{offset}")
}

impl Letter {
    /// Of a refused record of a topic with this identity.
    pub fn new(record: Record<'_>, rejection: &Rejection, topic_id: Option<&str>) -> Letter {
        let events = (!rejection.events.is_empty()).then(|| places::text(&rejection.events));
        Letter::of(record, &Why { reason: rejection.reason.code().to_owned(), detail: rejection.detail.clone(), events }, topic_id)
    }

    /// A letter once more, as the mark that its record was published again. Whoever shows every letter once, by its key, is not disturbed.
    pub fn mark(record: Record<'_>, why: &Why, topic_id: Option<&str>, at: Millis) -> Letter {
        let mut mark = Letter::of(record, why, topic_id);
        mark.headers.push((REPLAYED_AT, at.to_string().into_bytes()));
        mark
    }

    /// Where its record stood.
    pub fn key(&self) -> &str {
        &self.key
    }

    fn of(record: Record<'_>, why: &Why, topic_id: Option<&str>) -> Letter {
        let (topic, partition, offset) = (&*record.partition.topic, record.partition.number, record.offset);
        let mut headers = vec![
            (REASON, why.reason.as_bytes().to_vec()),
            (DETAIL, why.detail.as_bytes().to_vec()),
            (TOPIC, topic.as_bytes().to_vec()),
            (PARTITION, partition.to_string().into_bytes()),
            (OFFSET, offset.to_string().into_bytes()),
        ];
        headers.extend(why.events.as_ref().map(|events| (EVENTS, events.as_bytes().to_vec())));
        headers.extend(topic_id.map(|id| (TOPIC_ID, id.as_bytes().to_vec())));
        headers.extend(record.has_headers().then(|| record.header(REPLAY_OF)).flatten().map(|of| (REPLAY_OF, of.to_vec())));
        let payload = record.payload.map(<[u8]>::to_vec);
        Letter { key: key(topic, partition, offset), headers, payload, is_alone: false, cut: None }
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        self.key.len() + headers + self.payload.as_ref().map_or(0, Vec::len)
    }

    /// Whether some of the value is left out.
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// Cuts the value to what may fit; false where there is nothing left to cut: then the topic takes nothing of the kind, and the whole
    /// is tried once it does.
    pub fn cut(&mut self) -> bool {
        let now = self.cut.or(self.payload.as_ref().map(Vec::len)).unwrap_or(0);
        self.cut = CUTS.into_iter().find(|shorter| *shorter < now);
        self.cut.is_some()
    }

    /// Hands it on as a message to a topic.
    pub fn with_message<R>(&self, topic: &str, send: impl FnOnce(&Message<'_>) -> R) -> R {
        let mut payload = self.payload.as_deref();
        let mut of_whole = Vec::new();
        if let (Some(cut), Some(whole)) = (self.cut, payload) {
            of_whole = vec![(LENGTH, whole.len().to_string().into_bytes()), (HASH, format!("{:032x}", bytes128(whole)).into_bytes())];
            payload = whole.get(..cut);
        }
        let headers: Vec<(&str, &[u8])> = self.headers.iter().chain(&of_whole).map(|(name, value)| (*name, value.as_slice())).collect();
        send(&Message { topic, partition: None, key: Some(self.key.as_bytes()), payload, headers: &headers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(payload: Option<Vec<u8>>) -> Letter {
        Letter { key: key("t", 1, 2), headers: vec![(REASON, b"bad_value".to_vec())], payload, is_alone: false, cut: None }
    }

    #[test]
    fn a_letter_that_does_not_fit_is_cut_and_tells_of_the_whole() {
        let mut letter = letter(Some(vec![b'x'; 300 << 10]));
        let mut lengths = Vec::new();
        while letter.cut() {
            letter.with_message("dead", |message| lengths.push(message.payload.map_or(0, <[u8]>::len)));
        }
        assert_eq!(lengths, CUTS);
        letter.with_message("dead", |message| assert_eq!(message.payload.map(<[u8]>::len), Some(300 << 10), "the whole, once it is taken"));
        assert!(letter.cut());
        letter.with_message("dead", |message| {
            let header = |name: &str| -> Vec<String> {
                let found = message.headers.iter().filter(|(of, _)| *of == name);
                found.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
            };
            assert_eq!(header(LENGTH), ["307200"]);
            assert_eq!(header(HASH), [format!("{:032x}", bytes128(&vec![b'x'; 300 << 10]))]);
            assert_eq!((message.key, message.payload.map(<[u8]>::len)), (Some(&b"t/1/2"[..]), Some(256 << 10)));
        });
    }

    #[test]
    fn a_letter_without_a_value_is_as_short_as_can_be() {
        assert!(!letter(None).cut());
        let mut short = letter(Some(vec![1, 2]));
        assert!(short.cut() && short.is_cut() && !short.cut() && !short.is_cut());
    }
}
