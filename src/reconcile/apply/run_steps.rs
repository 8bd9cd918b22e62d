//! Runs the steps of a change in order, in the session that holds the lock of their database.

use std::collections::BTreeSet;

use super::recheck::{changed_by, is_due};
use super::run_step::{LockedChange, StepResult, run_step};
use crate::api::Reason;
use crate::mysql::{PooledSession, why_not_primary};
use crate::plan::Step;
use crate::reconcile::applied::{LearntCost, StatementOutcome};
use crate::reconcile::circumstances::is_clear;
use crate::reconcile::claims::{ChangeLease, claim};
use crate::reconcile::not_ready::NotReady;
use crate::record::Ledger;
use crate::schema::Identifier;

/// Runs the steps up to the first that fails, and adds what came of each to `statements`. Ends early without an error
/// where the rest has to be planned again.
///
/// # Errors
/// Why no further step may begin, or why one failed.
pub async fn run_steps(
    change: LockedChange<'_>,
    session: &mut PooledSession,
    statements: &mut Vec<StatementOutcome>,
) -> Result<(), NotReady> {
    let mut lease = ChangeLease::take(session, &change.job.request).await?;
    let outcome = run_under_lease(change, session, &mut lease, statements).await;
    lease.end(session).await;
    outcome
}

async fn run_under_lease(
    change: LockedChange<'_>,
    session: &mut PooledSession,
    lease: &mut ChangeLease,
    statements: &mut Vec<StatementOutcome>,
) -> Result<(), NotReady> {
    let job = change.job;
    let entry = job.request.entry(&job.plan_id);
    let ledger = Ledger::open(session, &entry, job.history).await.map_err(|error| NotReady::changing(&error))?;
    if let Some(record) = &job.record {
        claim(session, &job.request, record).await?;
    }
    let mut changed = BTreeSet::new();
    for step in &job.steps {
        if change.task.is_stopped() {
            return Err(stopped(statements.len(), job.steps.len()));
        }
        if !statements.is_empty() {
            check_primary(session).await?;
        }
        if !may_begin(change, session, lease, step, &changed).await? {
            tracing::info!(step = step.id, object = step.object(), "the rest is planned again");
            return Ok(());
        }
        change.task.begin_step(&step.id);
        match run_step(change, session, &ledger, step).await {
            Ok(StepResult::Done(learnt)) => statements.push(outcome(step, None, learnt)),
            Ok(StepResult::CostsMore(learnt)) => {
                tracing::info!(step = step.id, why = learnt.why, "it costs more than was planned; it is planned again");
                statements.push(outcome(step, Some(learnt.why.clone()), Some(learnt)));
                return Ok(());
            }
            Err(error) => {
                let failure = NotReady::changing(&error);
                statements.push(outcome(step, Some(failure.to_string()), None));
                return Err(failure);
            }
        }
        changed.extend(changed_by(step, &job.steps));
    }
    Ok(())
}

fn stopped(begun: usize, all: usize) -> NotReady {
    NotReady::new(Reason::Interrupted, format!("the change was stopped when {begun} of {all} steps had begun"))
}

/// Makes sure that the server still takes writes.
///
/// # Errors
/// [`Reason::NotPrimary`] where it does not.
pub async fn check_primary(session: &mut PooledSession) -> Result<(), NotReady> {
    match why_not_primary(session).await.map_err(|error| NotReady::connecting(&error))? {
        Some(why) => Err(NotReady::new(Reason::NotPrimary, format!("{why}; let the Secret name the primary"))),
        None => Ok(()),
    }
}

/// Returns whether a step may begin as it was planned. `changed` are the tables that are no longer as they were read.
async fn may_begin(
    change: LockedChange<'_>,
    session: &mut PooledSession,
    lease: &mut ChangeLease,
    step: &Step,
    changed: &BTreeSet<Identifier>,
) -> Result<bool, NotReady> {
    let is_clear = is_clear(change.servers, session, &change.job.request, step).await?;
    lease.renew(session).await?;
    if !is_clear || !is_due(session, change.job, step, changed.contains(&step.table)).await? {
        return Ok(false);
    }
    lease.check()?;
    Ok(true)
}

fn outcome(step: &Step, failure: Option<String>, learnt: Option<LearntCost>) -> StatementOutcome {
    StatementOutcome { step_id: step.id.clone(), object: step.object(), statement: step.sql(), failure, learnt }
}
