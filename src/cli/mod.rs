//! The command line `kubectl-schema`: plans and applies without a cluster, just as the operator would, and consents to
//! what the operator plans in a cluster.

mod apply;
mod arguments;
mod cel;
mod chain;
mod cluster;
mod consent;
mod crd_rules;
mod database_target;
mod export;
mod file;
mod history;
mod outcome;
mod output;
mod plan;
mod plan_sql;
mod plan_text;
mod plan_view;
mod progress;
mod request;
mod strict;
mod url;
mod verify;
mod wait;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Command, Invocation};
use consent::Decision;
use outcome::Outcome;
use output::{print, report};

pub use export::{Export, ExportDetail, LeftOut, export};
pub use file::{InvalidFile, parse};
pub use outcome::CliError;
#[cfg(feature = "fuzzing")]
pub use url::DatabaseUrl;

/// Runs the command line with these arguments, the program's name first. The exit code is 0 where nothing is left to
/// do, 2 where something is, and 1 after an error, which is one line on standard error. `wait` has two more.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = match arguments::read(arguments.into_iter().collect()) {
        Ok(Invocation::Command(command)) => run(command),
        Ok(Invocation::Help(text)) => print(&text).map(|()| Outcome::Done),
        Err(error) => Err(error),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            report(&format!("{error}{}", error.advice()));
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
            Command::Approve(arguments) => consent::run(&arguments, Decision::Approve).await,
            Command::Reject(arguments) => consent::run(&arguments, Decision::Reject).await,
            Command::Cancel(arguments) => consent::run(&arguments, Decision::Cancel).await,
            Command::History(arguments) => history::run(&arguments).await,
            Command::Verify(arguments) => verify::run(&arguments).await,
            Command::Wait(arguments) => wait::run(&arguments).await,
            Command::Chain(arguments) => chain::run(&arguments).await,
        }
    })
}
