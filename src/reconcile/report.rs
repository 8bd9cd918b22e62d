//! What a reconcile found and did.

use std::collections::BTreeSet;

use k8s_openapi::jiff::Timestamp;

use super::approval::{Approval, Rejection};
use super::not_ready::NotReady;
use crate::api::StepState;
use crate::mysql::ServerIdentity;
use crate::plan::{Algorithm, Plan, Risk, Step, UndeclaredCount};

/// The measurement: `outcome` is `Ok` only when the live schema was read and holds all that is declared, and every
/// verify query held.
#[derive(Debug, Clone)]
pub struct Report {
    pub outcome: Result<(), NotReady>,
    /// The server, once it answered.
    pub server: Option<ServerIdentity>,
    /// Whether live holds all that is declared; `None` where that was not measured.
    pub in_sync: Option<bool>,
    pub verification: Verification,
    /// What is to be done or was done last; `None` where nothing is known to differ.
    pub plan: Option<PlannedSteps>,
    /// Whether what differs was in sync before.
    pub drifted: bool,
    pub undeclared: Option<UndeclaredCount>,
    /// What somebody approved, and how much of it has run.
    pub approval: Option<Approval>,
    /// Who rejected the plan.
    pub rejected_by: Option<String>,
    /// What somebody rejected or cancelled.
    pub rejection: Option<Rejection>,
    /// Why no record of what was applied can be kept.
    pub unrecorded: Option<String>,
    /// When the maintenance window opens that steps wait for.
    pub opens: Option<Timestamp>,
    /// Whether others own what is declared (mode Require).
    pub is_contract: bool,
}

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
    /// The risks that nobody has allowed.
    pub needs: BTreeSet<Risk>,
    pub message: Option<String>,
}

/// What is known of the verify queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// They were not run.
    Unknown,
    /// All that there are held; how many there are.
    Held(usize),
    Failed(String),
}

impl Report {
    /// A report of a failure before anything was read.
    pub fn not_reached(not_ready: NotReady) -> Self {
        Self::begun().ending(not_ready)
    }

    /// A report that knows nothing yet, and of no failure.
    pub fn begun() -> Self {
        Self {
            outcome: Ok(()),
            server: None,
            in_sync: None,
            verification: Verification::Unknown,
            plan: None,
            drifted: false,
            undeclared: None,
            approval: None,
            rejected_by: None,
            rejection: None,
            unrecorded: None,
            opens: None,
            is_contract: false,
        }
    }

    /// The same report, ending for this reason.
    #[must_use]
    pub fn ending(self, not_ready: NotReady) -> Self {
        Self { outcome: Err(not_ready), ..self }
    }
}

impl PlannedSteps {
    /// What the first steps change, at most `shown` of them, and how many more there are.
    pub fn objects(&self, shown: usize) -> String {
        let objects: Vec<String> = self.steps.iter().take(shown).map(|step| step.step.object()).collect();
        let more = self.steps.len().saturating_sub(objects.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", objects.join("; "))
    }

    /// Marks what waits for steps that can't run.
    pub fn block_after(&mut self, mut blocked: BTreeSet<String>) {
        for planned in &mut self.steps {
            if !blocked.contains(&planned.step.id) && !blocked.is_disjoint(&planned.step.waits_for) {
                blocked.insert(planned.step.id.clone());
                planned.state = StepState::Blocked;
                planned.note("it waits for an earlier step");
            }
        }
    }

    /// Says the same of every step.
    pub fn note(&mut self, message: &str) {
        for step in &mut self.steps {
            step.note(message);
        }
    }

    /// A plan of which nothing has begun.
    pub fn pending(plan: Plan) -> Self {
        let pending = |step: &Step| PlannedStep {
            step: step.clone(),
            state: StepState::Pending,
            rows: None,
            bytes: None,
            needs: BTreeSet::new(),
            message: said(step),
        };
        Self { steps: plan.steps.iter().map(pending).collect(), plan }
    }
}

/// What has to be said of a step before anything is measured.
fn said(step: &Step) -> Option<String> {
    const CLUSTER: &str =
        "all nodes of the cluster execute it at once, and nobody writes to any of their tables meanwhile";
    let cluster = step.holds_cluster_up(step.cost).then_some(CLUSTER);
    let said: Vec<&str> = step.dependents.iter().map(String::as_str).chain(cluster).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

impl PlannedStep {
    /// The bytes of disk that the statement takes beside the table until it has ended, where it writes the table anew;
    /// by the server's estimate of what the table takes now.
    pub fn disk(&self) -> Option<u64> {
        let algorithm = self.step.algorithm()?;
        self.bytes.filter(|_| matches!(algorithm, Algorithm::Rebuild | Algorithm::Copy))
    }

    /// Says one thing more of it.
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

/// `1 table`, `2 tables`, `2 indexes`, `2 queries`.
pub fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ if what.ends_with('x') => format!("{number} {what}es"),
        _ if what.ends_with('y') => format!("{number} {}ies", what.trim_end_matches('y')),
        _ => format!("{number} {what}s"),
    }
}
