//! Values with a word each in the contract.

macro_rules! words {
    ($type:ty, $(($word:literal, $value:expr)),+ $(,)?) => {
        impl $type {
            /// Every value with its word in the contract.
            pub const WORDS: &'static [(&'static str, $type)] = &[$(($word, $value)),+];

            /// The value of a word.
            pub fn read(word: &str) -> Option<$type> {
                Self::WORDS.iter().find(|(w, _)| *w == word).map(|(_, value)| *value)
            }

            /// The value's word.
            pub fn word(self) -> &'static str {
                Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(w, _)| *w)
            }
        }
    };
}

pub(crate) use words;
