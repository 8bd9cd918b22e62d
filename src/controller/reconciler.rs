//! One reconcile of one resource.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use kube::core::DeserializeGuard;
use kube::core::error_boundary::InvalidObject;
use kube::runtime::controller::Action;
use kube::{Resource, ResourceExt};
use tracing::Instrument;

use super::backoff::Tries;
use super::consent;
use super::context::{CallError, Context};
use super::dereference::dereference;
use super::status::Subject;
use super::status_writer::StatusWriter;
use crate::api::{DatabaseSchema, Reason};
use crate::reconcile::{Applied, ChangeProgress, ChangeState, NotReady, Pass, Report, reconcile as run_pipeline};

/// How long a reconcile waits for the change that it began; a longer one tells when it has ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a reconcile can't report on the resource: the Kubernetes API does not take it.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error("the status could not be written: {0}")]
    Status(#[from] CallError),
}

/// Reconciles one resource, or says on it why it can't be read.
///
/// # Errors
/// Only what can't be reported on the resource itself.
pub async fn reconcile(
    object: Arc<DeserializeGuard<DatabaseSchema>>,
    context: Arc<Context>,
) -> Result<Action, ReconcileError> {
    let meta = object.meta();
    let span = tracing::info_span!(
        "reconcile",
        namespace = meta.namespace.as_deref().unwrap_or_default(),
        resource = meta.name.as_deref().unwrap_or_default(),
        generation = meta.generation.unwrap_or_default(),
    );
    async {
        match &object.0 {
            Ok(resource) => {
                let writer = StatusWriter::new(&resource.metadata, resource.status.as_ref(), &context);
                Reconciler { writer, resource, context: &context, opens: None, is_outdated: false }.run().await
            }
            Err(invalid) => reject(invalid, &context).await,
        }
    }
    .instrument(span)
    .await
}

/// Says on a resource that it can't be read. It holds up nobody else.
async fn reject(invalid: &InvalidObject, context: &Context) -> Result<Action, ReconcileError> {
    let message = format!("the resource can't be read: {}; correct the field", invalid.error);
    tracing::warn!("{message}");
    // What stands in the status could not be read either, so all of it is written anew.
    let mut writer = StatusWriter::new(&invalid.metadata, None, context);
    let subject = Subject {
        generation: invalid.metadata.generation,
        revision: "",
        progress_deadline: Duration::MAX,
        is_exhausted: false,
    };
    let report = Report::not_reached(NotReady::new(Reason::InvalidSpec, message));
    writer.publish(subject, &report, None).await?;
    Ok(Action::await_change())
}

struct Reconciler<'a> {
    resource: &'a DatabaseSchema,
    context: &'a Context,
    writer: StatusWriter<'a>,
    /// When the maintenance window opens that steps wait for.
    opens: Option<Timestamp>,
    /// The resource is gone, or asks for something else than what was measured.
    is_outdated: bool,
}

