//! From a report to a status. Pure: the same report over the same status gives the same status, so that nothing is
//! written when nothing has changed.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::{SignedDuration, Timestamp};

use crate::api::{
    ApprovalStatus, DatabaseSchemaStatus, DriftStatus, HistoryStatus, Outcome, PlanStatus, Reason, RefusalStatus,
    RevisionStatus, ServerStatus, StepState, StepStatus, UndeclaredStatus,
};
use crate::reconcile::{Applied, Approval, PlannedStep, PlannedSteps, Rejection, Report, Verification, counted};

/// Steps and drifted objects shown at most; the rest is counted.
const MAX_ITEMS: usize = 100;
/// Statements are cut to this many bytes, and all of them together to the second figure: an object in etcd holds
/// about 1.5 MiB.
const MAX_STATEMENT: usize = 8 * 1024;
const MAX_STATEMENTS: usize = 256 * 1024;
/// A condition's message holds 32 KiB; a person reads less.
pub(super) const MAX_MESSAGE: usize = 4 * 1024;
const MAX_HISTORY: usize = 10;
/// Steps of a refused plan that are remembered.
const MAX_REFUSED: usize = 2000;

/// What of the resource goes into its status.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub generation: Option<i64>,
    pub revision: &'a str,
    pub progress_deadline: Duration,
    /// Whether it has been tried as often as may be, and somebody has to act.
    pub is_exhausted: bool,
}

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

struct Conditions<'a> {
    previous: Vec<Condition>,
    subject: Subject<'a>,
    now: Timestamp,
}

impl Conditions<'_> {
    fn all(&self, report: &Report) -> Vec<Condition> {
        let (reason, message) = match &report.outcome {
            Ok(()) => (Reason::InSync, ready_message(report)),
            Err(not_ready) => (not_ready.reason, not_ready.message.clone()),
        };
        let row = reason.row();
        let stalled = row.stalled || row.stalls_after_deadline && (self.subject.is_exhausted || self.is_overdue());
        let reconciling = row.reconciling && !stalled;
        let word = reason.as_str();
        vec![
            self.condition("Ready", Some(row.ready), word, &message),
            self.condition("Reconciling", Some(reconciling), word, if reconciling { &message } else { "" }),
            self.condition("Stalled", Some(stalled), word, if stalled { &message } else { "" }),
            self.reachable(report, reason, &message),
            self.in_sync(report, reason),
            self.verified(report, reason),
        ]
    }

    /// Whether it has been tried again for as long as the deadline allows; what is overdue stays so until it works.
    fn is_overdue(&self) -> bool {
        let was = |kind: &str| {
            let of_kind = |condition: &&Condition| condition.type_ == kind && condition.status == "True";
            self.previous.iter().find(of_kind)
        };
        if let Some(stalled) = was("Stalled") {
            let same_spec = stalled.observed_generation == self.subject.generation;
            return same_spec && reason_of(stalled).is_some_and(|reason| reason.row().stalls_after_deadline);
        }
        let deadline = SignedDuration::try_from(self.subject.progress_deadline).unwrap_or(SignedDuration::MAX);
        was("Reconciling").is_some_and(|condition| {
            condition.observed_generation == self.subject.generation
                && self.now.duration_since(condition.last_transition_time.0) > deadline
        })
    }

    fn reachable(&self, report: &Report, reason: Reason, message: &str) -> Condition {
        if reason.row().reachable == Some(false) {
            return self.condition("Reachable", Some(false), reason.as_str(), message);
        }
        match (&report.server, self.before("Reachable")) {
            (Some(server), _) => self.condition("Reachable", Some(true), "Connected", &server.dialect.to_string()),
            (None, Some(before)) => before.clone(),
            (None, None) => self.condition("Reachable", None, reason.as_str(), "no connection was tried yet"),
        }
    }

    fn in_sync(&self, report: &Report, reason: Reason) -> Condition {
        match (report.in_sync, &report.plan) {
            (Some(true), _) => self.condition("InSync", Some(true), "InSync", "live holds all that is declared"),
            (Some(false), Some(planned)) => {
                let word = if report.drifted { Reason::Drifted.as_str() } else { "OutOfSync" };
                self.condition("InSync", Some(false), word, &format!("differs: {}", planned.objects(10)))
            }
            (Some(false), None) => {
                self.condition("InSync", Some(false), "OutOfSync", "live differs from what is declared")
            }
            (None, _) => self.condition("InSync", None, reason.as_str(), "it could not be measured"),
        }
    }

    fn verified(&self, report: &Report, reason: Reason) -> Condition {
        match &report.verification {
            Verification::Held(0) => self.condition("Verified", Some(true), "NoQueries", "no verify query is declared"),
            Verification::Held(1) => self.condition("Verified", Some(true), "Held", "the verify query held"),
            Verification::Held(count) => {
                self.condition("Verified", Some(true), "Held", &format!("all {count} verify queries held"))
            }
            Verification::Failed(message) => {
                self.condition("Verified", Some(false), Reason::VerifyFailed.as_str(), message)
            }
            Verification::Unknown => self.condition("Verified", None, reason.as_str(), "the queries were not run"),
        }
    }

    fn before(&self, kind: &str) -> Option<&Condition> {
        self.previous.iter().find(|condition| condition.type_ == kind)
    }

    fn condition(&self, kind: &str, value: Option<bool>, reason: &str, message: &str) -> Condition {
        let status = match value {
            Some(true) => "True",
            Some(false) => "False",
            None => "Unknown",
        };
        let unmoved = self.before(kind).filter(|before| before.status == status);
        Condition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: cut(message, MAX_MESSAGE),
            observed_generation: self.subject.generation,
            last_transition_time: unmoved
                .map_or_else(|| whole_seconds(self.now), |before| before.last_transition_time.clone()),
        }
    }
}

