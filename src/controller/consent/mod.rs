//! Reads what people approved or rejected from the annotations of a resource.

use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;

use crate::api::{
    APPROVED_AT, APPROVED_BY, APPROVED_PLAN, ApprovalStatus, CANCELLED_BY, CANCELLED_PLAN, DatabaseSchema,
    DatabaseSchemaStatus, REJECTED_BY, REJECTED_PLAN, StepState,
};
use crate::reconcile::{Approval, Rejection};

/// Reads the approval of a resource. An approval that the status holds already stays as it was noted, whatever is planned
/// now. A new one is for the plan that the status shows, if it names that plan.
pub fn approval(resource: &DatabaseSchema, status: Option<&DatabaseSchemaStatus>, now: Timestamp) -> Option<Approval> {
    let (plan_id, by) = (annotation(resource, APPROVED_PLAN)?, annotation(resource, APPROVED_BY)?);
    let mark = annotation(resource, APPROVED_AT);
    let is_known =
        |known: &&ApprovalStatus| known.plan_id == plan_id && known.by == by && known.mark.as_deref() == mark;
    if let Some(known) = status.and_then(|status| status.approval.as_ref()).filter(is_known) {
        return Some(Approval {
            plan_id: known.plan_id.clone(),
            by: known.by.clone(),
            at: known.at.0,
            mark: known.mark.clone(),
            steps: known.steps.iter().cloned().collect(),
            spent: known.spent.iter().cloned().collect(),
            is_new: false,
        });
    }
    let plan = status.and_then(|status| status.plan.as_ref()).filter(|plan| plan.id == plan_id);
    // Steps that were done already did not wait for consent.
    let steps = plan.into_iter().flat_map(|plan| &plan.steps).filter(|step| !step.risks.is_empty());
    let steps = steps.filter(|step| step.state != StepState::Done).map(|step| step.id.clone()).collect();
    let (plan_id, by, mark) = (plan_id.to_owned(), by.to_owned(), mark.map(str::to_owned));
    Some(Approval { plan_id, by, at: now, mark, steps, spent: std::collections::BTreeSet::new(), is_new: true })
}

/// Reads the rejection or cancellation of a plan. Where there are both, the one about the plan in the status counts, then
/// the one that the status holds already.
pub fn rejection(
    resource: &DatabaseSchema,
    status: Option<&DatabaseSchemaStatus>,
    now: Timestamp,
) -> Option<Rejection> {
    let plan = status.and_then(|status| status.plan.as_ref());
    let known = status.and_then(|status| status.refusal.as_ref());
    let refusals = [
        RefusalAnnotations::read(resource, CANCELLED_PLAN, CANCELLED_BY, true),
        RefusalAnnotations::read(resource, REJECTED_PLAN, REJECTED_BY, false),
    ];
    let RefusalAnnotations { plan_id, by, cancels } = refusals.into_iter().flatten().min_by_key(|refusal| {
        let is_planned = plan.is_some_and(|plan| plan.id == refusal.plan_id);
        let is_known = known.is_some_and(|known| known.plan_id == refusal.plan_id);
        (!is_planned, !is_known)
    })?;
    let (plan_id, by) = (plan_id.to_owned(), by.to_owned());
    if let Some(known) = known.filter(|known| known.plan_id == plan_id && known.by == by) {
        return Some(Rejection {
            plan_id,
            by,
            at: known.at.0,
            steps: known.steps.iter().cloned().collect(),
            cancels,
            is_partial: false,
        });
    }
    let plan = plan.filter(|plan| plan.id == plan_id);
    let is_partial = plan.is_some_and(|plan| plan.omitted_steps.is_some());
    let steps = plan.into_iter().flat_map(|plan| &plan.steps);
    let steps = steps.filter(|step| step.state != StepState::Done).map(|step| step.id.clone()).collect();
    Some(Rejection { plan_id, by, at: now, steps, cancels, is_partial })
}

/// A pair of annotations that refuse a plan.
struct RefusalAnnotations<'a> {
    plan_id: &'a str,
    by: &'a str,
    /// Whether the statement that runs ends as well.
    cancels: bool,
}

impl<'a> RefusalAnnotations<'a> {
    fn read(resource: &'a DatabaseSchema, plan: &str, by: &str, cancels: bool) -> Option<Self> {
        let plan_id = annotation(resource, plan)?;
        Some(Self { plan_id, by: annotation(resource, by).unwrap_or("somebody"), cancels })
    }
}

/// Returns the value of an annotation that is not empty, and no longer than 512 bytes.
fn annotation<'a>(resource: &'a DatabaseSchema, name: &str) -> Option<&'a str> {
    resource.annotations().get(name).map(String::as_str).filter(|value| !value.is_empty() && value.len() <= 512)
}

#[cfg(test)]
mod machine;
