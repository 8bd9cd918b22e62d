//! Consent that somebody gave to one plan, step by step, and that somebody refused.
//!
//! An approval names a plan; what it consents to are the plan's steps that have a risk. So it outlives the plan: when
//! half of it is done, or more is declared, the steps that are left are the same, and only new ones are asked for. A
//! step that has run is spent: should it ever be planned again, somebody is asked again.

use std::collections::BTreeSet;

use k8s_openapi::jiff::Timestamp;

use super::applied::Applied;
use super::planned_steps::PlannedSteps;
use crate::plan::Consent;

/// At most so many steps are remembered; those beyond ask again.
const MAX_STEPS: usize = 2000;

/// Somebody approved a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub plan_id: String,
    pub by: String,
    /// When it was taken note of.
    pub at: Timestamp,
    /// What tells it from an earlier one of the same plan.
    pub mark: Option<String>,
    /// The ids of the steps that it consents to.
    pub steps: BTreeSet<String>,
    /// Those of them that have run.
    pub spent: BTreeSet<String>,
    /// Nobody has taken note of it before.
    pub is_new: bool,
}

/// Somebody rejected a plan, or cancelled it while it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub plan_id: String,
    pub by: String,
    /// When it was taken note of.
    pub at: Timestamp,
    /// The ids of the plan's steps that had not been done.
    pub steps: BTreeSet<String>,
    /// Whether a statement that runs is to be ended.
    pub cancels: bool,
}

impl Rejection {
    /// Whether it is for this plan: the very one that it names, or what is left of that.
    pub fn is_of(&self, planned: &PlannedSteps) -> bool {
        planned.plan.id == self.plan_id || planned.steps.iter().any(|step| self.steps.contains(&step.step.id))
    }

    /// What it says to who looks at the plan.
    pub fn remark(&self, planned: &PlannedSteps) -> String {
        let (by, verb, id) = (&self.by, if self.cancels { "cancelled" } else { "rejected" }, &planned.plan.id);
        let was = &self.plan_id;
        let which = if was == id { format!("plan {id}") } else { format!("plan {was}, of which plan {id} is left") };
        format!("{by} {verb} {which}; change the declaration, or approve the plan after all")
    }
}

impl Approval {
    /// The same approval after a change.
    #[must_use]
    pub fn after(mut self, applied: Option<&Applied>) -> Self {
        let done = applied.into_iter().flat_map(|applied| &applied.statements);
        let done = done.filter(|outcome| outcome.failure.is_none()).map(|outcome| &outcome.step_id);
        self.spent.extend(done.filter(|id| self.steps.contains(*id)).cloned());
        self
    }

    /// The same approval once all that is declared is live.
    #[must_use]
    pub fn used_up(mut self) -> Self {
        self.spent.clone_from(&self.steps);
        self
    }

    /// The same approval where `planned` is the very plan that it names: then it is for all of that plan's steps.
    #[must_use]
    pub fn of(mut self, planned: &PlannedSteps) -> Self {
        if self.is_new && self.plan_id == planned.plan.id {
            let risky = planned.steps.iter().filter(|step| !step.step.risks.is_empty());
            self.steps.extend(risky.map(|step| step.step.id.clone()).take(MAX_STEPS));
        }
        self
    }

    /// The steps that may run by it.
    pub fn allowed(&self) -> BTreeSet<String> {
        self.steps.difference(&self.spent).cloned().collect()
    }

    /// What to say of it where something still waits.
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
    use crate::reconcile::StatementOutcome;

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
            failure: failure.map(str::to_owned),
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
