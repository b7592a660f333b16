//! What can be wrong with a configuration, each in one line: what, where, what to do.

use crate::failure::Failure;

/// Why a configuration is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: cannot read the configuration ({why}); give the path of a TOML file")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// The file is not TOML.
    #[error("{file}: not TOML: {what}")]
    Syntax {
        /// The file.
        file: String,
        /// Where and what.
        what: String,
    },
    /// No key of this name.
    #[error("{}: unknown key `{}`; the nearest known one is `{nearest}`", cut(.origin), cut(.key))]
    UnknownKey {
        /// The file, variable or flag.
        origin: String,
        /// The key.
        key: String,
        /// What may be meant.
        nearest: &'static str,
    },
    /// The value is not one the key takes.
    #[error("{}: `{}` = {} is not allowed{}; give {takes}", cut(.origin), cut(.key), cut(.value), .why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default())]
    Value {
        /// The file, variable or flag.
        origin: String,
        /// The key.
        key: String,
        /// The value as given, or that it is not shown.
        value: String,
        /// What is wrong, where more is to say.
        why: Option<String>,
        /// What may be given.
        takes: String,
    },
    /// A target means nothing.
    #[error("{}: `targets`, number {number}: {what}", cut(.origin))]
    Target {
        /// The file.
        origin: String,
        /// Which target, from 1.
        number: usize,
        /// What is wrong with it, and what to do.
        what: String,
    },
    /// A file that the configuration names is of no use.
    #[error("{}: `{}`: {file}: {what}", cut(.origin), cut(.key))]
    Named {
        /// The file, variable or flag.
        origin: String,
        /// The key.
        key: String,
        /// The named file.
        file: String,
        /// What is wrong with it.
        what: String,
    },
}

/// As much of a name or value as one needs to find it.
fn cut(text: &str) -> String {
    const LETTERS: usize = 200;
    match text.char_indices().nth(LETTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        Failure::usage(error)
    }
}
