//! A table of entities in one number, the same in whatever order they came.

use model::digest::Digest;

use crate::Entities;

/// How many entities there are, and a digest of their keys and latest messages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Census {
    /// How many.
    pub count: usize,
    /// Of each its key, and of its latest message source, event id, revision, time and content.
    pub digest: u64,
}

impl<T> Entities<T> {
    /// Counts the entities.
    pub fn census(&self) -> Census {
        let one = |ix| {
            let mut digest = Digest::default();
            let key = self.key(ix);
            digest.number(key.len() as u64);
            key.iter().for_each(|byte| _ = digest.number(*byte));
            if let Some(stamp) = self.latest(ix) {
                digest.text(Some(stamp.source)).text(Some(&stamp.event_id)).number(stamp.revision).number(stamp.occurred_at.0).number(stamp.content);
            }
            digest.finish()
        };
        // A sum does not depend on its order.
        let digest = self.all().map(one).fold(0, u64::wrapping_add);
        Census { count: self.len(), digest }
    }
}
