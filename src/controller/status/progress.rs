//! How far a change has come, as the status says it. Pure, as the rest of the status.

use super::bounds::{MAX_MESSAGE, cut};
use crate::api::{DatabaseSchemaStatus, Reason, StepState, StepStatus};
use crate::reconcile::ChangeProgress;

/// What is said while there is no news of the statement.
const RUNNING: &str = "statements are running; the plan shows how far they are";

/// Marks the steps of a plan that have begun, the last of which runs, and says what is to be said of it; false where
/// that is what the status says.
pub fn mark_progress(status: &mut DatabaseSchemaStatus, course: &ChangeProgress) -> bool {
    let before = status.clone();
    for step in status.plan.iter_mut().flat_map(|plan| &mut plan.steps) {
        match course.begun.iter().position(|id| *id == step.id) {
            Some(at) if at + 1 == course.begun.len() => mark_running(step, course),
            Some(_) => {
                step.state = StepState::Done;
                (step.progress, step.message) = (None, None);
            }
            None => {}
        }
    }
    let news = course.notice.as_ref().map(|news| cut(news.text(), MAX_MESSAGE));
    for condition in status.conditions.iter_mut().filter(|condition| condition.reason == Reason::Applying.as_str()) {
        let says = matches!(condition.type_.as_str(), "Ready" | "Reconciling") && !condition.message.is_empty();
        // The pass's own message stays until there is a notice.
        if says && course.had_notice {
            condition.message = news.clone().unwrap_or_else(|| RUNNING.to_owned());
        }
    }
    *status != before
}

fn mark_running(step: &mut StepStatus, course: &ChangeProgress) {
    let is_new = step.state != StepState::Running;
    step.state = StepState::Running;
    step.progress = course.percent.map(i32::from);
    if is_new || course.time_left.is_some() {
        step.message.clone_from(&course.time_left);
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

    fn course(begun: &[&str]) -> ChangeProgress {
        ChangeProgress { begun: begun.iter().map(|id| (*id).to_owned()).collect(), ..ChangeProgress::default() }
    }

    #[test]
    fn the_last_step_that_began_runs() {
        let mut status = status();
        assert!(mark_progress(&mut status, &course(&["a"])));
        assert!(!mark_progress(&mut status, &course(&["a"])), "nothing has moved");
        let further =
            ChangeProgress { percent: Some(40), time_left: Some("some 9 s left".to_owned()), ..course(&["a", "b"]) };
        assert!(mark_progress(&mut status, &further));
        let steps = status.plan.unwrap().steps;
        assert_eq!(
            (steps[0].state, steps[1].state, steps[1].progress),
            (StepState::Done, StepState::Running, Some(40))
        );
        assert_eq!(steps[1].message.as_deref(), Some("some 9 s left"));
    }

    #[test]
    fn news_stand_in_the_condition_while_they_are_true() {
        let mut status = status();
        let notice = Notice::Blocked { text: "held by connection 7".to_owned(), connections: vec![7] };
        let blocked = ChangeProgress { notice: Some(notice), had_notice: true, ..course(&["a"]) };
        assert!(mark_progress(&mut status, &course(&["a"])));
        assert_eq!(status.conditions[0].message, "2 of 2 steps may run now");
        assert!(mark_progress(&mut status, &blocked));
        assert_eq!(status.conditions[0].message, "held by connection 7");
        assert!(mark_progress(&mut status, &ChangeProgress { notice: None, ..blocked }));
        assert_eq!(status.conditions[0].message, RUNNING);
    }
}
