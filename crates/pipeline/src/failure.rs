//! Why a pipeline does not start, or ends.

use std::fmt;

/// Why a pipeline does not start, or ends: in one line that says what, where, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// How it is configured is wrong.
    #[error("{0}")]
    Usage(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    /// It is configured wrongly.
    pub fn usage(what: impl fmt::Display) -> Failure {
        Failure::Usage(what.to_string())
    }

    /// Any other failure.
    pub fn failed(what: impl fmt::Display) -> Failure {
        Failure::Failed(what.to_string())
    }
}

impl From<source::Error> for Failure {
    fn from(error: source::Error) -> Failure {
        match error {
            source::Error::Configured(line) => Failure::Usage(line),
            source::Error::Away(line) | source::Error::Failed(line) => Failure::Failed(line),
        }
    }
}

/// The system's reason in a few words, without its error number.
pub fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        std::io::ErrorKind::InvalidData => "not UTF-8 text".to_owned(),
        _ => error.to_string().replace('\n', " "),
    }
}
