//! Texts from outside in messages to people.

use std::fmt;

/// A text as a message repeats it: in quotes, control characters escaped, and no more of it than one needs to know it again.
///
/// ```
/// use model::Quoted;
/// assert_eq!(Quoted("last_weak").to_string(), "\"last_weak\"");
/// assert_eq!(Quoted(&"x".repeat(100_000)).to_string().len(), 85);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quoted<'a>(pub &'a str);

/// Letters that are shown.
const LETTERS: usize = 80;

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(LETTERS) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}...", self.0.get(..end).unwrap_or_default()),
        }
    }
}
