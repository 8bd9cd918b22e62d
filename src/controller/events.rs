//! What a person wants to hear of, as Kubernetes Events: changes of state and what was done, never an interval.

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::runtime::events::{Event, EventType};

use super::context::Context;
use crate::api::{DatabaseSchemaStatus, Health, Reason};
use crate::reconcile::{Applied, ChangeProgress, Notice, Report};

/// An Event's note holds 1 kB.
const MAX_NOTE: usize = 1000;

/// What happened between two statuses.
pub fn events(
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
            Some(failure) => event(EventType::Warning, "StatementFailed", &action, failure),
        });
    }
    let was = |kind| before.and_then(|status| condition(status, kind));
    if report.drifted && was("InSync").is_none_or(|condition| condition.reason != Reason::Drifted.as_str()) {
        let objects: Vec<String> =
            after.drift.iter().map(|drift| format!("{} is {}", drift.object, drift.live)).collect();
        events.push(event(EventType::Warning, Reason::Drifted.as_str(), "Compare", &objects.join("; ")));
    }
    let ready = condition(after, "Ready");
    let changed = was("Ready").map(|condition| &condition.reason) != ready.map(|condition| &condition.reason);
    if let Some(ready) = ready.filter(|_| changed) {
        let reason = report.outcome.as_ref().err().map_or(Reason::InSync, |not_ready| not_ready.reason);
        // What it is about to do, its statements will tell.
        if reason != Reason::Applying {
            let kind = match reason.row().health {
                Health::Healthy | Health::Suspended => EventType::Normal,
                Health::Progressing | Health::Degraded => EventType::Warning,
            };
            events.push(event(kind, &ready.reason, "Reconcile", &ready.message));
        }
    }
    events
}

/// What happened to a statement that runs: told where the status did not say so before.
pub fn news(
    before: Option<&DatabaseSchemaStatus>,
    after: &DatabaseSchemaStatus,
    course: &ChangeProgress,
) -> Vec<Event> {
    let message = |status| condition(status, "Ready").map(|ready| &ready.message);
    let Some(news) = course.notice.as_ref().filter(|_| before.and_then(message) != message(after)) else {
        return Vec::new();
    };
    // Events that differ in their note alone are counted as one.
    let action = course.begun.last().map(|step| format!("ApplyStep-{step}")).unwrap_or_default();
    vec![match news {
        Notice::Blocked { text, .. } => event(EventType::Warning, "StatementBlocked", &action, text),
        Notice::Orphan(text) => event(EventType::Normal, "StatementFound", &action, text),
    }]
}

fn condition<'a>(status: &'a DatabaseSchemaStatus, kind: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == kind)
}

fn event(type_: EventType, reason: &str, action: &str, note: &str) -> Event {
    let note: String = note.char_indices().take_while(|(at, _)| *at < MAX_NOTE).map(|(_, c)| c).collect();
    Event { type_, reason: reason.to_owned(), note: Some(note), action: action.to_owned(), secondary: None }
}

/// Publishes events in order. One that can't be published is logged: it must not hold up the work that it tells of.
pub async fn publish(context: &Context, reference: &ObjectReference, events: Vec<Event>) {
    for event in events {
        if let Err(error) = context.call(context.recorder.publish(&event, reference)).await {
            tracing::warn!(%error, reason = event.reason, "an Event could not be published");
        }
    }
}
