//! How a command ends badly: in one line, with an exit code that says whose fault it is.

use std::{fmt, process::ExitCode};

use crate::input::InputError;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(String),
    /// Something else went wrong: exit code 1.
    Failed(String),
    /// `check` found something wrong and has said so: exit code 1.
    Found,
    /// Whoever reads our output has had enough, which is no failure of ours: exit code 0.
    ClosedPipe,
}

impl Failure {
    /// Bad usage.
    pub fn usage(what: impl fmt::Display) -> Failure {
        Failure::Usage(one_line(&what.to_string()))
    }

    /// Any other failure.
    pub fn failed(what: impl fmt::Display) -> Failure {
        Failure::Failed(one_line(&what.to_string()))
    }

    /// Says what is wrong on standard error, in one line, and gives the exit code.
    pub fn report(self) -> ExitCode {
        let (line, code) = match self {
            Failure::Usage(line) => (Some(line), 2),
            Failure::Failed(line) => (Some(line), 1),
            Failure::Found => (None, 1),
            Failure::ClosedPipe => (None, 0),
        };
        if let Some(line) = line {
            crate::output::say(format_args!("kpistream: {line}"));
        }
        ExitCode::from(code)
    }
}

/// A text of several lines as one.
pub fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Failure {
        if error.is_usage() { Failure::usage(error) } else { Failure::failed(error) }
    }
}

impl From<kafka::Error> for Failure {
    fn from(error: kafka::Error) -> Failure {
        match error {
            kafka::Error::NoBrokers(_) | kafka::Error::Property { .. } | kafka::Error::Client { .. } => Failure::usage(error),
            _ => Failure::failed(error),
        }
    }
}

impl From<source::Error> for Failure {
    fn from(error: source::Error) -> Failure {
        pipeline::Failure::from(error).into()
    }
}

impl From<pipeline::Failure> for Failure {
    fn from(failure: pipeline::Failure) -> Failure {
        match failure {
            pipeline::Failure::Usage(line) => Failure::usage(line),
            pipeline::Failure::Failed(line) => Failure::failed(line),
        }
    }
}

/// Of writing to standard output.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Failure::ClosedPipe
        } else {
            Failure::failed(format_args!("cannot write the output: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        assert_eq!(one_line("broker down\n  \n  try later\r\n"), "broker down; try later");
    }
}
