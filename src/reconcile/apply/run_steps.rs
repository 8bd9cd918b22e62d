//! Runs the steps of a change in order, in the session that holds the lock of their database.

use std::collections::BTreeSet;

use super::recheck::{Due, changed_by, is_due};
use super::run_step::{LockedChange, StepError, StepResult, run_step};
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, PooledSession, why_not_primary};
use crate::plan::{Algorithm, Foreseen, Step, foreseen};
use crate::reconcile::applied::{LearntCost, StatementFailure, StatementOutcome};
use crate::reconcile::circumstances::is_clear;
use crate::reconcile::claims::{ChangeLease, claim};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::planned_steps::Wait;
use crate::record::Ledger;
use crate::schema::Identifier;

/// Runs the steps, and adds what came of each to `statements`. A step that fails holds back those that wait for it and those
/// of its unit; the others go on. Ends early without an error where the rest has to be planned again.
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
    let ledger = Ledger::open(session, &entry, job.history).await.map_err(|error| NotReady::of_own_table(&error))?;
    if let Some(record) = &job.record {
        claim(session, &job.request, record).await?;
    }
    let mut changed = BTreeSet::new();
    let mut failures = Failures::default();
    let steps: Vec<&Step> = job.steps.iter().collect();
    let mut former: Option<&Step> = None;
    for step in &job.steps {
        if failures.hold(step, &steps) {
            continue;
        }
        // What was dropped to come back is not left away.
        let is_open = former.is_some_and(|former| former.unit.is_some() && former.unit == step.unit);
        former = Some(step);
        if change.task.is_stopped() && !is_open {
            return Err(stopped(statements.len(), job.steps.len()));
        }
        if !statements.is_empty() {
            check_primary(session).await?;
        }
        match may_begin(change, session, lease, StepToBegin { step, is_open, changed: &changed }).await? {
            Due::Yes => {}
            Due::Done => {
                tracing::info!(step = step.id, object = step.object(), "what the step removes is gone already");
                continue;
            }
            Due::PlannedAgain => {
                tracing::info!(step = step.id, object = step.object(), "the rest is planned again");
                return failures.outcome();
            }
        }
        change.task.begin_step(&step.id);
        match run_step(change, session, &ledger, step).await {
            Ok(StepResult::Done(learnt)) => statements.push(outcome(step, None, learnt)),
            Ok(StepResult::CostsMore(learnt)) => {
                tracing::info!(step = step.id, why = learnt.why, "it costs more than was planned; it is planned again");
                let failure = NotReady::new(Reason::StatementFailed, learnt.why.clone());
                statements.push(outcome(step, Some(StatementFailure::passing(failure)), Some(learnt)));
                return failures.outcome();
            }
            Err(StepError::NotSent(error)) => return Err(NotReady::of_own_table(&error)),
            Err(StepError::NotRecorded(error, learnt)) => {
                statements.push(outcome(step, None, learnt));
                return Err(NotReady::of_own_table(&error));
            }
            Err(StepError::Statement(error)) => {
                let failure = failure(step, &error);
                statements.push(outcome(step, Some(failure.clone()), None));
                change.task.fail_step(&step.id);
                failures.add(step, failure);
                // The next pass puts back at once what a failed unit dropped.
                if is_open || !error.kind.is_of_statement() || !session.is_usable() {
                    return failures.outcome();
                }
                continue;
            }
        }
        changed.extend(changed_by(step, &job.steps));
    }
    failures.outcome()
}

/// The steps that failed, with those that they hold back.
#[derive(Default)]
struct Failures {
    held: BTreeSet<String>,
    /// The failure that the change reports: one that passes by itself, else the first. The status remembers the others.
    reported: Option<StatementFailure>,
}

impl Failures {
    fn add(&mut self, step: &Step, failure: StatementFailure) {
        self.held.insert(step.id.clone());
        if !self.reported.as_ref().is_some_and(|reported| !reported.is_lasting || failure.is_lasting) {
            self.reported = Some(failure);
        }
    }

    /// Returns whether a step can't begin, since one failed that it waits for, or that is of its unit.
    fn hold(&mut self, step: &Step, steps: &[&Step]) -> bool {
        let is_held = Wait::of(step, steps, |other| self.held.contains(&other.id)).is_some();
        if is_held {
            self.held.insert(step.id.clone());
        }
        is_held
    }

    fn outcome(self) -> Result<(), NotReady> {
        self.reported.map_or(Ok(()), |failure| Err(failure.not_ready))
    }
}

/// Returns why a step failed. One that only changes the data dictionary costs nothing to try again.
fn failure(step: &Step, error: &Error) -> StatementFailure {
    let is_costly = step.algorithm().is_some_and(|algorithm| algorithm > Algorithm::Instant);
    StatementFailure {
        not_ready: NotReady::of_step(error, step),
        is_lasting: is_costly && error.kind.is_lasting(),
        is_of_rows: is_of_rows(error.kind, step),
    }
}

fn is_of_rows(kind: ErrorKind, step: &Step) -> bool {
    match kind {
        // A copy checks each row under the table's foreign keys again (1452, tried on MySQL 9.7).
        ErrorKind::Duplicate | ErrorKind::Refusal(1452) => true,
        ErrorKind::Refusal(number) => foreseen(&step.changes, number) == Some(Foreseen::ByRows),
        _ => false,
    }
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

/// A step that is about to begin.
struct StepToBegin<'a> {
    step: &'a Step,
    /// Whether its unit has begun: then neither the time nor replicas hold it.
    is_open: bool,
    /// The tables that are no longer as they were read.
    changed: &'a BTreeSet<Identifier>,
}

/// Returns whether a step may begin as it was planned.
async fn may_begin(
    change: LockedChange<'_>,
    session: &mut PooledSession,
    lease: &mut ChangeLease,
    next: StepToBegin<'_>,
) -> Result<Due, NotReady> {
    let StepToBegin { step, is_open, changed } = next;
    let holds_nothing = is_open || change.job.puts_back.is_some();
    let is_clear = is_clear(change.servers, &change.job.request, step);
    let is_clear = holds_nothing || session.kept_during(is_clear).await;
    lease.renew(session).await?;
    if !is_clear {
        return Ok(Due::PlannedAgain);
    }
    let due = is_due(session, change.job, step, changed.contains(&step.table)).await?;
    lease.check()?;
    Ok(due)
}

fn outcome(step: &Step, failure: Option<StatementFailure>, learnt: Option<LearntCost>) -> StatementOutcome {
    StatementOutcome { step_id: step.id.clone(), object: step.object(), statement: step.sql(), failure, learnt }
}
