//! `kubectl-schema`: the pipeline at a terminal, without a cluster, where what it plans is what the operator would do;
//! and consent to what the operator plans in a cluster.

mod apply;
mod approve;
mod arguments;
mod database_target;
mod error;
mod export;
mod file;
mod history;
mod plan;
mod progress;
mod sql;
mod strict;
mod text;
mod url;
mod view;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use arguments::{Asked, Command};

pub use error::CliError;
pub use export::{Exported, export};
pub use file::{InvalidFile, parse};

/// How a command ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing is left to do.
    Done,
    /// There is something to do: planned, or waiting for consent.
    ToDo,
}

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

/// Writes a text to standard output, at once.
fn print(text: &str) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(CliError::Output)
}

/// Names may hold line ends, and what is one line must stay one: a comment, an error.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
