//! Writes into a status how far a change has come. Pure, as the rest of the status.

use super::bounds::{MAX_MESSAGE, cut};
use super::conditions::{ConditionType, reason_of};
use crate::api::{DatabaseSchemaStatus, Reason, StepState, StepStatus};
use crate::reconcile::ChangeProgress;

/// The message after a notice that no longer holds.
const RUNNING: &str = "statements are running; the plan shows how far they are";

/// Marks the steps of a plan that have begun, the last of which runs, and writes the notice about it. Returns whether
/// anything has changed.
pub fn mark_progress(status: &mut DatabaseSchemaStatus, progress: &ChangeProgress) -> bool {
    let before = status.clone();
    for step in status.plan.iter_mut().flat_map(|plan| &mut plan.steps) {
        match progress.begun.iter().position(|id| *id == step.id) {
            Some(at) if at + 1 == progress.begun.len() => mark_running(step, progress),
            Some(_) => {
                step.state = if progress.failed.contains(&step.id) { StepState::Failed } else { StepState::Done };
                (step.progress, step.message) = (None, None);
            }
            None => {}
        }
    }
    // The pass's own message stays until there is a notice.
    if progress.had_notice {
        let notice = progress.notice.as_ref().map(|notice| cut(notice.text(), MAX_MESSAGE));
        let message = notice.unwrap_or_else(|| RUNNING.to_owned());
        for condition in &mut status.conditions {
            let is_shown = ConditionType::Ready.is_of(condition) || ConditionType::Reconciling.is_of(condition);
            let is_applying = reason_of(condition) == Some(Reason::Applying) && !condition.message.is_empty();
            if is_shown && is_applying {
                condition.message.clone_from(&message);
            }
        }
    }
    *status != before
}

fn mark_running(step: &mut StepStatus, progress: &ChangeProgress) {
    let is_new = step.state != StepState::Running;
    step.state = StepState::Running;
    step.progress = progress.percent.map(i32::from);
    if is_new || progress.time_left.is_some() {
        step.message.clone_from(&progress.time_left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::PlanStatus;
    use crate::reconcile::Notice;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
    use k8s_openapi::jiff::Timestamp;

    fn status() -> DatabaseSchemaStatus {
        let step = |id: &str| StepStatus { id: id.to_owned(), ..StepStatus::default() };
        let ready = Condition {
            type_: "Ready".to_owned(),
            status: "False".to_owned(),
            reason: "Applying".to_owned(),
            message: "2 of 2 steps may run now".to_owned(),
            observed_generation: Some(1),
            last_transition_time: Time(Timestamp::UNIX_EPOCH),
        };
        DatabaseSchemaStatus {
            plan: Some(PlanStatus { steps: vec![step("a"), step("b")], ..PlanStatus::default() }),
            conditions: vec![ready],
            ..DatabaseSchemaStatus::default()
        }
    }

    fn progress(begun: &[&str]) -> ChangeProgress {
        ChangeProgress { begun: begun.iter().map(|id| (*id).to_owned()).collect(), ..ChangeProgress::default() }
    }

    #[test]
    fn the_last_step_that_began_runs() {
        let mut status = status();
        assert!(mark_progress(&mut status, &progress(&["a"])));
        assert!(!mark_progress(&mut status, &progress(&["a"])), "nothing has moved");
        let further =
            ChangeProgress { percent: Some(40), time_left: Some("some 9 s left".to_owned()), ..progress(&["a", "b"]) };
        assert!(mark_progress(&mut status, &further));
        let steps = status.plan.unwrap().steps;
        assert_eq!(
            (steps[0].state, steps[1].state, steps[1].progress),
            (StepState::Done, StepState::Running, Some(40))
        );
        assert_eq!(steps[1].message.as_deref(), Some("some 9 s left"));
    }

    #[test]
    fn a_notice_is_the_message_while_it_holds() {
        let mut status = status();
        assert!(mark_progress(&mut status, &progress(&["a"])));
        assert_eq!(status.conditions[0].message, "2 of 2 steps may run now", "until there is a notice");
        let notice = Notice::Blocked { text: "held by connection 7".to_owned(), connections: vec![7] };
        let blocked = ChangeProgress { notice: Some(notice), had_notice: true, ..progress(&["a"]) };
        assert!(mark_progress(&mut status, &blocked));
        assert_eq!(status.conditions[0].message, "held by connection 7");
        assert!(mark_progress(&mut status, &ChangeProgress { notice: None, ..blocked }));
        assert_eq!(status.conditions[0].message, RUNNING);
    }
}
