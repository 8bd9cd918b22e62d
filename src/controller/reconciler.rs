//! Reconciles one resource: reads what it refers to, runs the pipeline, and reports.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::core::error_boundary::InvalidObject;
use kube::{Resource, ResourceExt};
use tracing::Instrument;

use super::backoff::{LockTimeout, LockTimeouts};
use super::cancellation::Cancellation;
use super::consent;
use super::context::{CallError, Context};
use super::deletion::keys_away;
use super::dereference::dereference;
use super::last_looks::{InSync, asks};
use super::namespace::is_being_deleted;
use super::status::{ConditionType, Subject};
use super::status_writer::StatusWriter;
use crate::api::{DatabaseSchema, Reason, Retry};
use crate::declare::Source;
use crate::reconcile::{
    Applied, ChangeProgress, ChangeState, Job, NotReady, Pass, Recorded, Report, Request, SharedPass, Turn, caught,
    reconcile as run_pipeline, reconcile_sharing,
};

/// How long a reconcile waits for the change that it began. A longer change wakes the resource at its end.
const CHANGE_WAIT: Duration = Duration::from_secs(2);

/// How long a pass may take in all, whatever the server answers. Each of its queries has a limit of its own.
const PASS_TIME: Duration = Duration::from_mins(10);

/// Reconciles one resource, or reports on it why it can't be read. Returns when to do so again. A reconcile that is
/// cancelled, and has not begun to report, ends at once.
pub async fn reconcile(
    object: &DeserializeGuard<DatabaseSchema>,
    context: &Context,
    cancellation: &Cancellation,
) -> Option<Duration> {
    let meta = object.meta();
    let span = tracing::info_span!(
        "reconcile",
        namespace = meta.namespace.as_deref().unwrap_or_default(),
        resource = meta.name.as_deref().unwrap_or_default(),
        generation = meta.generation.unwrap_or_default(),
    );
    async {
        let outcome = match &object.0 {
            Ok(resource) => {
                let writer = StatusWriter::new(context, &resource.metadata, resource.status.as_ref());
                let reconciler = Reconciler {
                    context,
                    cancellation,
                    resource,
                    writer,
                    opens: None,
                    is_unclaimed: false,
                    is_woken_for_its_turn: false,
                    is_outdated: false,
                };
                Box::pin(reconciler.run()).await
            }
            Err(invalid) => report_unreadable(context, invalid).await.map(|()| None),
        };
        match outcome {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "the status could not be written; it is tried again");
                Some(context.backoff.after_call(meta.uid.as_deref().unwrap_or_default(), error.retry_after()))
            }
        }
    }
    .instrument(span)
    .await
}

/// Reports on a resource that it can't be read. Other resources are not held up.
async fn report_unreadable(context: &Context, invalid: &InvalidObject) -> Result<(), CallError> {
    let message = format!("the resource can't be read: {}; correct the field", invalid.error);
    tracing::warn!("{message}");
    // Its status could not be read either, so the whole status is replaced.
    let mut writer = StatusWriter::new(context, &invalid.metadata, None);
    let subject = Subject {
        generation: invalid.metadata.generation,
        revision: "",
        progress_deadline: Duration::MAX,
        is_exhausted: false,
        weakness: None,
    };
    let report = Report::not_reached(NotReady::new(Reason::InvalidSpec, message));
    writer.publish(subject, &report, None).await.map(|_| ())
}

/// What a resource asks for, and what a pass over it gave.
struct Looked {
    request: Request<Source>,
    /// `None` where the database is as it was when the status was written.
    pass: Option<Pass>,
}

/// One reconcile.
struct Reconciler<'a> {
    context: &'a Context,
    cancellation: &'a Cancellation,
    resource: &'a DatabaseSchema,
    writer: StatusWriter<'a>,
    /// When the maintenance window opens that steps wait for.
    opens: Option<Timestamp>,
    /// What it declares could not be claimed yet.
    is_unclaimed: bool,
    /// It waits for its turn to change the database, and is woken then.
    is_woken_for_its_turn: bool,
    /// The resource is gone, or has another spec than the one that was measured.
    is_outdated: bool,
}

