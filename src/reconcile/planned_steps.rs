//! A plan whose steps say how far they are and what was found about them.

use std::collections::BTreeSet;

use crate::api::StepState;
use crate::plan::{Algorithm, Plan, Risk, Step, StepHazards};
use crate::schema::Identifier;

/// A plan with how far it has come.
#[derive(Debug, Clone)]
pub struct PlannedSteps {
    pub plan: Plan,
    pub steps: Vec<PlannedStep>,
}

/// One step with what is known about it beside its statement.
#[derive(Debug, Clone)]
pub struct PlannedStep {
    pub step: Step,
    pub state: StepState,
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    /// The risks that are not allowed.
    pub needs: BTreeSet<Risk>,
    /// What was found about it on the server.
    pub message: Option<String>,
    /// Whether there are questions about its rows, and each that could be asked found none in its way.
    pub has_no_rows_in_the_way: bool,
}

impl PlannedSteps {
    /// Names what the first `shown` steps change, and counts the rest.
    pub fn objects(&self, shown: usize) -> String {
        let objects: Vec<String> = self.steps.iter().take(shown).map(|step| step.step.object()).collect();
        let more = self.steps.len().saturating_sub(objects.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", objects.join("; "))
    }

    /// Marks as blocked what waits for steps that can't run, and the steps of units that can't run as a whole.
    pub fn block_after(&mut self, mut blocked: BTreeSet<String>) {
        loop {
            let before = blocked.len();
            let steps: Vec<&Step> = self.steps.iter().map(|planned| &planned.step).collect();
            let waits: Vec<Option<Wait>> =
                steps.iter().map(|step| Wait::of(step, &steps, |other| blocked.contains(&other.id))).collect();
            for (planned, wait) in self.steps.iter_mut().zip(waits) {
                if let Some(wait) = wait
                    && blocked.insert(planned.step.id.clone())
                {
                    planned.state = StepState::Blocked;
                    planned.note(&wait.words());
                }
            }
            if blocked.len() == before {
                return;
            }
        }
    }

    /// Marks all steps that would run as blocked, since the plan as a whole does not run.
    pub fn block_all(&mut self, why: impl Fn(&Step) -> String) {
        let is_open = |planned: &&mut PlannedStep| planned.state != StepState::Blocked;
        for planned in self.steps.iter_mut().filter(is_open) {
            planned.state = StepState::Blocked;
            planned.needs.clear();
            let why = why(&planned.step);
            planned.note(&why);
        }
    }

    /// Adds hazards that were found on the server: `found` has an item for each step. A step with another risk gets another
    /// id.
    pub fn risking(&mut self, database: &Identifier, found: Vec<StepHazards>) {
        self.plan = self.plan.clone().risking(database, found);
        for (planned, step) in self.steps.iter_mut().zip(&self.plan.steps) {
            planned.step.clone_from(step);
        }
    }

    /// Adds the same message to each step.
    pub fn note(&mut self, message: &str) {
        for step in &mut self.steps {
            step.note(message);
        }
    }

    /// Returns a plan whose steps are all pending.
    pub fn pending(plan: Plan) -> Self {
        let pending = |step: &Step| PlannedStep {
            step: step.clone(),
            state: StepState::Pending,
            rows: None,
            bytes: None,
            needs: BTreeSet::new(),
            message: said(step),
            has_no_rows_in_the_way: false,
        };
        Self { steps: plan.steps.iter().map(pending).collect(), plan }
    }
}

/// The step for which another can't run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// The id of the step.
    pub id: String,
    object: String,
    /// Whether both are parts of one unit; else the other is an earlier step.
    of_unit: bool,
}

impl Wait {
    /// Returns the first of `steps` for which `step` waits and that `is_held`; `None` where there is none.
    pub fn of(step: &Step, steps: &[&Step], is_held: impl Fn(&Step) -> bool) -> Option<Self> {
        let is_earlier = |other: &Step| step.waits_for.contains(&other.id);
        let of_unit = |other: &Step| step.unit.is_some() && step.unit == other.unit && step.id != other.id;
        let found = steps.iter().find(|other| (is_earlier(other) || of_unit(other)) && is_held(other))?;
        Some(Self { id: found.id.clone(), object: found.object(), of_unit: of_unit(found) })
    }

    /// Returns what the step says of it.
    pub fn words(&self) -> String {
        if self.of_unit {
            format!("it goes together with the step for {}, which can't run now", self.object)
        } else {
            format!("it waits for the step for {}", self.object)
        }
    }
}

/// Returns what is known of a step before anything is measured.
fn said(step: &Step) -> Option<String> {
    const CLUSTER: &str =
        "all nodes of the cluster execute it at the same time, and no table of theirs can be written to meanwhile";
    let cluster = step.holds_cluster_up(step.cost).then_some(CLUSTER);
    let said: Vec<&str> = step.dependents.iter().map(String::as_str).chain(cluster).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

impl PlannedStep {
    /// Estimates the bytes of disk that the statement takes beside the table until it has ended, where it writes a new
    /// copy of the table. It goes by the server's estimate of the table's present size.
    pub fn disk(&self) -> Option<u64> {
        let algorithm = self.step.algorithm()?;
        self.bytes.filter(|_| matches!(algorithm, Algorithm::Rebuild | Algorithm::Copy))
    }

    /// Returns what was found about the step, and what may go wrong when it runs.
    pub fn remarks(&self) -> Option<String> {
        let said: Vec<&str> = self.message.iter().chain(&self.step.hazards).map(String::as_str).collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Adds a message.
    pub fn note(&mut self, message: &str) {
        match &mut self.message {
            Some(said) => {
                said.push_str("; ");
                said.push_str(message);
            }
            None => self.message = Some(message.to_owned()),
        }
    }
}

/// Joins what a condition says of several steps: as many `facts` as fit into 300 characters with what comes `after` them.
/// The rest is counted, since each step says its own.
pub fn joined(facts: &[String], after: &[String]) -> String {
    const LIMIT: usize = 300;
    let with_first = |kept: usize| {
        let rest = facts.len().saturating_sub(kept);
        let rest = (rest > 0).then(|| format!("and {rest} more"));
        let words: Vec<&str> = facts.iter().take(kept).chain(&rest).chain(after).map(String::as_str).collect();
        words.join("; ")
    };
    let fitting = (1..=facts.len()).rev().map(with_first).find(|text| text.chars().count() <= LIMIT);
    fitting.unwrap_or_else(|| with_first(1))
}

/// Counts with the plural that fits: `1 table`, `2 tables`, `2 indexes`, `2 queries`.
pub fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ if what.ends_with('x') => format!("{number} {what}es"),
        _ if what.ends_with('y') => format!("{number} {}ies", what.trim_end_matches('y')),
        _ => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_keeps_its_first_facts_and_what_to_do() {
        let facts: Vec<String> = (1..=20).map(|number| format!("column orders.c{number} is Breaking")).collect();
        let short = joined(&facts, &["approve plan 0f3a (kubectl schema approve)".to_owned()]);
        assert!(short.len() <= 300 && short.starts_with("column orders.c1 is Breaking; column orders.c2"), "{short}");
        assert!(short.ends_with("; and 12 more; approve plan 0f3a (kubectl schema approve)"), "{short}");
        assert_eq!(joined(&["a".to_owned(), "b".to_owned()], &["c".to_owned()]), "a; b; c");
        let long = "x".repeat(1_000);
        assert_eq!(joined(std::slice::from_ref(&long), &[]), long, "one fact is never cut");
    }
}
