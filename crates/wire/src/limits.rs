//! What a message may cost. Each bound is named here, and nowhere else.

/// Bytes of a message; a longer one is `too_large`.
pub const MESSAGE_BYTES: usize = 1 << 20;

/// Bytes of an id, name or label; a message with a longer one is `too_large`. Up to there they are kept as they are. `page` is neither: it
/// is a path with whatever a browser was given, and nothing of it is kept.
pub const TEXT_BYTES: usize = 1 << 10;
/// Bytes that are left of a longer source or channel, before the hash that tells it from others.
pub const CUT_BYTES: usize = 1000;

/// How deep Avro's values may be nested, the message itself included; deeper is `undecodable`. JSON is gone over without recursion.
pub const DEPTH: usize = 64;

/// Events of a batch; of more the whole message is `too_large`.
pub const BATCH_EVENTS: usize = 10_000;

/// What an Avro message may expand to. Reading allocates nothing for it, so the bound is on work: values that are visited, beside one for
/// each type of the schema (an array of a quintillion nulls takes nine bytes to announce).
pub const VISITS: usize = 4096;
/// The same, for each byte of the message.
pub const VISITS_A_BYTE: usize = 16;

/// How far ahead of its record an event may be dated, in milliseconds: 24 hours.
pub const AHEAD_MS: i64 = 24 * 3_600_000;
