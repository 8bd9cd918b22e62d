//! What servers have taught about costs: a step that one of them refused to carry out as cheaply as was predicted is
//! planned with what it costs there, and so asks for the consent that this takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::mysql::Address;
use crate::plan::Plan;
use crate::reconcile::applied::{Applied, LearntCost};
use crate::reconcile::report::PlannedSteps;
use crate::reconcile::request::Request;

/// More are forgotten at once: a server that is asked again refuses again, and changes nothing.
const MAX_STEPS: usize = 10_000;

/// The costs of steps as they were learnt. Cheap to clone; all clones share them. They last as long as the process.
#[derive(Debug, Clone, Default)]
pub struct LearntCosts(Arc<Mutex<HashMap<(Address, String), LearntCost>>>);

impl LearntCosts {
    /// Remembers what the steps of a change were refused.
    pub fn learn<D>(&self, request: &Request<D>, applied: &Applied) {
        for statement in &applied.statements {
            let Some(learnt) = &statement.learnt else { continue };
            let mut costs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if costs.len() >= MAX_STEPS {
                costs.clear();
            }
            costs.insert((request.asker.login.address.clone(), statement.step_id.clone()), learnt.clone());
        }
    }

    /// The plan at the costs that are known, with the server's words at each step that costs more than was predicted.
    pub fn price(&self, request: &Request, plan: Plan) -> PlannedSteps {
        let known: Vec<Option<LearntCost>> = {
            let costs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let of = |step: &String| costs.get(&(request.asker.login.address.clone(), step.clone())).cloned();
            plan.steps.iter().map(|step| of(&step.id)).collect()
        };
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
