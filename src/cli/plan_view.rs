//! Views a plan for a person or a program: the report of the pipeline, with what each step waits for.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::api::{Reason, RiskSpec, StepState};
use crate::mysql::meaning;
use crate::plan::UndeclaredCount;
use crate::reconcile::{NotReady, PlannedStep, Report, Request};

/// A plan, as `-o json` prints it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    pub database: String,
    pub revision: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerView>,
    /// The statements that set a client's session up for the steps, by which they mean what was planned.
    #[serde(skip)]
    pub session: Vec<String>,
    pub in_sync: bool,
    /// What `apply` and the operator would report first; `None` where there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is to know of the migration tool, where it stops nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    pub risks: BTreeSet<RiskSpec>,
    pub undeclared: UndeclaredView,
    pub steps: Vec<StepView>,
}

/// The server of the database.
#[derive(Debug, Serialize)]
pub struct ServerView {
    pub flavor: String,
    pub version: String,
}

/// How many objects are live and not declared.
#[derive(Debug, Default, Serialize)]
pub struct UndeclaredView {
    pub tables: usize,
    pub columns: usize,
    pub indexes: usize,
}

/// One statement.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    pub id: String,
    pub object: String,
    pub statement: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<u64>,
    pub risks: BTreeSet<RiskSpec>,
    pub state: StepState,
    /// The risks that have to be allowed before it runs.
    pub needs: BTreeSet<RiskSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Returns what is to know of the migration tool, where the outcome does not say it.
pub fn remark(report: &Report) -> Option<String> {
    let finding = report.revision.as_ref()?.remark()?;
    let is_said = report.outcome.as_ref().is_err_and(|not_ready| not_ready.reason == finding.reason);
    (!is_said).then(|| finding.message.clone())
}

impl PlanView {
    /// Makes the view of a report. `first` is what applying the plan would report first.
    pub fn of<D>(request: &Request<D>, report: &Report, first: Option<&NotReady>) -> Self {
        let UndeclaredCount { tables, columns, indexes } = report.undeclared.unwrap_or_default();
        let session = report.server.as_ref().map(|server| meaning(server.dialect.flavor));
        let server = report.server.as_ref().map(|server| {
            let (major, minor, patch) = server.dialect.version;
            ServerView { flavor: server.dialect.flavor.to_string(), version: format!("{major}.{minor}.{patch}") }
        });
        let steps = report.plan.iter().flat_map(|planned| &planned.steps);
        Self {
            database: request.spec.database.to_string(),
            revision: request.spec.revision.clone(),
            plan_id: report.plan.as_ref().map(|planned| planned.plan.id.clone()),
            server,
            session: session.unwrap_or_default(),
            in_sync: report.in_sync.unwrap_or_default(),
            reason: first.map(|first| first.reason.as_str()),
            message: first.map(|first| first.message.clone()),
            remark: remark(report),
            risks: report.plan.iter().flat_map(|planned| planned.plan.risks()).map(RiskSpec::from).collect(),
            undeclared: UndeclaredView { tables, columns, indexes },
            steps: steps.map(StepView::of).collect(),
        }
    }

    /// Whether steps would run at once.
    pub fn runs(&self) -> bool {
        self.reason == Some(Reason::Applying.as_str())
    }

    /// Returns the risks that have to be allowed before all steps run.
    pub fn needs(&self) -> BTreeSet<RiskSpec> {
        self.steps.iter().flat_map(|step| step.needs.iter().copied()).collect()
    }

    /// Counts the steps that wait for consent.
    pub fn awaiting_approval(&self) -> usize {
        self.in_state(StepState::AwaitingApproval)
    }

    /// Counts the steps that wait for the maintenance window.
    pub fn awaiting_window(&self) -> usize {
        self.in_state(StepState::AwaitingWindow)
    }

    /// Counts the steps that wait for a tool or a replica.
    pub fn waiting(&self) -> usize {
        self.in_state(StepState::Waiting)
    }

    /// Counts the steps that rows prevent.
    pub fn blocked(&self) -> usize {
        self.in_state(StepState::Blocked)
    }

    fn in_state(&self, state: StepState) -> usize {
        self.steps.iter().filter(|step| step.state == state).count()
    }
}

impl StepView {
    fn of(planned: &PlannedStep) -> Self {
        let PlannedStep { step, state, rows, bytes, needs, message: _, has_no_rows_in_the_way: _ } = planned;
        Self {
            id: step.id.clone(),
            object: step.object(),
            statement: step.sql_as_planned().unwrap_or_else(|| step.sql()),
            undo: step.undo(),
            algorithm: step.algorithm().map(|algorithm| algorithm.to_string()),
            lock: step.algorithm().map(|_| step.cost.lock()),
            rows: *rows,
            bytes: *bytes,
            disk: planned.disk(),
            risks: step.risks.iter().copied().map(RiskSpec::from).collect(),
            state: *state,
            needs: needs.iter().copied().map(RiskSpec::from).collect(),
            message: planned.remarks(),
        }
    }
}
