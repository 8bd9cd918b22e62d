//! Computes the status of a resource from a report. Pure: the same report over the same status gives the same status, so
//! nothing is written when nothing has changed.

mod bounds;
mod conditions;
mod fitted;
mod plan_status;
mod progress;
mod record;

use k8s_openapi::jiff::Timestamp;

use bounds::{MAX_ITEMS, MAX_MESSAGE, bounded, cut, omitted, whole_seconds};
use conditions::Conditions;
use plan_status::{completed, plan_status};

use crate::api::{
    ApprovalStatus, DatabaseSchemaStatus, DriftStatus, FailedStepStatus, HistoryStatus, Outcome, PlanStatus,
    RefusalStatus, RevisionStatus, ServerStatus, UndeclaredStatus,
};
use crate::reconcile::{Applied, Approval, DriftedObject, FailedStep, Rejection, Report};
use crate::telemetry::printable;

pub use conditions::{ConditionType, Subject, reason_of};
pub use fitted::{LEAST_ROOM, MAX_STATUS, fitted, stored_bytes};
pub use progress::mark_progress;
pub use record::{noted_entries, record_status};

/// At most so many entries of the history are kept.
const MAX_HISTORY: usize = 10;

/// Definitions of what has drifted are cut to this many bytes.
const MAX_DEFINITION: usize = 1024;

/// The id of a server is cut to this many bytes. Genuine ones have 36 at most.
const MAX_ID: usize = 64;

/// At most so many revisions of a migration tool are named, each cut to this many bytes.
const MAX_LIVE: usize = 10;
const MAX_REVISION: usize = 128;

/// At most so many kept objects are named.
const MAX_KEPT: usize = 10;

/// Computes the status after a report.
pub fn status(
    previous: Option<&DatabaseSchemaStatus>,
    subject: Subject<'_>,
    report: &Report,
    applied: Option<&Applied>,
    now: Timestamp,
) -> DatabaseSchemaStatus {
    let mut status = previous.cloned().unwrap_or_default();
    let conditions = Conditions { previous: previous.cloned().unwrap_or_default().conditions, subject, now };
    status.observed_generation = subject.generation;
    status.conditions = conditions.all(report);
    if let Some(server) = &report.server {
        let (major, minor, patch) = server.dialect.version;
        status.server = Some(ServerStatus {
            flavor: server.dialect.flavor.to_string(),
            version: format!("{major}.{minor}.{patch}"),
            id: server.id.as_deref().map(|id| cut(id, MAX_ID)),
        });
    }
    if let Some(undeclared) = report.undeclared {
        let kept: Vec<String> = report.kept.iter().take(MAX_KEPT).map(|kept| cut(kept, MAX_DEFINITION)).collect();
        status.undeclared = Some(UndeclaredStatus {
            tables: bounded(undeclared.tables),
            columns: bounded(undeclared.columns),
            indexes: bounded(undeclared.indexes),
            omitted_kept: omitted(&report.kept, kept.len()),
            kept,
        });
    }
    if report.outcome.is_ok() {
        status.revision = Some(revision(status.revision.take(), subject.revision, now));
    }
    if let Some(state) = &report.revision {
        let live = state.live.iter().take(MAX_LIVE).map(|revision| cut(&printable(revision), MAX_REVISION)).collect();
        let revision = RevisionStatus { live, ..status.revision.take().unwrap_or_default() };
        status.revision = (revision != RevisionStatus::default()).then_some(revision);
    }
    match (&report.plan, report.in_sync) {
        (Some(planned), _) => {
            let rejected_by = report.rejected_by.clone();
            status.plan = Some(PlanStatus { rejected_by, ..plan_status(planned, applied) });
        }
        (None, Some(true)) => status.plan = status.plan.take().map(completed),
        (None, _) => {}
    }
    if report.in_sync.is_some() {
        status.approval = report.approval.as_ref().map(approval_status);
        // One that does not know its steps yet is read from the annotations again.
        status.refusal = report.rejection.as_ref().filter(|rejection| !rejection.is_partial).map(refusal_status);
        status.failed_steps = report.failed_steps.iter().take(MAX_ITEMS).map(failed_step_status).collect();
        let drift = drift(report);
        status.omitted_drift = omitted(&drift, MAX_ITEMS);
        status.drift = drift.into_iter().take(MAX_ITEMS).collect();
    }
    if let Some(applied) = applied.filter(|applied| !applied.statements.is_empty()) {
        remember(&mut status.history, subject.revision, applied, now);
    }
    status
}

fn revision(previous: Option<RevisionStatus>, applied: &str, now: Timestamp) -> RevisionStatus {
    match previous {
        Some(previous) if previous.applied.as_deref() == Some(applied) => previous,
        previous => RevisionStatus {
            applied: Some(applied.to_owned()),
            applied_at: Some(whole_seconds(now)),
            live: previous.map(|previous| previous.live).unwrap_or_default(),
        },
    }
}

fn approval_status(approval: &Approval) -> ApprovalStatus {
    // Once the status holds it, it is not new.
    let Approval { plan_id, by, at, mark, steps, spent, is_new: _ } = approval;
    ApprovalStatus {
        plan_id: plan_id.clone(),
        by: by.clone(),
        at: whole_seconds(*at),
        mark: mark.clone(),
        steps: steps.iter().cloned().collect(),
        spent: spent.iter().cloned().collect(),
    }
}

fn refusal_status(rejection: &Rejection) -> RefusalStatus {
    // Whether it cancels is read from the annotations each time.
    let Rejection { plan_id, by, at, steps, cancels: _, is_partial: _ } = rejection;
    RefusalStatus {
        plan_id: plan_id.clone(),
        by: by.clone(),
        at: whole_seconds(*at),
        steps: steps.iter().cloned().collect(),
    }
}

fn failed_step_status(failed: &FailedStep) -> FailedStepStatus {
    let FailedStep { step_id, failure, runs_again } = failed;
    FailedStepStatus {
        id: step_id.clone(),
        reason: failure.reason.as_str().to_owned(),
        message: cut(&printable(&failure.message), MAX_MESSAGE),
        runs_again: *runs_again,
    }
}

/// Returns each object that has drifted, with what is declared and what is live.
fn drift(report: &Report) -> Vec<DriftStatus> {
    let of_plan =
        report.plan.iter().filter(|_| report.drifted).flat_map(|planned| DriftedObject::of_plan(&planned.plan));
    let drift =
        of_plan.chain(report.left_drift.iter().cloned()).map(|DriftedObject { object, declared, live }| DriftStatus {
            object: cut(&object, MAX_DEFINITION),
            declared: cut(&declared, MAX_DEFINITION),
            live: cut(&live, MAX_DEFINITION),
        });
    drift.collect()
}

/// Adds what was applied to a history whose newest entry is the first.
fn remember(history: &mut Vec<HistoryStatus>, revision: &str, applied: &Applied, now: Timestamp) {
    let entry = HistoryStatus {
        revision: revision.to_owned(),
        plan_id: applied.plan_id.clone(),
        applied_at: whole_seconds(now),
        statements: bounded(applied.statements.iter().filter(|statement| statement.failure.is_none()).count()),
        outcome: if applied.failure.is_some() { Outcome::Failed } else { Outcome::Applied },
    };
    // A failure that repeats every half minute is one entry.
    let same = |last: &HistoryStatus| HistoryStatus { applied_at: entry.applied_at.clone(), ..last.clone() } == entry;
    if entry.outcome == Outcome::Failed && history.first().is_some_and(same) {
        return;
    }
    history.insert(0, entry);
    history.truncate(MAX_HISTORY);
}

#[cfg(test)]
mod tests;
