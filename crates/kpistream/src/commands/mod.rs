//! What each command does.

mod check;
mod dead_letters;
mod demo;
mod drift;
mod explain;
mod folded;
mod import;
mod publish;
mod report;
mod run;
mod serving;
mod signals;
mod simulate;
mod snapshots;
mod state;
mod topics;
mod verify;

pub use pipeline::now;

use crate::{
    cli::{Cli, Command, DeadLettersCommand, SnapshotsCommand, TopicsCommand},
    failure::Failure,
};

/// Does what the command line asks.
pub fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Publish(args) => publish::run(args),
        Command::Import(args) => import::run(*args),
        Command::Demo(args) => demo::run(args),
        Command::Run(args) => run::run(args),
        Command::Report(args) => report::run(args),
        Command::Drift(args) => drift::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Topics(TopicsCommand::Create(args)) => topics::create(&args),
        Command::State(args) => state::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Snapshots(SnapshotsCommand::List(args)) => snapshots::list(&args),
        Command::Snapshots(SnapshotsCommand::Check(args)) => snapshots::check(&args),
        Command::Snapshots(SnapshotsCommand::Prune(args)) => snapshots::prune(&args),
        Command::DeadLetters(DeadLettersCommand::List(args)) => dead_letters::list(&args),
        Command::DeadLetters(DeadLettersCommand::Replay(args)) => dead_letters::replay(&args),
    }
}
