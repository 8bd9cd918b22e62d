//! What one reconcile is asked to do.

use std::time::Duration;

use super::approval::{Approval, Rejection};
use super::host_guard::HostGuard;
use super::not_ready::NotReady;
use crate::api::{
    DatabaseSchemaSpec, Drift, History, InvalidDuration, MaintenanceWindow, Mode, Reason, UndeclaredPolicy,
};
use crate::declare::{Declaration, Script, Source, VerifyCheck, source, verify_checks};
use crate::mysql::Login;
use crate::plan::Window;
use crate::record::{ApprovedBy, HistoryEntry, LiveResources, Owner};
use crate::schema::Identifier;

/// Everything that the pipeline needs to know, read and checked. What is declared is known, or is a [`Source`] of which
/// the server says what it means.
#[derive(Debug, Clone)]
pub struct Request<D = Declaration> {
    /// The resource's UID: what is under way for it is found by this.
    pub uid: String,
    pub login: Login,
    pub database: Identifier,
    pub declaration: D,
    pub verify: Vec<VerifyCheck>,
    pub mode: TargetMode,
    /// Tables with at most so many rows may be copied without consent.
    pub small_table_rows: u64,
    /// How long a statement may wait for a lock.
    pub lock_wait: Duration,
    /// When steps may begin that have a risk; at any time where there is none.
    pub window: Option<Window>,
    /// How far a replica may lag behind when a step begins.
    pub max_replica_lag: Option<Duration>,
    /// To which replicas the operator may connect.
    pub guard: HostGuard,
    /// Whether just this declaration was in sync when it was last measured: what differs now has drifted.
    pub was_in_sync: bool,
    /// The plan whose statements ran without making live what is declared: it is not run a second time.
    pub refused_plan: Option<String>,
    /// Whose declaration it is, for history and record.
    pub owner: Owner,
    /// Which other resources there are.
    pub living: LiveResources,
    pub revision: String,
    /// Whether what was declared once, and is not any longer, is to be removed.
    pub removes_undeclared: bool,
    /// Whether each statement is to have a row in the history table.
    pub keeps_history: bool,
    /// What somebody approved.
    pub approval: Option<Approval>,
    /// The plan that somebody rejected.
    pub rejection: Option<Rejection>,
}

/// What a spec asks for, read and checked, whoever asks: what is wrong with a spec does not depend on where it is from.
#[derive(Debug, Clone)]
pub struct Intent {
    database: Identifier,
    declaration: Source,
    verify: Vec<VerifyCheck>,
    mode: TargetMode,
    small_table_rows: u64,
    lock_wait: Duration,
    window: Option<Window>,
    max_replica_lag: Option<Duration>,
    revision: String,
    removes_undeclared: bool,
    keeps_history: bool,
}

/// Who asks, and how the server is reached.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The resource's UID, or what stands for it.
    pub uid: String,
    /// Whose declaration it is, for history and record.
    pub owner: Owner,
    pub login: Login,
    pub guard: HostGuard,
}

/// What may be done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMode {
    /// Make it so.
    Apply,
    /// Make it so, but only report what was in sync and has drifted.
    ApplyButReportDrift,
    /// Say what would be done, and write nothing.
    Plan,
    /// Say whether what others provide is enough, and see that they keep it so.
    Require,
}

