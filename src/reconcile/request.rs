//! What one pass is asked to do.

use std::sync::Arc;
use std::time::Duration;

use super::approval::{Approval, Rejection};
use super::failed_step::FailedStep;
use super::not_ready::NotReady;
use super::witness::Witness;
use crate::api::{
    DatabaseSchemaSpec, DriftPolicy, HistoryPolicy, InvalidDuration, MaintenanceWindow, Mode, Reason, UndeclaredPolicy,
};
use crate::declare::{Declaration, Script, Source, VerifyCheck, source, verify_checks};
use crate::mysql::Login;
use crate::plan::Window;
use crate::record::{HistoryApproval, HistoryEntry, LiveResources, Owner, Viewer};
use crate::revision::{DeclaredChain, MigrationTable};
use crate::schema::Identifier;

/// Everything that a pass needs to know, read and checked. What is declared is known, or is a [`Source`] whose meaning
/// the server decides.
#[derive(Debug, Clone)]
pub struct Request<D = Declaration> {
    pub asker: Asker,
    pub spec: RequestSpec,
    pub declaration: D,
    pub prior: PriorState,
}

/// Who asks, and how the server is reached.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The resource's UID, or what the command line uses instead. It identifies the change under way.
    pub uid: String,
    /// Whose declaration it is, for history and record.
    pub owner: Owner,
    pub login: Login,
    /// The replicas that are asked for their lag.
    pub replicas: Vec<Login>,
    /// Which other resources there are.
    pub live_resources: LiveResources,
    /// Who confirms what the record says of it.
    pub witness: Witness,
}

/// What a spec asks for beside its declaration.
#[derive(Debug, Clone)]
pub struct RequestSpec {
    pub database: Identifier,
    pub verify: Vec<VerifyCheck>,
    pub mode: TargetMode,
    /// Tables with at most this many rows may be copied without consent.
    pub small_table_rows: u64,
    /// How long a statement may wait for a lock.
    pub lock_wait: Duration,
    /// When steps with a risk may begin; at any time where there is none.
    pub window: Option<Window>,
    /// How far a replica may lag behind when a step begins.
    pub max_replica_lag: Option<Duration>,
    pub revision: String,
    /// The revisions at which a migration tool may be.
    pub chain: Option<Arc<DeclaredChain>>,
    /// Whether to remove what was declared once and no longer is.
    pub removes_undeclared: bool,
    /// Whether each statement gets a row in the history table.
    pub keeps_history: bool,
}

/// What former passes and people left for this one.
#[derive(Debug, Clone, Default)]
pub struct PriorState {
    /// Whether this very declaration was in sync when it was last measured: a difference now is drift.
    pub was_in_sync: bool,
    /// The plan whose statements ran without making the declaration live: it does not run a second time.
    pub refused_plan: Option<String>,
    /// The consent that a person gave.
    pub approval: Option<Approval>,
    /// The plan that a person rejected.
    pub rejection: Option<Rejection>,
    /// The steps that failed since the spec and the approval are as they are.
    pub failed_steps: Vec<FailedStep>,
}

/// What a spec asks for, read and checked. It is the same whether a resource or a file holds the spec.
#[derive(Debug, Clone)]
pub struct Intent {
    spec: RequestSpec,
    declaration: Source,
}

/// What a pass may do about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetMode {
    /// Makes the declaration live.
    Apply,
    /// Makes the declaration live, but only reports what was in sync and has drifted.
    ApplyButReportDrift,
    /// Reports what it would do, and writes nothing.
    Plan,
    /// Reports whether the schema of others is enough, and protects what it needs.
    Require,
}

impl TargetMode {
    /// Whether steps may run in this mode.
    pub fn changes_schema(self) -> bool {
        match self {
            Self::Apply | Self::ApplyButReportDrift => true,
            Self::Plan | Self::Require => false,
        }
    }
}

impl Intent {
    /// Reads a spec. `script` is the text of its `ddl`, inline or from the ConfigMap.
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
        let chain = DeclaredChain::read(spec).map_err(|refusals| NotReady::from_refusals(&refusals))?;
        let database = Identifier::new(spec.database.as_str()).map_err(|error| invalid("spec.database", &error))?;
        if is_system_database(&database) {
            return Err(invalid("spec.database", &format!("{database} belongs to the server")));
        }
        spec.interval().map_err(duration("spec.interval"))?;
        spec.progress_deadline().map_err(duration("spec.progressDeadline"))?;
        let spec = RequestSpec {
            database,
            verify,
            mode: mode(spec.mode, spec.policy.drift),
            small_table_rows: u64::try_from(spec.policy.small_table_rows()).unwrap_or_default(),
            lock_wait: spec.policy.lock_wait().map_err(duration("spec.policy.lockWait"))?,
            window: spec.policy.window.as_ref().map(window).transpose()?,
            max_replica_lag: spec.policy.max_replica_lag().map_err(duration("spec.policy.maxReplicaLag"))?,
            revision: spec.revision.clone(),
            chain: chain.map(Arc::new),
            removes_undeclared: spec.policy.undeclared == UndeclaredPolicy::Remove,
            keeps_history: spec.policy.history == HistoryPolicy::Table,
        };
        Ok(Self { spec, declaration })
    }

    /// Returns the request of this asker, with nothing known of former passes.
    pub fn request(self, asker: Asker) -> Request<Source> {
        Request { asker, spec: self.spec, declaration: self.declaration, prior: PriorState::default() }
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

fn mode(mode: Mode, drift: DriftPolicy) -> TargetMode {
    match (mode, drift) {
        (Mode::Apply, DriftPolicy::Correct) => TargetMode::Apply,
        (Mode::Apply, DriftPolicy::Report) => TargetMode::ApplyButReportDrift,
        (Mode::Plan, _) => TargetMode::Plan,
        (Mode::Require, _) => TargetMode::Require,
    }
}

impl<D> Request<D> {
    /// Returns the same request with this declaration.
    pub fn declaring<E>(&self, declaration: E) -> Request<E> {
        let Self { asker, spec, prior, .. } = self;
        Request { asker: asker.clone(), spec: spec.clone(), declaration, prior: prior.clone() }
    }

    /// Returns the history's entry for a plan.
    pub fn entry(&self, plan_id: &str) -> HistoryEntry {
        HistoryEntry {
            resource: self.asker.owner.resource.clone(),
            resource_uid: self.asker.uid.clone(),
            revision: self.spec.revision.clone(),
            plan_id: plan_id.to_owned(),
            approval: self.prior.approval.as_ref().map(|approval| HistoryApproval {
                by: approval.by.clone(),
                at: approval.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
                steps: approval.steps.clone(),
            }),
        }
    }

    /// Returns the table of the migration tool that is read with the schema.
    pub(crate) fn migration_table(&self) -> Option<&MigrationTable> {
        self.spec.chain.as_ref().map(|chain| &chain.table)
    }

    /// Whether what was declared once, and no longer is, has to be removed.
    pub(crate) fn removes_undeclared(&self) -> bool {
        self.spec.removes_undeclared && self.asker.witness.lets_remove()
    }

    /// Returns who looks at the claims of others.
    pub(crate) fn viewer<'a>(&'a self, server: Option<&'a str>) -> Viewer<'a> {
        Viewer { owner: &self.asker.owner, live_resources: &self.asker.live_resources, server }
    }
}
