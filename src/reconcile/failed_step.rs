//! Steps that failed for a reason of their own, after work that a server does again from the beginning at each try. They
//! run once for each spec and approval, not on a timer. The status remembers them, so that a restart changes nothing.

use super::applied::{Applied, StatementOutcome};
use super::not_ready::NotReady;
use super::planned_steps::PlannedSteps;
use crate::api::{Reason, StepState};

/// A step that is not tried again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedStep {
    pub step_id: String,
    pub failure: NotReady,
    /// Whether it runs once more: rows made it fail, and none of them is there any more.
    pub runs_again: bool,
}

impl FailedStep {
    /// Returns what the step says.
    pub fn words(&self) -> String {
        format!("failed with {}; it is tried again when the spec changes or the plan is approved again", self.failure)
    }
}

/// Returns the steps of a plan that are not tried again by themselves: those that failed before, and in the change that has
/// just ended. Of a step that known rows prevent, it is forgotten: it runs once they are gone. A row may be gone before it is
/// counted: so a step that failed on rows runs once more where a count finds none.
pub fn failed_steps(before: &[FailedStep], applied: Option<&Applied>, planned: &PlannedSteps) -> Vec<FailedStep> {
    let outcomes = applied.into_iter().flat_map(|applied| &applied.statements);
    let new = outcomes.filter_map(|outcome| lasting_failure(outcome, before, planned));
    let mut failed: Vec<FailedStep> = Vec::new();
    for step in new.chain(before.iter().cloned()) {
        let is_planned = |state: StepState, id: &str| state != StepState::Blocked && id == step.step_id;
        let is_open = planned.steps.iter().any(|planned| is_planned(planned.state, &planned.step.id));
        if is_open && failed.iter().all(|other| other.step_id != step.step_id) {
            failed.push(step);
        }
    }
    failed
}

fn lasting_failure(outcome: &StatementOutcome, before: &[FailedStep], planned: &PlannedSteps) -> Option<FailedStep> {
    let failure = outcome.failure.as_ref().filter(|failure| failure.is_lasting)?;
    let id = &outcome.step_id;
    let is_first = before.iter().all(|failed| failed.step_id != *id);
    let has_no_rows = planned.steps.iter().any(|planned| planned.step.id == *id && planned.has_no_rows_in_the_way);
    Some(FailedStep {
        step_id: id.clone(),
        failure: failure.not_ready.clone(),
        runs_again: failure.is_of_rows && is_first && has_no_rows,
    })
}

/// Returns the reason that a status remembers, where it is one of the table.
pub fn reason_of_failure(text: &str) -> Reason {
    Reason::ALL.iter().copied().find(|reason| reason.as_str() == text).unwrap_or(Reason::StatementFailed)
}
