//! Runs the verify queries, in a read-only session that ends with them.

use std::time::{Duration, Instant};

use super::context::Context;
use crate::api::{Expectation, Reason};
use crate::mysql::{Error, ErrorKind, Purpose, Servers};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::report::{Report, Verification};
use crate::reconcile::request::Request;

/// How long all verify queries of a pass may take together.
const ALL_QUERIES: Duration = Duration::from_secs(30);

/// Runs the verify queries of a schema that is in sync, and puts their outcome into the report.
pub async fn verified(context: Context<'_>, request: &Request, mut report: Report) -> Report {
    match verify(context.servers(), request).await {
        Ok(verification) => report.verification = verification,
        Err(error) => return report.ending(NotReady::connecting(&error)),
    }
    if let Verification::Failed(message) = &report.verification {
        let not_ready = NotReady::new(Reason::VerifyFailed, message.clone());
        return report.ending(not_ready);
    }
    // A step may fail and the schema be as declared all the same, when another session did it meanwhile.
    if let Some(failure) = context.after.and_then(|applied| applied.failure.as_ref()) {
        tracing::info!(%failure, "a step failed, and the live schema holds what it was for");
    }
    report
}

/// Runs the queries in order, up to the first that does not hold. It only looks whether they return a row.
///
/// # Errors
/// The server can't be reached. A query that it refuses is a [`Verification::Failed`].
async fn verify(servers: &Servers, request: &Request) -> Result<Verification, Error> {
    let checks = &request.spec.verify;
    if checks.is_empty() {
        return Ok(Verification::Held(0));
    }
    let mut session = servers.session(&request.asker.login, Purpose::Evaluate(request.spec.database.clone())).await?;
    let began = Instant::now();
    for check in checks {
        let doing = format!("verify query {:?}", check.name);
        let left = ALL_QUERIES.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Ok(Verification::Failed(format!(
                "{doing} did not run: the queries before it took the {} s that all of them have; let them take less",
                ALL_QUERIES.as_secs()
            )));
        }
        let mut answer = session.gives_rows(&doing, &check.query, left).await;
        if answer.as_ref().is_err_and(|error| error.kind == ErrorKind::ConnectionLost) {
            session.reconnect().await?;
            answer = session.gives_rows(&doing, &check.query, left).await;
        }
        match (answer, check.expect) {
            (Err(error), _) if error.kind == ErrorKind::ConnectionLost => return Err(error),
            (Err(error), _) => return Ok(Verification::Failed(error.to_string())),
            (Ok(false), Expectation::Rows) => {
                return Ok(Verification::Failed(format!("{doing}: rows were expected, and it gives none")));
            }
            (Ok(true), Expectation::NoRows) => {
                return Ok(Verification::Failed(format!("{doing}: no rows were expected, and it gives some")));
            }
            (Ok(_), _) => {}
        }
    }
    Ok(Verification::Held(checks.len()))
}
