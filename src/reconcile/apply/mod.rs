//! Runs steps, in one session that holds the database's lock.

mod change_task;
mod orphaned_statement;
mod recheck;
mod registry;
mod watcher;

use std::collections::BTreeSet;

use k8s_openapi::jiff::Timestamp;

use super::applied::{Applied, LearntCost, StatementOutcome};
use super::circumstances::{is_clear, is_in_time};
use super::claims::{ChangeLease, claim};
use super::database_lock::lock_name;
use super::job::Job;
use super::not_ready::NotReady;
use super::statement_mark::marked;
use crate::api::Reason;
use crate::mysql::{Error, ErrorKind, LockAttempt, PooledSession, Purpose, Servers, why_not_primary};
use crate::plan::{Algorithm, Cost, Decision, Risk, Step, gate};
use crate::record::Ledger;
use change_task::ChangeTask;
use orphaned_statement::wait_for_holder;
use recheck::{changed_by, is_due};
use watcher::{LONG, Watched, Watcher};

pub use change_task::{ChangeProgress, Notice};
pub use registry::{ChangeRegistry, ChangeState, Wake};

/// Runs the steps in order, up to the first that fails. Before each, the table is read again in the same session and
/// has to be as it was planned for: a statement from a stale reading would revert what somebody changed meanwhile.
pub async fn apply(servers: &Servers, job: Job, task: &ChangeTask) -> Applied {
    let mut applied = Applied { plan_id: job.plan_id.clone(), statements: Vec::new(), failure: None };
    let lock = lock_name(&job.request.spec.database);
    match begin(servers, &job, &lock).await {
        Ok(Begun::HeldBy(holder)) => {
            applied.failure = wait_for_holder(servers, &job, task, holder).await.err();
        }
        Ok(Begun::Locked(mut session)) => {
            let change = Changing { servers, job: &job, task };
            if !job.only_waits {
                let outcome = change.take_turn(&mut session, &mut applied.statements).await;
                applied.failure = outcome.err();
            }
            session.unlock(&lock).await;
        }
        Err(not_ready) => applied.failure = Some(not_ready),
    }
    applied
}

enum Begun {
    /// The session that holds the lock.
    Locked(Box<PooledSession>),
    /// The connection that holds it already.
    HeldBy(Option<u64>),
}

async fn begin(servers: &Servers, job: &Job, lock: &str) -> Result<Begun, NotReady> {
    let request = &job.request;
    let connect_failed = |error: Error| NotReady::connecting(&error);
    let mut session = servers.session(&request.asker.login, Purpose::Work).await.map_err(connect_failed)?;
    let mut entered = session.enter(&request.spec.database, request.spec.lock_wait).await;
    if entered.as_ref().is_err_and(|error| error.kind == ErrorKind::ConnectionLost) {
        session.reconnect().await.map_err(connect_failed)?;
        entered = session.enter(&request.spec.database, request.spec.lock_wait).await;
    }
    entered.map_err(connect_failed)?;
    // What is recorded before the first step is a write as well.
    check_primary(&mut session).await?;
    Ok(match session.lock(lock).await.map_err(connect_failed)? {
        LockAttempt::Taken => Begun::Locked(Box::new(session)),
        LockAttempt::HeldBy(connection) => Begun::HeldBy(connection),
    })
}

/// What came of a step without an error.
enum Ran {
    /// At this cost, where it is another than was planned.
    Done(Option<LearntCost>),
    /// The server refuses to do it as cheaply as it may be done.
    Dearer(LearntCost),
}

/// A change that holds the lock.
struct Changing<'a> {
    servers: &'a Servers,
    job: &'a Job,
    task: &'a ChangeTask,
}

