//! Runs the verify queries, on a session of their own that can only read.

use crate::api::Expectation;
use crate::declare::VerifyCheck;
use crate::mysql::{Error, ErrorKind, Login, Purpose, Servers};
use crate::reconcile::report::Verification;
use crate::schema::Identifier;

/// Runs the queries in order, up to the first that does not hold. Of what they give, only whether there is a row is
/// looked at.
///
/// # Errors
/// That the server can't be reached; a query that it refuses is a [`Verification::Failed`].
pub async fn verify(
    servers: &Servers,
    login: &Login,
    database: &Identifier,
    checks: &[VerifyCheck],
) -> Result<Verification, Error> {
    if checks.is_empty() {
        return Ok(Verification::Held(0));
    }
    let mut session = servers.session(login, Purpose::Verify(database.clone())).await?;
    for check in checks {
        let doing = format!("verify query {:?}", check.name);
        let mut answer = session.gives_rows(&doing, &check.query).await;
        if answer.as_ref().is_err_and(|error| error.kind == ErrorKind::ConnectionLost) {
            session.reconnect().await?;
            answer = session.gives_rows(&doing, &check.query).await;
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
