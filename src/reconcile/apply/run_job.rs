//! Runs a change: takes the lock of its database, and runs its steps or waits for the statement that holds the lock.

use super::change_task::ChangeTask;
use super::orphaned_statement::wait_for_holder;
use super::run_step::LockedChange;
use super::run_steps::{check_primary, run_steps};
use crate::mysql::{Error, ErrorKind, LockAttempt, PooledSession, Purpose, Servers};
use crate::reconcile::applied::{Applied, StatementOutcome};
use crate::reconcile::database_lock::lock_database;
use crate::reconcile::job::Job;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;

/// Runs the steps of a job in order, up to the first that fails.
pub async fn run_job(servers: &Servers, job: Job, task: &ChangeTask) -> Applied {
    let mut statements = Vec::new();
    let failure = lock_and_run(servers, &job, task, &mut statements).await.err();
    let failure = match (&job.puts_back, failure) {
        (Some(puts_back), Some(failure)) => Some(puts_back.failed(&failure)),
        (Some(puts_back), None) => puts_back.told(),
        (None, failure) => failure,
    };
    Applied { plan_id: job.plan_id, statements, failure }
}

async fn lock_and_run(
    servers: &Servers,
    job: &Job,
    task: &ChangeTask,
    statements: &mut Vec<StatementOutcome>,
) -> Result<(), NotReady> {
    let mut session = open(servers, &job.request).await.map_err(|error| NotReady::connecting(&error))?;
    // What is recorded before the first step is a write as well.
    check_primary(&mut session).await?;
    let locked = lock_database(&mut session, &job.request.spec.database).await;
    match locked.map_err(|error| NotReady::of_own_table(&error))? {
        LockAttempt::Taken(lock) => {
            let change = LockedChange { servers, job, task };
            let outcome = if job.only_waits { Ok(()) } else { run_steps(change, &mut session, statements).await };
            session.unlock(lock).await;
            outcome
        }
        LockAttempt::Nameless => wait_for_holder(servers, job, task, None).await,
        LockAttempt::HeldBy(holder) => {
            // The wait may be long, so the session goes back first.
            drop(session);
            wait_for_holder(servers, job, task, holder).await
        }
    }
}

/// Opens a session in the database of a request. A pooled session may have lost its connection meanwhile.
async fn open(servers: &Servers, request: &Request) -> Result<PooledSession, Error> {
    let (database, lock_wait) = (&request.spec.database, request.spec.lock_wait);
    let mut session = servers.session(&request.asker.login, Purpose::Work).await?;
    match session.enter(database, lock_wait).await {
        Err(error) if error.kind == ErrorKind::ConnectionLost => {
            session.reconnect().await?;
            session.enter(database, lock_wait).await?;
        }
        entered => entered?,
    }
    Ok(session)
}
