//! Why a source cannot be read, or a sink not written.

/// What a call has failed by, in one line that says what, where, and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// How it is configured is wrong.
    #[error("{0}")]
    Configured(String),
    /// Nobody answers, or will have none of us.
    #[error("{0}")]
    Away(String),
    /// A request has failed; the next may not.
    #[error("{0}")]
    Failed(String),
}
