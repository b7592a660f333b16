//! What a message may cost. Each bound is named here, and nowhere else.

/// Bytes of a message; a longer one is `too_large`.
pub const MESSAGE_BYTES: usize = 1 << 20;

/// Bytes of an id, name or label; a message with a longer one is `too_large`. Up to there they are kept as they are. `page` is neither: it
/// is a path with whatever a browser was given, and nothing of it is kept.
pub const TEXT_BYTES: usize = 1 << 10;

/// How deep values may be nested, the message itself included; deeper is `undecodable`.
pub const DEPTH: usize = 64;

/// What an Avro message may expand to. Reading allocates nothing for it, so the bound is on work: no more values are visited
/// than bytes would be allowed (an array of a quintillion nulls takes nine bytes to announce).
pub const ALLOCATION_BYTES: usize = 16 << 20;

/// How far ahead of its record an event may be dated, in milliseconds: 24 hours.
pub const AHEAD_MS: i64 = 24 * 3_600_000;
