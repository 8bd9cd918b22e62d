//! Runs `kubectl schema verify`: runs the verify queries of a file now, whatever the schema is.

use std::time::Instant;

use super::arguments::VerifyArguments;
use super::database_target::DatabaseTarget;
use super::outcome::{CliError, Outcome};
use super::output::{one_line, print};
use super::request::read_resource;
use crate::declare::verify_checks;
use crate::reconcile::{NotReady, Verifier, counted};

/// Runs each query, and prints whether it holds.
///
/// # Errors
/// The file or the server can't be read, or a query may not run.
pub async fn run(arguments: &VerifyArguments) -> Result<Outcome, CliError> {
    let target = DatabaseTarget::from_arguments(&arguments.server)?;
    let resource = read_resource(&arguments.file)?;
    let checks = verify_checks(resource.spec.verify.as_deref().unwrap_or_default());
    let checks = checks.map_err(|refusals| NotReady::from_refusals(&refusals))?;
    if checks.is_empty() {
        print("No verify query is declared.\n")?;
        return Ok(Outcome::Done);
    }
    let mut verifier = Verifier::open(&target.pipeline.servers, &target.login, &target.database).await?;
    let mut failed = 0;
    for check in &checks {
        let began = Instant::now();
        let outcome = verifier.check(check).await?;
        let took = began.elapsed().as_millis();
        match outcome {
            Ok(()) => print(&format!("held    {} ({took} ms)\n", one_line(&check.name)))?,
            Err(message) => {
                failed += 1;
                print(&format!("failed  {} ({took} ms)\n        {}\n", one_line(&check.name), one_line(&message)))?;
            }
        }
    }
    let verb = if failed == 1 { "does" } else { "do" };
    let all = counted(checks.len(), "verify query");
    if failed == 0 {
        print(&format!("{all} as expected.\n"))?;
        return Ok(Outcome::Done);
    }
    print(&format!("{failed} of {all} {verb} not hold.\n"))?;
    Ok(Outcome::ToDo)
}
