//! Makes Kubernetes Events of what a person wants to hear: changes of state and what was done, never an interval.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType};

use super::context::{Context, call};
use super::status::{ConditionType, reason_of};
use crate::api::{DatabaseSchemaStatus, DistrustStatus, Health, Reason};
use crate::reconcile::{Applied, ChangeProgress, NotReady, Notice, Report};
use crate::telemetry::printable;

/// An Event's note holds 1 kB.
const MAX_NOTE: usize = 1000;

/// Returns the Events of what happened between two statuses.
pub fn report_events(
    before: Option<&DatabaseSchemaStatus>,
    after: &DatabaseSchemaStatus,
    report: &Report,
    applied: Option<&Applied>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for statement in applied.iter().flat_map(|applied| &applied.statements) {
        // Events that differ in their note alone are counted as one.
        let action = format!("ApplyStep-{}", statement.step_id);
        events.push(match &statement.failure {
            None => event(EventType::Normal, "StatementDone", &action, &statement.statement),
            Some(failure) => event(EventType::Warning, "StatementFailed", &action, &failure.to_string()),
        });
    }
    let was = |kind: ConditionType| before.and_then(|status| kind.find(&status.conditions));
    if report.drifted && was(ConditionType::InSync).and_then(reason_of) != Some(Reason::Drifted) {
        let objects: Vec<String> =
            after.drift.iter().map(|drift| format!("{} is {}", drift.object, drift.live)).collect();
        events.push(event(EventType::Warning, Reason::Drifted.as_str(), "Compare", &objects.join("; ")));
    }
    if let Some(found) = distrusted(after).filter(|found| before.and_then(distrusted) != Some(found)) {
        events.push(event(EventType::Warning, "RecordDistrusted", "Compare", &found.message));
    }
    let ready = ConditionType::Ready.find(&after.conditions);
    let changed =
        was(ConditionType::Ready).map(|condition| &condition.reason) != ready.map(|condition| &condition.reason);
    if let Some(ready) = ready.filter(|_| changed) {
        let reason = report.outcome.as_ref().err().map_or(Reason::InSync, |not_ready| not_ready.reason);
        // The Events of its statements will tell what it is about to do. A first look that finds all in sync is no news.
        let is_first_look = reason == Reason::InSync && applied.is_none() && was(ConditionType::Ready).is_none();
        if reason != Reason::Applying && !is_first_look {
            let kind = match reason.row().health {
                Health::Healthy | Health::Suspended => EventType::Normal,
                Health::Progressing | Health::Degraded if is_about_turns(reason) => EventType::Normal,
                Health::Progressing | Health::Degraded => EventType::Warning,
            };
            events.push(event(kind, &ready.reason, "Reconcile", &ready.message));
        }
    }
    events
}

fn distrusted(status: &DatabaseSchemaStatus) -> Option<&DistrustStatus> {
    status.record.as_ref()?.distrusted.as_ref()
}

/// Returns whether a resource only takes turns with others that change the same database.
fn is_about_turns(reason: Reason) -> bool {
    matches!(reason, Reason::LockHeld | Reason::ChangedConcurrently)
}

/// Returns the Event of a notice about the statement that runs, unless the status held that notice before.
pub fn notice_events(
    before: Option<&DatabaseSchemaStatus>,
    after: &DatabaseSchemaStatus,
    progress: &ChangeProgress,
) -> Vec<Event> {
    fn message(status: &DatabaseSchemaStatus) -> Option<&String> {
        ConditionType::Ready.find(&status.conditions).map(|ready| &ready.message)
    }
    let Some(notice) = progress.notice.as_ref().filter(|_| before.and_then(message) != message(after)) else {
        return Vec::new();
    };
    // Events that differ in their note alone are counted as one.
    let action = progress.begun.last().map(|step| format!("ApplyStep-{step}")).unwrap_or_default();
    vec![match notice {
        Notice::Blocked { text, .. } => event(EventType::Warning, "StatementBlocked", &action, text),
        Notice::Orphan(text) => event(EventType::Normal, "StatementFound", &action, text),
    }]
}

/// Returns the Event of a reason that no status can hold.
pub fn unwritten_event(not_ready: &NotReady) -> Event {
    event(EventType::Warning, not_ready.reason.as_str(), "Reconcile", &not_ready.message)
}

/// Publishes Events in order. One that can't be published is logged: it must not hold up the work that it reports.
pub async fn publish(context: &Context, reference: &ObjectReference, events: Vec<Event>) {
    for event in events {
        if let Err(error) = call(context.recorder.publish(&event, reference)).await {
            tracing::warn!(%error, reason = event.reason, "an Event could not be published");
        }
    }
}

fn event(type_: EventType, reason: &str, action: &str, note: &str) -> Event {
    let note: String = printable(note).char_indices().take_while(|(at, _)| *at < MAX_NOTE).map(|(_, c)| c).collect();
    Event { type_, reason: reason.to_owned(), note: Some(note), action: action.to_owned(), secondary: None }
}
