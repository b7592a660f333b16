//! Panes cut into pieces: those that still change are one each, the others are bundled, so that their list stays short.
//!
//! A pane is written anew only with its bundle: when it is bundled, once, and when the floor reaches the bundle, which then falls apart
//! again into pieces that go one by one.

use std::sync::Arc;

use pieces::{Part, Piece, PieceError, Pieces, decode};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Keep, Shared, shared::Numbered};

/// How a line of panes is cut, by their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut<'a> {
    family: &'a str,
    kind: &'static str,
    /// Panes of a bundle.
    size: i64,
    /// The first that is kept.
    floor: i64,
    /// The first of those that still change, and the first that lies too far ahead to be one.
    changing: (i64, i64),
}

/// The parts of a bundle, each with its number.
type Parts = Vec<(i64, Arc<dyn Part>)>;

/// Days after the floor that hardly change any more; with months of 28 days those of two months still do.
const SETTLED_DAYS: i64 = 700;
/// Days after the floor with those that still change.
const DAYS: i64 = 830;
const DAYS_A_BUNDLE: i64 = 32;

/// The same of minutes, of which 26 hours are kept.
const SETTLED_MINUTES: i64 = 1500;
const MINUTES: i64 = 1700;
const MINUTES_A_BUNDLE: i64 = 16;

impl<'a> Cut<'a> {
    /// Days.
    pub(crate) fn of_days(family: &'a str, keep: Keep) -> Cut<'a> {
        Cut::new(family, "day", DAYS_A_BUNDLE, keep.days_from.0.into(), (SETTLED_DAYS, DAYS))
    }

    /// Minutes.
    pub(crate) fn of_minutes(family: &'a str, keep: Keep) -> Cut<'a> {
        Cut::new(family, "minute", MINUTES_A_BUNDLE, keep.minutes_from.0, (SETTLED_MINUTES, MINUTES))
    }

    fn new(family: &'a str, kind: &'static str, size: i64, floor: i64, (settled, all): (i64, i64)) -> Cut<'a> {
        Cut { family, kind, size, floor, changing: (floor.saturating_add(settled), floor.saturating_add(all)) }
    }

    /// The name of the piece in which a pane lies, and whether that is a bundle.
    fn piece(&self, number: i64) -> (String, bool) {
        let bundle = number.div_euclid(self.size);
        let (first, end) = (bundle.saturating_mul(self.size), (bundle + 1).saturating_mul(self.size));
        let is_bundled = first >= self.floor && (end <= self.changing.0 || first >= self.changing.1);
        let Cut { family, kind, .. } = self;
        (if is_bundled { format!("{family}/{kind}s/{bundle}") } else { format!("{family}/{kind}/{number}") }, is_bundled)
    }

    /// Captures panes, with their numbers in order.
    pub(crate) fn capture<V: Serialize + Send + Sync + 'static>(&self, panes: impl Iterator<Item = (i64, Arc<V>)>, out: &mut Vec<Piece>) {
        let (mut bundle, mut parts): (String, Parts) = Default::default();
        for (number, pane) in panes {
            let (name, is_bundled) = self.piece(number);
            if bundle != name && !parts.is_empty() {
                out.push(Piece::bundle(bundle.clone(), std::mem::take(&mut parts)));
            }
            if is_bundled {
                bundle = name;
                parts.push((number, pane));
            } else {
                out.push(Piece::new(name, pane));
            }
        }
        if !parts.is_empty() {
            out.push(Piece::bundle(bundle, parts));
        }
    }

    /// The panes of these numbers, which are in order.
    pub(crate) fn restore<K: Numbered, V: DeserializeOwned>(
        &self,
        keys: &[K],
        number: impl Fn(K) -> i64,
        pieces: &Pieces,
    ) -> Result<Shared<K, V>, PieceError> {
        let mut panes = Shared::default();
        for together in keys.chunk_by(|a, b| self.piece(number(*a)) == self.piece(number(*b))) {
            let Some((first, _)) = together.split_first() else { continue };
            let (name, is_bundled) = self.piece(number(*first));
            if !is_bundled {
                panes.insert(*first, Arc::new(decode(pieces, &name)?));
                continue;
            }
            let bundle: Vec<(i64, V)> = decode(pieces, &name)?;
            if !bundle.iter().map(|(number, _)| *number).eq(together.iter().map(|key| number(*key))) {
                return Err(PieceError::corrupt(name, "it has other panes than it should"));
            }
            together.iter().zip(bundle).for_each(|(key, (_, pane))| panes.insert(*key, Arc::new(pane)));
        }
        Ok(panes)
    }
}
