//! The binary: commands, configuration, signals.
//!
//! Not its job: what an event means or a number is made of; every part it wires can be used and tested without it.

mod cli;
mod commands;
mod config;
mod failure;
mod input;
mod logging;
mod outgoing;
mod output;
mod panics;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let done = match cli::Cli::try_parse() {
        Ok(cli) => commands::run(cli),
        Err(error) => cli::usage::failure(&error, std::env::args()).map_or(Ok(()), Err),
    };
    done.map_or_else(failure::Failure::report, |()| ExitCode::SUCCESS)
}
