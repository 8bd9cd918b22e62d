//! Costs that servers taught. A step that a server refused at the predicted cost is planned with its cost there, and asks
//! for the consent that this takes.

use crate::mysql::Address;
use crate::plan::{Plan, Step};
use crate::reconcile::applied::{Applied, LearntCost};
use crate::reconcile::cache::Cache;
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::request::Request;

/// How many costs are remembered. A server that is asked once more refuses once more, and changes nothing.
const MAX_STEPS: usize = 10_000;

/// Remembers the costs of steps as long as the process lives. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub struct LearntCosts(Cache<(Address, String), LearntCost>);

impl Default for LearntCosts {
    fn default() -> Self {
        Self(Cache::new(MAX_STEPS))
    }
}

impl LearntCosts {
    /// Remembers the refusals that the steps of a change met.
    pub fn learn<D>(&self, request: &Request<D>, applied: &Applied) {
        for statement in &applied.statements {
            if let Some(learnt) = &statement.learnt {
                self.0.put((request.asker.login.address.clone(), statement.step_id.clone()), learnt.clone());
            }
        }
    }

    /// Returns the plan at the known costs, with the server's words at each step that costs more than was predicted.
    pub fn price(&self, request: &Request, plan: Plan) -> PlannedSteps {
        let of = |step: &Step| self.0.get(&(request.asker.login.address.clone(), step.id.clone()));
        let known: Vec<Option<LearntCost>> = plan.steps.iter().map(of).collect();
        if known.iter().all(Option::is_none) {
            return PlannedSteps::pending(plan);
        }
        let costs = known.iter().map(|learnt| learnt.as_ref().map(|learnt| learnt.cost));
        let mut planned = PlannedSteps::pending(plan.at_costs(&request.spec.database, costs));
        for (step, learnt) in planned.steps.iter_mut().zip(known) {
            if let Some(LearntCost { why, .. }) = learnt {
                step.note(&format!("the server does not do it at less cost: {why}"));
            }
        }
        planned
    }
}
