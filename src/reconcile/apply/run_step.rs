//! Runs one step: at the cost that was planned, or at the next higher one where the server refuses that.

use std::collections::BTreeSet;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::change_task::ChangeTask;
use super::watcher::{LAST_LOCK_WAIT, WatchedStatement, Watcher};
use crate::mysql::{Error, ErrorKind, PooledSession, Servers};
use crate::plan::{Algorithm, Change, Cost, Decision, Risk, Step, gate};
use crate::reconcile::applied::LearntCost;
use crate::reconcile::circumstances::is_in_time;
use crate::reconcile::job::Job;
use crate::reconcile::statement_mark::mark_statement;
use crate::record::Ledger;

/// A change whose session holds the lock of its database.
#[derive(Debug, Clone, Copy)]
pub struct LockedChange<'a> {
    pub servers: &'a Servers,
    pub job: &'a Job,
    pub task: &'a ChangeTask,
}

/// What came of a step without an error.
#[derive(Debug)]
pub enum StepResult {
    /// It ran; at which cost, where that differs from the plan.
    Done(Option<LearntCost>),
    /// The server refuses it at each cost that it may have.
    CostsMore(LearntCost),
}

/// What ended a step early. An error of the operator's own statements says nothing of the step.
#[derive(Debug)]
pub enum StepError {
    /// The step's statement failed.
    Statement(Error),
    /// The operator could not write its history, or set up its session: the step's statement was not sent.
    NotSent(Error),
    /// The step's statement ran, and the operator could not write so, or reset its session.
    NotRecorded(Error, Option<LearntCost>),
}

/// A step's statement at one cost.
struct Attempt<'a> {
    step: &'a Step,
    cost: Cost,
    statement: String,
}

/// Runs a step as cheaply as it was planned. Where the server refuses that, goes down the ladder of costs rung by rung,
/// as far as the step may go. Each statement names the cost that it asks for.
///
/// # Errors
/// The statement failed, or one of the operator's own around it.
pub async fn run_step(
    change: LockedChange<'_>,
    session: &mut PooledSession,
    ledger: &Ledger<'_>,
    step: &Step,
) -> Result<StepResult, StepError> {
    tracing::info!(step = step.id, object = step.object(), "a step begins");
    let mut cost = step.cost;
    let mut learnt = None;
    loop {
        let named = step.sql_at(cost);
        let names_cost = named.is_some();
        let attempt = Attempt { step, cost, statement: named.unwrap_or_else(|| step.sql()) };
        let refusal = match run_attempt(change, session, ledger, &attempt).await {
            Ok(()) => return Ok(StepResult::Done(learnt)),
            Err(StepError::Statement(error)) if names_cost && is_algorithm_refused(&error) => error,
            Err(StepError::NotRecorded(error, _)) => return Err(StepError::NotRecorded(error, learnt)),
            Err(error) => return Err(error),
        };
        let Some(next) = cost.one_rung_down(step.dialect) else { return Err(StepError::Statement(refusal)) };
        let lesson = LearntCost { cost: next, why: refusal.message };
        let is_blocking = next.is_blocking() || step.holds_cluster_up(next);
        if is_blocking && !may_block(change.job, step) {
            return Ok(StepResult::CostsMore(lesson));
        }
        cost = next;
        learnt = Some(lesson);
    }
}

/// Returns whether the server refuses a step at this cost alone: ER_ALTER_OPERATION_NOT_SUPPORTED without a reason
/// (1845) or with one (1846), ER_WRONG_USAGE (1221), and the limits of INSTANT (4080, 4092).
fn is_algorithm_refused(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Refusal(1845 | 1846 | 1221 | 4080 | 4092))
}

/// Returns whether a step may block, although that is none of its risks.
fn may_block(job: &Job, step: &Step) -> bool {
    if job.puts_back.is_some() {
        return true;
    }
    // An approval of the step was for the risks that it had.
    let mut consent = job.request.declaration.consent.clone();
    consent.steps.clear();
    let mut blocking = step.clone();
    blocking.risks = BTreeSet::from([Risk::Blocking]);
    let is_allowed = step.risks.contains(&Risk::Blocking) || gate(&blocking, &consent) == Decision::Run;
    is_allowed && is_in_time(&job.request, &blocking, Timestamp::now())
}

/// Runs a statement, and writes its row of the history.
async fn run_attempt(
    change: LockedChange<'_>,
    session: &mut PooledSession,
    ledger: &Ledger<'_>,
    attempt: &Attempt<'_>,
) -> Result<(), StepError> {
    let row = ledger.begin(session, &attempt.step.id, &attempt.statement).await.map_err(StepError::NotSent)?;
    let outcome = send(change, session, attempt).await;
    if !session.is_usable() {
        return outcome;
    }
    let failure = match &outcome {
        Ok(()) | Err(StepError::NotRecorded(..)) => None,
        Err(StepError::Statement(error) | StepError::NotSent(error)) => Some(error),
    };
    let written = ledger.end(session, row, failure).await;
    match (outcome, written) {
        (Ok(()), Err(error)) => Err(StepError::NotRecorded(error, None)),
        (Err(error), Err(unwritten)) => {
            tracing::warn!(step = attempt.step.id, error = %unwritten, "the history does not say how the step ended");
            Err(error)
        }
        (outcome, Ok(())) => outcome,
    }
}

/// Sends a statement. One that builds something of a table that is not small waits long for its last lock, and the
/// watcher ends its first wait. Any other loses nothing when the server ends one of its waits.
async fn send(change: LockedChange<'_>, session: &mut PooledSession, attempt: &Attempt<'_>) -> Result<(), StepError> {
    let Attempt { step, cost, statement } = attempt;
    let request = &change.job.request;
    let lock_wait = request.spec.lock_wait;
    let watched = WatchedStatement {
        login: &request.asker.login,
        database: &request.spec.database,
        table: &step.table,
        connection: session.id,
        lock_wait,
    };
    let mut watcher = Watcher::new(change.servers, watched, change.task);
    let builds = step.algorithm().is_some() && cost.algorithm > Algorithm::Instant;
    let is_small = request.declaration.consent.small_tables.contains(&step.table);
    let waits_long = builds && !is_small && session.kept_during(watcher.prepare()).await;
    if waits_long {
        session.set_lock_wait(LAST_LOCK_WAIT).await.map_err(StepError::NotSent)?;
    }
    let restores = step.changes.iter().any(|change| matches!(change, Change::RestoreForeignKey(_)));
    if restores {
        session.set_foreign_key_checks(false).await.map_err(StepError::NotSent)?;
    }
    let doing = format!("changing {}", step.object());
    let outcome = watcher.run(session, &doing, &mark_statement(&request.asker.uid, &step.id, statement)).await;
    let reset = reset(session, restores, waits_long.then_some(lock_wait)).await;
    outcome.map_err(StepError::Statement)?;
    reset.map_err(|error| StepError::NotRecorded(error, None))
}

/// Takes back what was set for one statement.
async fn reset(session: &mut PooledSession, restores: bool, lock_wait: Option<Duration>) -> Result<(), Error> {
    if restores && session.is_usable() {
        session.set_foreign_key_checks(true).await?;
    }
    match lock_wait {
        Some(lock_wait) if session.is_usable() => session.set_lock_wait(lock_wait).await,
        _ => Ok(()),
    }
}