impl Intent {
    /// Reads a spec. `script` is the text that its `ddl` says or refers to.
    ///
    /// # Errors
    /// What in the spec can't be read or is not supported.
    pub fn from_spec(spec: &DatabaseSchemaSpec, script: Option<Script>) -> Result<Self, NotReady> {
        let invalid =
            |path: &str, error: &dyn std::fmt::Display| NotReady::new(Reason::InvalidSpec, format!("{path}: {error}"));
        let duration = |path: &'static str| move |error: InvalidDuration| invalid(path, &error);
        let declaration = source(spec, script).map_err(|refusals| NotReady::from_refusals(&refusals))?;
        let verify = verify_checks(spec.verify.as_deref().unwrap_or_default());
        let verify = verify.map_err(|refusals| NotReady::from_refusals(&refusals))?;
        let database = Identifier::new(spec.database.as_str()).map_err(|error| invalid("spec.database", &error))?;
        if is_system_database(&database) {
            return Err(invalid("spec.database", &format!("{database} belongs to the server")));
        }
        spec.interval().map_err(duration("spec.interval"))?;
        spec.progress_deadline().map_err(duration("spec.progressDeadline"))?;
        Ok(Self {
            database,
            declaration,
            verify,
            mode: mode(spec.mode, spec.policy.drift),
            small_table_rows: u64::try_from(spec.policy.small_table_rows()).unwrap_or_default(),
            lock_wait: spec.policy.lock_wait().map_err(duration("spec.policy.lockWait"))?,
            window: spec.policy.window.as_ref().map(window).transpose()?,
            max_replica_lag: spec.policy.max_replica_lag().map_err(duration("spec.policy.maxReplicaLag"))?,
            revision: spec.revision.clone(),
            removes_undeclared: spec.policy.undeclared == UndeclaredPolicy::Remove,
            keeps_history: spec.policy.history == History::Table,
        })
    }

    /// The request of this asker, who knows nothing of what was found before.
    pub fn request(self, asker: Asker) -> Request<Source> {
        Request {
            uid: asker.uid,
            login: asker.login,
            database: self.database,
            declaration: self.declaration,
            verify: self.verify,
            mode: self.mode,
            small_table_rows: self.small_table_rows,
            lock_wait: self.lock_wait,
            window: self.window,
            max_replica_lag: self.max_replica_lag,
            guard: asker.guard,
            was_in_sync: false,
            refused_plan: None,
            owner: asker.owner,
            living: LiveResources::Unknown,
            revision: self.revision,
            removes_undeclared: self.removes_undeclared,
            keeps_history: self.keeps_history,
            approval: None,
            rejection: None,
        }
    }
}

fn window(spec: &MaintenanceWindow) -> Result<Window, NotReady> {
    let path = "spec.policy.window";
    let invalid = |message| NotReady::new(Reason::InvalidSpec, message);
    let duration = spec.duration().map_err(|error| invalid(format!("{path}.duration: {error}")))?;
    Window::new(&spec.schedule, duration, spec.time_zone()).map_err(|error| invalid(format!("{path}.{error}")))
}

/// Databases that no application owns.
fn is_system_database(database: &Identifier) -> bool {
    ["mysql", "sys", "information_schema", "performance_schema"].contains(&database.folded().as_str())
}

fn mode(mode: Mode, drift: Drift) -> TargetMode {
    match (mode, drift) {
        (Mode::Apply, Drift::Correct) => TargetMode::Apply,
        (Mode::Apply, Drift::Report) => TargetMode::ApplyButReportDrift,
        (Mode::Plan, _) => TargetMode::Plan,
        (Mode::Require, _) => TargetMode::Require,
    }
}

impl<D> Request<D> {
    /// The same request, of which this is declared.
    pub fn declaring<E>(self, declaration: E) -> Request<E> {
        Request {
            declaration,
            uid: self.uid,
            login: self.login,
            database: self.database,
            verify: self.verify,
            mode: self.mode,
            small_table_rows: self.small_table_rows,
            lock_wait: self.lock_wait,
            window: self.window,
            max_replica_lag: self.max_replica_lag,
            guard: self.guard,
            was_in_sync: self.was_in_sync,
            refused_plan: self.refused_plan,
            owner: self.owner,
            living: self.living,
            revision: self.revision,
            removes_undeclared: self.removes_undeclared,
            keeps_history: self.keeps_history,
            approval: self.approval,
            rejection: self.rejection,
        }
    }

    /// The entry in the history for a plan.
    pub fn entry(&self, plan_id: &str) -> HistoryEntry {
        HistoryEntry {
            resource: self.owner.resource.clone(),
            resource_uid: self.uid.clone(),
            revision: self.revision.clone(),
            plan_id: plan_id.to_owned(),
            approval: self.approval.as_ref().map(|approval| ApprovedBy {
                by: approval.by.clone(),
                at: approval.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                steps: approval.steps.clone(),
            }),
        }
    }
}
