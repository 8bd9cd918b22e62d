//! A plan: all steps to a target, in order, with ids that a consent can name.

use std::collections::{BTreeMap, BTreeSet};

use super::cost::Cost;
use super::risk::Risk;
use super::step::{Step, digest};
use crate::schema::Identifier;

/// All steps to a target, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The same for the same steps, whatever else happened in between.
    pub id: String,
    pub steps: Vec<Step>,
}

/// What depends on a step outside of its table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepDependents {
    /// What would break, in words.
    pub findings: Vec<String>,
    /// The risks that follow from it.
    pub risks: BTreeSet<Risk>,
}

/// What may go wrong with a step beside what its changes do by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepHazards {
    pub sentences: Vec<String>,
    pub risks: BTreeSet<Risk>,
}

impl Plan {
    /// Makes a plan of these steps.
    pub fn of(steps: Vec<Step>) -> Self {
        Self { id: digest(steps.iter().map(|step| step.id.as_str())), steps }
    }

    /// Whether it has no steps.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the plan without the steps of these tables.
    #[must_use]
    pub fn without(self, tables: &BTreeSet<Identifier>) -> Self {
        let steps: Vec<Step> = self.steps.into_iter().filter(|step| !tables.contains(&step.table)).collect();
        Self::of(steps)
    }

    /// Returns the plan with what depends on its steps: `dependents` has an item for each. A step that something depends
    /// on gets another id, so an earlier approval does not cover it.
    #[must_use]
    pub fn assessed(mut self, database: &Identifier, dependents: Vec<StepDependents>) -> Self {
        for (step, StepDependents { findings, risks }) in self.steps.iter_mut().zip(dependents) {
            step.risks.extend(risks);
            step.dependents = findings;
        }
        self.identified(database)
    }

    /// Returns the plan with further hazards of its steps: `found` has an item for each. The sentences are no part of a
    /// step's id, the risks are.
    #[must_use]
    pub fn risking(mut self, database: &Identifier, found: Vec<StepHazards>) -> Self {
        for (step, StepHazards { sentences, risks }) in self.steps.iter_mut().zip(found) {
            step.risks.extend(risks);
            step.hazards.extend(sentences);
        }
        self.identified(database)
    }

    /// Returns the plan with costs that are known better by now: `costs` has an item for each step.
    #[must_use]
    pub fn at_costs(mut self, database: &Identifier, costs: impl Iterator<Item = Option<Cost>>) -> Self {
        for (step, cost) in self.steps.iter_mut().zip(costs) {
            let Some(cost) = cost else { continue };
            step.cost = cost;
            if cost.is_blocking() || step.holds_cluster_up(cost) {
                step.risks.insert(Risk::Blocking);
            }
        }
        self.identified(database)
    }

    /// Returns all risks of all steps.
    pub fn risks(&self) -> BTreeSet<Risk> {
        self.steps.iter().flat_map(|step| step.risks.iter().copied()).collect()
    }

    /// Returns the plan with the ids of its steps as they are by now.
    fn identified(mut self, database: &Identifier) -> Self {
        let mut new_ids = BTreeMap::new();
        for step in &mut self.steps {
            let id = step.digest(database);
            new_ids.insert(std::mem::replace(&mut step.id, id.clone()), id);
        }
        for step in &mut self.steps {
            let waits_for = std::mem::take(&mut step.waits_for);
            step.waits_for = waits_for.into_iter().map(|id| new_ids.get(&id).cloned().unwrap_or(id)).collect();
        }
        Self::of(self.steps)
    }
}
