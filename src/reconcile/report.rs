//! What a pass found and did.

use k8s_openapi::jiff::Timestamp;

use super::approval::{Approval, Rejection};
use super::failed_step::FailedStep;
use super::not_ready::NotReady;
use super::planned_steps::PlannedSteps;
use crate::mysql::ServerIdentity;
use crate::plan::{Change, DeclaredPart, PartNames, Plan, Step, UndeclaredCount};
use crate::revision::RevisionState;

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
    /// What differs, as steps; `None` where no difference is known.
    pub plan: Option<PlannedSteps>,
    /// What the outcome would be if the mode let the steps run; `None` where the outcome does not depend on it.
    pub if_applied: Option<NotReady>,
    /// Whether the difference was in sync before.
    pub drifted: bool,
    /// What has drifted and is left as it is, while the plan does what the new declaration is about.
    pub left_drift: Vec<DriftedObject>,
    pub undeclared: Option<UndeclaredCount>,
    /// What was declared once, and is kept although `policy.undeclared` is `Remove`, with the reason.
    pub kept: Vec<String>,
    /// What a person approved, and how much of it has run.
    pub approval: Option<Approval>,
    /// Who rejected the plan.
    pub rejected_by: Option<String>,
    /// What a person rejected or cancelled.
    pub rejection: Option<Rejection>,
    /// The steps that failed, and are not tried again by themselves.
    pub failed_steps: Vec<FailedStep>,
    pub recorded: Recorded,
    /// The numbers of the rows of the record that are of others, can't be read, and count for nothing.
    pub unreadable: Vec<u64>,
    /// Where the migration tool stands: without a declared chain, nowhere. `None` where that was not measured.
    pub revision: Option<RevisionState>,
    /// What is wrong with the resource's own entry in the record, which is not the one that it wrote.
    pub distrusted: Option<String>,
    /// When the maintenance window opens that steps wait for.
    pub opens: Option<Timestamp>,
    /// Whether others own what is declared (mode Require).
    pub is_contract: bool,
    /// The digest by which the database is known while it stays as it is. `None` where more was looked at.
    pub fingerprint: Option<u64>,
}

/// An object that has drifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftedObject {
    pub object: String,
    pub declared: String,
    pub live: String,
}

/// How much of what a pass found is in the record of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// All of it, or there was nothing to write.
    Whole,
    /// What is declared is not claimed yet: others claim or change something just now.
    WithoutClaim,
    /// The operator can't keep a record, and why.
    Nothing(String),
}

/// What is known of the verify queries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// The queries did not run.
    Unknown,
    /// All of them held; how many there are.
    Held(usize),
    Failed(String),
}

impl DriftedObject {
    /// Returns the objects that a plan changes.
    pub fn of_plan(plan: &Plan) -> Vec<Self> {
        Self::changed_by(plan, |_, _| true)
    }

    /// Returns the objects among these parts that a plan changes.
    pub fn of_parts(plan: &Plan, parts: &PartNames) -> Vec<Self> {
        Self::changed_by(plan, |step, change| {
            let key = DeclaredPart::of_change(change).key();
            parts.get(step.declared_table()).is_some_and(|parts| parts.contains(&key))
        })
    }

    fn changed_by(plan: &Plan, is_meant: impl Fn(&Step, &Change) -> bool) -> Vec<Self> {
        let changes = plan.steps.iter().flat_map(|step| step.changes.iter().map(move |change| (step, change)));
        let changes = changes.filter(|(step, change)| is_meant(step, change));
        let drifted = changes.map(|(step, change)| {
            let (declared, live) = change.difference(step.dialect);
            Self { object: change.object(&step.table), declared, live }
        });
        drifted.collect()
    }
}

impl Report {
    /// Returns the report of a failure before anything was read.
    pub fn not_reached(not_ready: NotReady) -> Self {
        Self::begun().ending(not_ready)
    }

    /// Returns a report that knows nothing yet, and of no failure.
    pub fn begun() -> Self {
        Self {
            outcome: Ok(()),
            server: None,
            in_sync: None,
            verification: Verification::Unknown,
            plan: None,
            if_applied: None,
            drifted: false,
            left_drift: Vec::new(),
            undeclared: None,
            kept: Vec::new(),
            approval: None,
            rejected_by: None,
            rejection: None,
            failed_steps: Vec::new(),
            recorded: Recorded::Whole,
            unreadable: Vec::new(),
            revision: None,
            distrusted: None,
            opens: None,
            is_contract: false,
            fingerprint: None,
        }
    }

    /// Returns why the migration tool's state lets nothing go on; `has_steps` is whether a plan has any.
    pub fn stopped_by_revision(&self, has_steps: bool) -> Option<NotReady> {
        let finding = self.revision.as_ref()?.blocking(has_steps)?;
        Some(NotReady::new(finding.reason, finding.message.clone()))
    }

    /// Ends the report for this reason.
    #[must_use]
    pub fn ending(self, not_ready: NotReady) -> Self {
        Self { outcome: Err(not_ready), ..self }
    }
}