impl Reconciler<'_> {
    /// Reconciles, and returns when to do so again.
    async fn run(mut self) -> Result<Option<Duration>, CallError> {
        let started = std::time::Instant::now();
        let uid = self.resource.uid().unwrap_or_default();
        if self.resource.metadata.deletion_timestamp.is_some() {
            self.context.changes.stop(&uid);
            self.context.backoff.forget(&uid);
            self.context.failover.forget(&uid);
            return Ok(None);
        }
        // Whoever cancels has it reconciled again, where it is still there.
        let Some(reason) = Box::pin(self.measure(&uid)).await? else { return Ok(None) };
        self.context.metrics.count_reconcile(reason, started.elapsed());
        let interval = self.resource.spec.interval().unwrap_or(Duration::from_mins(5));
        let next =
            if self.is_woken_for_its_turn { Some(interval) } else { self.context.backoff.next(&uid, reason, interval) };
        let next = if reason == Reason::InSync { Some(self.in_step_with_others(interval)) } else { next };
        let next = if self.is_unclaimed { next.map(|next| next.min(Retry::SLOWEST)) } else { next };
        Ok(next.map(|next| self.opens.map_or(next, |opens| next.min(until(opens)))))
    }

    /// Returns the time to the next moment, within the interval, at which all resources of this database are measured: so
    /// they share what is read.
    fn in_step_with_others(&self, interval: Duration) -> Duration {
        let spec = &self.resource.spec;
        let mut digest = DefaultHasher::new();
        (&self.resource.metadata.namespace, &spec.connection.secret_ref.name, &spec.database).hash(&mut digest);
        self.context.backoff.next_moment(digest.finish(), interval)
    }

    /// Measures, begins the change that is due, and reports. Returns the reason that was reported; `None` where it was
    /// cancelled before.
    async fn measure(&mut self, uid: &str) -> Result<Option<Reason>, CallError> {
        let after = match self.context.changes.state(uid) {
            ChangeState::Ended(applied) => Some(applied),
            ChangeState::None => None,
            ChangeState::Running(progress) => return self.follow_change(uid, &progress).await.map(Some),
        };
        if let Some(too_large) = self.context.object_sizes.too_large(uid) {
            self.context.failover.forget(uid);
            return self.report_size(too_large).await.map(Some);
        }
        if self.resource.spec.is_suspended() {
            self.context.failover.forget(uid);
            let away = keys_away(self.context, self.resource).await;
            let away = away.map(|objects| format!("; a change dropped {objects}, away until spec.suspend is false"));
            let message = format!("spec.suspend is true, so the database is left alone{}", away.unwrap_or_default());
            let report = Report::not_reached(NotReady::new(Reason::Suspended, message));
            return self.report(&report, None).await.map(Some);
        }
        let Some(looked) = self.look(uid, after.as_ref()).await else { return Ok(None) };
        let Looked { request, pass } = match looked {
            Ok(looked) => looked,
            Err(not_ready) => return self.report(&Report::not_reached(not_ready), after.as_ref()).await.map(Some),
        };
        let Some(pass) = pass else {
            tracing::debug!("in sync");
            return Ok(Some(Reason::InSync));
        };
        let Some((Pass { report, change }, turn)) = self.in_turn(&request, pass, after.as_ref()).await else {
            return Ok(None);
        };
        if let Some(job) = &change {
            self.note_entry(uid, job);
        }
        let reason = self.report(&report, after.as_ref()).await?;
        // A change that was not reported does not begin.
        let Some(job) = change.filter(|_| !self.is_outdated) else { return Ok(Some(reason)) };
        self.context.changes.start_in_turn(job, turn);
        self.context.changes.wait(uid, CHANGE_WAIT).await;
        let ChangeState::Ended(applied) = self.context.changes.state(uid) else { return Ok(Some(reason)) };
        let mut request = request;
        request.prior.was_in_sync = false;
        let Pass { report, .. } = self.pass(&request, Some(&applied)).await;
        self.report(&report, Some(&applied)).await.map(Some)
    }

    /// Reports that the resource is too large: by an Event alone, where there is not even room for that in the status.
    async fn report_size(&mut self, too_large: NotReady) -> Result<Reason, CallError> {
        let reason = too_large.reason;
        match self.report(&Report::not_reached(too_large.clone()), None).await {
            Err(error) if error.may_be_too_large() => {
                tracing::warn!(%error, detail = too_large.message, "the status could not be written");
                self.writer.tell_beside(&too_large).await;
                Ok(reason)
            }
            outcome => outcome,
        }
    }

    /// Notes, for the status that is written before the change begins, the entry that the change writes to the record.
    fn note_entry(&self, uid: &str, job: &Job) {
        let notes = &self.context.record_notes;
        let noted = notes.noted(uid, self.writer.current.as_ref()).unwrap_or_default();
        match job.announcing(&noted) {
            Ok(None) => {}
            Ok(Some(entries)) => notes.note(uid, entries),
            Err(error) => tracing::warn!(%error, "what the change writes to the record can't be noted"),
        }
    }

    /// Takes the turn for the change of a pass, where it has one. What was planned before a change of another resource is
    /// planned again. `None` where it was cancelled.
    async fn in_turn(
        &mut self,
        request: &Request<Source>,
        pass: Pass,
        after: Option<&Applied>,
    ) -> Option<(Pass, Option<Turn>)> {
        let Some(job) = &pass.change else {
            self.context.changes.leave_line(&request.asker.uid);
            return Some((pass, None));
        };
        if is_being_deleted(self.context, self.resource.namespace().as_deref().unwrap_or_default()).await {
            let message = "its namespace is being deleted, so the database is left alone";
            let report = pass.report.ending(NotReady::new(Reason::Suspended, message));
            return Some((report.into(), None));
        }
        let turn = self.context.changes.take_turn(job);
        let turn = if after.is_some() { turn.await } else { self.cancellation.or(turn).await? };
        match turn {
            Ok(turn) if turn.was_waited_for => Some((self.pass(request, after).await, Some(turn))),
            Ok(turn) => Some((pass, Some(turn))),
            Err(not_ready) => {
                self.is_woken_for_its_turn = true;
                Some((pass.report.ending(not_ready).into(), None))
            }
        }
    }

    /// Reads what the resource refers to, and runs a pass. `None` where it was cancelled. What a change left to report
    /// is told once, so a pass after it is not cancelled.
    async fn look(&self, uid: &str, after: Option<&Applied>) -> Option<Result<Looked, NotReady>> {
        let is_urgent = self.context.last_looks.take_urgent(uid);
        if is_urgent || after.is_some() {
            let secret = &self.resource.spec.connection.secret_ref.name;
            self.context.secrets.forget(self.resource.namespace().as_deref().unwrap_or_default(), secret);
        }
        let look = Box::pin(async {
            let request = match dereference(self.context, self.resource, self.writer.current.as_ref()).await {
                Ok(request) => request,
                Err(not_ready) => {
                    if not_ready.reason != Reason::KubernetesUnavailable {
                        self.context.failover.forget(uid);
                    }
                    return Err(not_ready);
                }
            };
            self.context.failover.register(uid, &request.asker.login);
            let pass = if after.is_some() || is_urgent {
                Some(Box::pin(self.pass(&request, after)).await)
            } else {
                Box::pin(self.shared_pass(uid, &request)).await
            };
            Ok(Looked { request, pass })
        });
        if after.is_some() { Some(look.await) } else { self.cancellation.or(look).await }
    }

    /// Runs a pass that nothing but the time asks for: `None` where the database is as it was, and the status holds.
    async fn shared_pass(&self, uid: &str, request: &Request<Source>) -> Option<Pass> {
        let looks = &self.context.last_looks;
        let asks = asks(self.resource, &request.asker.login);
        let before = looks.before(uid, asks.filter(|_| self.is_ready()));
        let pipeline = self.context.pipeline.of_tenant(request.asker.owner.namespace().unwrap_or_default());
        let pass = caught(Box::pin(reconcile_sharing(&pipeline, &self.context.readings, request, before)));
        let SharedPass { pass, looked } = tokio::select! {
            pass = pass => match pass {
                Ok(pass) => pass,
                Err(fault) => return Some(Report::not_reached(fault.into()).into()),
            },
            () = tokio::time::sleep(PASS_TIME) => return Some(given_up()),
        };
        match &pass {
            None => looks.is_unchanged(uid, looked),
            Some(Pass { report, .. }) => {
                // A record that can't be kept is tried again each time.
                let is_done =
                    report.outcome.is_ok() && report.recorded == Recorded::Whole && report.left_drift.is_empty();
                let known = report.fingerprint.zip(asks).filter(|_| is_done);
                let in_sync = known.map(|(fingerprint, asks)| InSync { since: looked, fingerprint, asks });
                looks.remember(uid, looked, in_sync);
            }
        }
        pass
    }

    /// Returns whether the status says that this very spec is in sync.
    fn is_ready(&self) -> bool {
        let conditions = self.writer.current.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
        ConditionType::Ready.find(conditions).is_some_and(|ready| {
            ready.status == "True" && ready.observed_generation == self.resource.metadata.generation
        })
    }

    /// Runs a pass, within its deadline. A fault in it is the resource's own reason.
    async fn pass(&self, request: &Request<Source>, after: Option<&Applied>) -> Pass {
        let pipeline = self.context.pipeline.of_tenant(request.asker.owner.namespace().unwrap_or_default());
        let pass = caught(Box::pin(run_pipeline(&pipeline, request, after)));
        tokio::select! {
            pass = pass => pass.unwrap_or_else(|fault| Report::not_reached(fault.into()).into()),
            () = tokio::time::sleep(PASS_TIME) => given_up(),
        }
    }

    /// Reports the progress of a change. A change that an older spec asked for begins no further step.
    async fn follow_change(&mut self, uid: &str, progress: &ChangeProgress) -> Result<Reason, CallError> {
        let observed = self.writer.current.as_ref().and_then(|status| status.observed_generation);
        let plan = self.writer.current.as_ref().and_then(|status| status.plan.as_ref());
        let rejection = consent::rejection(self.resource, self.writer.current.as_ref(), Timestamp::now())
            .filter(|rejection| plan.is_some_and(|plan| plan.id == rejection.plan_id));
        if let Some(cancellation) = rejection.as_ref().filter(|rejection| rejection.cancels) {
            self.context.changes.cancel(uid, &cancellation.by);
        }
        if observed != self.resource.metadata.generation || self.resource.spec.is_suspended() || rejection.is_some() {
            self.context.changes.stop(uid);
        }
        self.writer.write_progress(progress).await?;
        Ok(Reason::Applying)
    }

    /// Counts the statements that gave way in a row, where one just did.
    fn count_lock_timeout(&self, report: &Report, applied: Option<&Applied>) -> Option<LockTimeouts> {
        report.outcome.as_ref().err().filter(|not_ready| not_ready.reason == Reason::LockWaitTimeout)?;
        let statements = applied.map(|applied| applied.statements.as_slice()).unwrap_or_default();
        let timeout = LockTimeout {
            generation: self.resource.metadata.generation,
            has_advanced: statements.iter().any(|statement| statement.failure.is_none()),
            // One that can't be read was refused before.
            lock_wait: self.resource.spec.policy.lock_wait().unwrap_or_default(),
        };
        Some(self.context.backoff.count_lock_timeout(&self.resource.uid().unwrap_or_default(), timeout))
    }

    /// Counts a fault that ended a pass or a change.
    fn count_fault(&self, report: &Report, applied: Option<&Applied>) {
        let ended = [report.outcome.as_ref().err(), applied.and_then(|applied| applied.failure.as_ref())];
        let faults = ended.into_iter().flatten().filter(|not_ready| not_ready.reason == Reason::OperatorFault);
        faults.for_each(|_| self.context.metrics.count_panic());
    }

    /// Writes the status, and returns the reason that it reports.
    async fn report(&mut self, report: &Report, applied: Option<&Applied>) -> Result<Reason, CallError> {
        self.count_fault(report, applied);
        let spec = &self.resource.spec;
        let timeouts = self.count_lock_timeout(report, applied);
        let with_count = timeouts.map(|timeouts| with_count(report, timeouts));
        let report = with_count.as_ref().unwrap_or(report);
        let subject = Subject {
            generation: self.resource.metadata.generation,
            revision: &spec.revision,
            progress_deadline: spec.progress_deadline().unwrap_or(Duration::from_mins(10)),
            is_exhausted: timeouts.is_some_and(LockTimeouts::are_exhausted),
            weakness: spec.connection.tls.weakness(),
        };
        self.is_outdated = !Box::pin(self.writer.publish(subject, report, applied)).await?;
        self.opens = report.opens;
        self.is_unclaimed = report.recorded == Recorded::WithoutClaim;
        for statement in applied.iter().flat_map(|applied| &applied.statements) {
            self.context.metrics.count_statement(statement.failure.is_none());
        }
        match &report.outcome {
            Ok(()) => {
                tracing::debug!("in sync");
                Ok(Reason::InSync)
            }
            Err(not_ready) => {
                tracing::info!(reason = not_ready.reason.as_str(), detail = not_ready.message, "not ready");
                Ok(not_ready.reason)
            }
        }
    }
}

/// Returns what a pass gives that did not end in time.
fn given_up() -> Pass {
    let message = format!(
        "measuring the database took longer than {} min, and was given up; it is tried again",
        PASS_TIME.as_secs() / 60
    );
    Report::not_reached(NotReady::new(Reason::Timeout, message)).into()
}

/// Returns the report with the number of statements that gave way in its message.
fn with_count(report: &Report, timeouts: LockTimeouts) -> Report {
    let mut report = report.clone();
    if let Err(not_ready) = &mut report.outcome {
        not_ready.message = format!("{}; {timeouts}", not_ready.message);
    }
    report
}

/// Returns the time from now until then, or a moment where that has passed.
fn until(then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default().max(Duration::from_millis(100))
}
