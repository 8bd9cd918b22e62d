//! Consent that a person gave to the steps of one plan, or refused.
//!
//! An approval names a plan, and consents to those of its steps that have a risk. So it outlives the plan: when half of
//! the plan is done, or more is declared, the remaining steps are the same, and only new ones ask. A step that has run
//! is spent: if it is ever planned again, it asks again.

use std::collections::BTreeSet;

use k8s_openapi::jiff::Timestamp;

use super::applied::Applied;
use super::planned_steps::PlannedSteps;
use crate::plan::Consent;

/// How many steps an approval or a rejection remembers at most. Steps beyond an approval ask again.
const MAX_STEPS: usize = 2000;

/// Adds ids of steps to those that are remembered, up to the most.
fn remember<'a>(steps: &mut BTreeSet<String>, ids: impl Iterator<Item = &'a String>) {
    for id in ids {
        if steps.len() >= MAX_STEPS {
            return;
        }
        steps.insert(id.clone());
    }
}

/// The consent of a person to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub plan_id: String,
    pub by: String,
    /// When the operator first saw it.
    pub at: Timestamp,
    /// Tells it from an earlier approval of the same plan.
    pub mark: Option<String>,
    /// The ids of the steps that it consents to.
    pub steps: BTreeSet<String>,
    /// The ids of those steps that have run.
    pub spent: BTreeSet<String>,
    /// Whether the operator sees it for the first time.
    pub is_new: bool,
}

/// The refusal of a plan, before it ran or while it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub plan_id: String,
    pub by: String,
    /// When the operator first saw it.
    pub at: Timestamp,
    /// The ids of the plan's steps that were not done.
    pub steps: BTreeSet<String>,
    /// Whether it also ends the statement that runs.
    pub cancels: bool,
    /// Whether it has to learn more steps: it is new, and the status did not show the whole plan that it names.
    pub is_partial: bool,
}

impl Rejection {
    /// Whether it is about this plan: the one that it names, or what remains of that. One that could not remember all of
    /// its steps is about any plan.
    pub fn is_of(&self, planned: &PlannedSteps) -> bool {
        planned.plan.id == self.plan_id
            || self.steps.len() >= MAX_STEPS
            || planned.steps.iter().any(|step| self.steps.contains(&step.step.id))
    }

    /// Returns the rejection with the steps that the status did not show: what is planned now counts as the rest of its
    /// plan.
    #[must_use]
    pub fn of(mut self, planned: &PlannedSteps) -> Self {
        if self.is_partial {
            remember(&mut self.steps, planned.steps.iter().map(|step| &step.step.id));
            self.is_partial = false;
        }
        self
    }

    /// Returns what it says to a person who looks at the plan.
    pub fn remark(&self, planned: &PlannedSteps) -> String {
        let (by, verb, id) = (&self.by, if self.cancels { "cancelled" } else { "rejected" }, &planned.plan.id);
        let was = &self.plan_id;
        let which = if was == id { format!("plan {id}") } else { format!("plan {was}, of which plan {id} is left") };
        format!("{by} {verb} {which}; change the declaration, or approve the plan after all")
    }
}

impl Approval {
    /// Returns the approval after a change: the steps that ran are spent.
    #[must_use]
    pub fn after(mut self, applied: Option<&Applied>) -> Self {
        let done = applied.into_iter().flat_map(|applied| &applied.statements);
        let done = done.filter(|outcome| outcome.failure.is_none()).map(|outcome| &outcome.step_id);
        self.spent.extend(done.filter(|id| self.steps.contains(*id)).cloned());
        self
    }

    /// Returns the approval once all that is declared is live.
    #[must_use]
    pub fn used_up(mut self) -> Self {
        self.spent.clone_from(&self.steps);
        self
    }

    /// Returns the approval for `planned`. One that names this very plan covers all of its steps.
    #[must_use]
    pub fn of(mut self, planned: &PlannedSteps) -> Self {
        if self.is_new && self.plan_id == planned.plan.id {
            let risky = planned.steps.iter().filter(|step| !step.step.risks.is_empty());
            remember(&mut self.steps, risky.map(|step| &step.step.id));
        }
        self
    }

    /// Returns the steps that it lets run.
    pub fn allowed(&self) -> BTreeSet<String> {
        self.steps.difference(&self.spent).cloned().collect()
    }

    /// Returns what to say of it while a step still waits.
    pub fn remark(&self, consent: &Consent) -> String {
        let (plan, by) = (&self.plan_id, &self.by);
        if self.steps.is_empty() {
            return format!("; plan {plan}, which {by} approved, is another one");
        }
        let left = self.steps.iter().filter(|id| consent.steps.contains(*id)).count();
        format!(
            "; this is new since {by} approved plan {plan}, of whose {} steps {} have run and {left} may",
            self.steps.len(),
            self.spent.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Reason;
    use crate::reconcile::{NotReady, StatementFailure, StatementOutcome};

    fn approval(steps: &[&str]) -> Approval {
        Approval {
            plan_id: "p".into(),
            by: "ann".into(),
            at: Timestamp::UNIX_EPOCH,
            mark: None,
            steps: steps.iter().map(|id| (*id).to_owned()).collect(),
            spent: BTreeSet::new(),
            is_new: true,
        }
    }

    fn ran(step_id: &str, failure: Option<&str>) -> StatementOutcome {
        let (object, statement) = (String::new(), String::new());
        StatementOutcome {
            step_id: step_id.into(),
            object,
            statement,
            failure: failure.map(|why| StatementFailure::passing(NotReady::new(Reason::StatementFailed, why))),
            learnt: None,
        }
    }

    #[test]
    fn a_step_that_has_run_is_spent_and_one_that_failed_is_not() {
        let statements = vec![ran("a", None), ran("b", Some("no")), ran("other", None)];
        let applied = Applied { plan_id: "p".into(), statements, failure: None };
        let after = approval(&["a", "b", "c"]).after(Some(&applied));
        assert_eq!(after.allowed(), BTreeSet::from(["b".to_owned(), "c".to_owned()]));
        assert!(after.used_up().allowed().is_empty());
    }

    #[test]
    fn an_approval_of_another_plan_allows_nothing() {
        assert!(approval(&[]).after(None).allowed().is_empty());
        assert!(approval(&[]).remark(&Consent::default()).contains("another one"));
    }
}
