//! A wrong command line, told in one line.

use std::io::{Write, stdout};

use clap::{CommandFactory, error::ErrorKind};

use super::Cli;
use crate::failure::{Failure, one_line};

/// What clap has to say of these arguments: help and version as they are, else what is wrong, where, and what to do.
pub fn failure(error: &clap::Error, arguments: impl IntoIterator<Item = String>) -> Option<Failure> {
    let command = command(arguments);
    match error.kind() {
        ErrorKind::DisplayHelp => {
            // Where nobody reads it, nothing is lost.
            let _ = error.print();
            None
        }
        ErrorKind::DisplayVersion => {
            // The one of the program: clap's would name the command, as if it had a version of its own.
            let _ = write!(stdout(), "{}", Cli::command().render_version());
            None
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Some(Failure::Usage(format!("a command is missing; see `{command} --help`")))
        }
        _ => Some(Failure::Usage(format!("{}; see `{command} --help`", reduced(&error.to_string())))),
    }
}

/// clap's paragraphs without the usage, on one line.
fn reduced(text: &str) -> String {
    let said: Vec<&str> = text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information")).collect();
    let said = one_line(&said.join("\n"));
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    said.replace(":; ", ": ").replace("; [possible", " [possible").replace("; tip: ", "; ").replace("...; --", "..., --")
}

/// The command that the arguments name, as far as there is one.
fn command(arguments: impl IntoIterator<Item = String>) -> String {
    let (mut known, mut words) = (Cli::command(), vec!["kpistream".to_owned()]);
    for argument in arguments.into_iter().skip(1) {
        let Some(found) = known.find_subcommand(&argument).cloned() else { break };
        (known, words) = (found, [words, vec![argument]].concat());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use expect_test::expect;

    use super::*;

    fn told(line: &str) -> String {
        let error = Cli::try_parse_from(line.split(' ')).expect_err(line);
        match failure(&error, line.split(' ').map(str::to_owned)) {
            Some(Failure::Usage(said)) => {
                assert!(!said.contains('\n'), "one line: {said}");
                format!("{said}\n")
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn wrong_command_lines_are_told_in_one_line() {
        let lines = [
            "kpistream",
            "kpistream topics",
            "kpistream reprot",
            "kpistream report",
            "kpistream report --input a --as-of yesterday",
            "kpistream report --input a --as-of 2026-03-01 --window 8d",
            "kpistream report --input a --as-of 2026-03-01 --period year",
            "kpistream report --input a --as-of 2026-03-01 --by owner",
            "kpistream report --input a --as-of 2026-03-01 --format xml",
            "kpistream report --input a --as-of 2026-03-01 --windows 7d",
            "kpistream report --as-of",
            "kpistream check",
            "kpistream simulate --days 0 --seed 1",
            "kpistream simulate --days 1 --seed x",
            "kpistream simulate --days 1 --seed 1 --scale 0",
            "kpistream demo --for 60",
            "kpistream publish --input a --encoding xml",
            "kpistream report --input a --as-of 2026-03-01 --as-of 2026-03-02",
        ];
        expect![[r#"
            a command is missing; see `kpistream --help`
            a command is missing; see `kpistream topics --help`
            unrecognized subcommand 'reprot'; a similar subcommand exists: 'report'; see `kpistream --help`
            the following required arguments were not provided: --input <FILE>..., --as-of <T>; see `kpistream report --help`
            invalid value 'yesterday' for '--as-of <T>': not an RFC 3339 time with an offset, nor a date; see `kpistream report --help`
            invalid value '8d' for '--window <W>': unknown window "8d": use one of 1h, 24h, today, yesterday, 7d, 30d, 90d, previous_7d, previous_30d, this_week, this_month, this_quarter, this_year, last_week, last_month, last_quarter, last_year, last_month_to_date, last_quarter_to_date, last_year_to_date, or all; see `kpistream report --help`
            invalid value 'year' for '--period <PERIOD>': unknown period "year": use day, week, month or quarter; see `kpistream report --help`
            invalid value 'owner' for '--by <DIMENSIONS>': unknown dimension "owner": use channel, campaign or segment, several with commas between; see `kpistream report --help`
            invalid value 'xml' for '--format <FORMAT>' [possible values: table, json, csv]; see `kpistream report --help`
            unexpected argument '--windows' found; a similar argument exists: '--window'; see `kpistream report --help`
            a value is required for '--as-of <T>' but none was supplied; see `kpistream report --help`
            the following required arguments were not provided: <--input <FILE>...|--config <FILE>>; see `kpistream check --help`
            invalid value '0' for '--days <DAYS>': 0 is not in 1..=3650; see `kpistream simulate --help`
            invalid value 'x' for '--seed <SEED>': invalid digit found in string; see `kpistream simulate --help`
            invalid value '0' for '--scale <X>': give a number from 0.001 to 1000; see `kpistream simulate --help`
            invalid value '60' for '--for <SPAN>': give a number and s, m, h or d, such as 60s; see `kpistream demo --help`
            invalid value 'xml' for '--encoding <ENCODING>' [possible values: avro, json, cloudevents]; see `kpistream publish --help`
            the argument '--as-of <T>' cannot be used multiple times; see `kpistream report --help`
        "#]].assert_eq(&lines.map(told).concat());
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn inputs_may_be_given_together_or_one_by_one() {
        let parsed =
            Cli::try_parse_from("kpistream report --input a b --input c --as-of 2026-03-01 --by channel,campaign --by segment".split(' ')).unwrap();
        let crate::cli::Command::Report(args) = parsed.command else { panic!("not a report") };
        assert_eq!((args.input.len(), args.by.len()), (3, 2));
    }
}
