//! Why a store cannot be opened.

/// A URL that no store can be opened by.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such kind of store.
    #[error("snapshot store `{0}://`: give a local path, or a URL that begins with file://, s3://, gs:// or az://")]
    Scheme(String),
    /// This program was built without it.
    #[error("snapshot store `{scheme}://` is not built into this program: build it with `--features {feature}`, or give a local path")]
    NotBuilt {
        /// The URL's scheme.
        scheme: &'static str,
        /// The feature it needs.
        feature: &'static str,
    },
    /// The URL holds more than bucket and folder. It is not shown, since it may be a secret.
    #[error("the URL of the snapshot store holds more than {0}://bucket/folder: credentials and options belong in the environment")]
    NotPlain(String),
    /// The path is none.
    #[error("snapshot store {place}: {why}")]
    Place {
        /// The path or URL.
        place: String,
        /// What is wrong with it.
        why: String,
    },
}