impl Reconciler<'_> {
    async fn run(mut self) -> Result<Action, ReconcileError> {
        let started = std::time::Instant::now();
        let uid = self.resource.uid().unwrap_or_default();
        if self.resource.metadata.deletion_timestamp.is_some() {
            self.context.changes.stop(&uid);
            self.context.backoff.forget(&uid);
            self.context.failover.forget(&uid);
            return Ok(Action::await_change());
        }
        let reason = self.measure(&uid).await?;
        self.context.metrics.reconciled(reason, started.elapsed());
        let interval = self.resource.spec.interval().unwrap_or(Duration::from_mins(5));
        let next = self.context.backoff.next(&uid, reason, interval);
        let next = next.map(|next| self.opens.map_or(next, |opens| next.min(until(opens))));
        Ok(next.map_or_else(Action::await_change, Action::requeue))
    }

    /// Measures, changes what is to be changed, and reports; gives the reason that was reported.
    async fn measure(&mut self, uid: &str) -> Result<Reason, ReconcileError> {
        let after = match self.context.changes.state(uid) {
            ChangeState::Ended(applied) => Some(applied),
            ChangeState::None => None,
            ChangeState::Running(course) => return self.running(uid, &course).await,
        };
        if self.resource.spec.is_suspended() {
            self.context.failover.forget(uid);
            let message = "spec.suspend is true, so the database is left alone";
            return self.report(&Report::not_reached(NotReady::new(Reason::Suspended, message)), None).await;
        }
        let request = match dereference(self.resource, self.writer.current.as_ref(), self.context).await {
            Ok(request) => request,
            Err(not_ready) => {
                if not_ready.reason != Reason::KubernetesUnavailable {
                    self.context.failover.forget(uid);
                }
                return self.report(&Report::not_reached(not_ready), after.as_ref()).await;
            }
        };
        self.context.failover.uses(uid, &request.asker.login);
        let Pass { report, change } = Box::pin(run_pipeline(&self.context.pipeline, &request, after.as_ref())).await;
        let reason = self.report(&report, after.as_ref()).await?;
        // What nobody was told of does not begin.
        let Some(job) = change.filter(|_| !self.is_outdated) else { return Ok(reason) };
        self.context.changes.start(job);
        self.context.changes.wait(uid, PATIENCE).await;
        let ChangeState::Ended(applied) = self.context.changes.state(uid) else { return Ok(reason) };
        let mut request = request;
        request.prior.was_in_sync = false;
        let Pass { report, .. } = Box::pin(run_pipeline(&self.context.pipeline, &request, Some(&applied))).await;
        self.report(&report, Some(&applied)).await
    }

    /// A change is under way. One that was asked for by an older spec begins no further step.
    async fn running(&mut self, uid: &str, course: &ChangeProgress) -> Result<Reason, ReconcileError> {
        let observed = self.writer.current.as_ref().and_then(|status| status.observed_generation);
        let plan = self.writer.current.as_ref().and_then(|status| status.plan.as_ref());
        let rejection = consent::rejection(self.resource, self.writer.current.as_ref(), Timestamp::now())
            .filter(|no| plan.is_some_and(|plan| plan.id == no.plan_id));
        if let Some(no) = rejection.as_ref().filter(|no| no.cancels) {
            self.context.changes.cancel(uid, &no.by);
        }
        if observed != self.resource.metadata.generation || self.resource.spec.is_suspended() || rejection.is_some() {
            self.context.changes.stop(uid);
        }
        self.writer.progress(course).await?;
        Ok(Reason::Applying)
    }

    /// How often statements have given way in a row, where one just did.
    fn tries(&self, report: &Report, applied: Option<&Applied>) -> Option<Tries> {
        report.outcome.as_ref().err().filter(|not_ready| not_ready.reason == Reason::LockWaitTimeout)?;
        let statements = applied.map(|applied| applied.statements.as_slice()).unwrap_or_default();
        let advanced = statements.iter().any(|statement| statement.failure.is_none());
        let uid = self.resource.uid().unwrap_or_default();
        // One that can't be read was refused before.
        let lock_wait = self.resource.spec.policy.lock_wait().unwrap_or_default();
        Some(self.context.backoff.gave_way(&uid, (self.resource.metadata.generation, advanced), lock_wait))
    }

    async fn report(&mut self, report: &Report, applied: Option<&Applied>) -> Result<Reason, ReconcileError> {
        let spec = &self.resource.spec;
        let tries = self.tries(report, applied);
        let counted = tries.map(|tries| counting(report, tries));
        let report = counted.as_ref().unwrap_or(report);
        let subject = Subject {
            generation: self.resource.metadata.generation,
            revision: &spec.revision,
            progress_deadline: spec.progress_deadline().unwrap_or(Duration::from_mins(10)),
            is_exhausted: tries.is_some_and(Tries::are_exhausted),
        };
        self.is_outdated = !Box::pin(self.writer.publish(subject, report, applied)).await?;
        self.opens = report.opens;
        for statement in applied.iter().flat_map(|applied| &applied.statements) {
            self.context.metrics.statement(statement.failure.is_none());
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

/// The same report, which says how often it was tried.
fn counting(report: &Report, tries: Tries) -> Report {
    let mut report = report.clone();
    if let Err(not_ready) = &mut report.outcome {
        not_ready.message = format!("{}; {tries}", not_ready.message);
    }
    report
}

/// The time from now until then; a moment where that has passed.
fn until(then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(Timestamp::now())).unwrap_or_default().max(Duration::from_millis(100))
}