impl Changing<'_> {
    async fn take_turn(
        &self,
        session: &mut PooledSession,
        statements: &mut Vec<StatementOutcome>,
    ) -> Result<(), NotReady> {
        let mut turn = ChangeLease::take(session, &self.job.request).await?;
        let outcome = self.run_steps(session, &mut turn, statements).await;
        turn.end(session).await;
        outcome
    }

    async fn run_steps(
        &self,
        session: &mut PooledSession,
        turn: &mut ChangeLease,
        statements: &mut Vec<StatementOutcome>,
    ) -> Result<(), NotReady> {
        let job = self.job;
        let entry = job.request.entry(&job.plan_id);
        let ledger = Ledger::open(session, &entry, job.history).await.map_err(|error| NotReady::changing(&error))?;
        if let Some(entry) = &job.record {
            claim(session, &job.request, entry).await?;
        }
        let mut changed = BTreeSet::new();
        for step in &job.steps {
            if self.task.is_stopped() {
                let (done, all) = (statements.len(), job.steps.len());
                let message = format!("{done} of {all} steps had begun when no further one was to begin");
                return Err(NotReady::new(Reason::Interrupted, message));
            }
            if !statements.is_empty() {
                check_primary(session).await?;
            }
            let is_clear = is_clear(self.servers, session, &job.request, step).await?;
            turn.renew(session).await?;
            if !is_clear || !is_due(session, job, step, changed.contains(&step.table)).await? {
                tracing::info!(step = step.id, object = step.object(), "the rest is planned again");
                return Ok(());
            }
            turn.check()?;
            self.task.begin_step(&step.id);
            let ran = self.run_step(session, &ledger, step).await;
            let outcome = |failure: Option<String>, learnt| StatementOutcome {
                step_id: step.id.clone(),
                object: step.object(),
                statement: step.sql(),
                failure,
                learnt,
            };
            match ran {
                Ok(Ran::Done(learnt)) => statements.push(outcome(None, learnt)),
                Ok(Ran::Dearer(learnt)) => {
                    tracing::info!(
                        step = step.id,
                        why = learnt.why,
                        "it costs more than was planned; it is planned again"
                    );
                    statements.push(outcome(Some(learnt.why.clone()), Some(learnt)));
                    return Ok(());
                }
                Err(error) => {
                    let failure = NotReady::changing(&error);
                    statements.push(outcome(Some(failure.to_string()), None));
                    return Err(failure);
                }
            }
            changed.extend(changed_by(step, &job.steps));
        }
        Ok(())
    }

    /// Runs a step as cheaply as it was planned. Where the server refuses that, it goes down rung by rung, each of which is
    /// asked for by name, as far as the step may go.
    async fn run_step(&self, session: &mut PooledSession, ledger: &Ledger<'_>, step: &Step) -> Result<Ran, Error> {
        tracing::info!(step = step.id, object = step.object(), "a step begins");
        let mut cost = step.cost;
        let mut learnt = None;
        loop {
            let asked = step.sql_at(cost);
            let can_be_refused = asked.is_some();
            let error = match self.run(session, ledger, (step, cost), &asked.unwrap_or_else(|| step.sql())).await {
                Ok(()) => return Ok(Ran::Done(learnt)),
                Err(error) if can_be_refused && is_algorithm_refused(&error) => error,
                Err(error) => return Err(error),
            };
            let Some(dearer) = cost.one_rung_down(step.dialect) else { return Err(error) };
            let lesson = LearntCost { cost: dearer, why: error.message };
            let is_blocking = dearer.is_blocking() || step.holds_cluster_up(dearer);
            if is_blocking && !may_block(self.job, step) {
                return Ok(Ran::Dearer(lesson));
            }
            cost = dearer;
            learnt = Some(lesson);
        }
    }

    /// Runs one statement, and writes its row of the history.
    async fn run(
        &self,
        session: &mut PooledSession,
        ledger: &Ledger<'_>,
        (step, cost): (&Step, Cost),
        statement: &str,
    ) -> Result<(), Error> {
        let row = ledger.begin(session, &step.id, statement).await?;
        let builds = step.algorithm().is_some() && cost.algorithm > Algorithm::Instant;
        let outcome = self.send(session, step, statement, builds).await;
        if session.is_usable() {
            ledger.end(session, row, outcome.as_ref().err()).await?;
        }
        outcome
    }

    /// Sends a statement. One that `builds` something of a table that is not small waits long for its last lock, and
    /// gives way in its first wait by our hand; any other has nothing to lose, and the server ends its waits.
    async fn send(&self, session: &mut PooledSession, step: &Step, statement: &str, builds: bool) -> Result<(), Error> {
        let request = &self.job.request;
        let mut watched = Watched {
            login: &request.asker.login,
            table: (&request.spec.database, &step.table),
            connection: session.id,
            lock_wait: request.spec.lock_wait,
            is_long: builds && !request.declaration.consent.small_tables.contains(&step.table),
        };
        let mut watcher = Watcher::new(self.servers, watched.clone(), self.task);
        if watched.is_long && !watcher.prepare().await {
            watched.is_long = false;
            watcher = Watcher::new(self.servers, watched.clone(), self.task);
        }
        if watched.is_long {
            session.set_lock_wait(LONG).await?;
        }
        let doing = format!("changing {}", step.object());
        let outcome = watcher.run(session, &doing, &marked(&request.asker.uid, &step.id, statement)).await;
        if watched.is_long && session.is_usable() {
            session.set_lock_wait(request.spec.lock_wait).await?;
        }
        outcome
    }
}

async fn check_primary(session: &mut PooledSession) -> Result<(), NotReady> {
    match why_not_primary(session).await.map_err(|error| NotReady::connecting(&error))? {
        Some(why) => Err(NotReady::new(Reason::NotPrimary, format!("{why}; let the Secret name the primary"))),
        None => Ok(()),
    }
}

/// `ER_ALTER_OPERATION_NOT_SUPPORTED`, the same with a reason, and the limits of INSTANT (4080, 4092).
fn is_algorithm_refused(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Refusal(1845 | 1846 | 1221 | 4080 | 4092))
}

/// Whether the step may block, although that is none of its risks.
fn may_block(job: &Job, step: &Step) -> bool {
    // Who approved the step did so with the risks that it had.
    let mut consent = job.request.declaration.consent.clone();
    consent.steps.clear();
    let mut blocking = step.clone();
    blocking.risks = BTreeSet::from([Risk::Blocking]);
    let is_allowed = step.risks.contains(&Risk::Blocking) || gate(&blocking, &consent) == Decision::Run;
    is_allowed && is_in_time(&job.request, &blocking, Timestamp::now())
}
