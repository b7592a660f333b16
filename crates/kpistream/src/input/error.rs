//! What can be wrong with a file as a whole; what is wrong with a line is data.

use std::{io, path::Path};

use crate::config::plain;

/// Why a file cannot be read to its end.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InputError {
    /// It is not there, or may not be read.
    #[error("{file}: cannot open the input ({why}); give the path of an event file")]
    Unopened {
        /// The file.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// Its compressed data ends before its end.
    #[error("{file}: the {format} data ends early, after {lines} lines; the file is incomplete, fetch or write it again")]
    EndsEarly {
        /// The file.
        file: String,
        /// The compression.
        format: &'static str,
        /// Whole lines that could be read.
        lines: u64,
    },
    /// Its compressed data is damaged, or none at all.
    #[error("{file}: not valid {format} data ({why}), after {lines} lines; fetch or write the file again")]
    Damaged {
        /// The file.
        file: String,
        /// The compression.
        format: &'static str,
        /// The decoder's reason.
        why: String,
        /// Whole lines that could be read.
        lines: u64,
    },
    /// Reading failed.
    #[error("{file}: reading failed after {lines} lines ({why})")]
    Failed {
        /// The file.
        file: String,
        /// The system's reason.
        why: String,
        /// Whole lines that could be read.
        lines: u64,
    },
}

impl InputError {
    /// Whether whoever called named a wrong file.
    pub fn is_usage(&self) -> bool {
        matches!(self, InputError::Unopened { .. })
    }

    /// From opening a file.
    pub fn opening(file: &Path, error: &io::Error) -> InputError {
        InputError::Unopened { file: file.display().to_string(), why: plain(error) }
    }

    /// From reading on in a file, compressed by `format` or plain.
    pub fn reading(file: &Path, format: Option<&'static str>, lines: u64, error: &io::Error) -> InputError {
        let file = file.display().to_string();
        match (format, error.kind()) {
            (Some(format), io::ErrorKind::UnexpectedEof) => InputError::EndsEarly { file, format, lines },
            (Some(format), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other) => {
                InputError::Damaged { file, format, why: error.to_string(), lines }
            }
            _ => InputError::Failed { file, why: plain(error), lines },
        }
    }
}
