//! `kubectl-schema`: the pipeline at a terminal, without a cluster, where what it plans is what the operator would do;
//! and consent to what the operator plans in a cluster.

mod apply;
mod approve;
mod arguments;
mod database_target;
mod export;
mod file;
mod history;
mod outcome;
mod output;
mod plan;
mod progress;
mod request;
mod sql;
mod strict;
mod text;
mod url;
mod view;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Asked, Command};
use outcome::Outcome;
use output::{one_line, print};

pub use export::{Exported, export};
pub use file::{InvalidFile, parse};
pub use outcome::CliError;

/// Runs the command line with these arguments, the program's name first. The exit code is 0 where nothing is left to
/// do, 2 where something is, and 1 after an error, which stands in one line on standard error.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = match arguments::read(arguments.into_iter().collect()) {
        Ok(Asked::Command(command)) => run(command),
        Ok(Asked::Help(text)) => print(&text).map(|()| Outcome::Done),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::ToDo) => ExitCode::from(2),
        Err(error) => {
            eprintln!("kubectl-schema: {}", one_line(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<Outcome, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::Runtime)?;
    runtime.block_on(async {
        match command {
            Command::Export(arguments) => export::run(&arguments).await,
            Command::Plan(arguments) => Box::pin(plan::run(&arguments)).await,
            Command::Apply(arguments) => Box::pin(apply::run(&arguments)).await,
            Command::Approve(arguments) => approve::approve(&arguments).await,
            Command::Reject(arguments) => approve::reject(&arguments).await,
            Command::Cancel(arguments) => approve::cancel(&arguments).await,
            Command::History(arguments) => history::run(&arguments).await,
        }
    })
}