fn reason_of(condition: &Condition) -> Option<Reason> {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == condition.reason)
}

/// Kubernetes keeps whole seconds; a time with a fraction would differ from itself once it was read back.
fn whole_seconds(time: Timestamp) -> Time {
    Time(Timestamp::from_second(time.as_second()).unwrap_or(time))
}

fn ready_message(report: &Report) -> String {
    let verified = match &report.verification {
        Verification::Held(count) if *count > 0 => ", and the verify queries held",
        _ => "",
    };
    let unrecorded = report.unrecorded.as_ref();
    let lacks = if report.is_contract {
        "it doesn't protect, since its claim can't be kept"
    } else {
        "no record of it can be kept"
    };
    let unrecorded = unrecorded.map(|why| format!("; {lacks}: {why}")).unwrap_or_default();
    let holds =
        if report.is_contract { "live satisfies all that is required" } else { "live holds all that is declared" };
    format!("{holds}{verified}{unrecorded}")
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

fn plan_status(planned: &PlannedSteps, applied: Option<&Applied>) -> PlanStatus {
    let mut room = MAX_STATEMENTS;
    let mut steps = Vec::new();
    for step in planned.steps.iter().take(MAX_ITEMS) {
        let status = step_status(step);
        let size = status.statement.len() + status.undo.as_ref().map_or(0, String::len);
        if size > room {
            break;
        }
        room -= size;
        steps.push(status);
    }
    let omitted = planned.steps.len() - steps.len();
    let risks: Vec<String> = planned.plan.risks().iter().map(ToString::to_string).collect();
    let done = applied.map_or(0, |applied| applied.statements.iter().filter(|step| step.failure.is_none()).count());
    let to_do = counted(planned.steps.len(), "statement");
    PlanStatus {
        rejected_by: None,
        id: planned.plan.id.clone(),
        risks: risks.join(","),
        summary: if done > 0 { format!("{to_do} to run, {done} done") } else { format!("{to_do} to run") },
        steps,
        omitted_steps: (omitted > 0).then(|| bounded(omitted)),
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

fn step_status(planned: &PlannedStep) -> StepStatus {
    let step = &planned.step;
    StepStatus {
        id: step.id.clone(),
        object: cut(&step.object(), 1024),
        statement: cut(&step.sql(), MAX_STATEMENT),
        undo: step.undo().map(|undo| cut(&undo, MAX_STATEMENT)),
        algorithm: step.algorithm().map_or_else(|| "CREATE".to_owned(), |algorithm| algorithm.to_string()),
        lock: step.algorithm().map(|_| step.cost.lock().to_owned()),
        rows: planned.rows.and_then(|rows| i64::try_from(rows).ok()),
        bytes: planned.bytes.and_then(|bytes| i64::try_from(bytes).ok()),
        disk: planned.disk().and_then(|bytes| i64::try_from(bytes).ok()),
        risks: step.risks.iter().copied().map(Into::into).collect(),
        state: planned.state,
        progress: None,
        message: planned.message.as_ref().map(|message| cut(message, 1024)),
    }
}

/// A plan after which the live schema is as declared.
fn carried_out(mut plan: PlanStatus) -> PlanStatus {
    let statements = plan.steps.len() + usize::try_from(plan.omitted_steps.unwrap_or_default()).unwrap_or_default();
    for step in &mut plan.steps {
        step.state = StepState::Done;
        (step.progress, step.message) = (None, None);
    }
    plan.risks = String::new();
    plan.summary = format!("nothing to do; {} done", counted(statements, "statement"));
    plan
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

fn bounded(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The text, cut to `limit` bytes at a character's border.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let kept = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= limit.saturating_sub(3)).last();
    format!("{}…", text.get(..kept.unwrap_or_default()).unwrap_or_default())
}

#[cfg(test)]
mod tests;
