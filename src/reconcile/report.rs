//! What a pass found and did.

use k8s_openapi::jiff::Timestamp;

use super::approval::{Approval, Rejection};
use super::failed_step::FailedStep;
use super::not_ready::NotReady;
use super::planned_steps::PlannedSteps;
use crate::mysql::ServerIdentity;
use crate::plan::UndeclaredCount;

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
    /// Whether the difference was in sync before.
    pub drifted: bool,
    pub undeclared: Option<UndeclaredCount>,
    /// What a person approved, and how much of it has run.
    pub approval: Option<Approval>,
    /// Who rejected the plan.
    pub rejected_by: Option<String>,
    /// What a person rejected or cancelled.
    pub rejection: Option<Rejection>,
    /// The steps that failed, and are not tried again by themselves.
    pub failed_steps: Vec<FailedStep>,
    /// Why the operator can't keep a record of what was applied.
    pub unrecorded: Option<String>,
    /// When the maintenance window opens that steps wait for.
    pub opens: Option<Timestamp>,
    /// Whether others own what is declared (mode Require).
    pub is_contract: bool,
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
            drifted: false,
            undeclared: None,
            approval: None,
            rejected_by: None,
            rejection: None,
            failed_steps: Vec::new(),
            unrecorded: None,
            opens: None,
            is_contract: false,
        }
    }

    /// Ends the report for this reason.
    #[must_use]
    pub fn ending(self, not_ready: NotReady) -> Self {
        Self { outcome: Err(not_ready), ..self }
    }
}
