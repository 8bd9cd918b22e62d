//! Writes a plan into a status: its steps with what each costs and risks.

use super::bounds::{MAX_ITEMS, cut, omitted};
use crate::api::{PlanStatus, StepState, StepStatus};
use crate::reconcile::{Applied, PlannedStep, PlannedSteps, counted};

/// Each statement is cut to this many bytes.
const MAX_STATEMENT: usize = 8 * 1024;

/// Steps are left out once all statements together take this many bytes.
const MAX_STATEMENTS: usize = 256 * 1024;

/// The name of an object, and the message of a step, are cut to this many bytes.
const MAX_OBJECT: usize = 1024;
const MAX_STEP_MESSAGE: usize = 1024;

/// Returns the plan for the status, with as many steps as fit.
pub fn plan_status(planned: &PlannedSteps, applied: Option<&Applied>) -> PlanStatus {
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
    let risks: Vec<String> = planned.plan.risks().iter().map(ToString::to_string).collect();
    let done = applied.map_or(0, |applied| applied.statements.iter().filter(|step| step.failure.is_none()).count());
    let to_do = counted(planned.steps.len(), "statement");
    PlanStatus {
        rejected_by: None,
        id: planned.plan.id.clone(),
        risks: risks.join(","),
        summary: if done > 0 { format!("{to_do} to run, {done} done") } else { format!("{to_do} to run") },
        omitted_steps: omitted(&planned.steps, steps.len()),
        steps,
    }
}

fn step_status(planned: &PlannedStep) -> StepStatus {
    // `needs` are the risks that the state and the reason tell of.
    let PlannedStep { step, state, rows, bytes, needs: _, message: _, has_no_rows_in_the_way: _ } = planned;
    StepStatus {
        id: step.id.clone(),
        object: cut(&step.object(), MAX_OBJECT),
        statement: cut(&step.sql(), MAX_STATEMENT),
        undo: step.undo().map(|undo| cut(&undo, MAX_STATEMENT)),
        algorithm: step.algorithm().map_or_else(|| "CREATE".to_owned(), |algorithm| algorithm.to_string()),
        lock: step.algorithm().map(|_| step.cost.lock().to_owned()),
        rows: rows.and_then(|rows| i64::try_from(rows).ok()),
        bytes: bytes.and_then(|bytes| i64::try_from(bytes).ok()),
        disk: planned.disk().and_then(|bytes| i64::try_from(bytes).ok()),
        risks: step.risks.iter().copied().map(Into::into).collect(),
        state: *state,
        progress: None,
        message: planned.remarks().map(|remarks| cut(&remarks, MAX_STEP_MESSAGE)),
    }
}

/// Marks all steps of a plan as done, once the live schema is as declared.
pub fn completed(mut plan: PlanStatus) -> PlanStatus {
    let statements = plan.steps.len() + usize::try_from(plan.omitted_steps.unwrap_or_default()).unwrap_or_default();
    for step in &mut plan.steps {
        step.state = StepState::Done;
        (step.progress, step.message) = (None, None);
    }
    plan.risks = String::new();
    plan.summary = format!("nothing to do; {} done", counted(statements, "statement"));
    plan
}
