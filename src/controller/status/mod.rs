//! From a report to a status. Pure: the same report over the same status gives the same status, so that nothing is
//! written when nothing has changed.

mod bounds;
mod conditions;
mod plan_status;
mod progress;

use k8s_openapi::jiff::Timestamp;

use bounds::{MAX_ITEMS, bounded, cut, whole_seconds};
use conditions::Conditions;
use plan_status::{carried_out, plan_status};

use crate::api::{
    ApprovalStatus, DatabaseSchemaStatus, DriftStatus, HistoryStatus, Outcome, PlanStatus, RefusalStatus,
    RevisionStatus, ServerStatus, UndeclaredStatus,
};
use crate::reconcile::{Applied, Approval, Rejection, Report};

pub use conditions::Subject;
pub use progress::mark_progress;

const MAX_HISTORY: usize = 10;

/// Steps of a refused plan that are remembered.
const MAX_REFUSED: usize = 2000;

/// The status after `report`, where `previous` is what stands there now.
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
            id: server.id.clone(),
        });
    }
    if let Some(undeclared) = report.undeclared {
        status.undeclared = Some(UndeclaredStatus {
            tables: bounded(undeclared.tables),
            columns: bounded(undeclared.columns),
            indexes: bounded(undeclared.indexes),
        });
    }
    if report.outcome.is_ok() {
        status.revision = Some(revision(status.revision.take(), subject.revision, now));
    }
    match (&report.plan, report.in_sync) {
        (Some(planned), _) => {
            let rejected_by = report.rejected_by.clone();
            status.plan = Some(PlanStatus { rejected_by, ..plan_status(planned, applied) });
        }
        (None, Some(true)) => status.plan = status.plan.take().map(carried_out),
        (None, _) => {}
    }
    if report.in_sync.is_some() {
        let (drift, omitted) = drift(report);
        status.approval = report.approval.as_ref().map(approval_status);
        status.refusal = report.rejection.as_ref().map(refusal_status);
        status.drift = drift;
        status.omitted_drift = omitted;
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
            live: previous.and_then(|previous| previous.live),
        },
    }
}

fn approval_status(approval: &Approval) -> ApprovalStatus {
    ApprovalStatus {
        plan_id: approval.plan_id.clone(),
        by: approval.by.clone(),
        at: whole_seconds(approval.at),
        mark: approval.mark.clone(),
        steps: approval.steps.iter().cloned().collect(),
        spent: approval.spent.iter().cloned().collect(),
    }
}

fn refusal_status(rejection: &Rejection) -> RefusalStatus {
    RefusalStatus {
        plan_id: rejection.plan_id.clone(),
        by: rejection.by.clone(),
        at: whole_seconds(rejection.at),
        steps: rejection.steps.iter().take(MAX_REFUSED).cloned().collect(),
    }
}

fn drift(report: &Report) -> (Vec<DriftStatus>, Option<i64>) {
    let Some(planned) = report.plan.as_ref().filter(|_| report.drifted) else { return (Vec::new(), None) };
    let changes: Vec<_> = planned
        .steps
        .iter()
        .flat_map(|planned| planned.step.changes.iter().map(move |change| (&planned.step, change)))
        .collect();
    let shown = changes.iter().take(MAX_ITEMS).map(|(step, change)| {
        let (declared, live) = change.difference(step.dialect);
        let object = change.object(&step.table);
        DriftStatus { object, declared: cut(&declared, 1024), live: cut(&live, 1024) }
    });
    let omitted = changes.len().saturating_sub(MAX_ITEMS);
    (shown.collect(), (omitted > 0).then(|| bounded(omitted)))
}

/// The newest first.
fn remember(history: &mut Vec<HistoryStatus>, revision: &str, applied: &Applied, now: Timestamp) {
    let entry = HistoryStatus {
        revision: revision.to_owned(),
        plan_id: applied.plan_id.clone(),
        applied_at: whole_seconds(now),
        statements: bounded(applied.statements.iter().filter(|statement| statement.failure.is_none()).count()),
        outcome: if applied.failure.is_some() { Outcome::Failed } else { Outcome::Applied },
    };
    // A failure that repeats every half minute is one line.
    let same = |last: &HistoryStatus| HistoryStatus { applied_at: entry.applied_at.clone(), ..last.clone() } == entry;
    if entry.outcome == Outcome::Failed && history.first().is_some_and(same) {
        return;
    }
    history.insert(0, entry);
    history.truncate(MAX_HISTORY);
}

#[cfg(test)]
mod tests;
