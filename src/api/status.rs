//! What the operator reports about a resource.
//!
//! Every list is bounded where it is filled; what does not fit is counted. A status never holds a value of a row.

use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::RiskSpec;
use super::structural::Structural;

/// What the operator measured on the live database at its last check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
// A resource that was never checked must not look like one that is done.
#[schemars(transform = Structural, extend("default" = { "observedGeneration": -1 }))]
#[serde(rename_all = "camelCase")]
pub struct DatabaseSchemaStatus {
    /// The generation of the spec that this status describes; -1 before the first check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Ready, Reconciling, Stalled, Reachable, InSync and Verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,

    /// The revisions of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionStatus>,

    /// The server of the last connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerStatus>,

    /// The steps that are running, or that would run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,

    /// The plan that was approved, if the resource has the annotations of an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalStatus>,

    /// The plan that was rejected or cancelled, if the resource has the annotations for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalStatus>,

    /// The steps that failed and are not tried again before the spec changes or the plan is approved again, except those
    /// with `runsAgain`. At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub failed_steps: Vec<FailedStepStatus>,

    /// The declared attributes that were changed outside this resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub drift: Vec<DriftStatus>,

    /// The number of entries that did not fit into `drift`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_drift: Option<i64>,

    /// The number of live objects that are not declared here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeclared: Option<UndeclaredStatus>,

    /// The objects that were removed and are still kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldStatus>,

    /// What is known of the entry that this resource has in the record of the database (table `schema_operator_record`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordStatus>,

    /// The last plans that ran, newest first. At most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub history: Vec<HistoryStatus>,
}

/// The revisions of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionStatus {
    /// The last revision whose declaration the live database had in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<String>,

    /// When the live database first had it in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Time>,

    /// The revisions that the migration tool's own table holds: one, unless it has several heads or apps. Of a tool that
    /// keeps all applied ones, the last in the chain, and those that are not in it. At most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub live: Vec<String>,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerStatus {
    /// `MySQL` or `MariaDB`.
    pub flavor: String,

    /// The server's version.
    pub version: String,

    /// The server's own id: `server_uuid` on MySQL, `server_uid` on MariaDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The steps from the live schema to the declared one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// The id that an approval names. It changes when a step or its known risks change.
    pub id: String,

    /// The risks of all steps, separated by commas; empty if there are none.
    #[serde(default)]
    pub risks: String,

    /// The plan in one sentence.
    pub summary: String,

    /// The account that rejected the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_by: Option<String>,

    /// The steps, in order. At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<StepStatus>,

    /// The number of steps that did not fit; `kubectl schema plan` shows them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_steps: Option<i64>,
}

/// An approval of a plan: the steps that it consents to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalStatus {
    /// The plan that was approved.
    pub plan_id: String,

    /// The account that approved the plan.
    pub by: String,

    /// When the operator saw the approval.
    pub at: Time,

    /// The annotation `approved-at`, which distinguishes it from an earlier approval of the same plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,

    /// The ids of the plan's steps that have a risk. At most 2,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<String>,

    /// The ids of those steps that have run. If one is planned again, it needs another approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "atomic"))]
    pub spent: Vec<String>,
}

/// A plan that was rejected, or cancelled while it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusalStatus {
    /// The plan that was rejected or cancelled.
    pub plan_id: String,

    /// The account that rejected or cancelled it.
    pub by: String,

    /// When the operator saw the rejection or cancellation.
    pub at: Time,

    /// The ids of its steps that had not run: a plan that has one of them does not run. At most 2,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<String>,
}

/// A step that failed, on rows or for another reason that does not pass by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedStepStatus {
    /// The id of the step.
    pub id: String,

    /// The reason that the Ready condition has for it.
    pub reason: String,

    /// The server's error.
    pub message: String,

    /// Whether it runs once more: rows made it fail, and a count finds none of them any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_again: bool,
}

/// One statement of a plan, and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepStatus {
    /// The id of the step. It is the same for the same change of the same definitions with the same risks.
    pub id: String,

    /// The object that the step changes.
    pub object: String,

    /// The SQL statement.
    pub statement: String,

    /// The statement that reverts the step, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,

    /// How the server runs it: `INSTANT`, `INPLACE` or `COPY`.
    pub algorithm: String,

    /// What other sessions may do with the table during the step. `NONE`: everything. `SHARED`: read. `EXCLUSIVE`:
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,

    /// The number of rows in the table, by the server's estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,

    /// The size of the table in bytes, by the server's estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,

    /// The additional bytes on disk that a statement needs while it rebuilds the table, by the server's estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,

    /// The risks of the step; empty if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub risks: Vec<RiskSpec>,

    /// The state of the step.
    pub state: StepState,

    /// The progress of a running statement, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<i32>,

    /// Details: the server's error, or what the step waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The state of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StepState {
    /// It has not run yet.
    #[default]
    Pending,
    /// It waits for a person.
    AwaitingApproval,
    /// It waits for the maintenance window.
    AwaitingWindow,
    /// It waits for something else that its message names: a tool that works on the table, or replicas.
    Waiting,
    /// The server is running it.
    Running,
    /// The live database shows its effect.
    Done,
    /// The server refused it.
    Failed,
    /// It can't run, and was not sent: rows or a contract are in its way, the plan is refused, or a step that it waits for is
    /// blocked. Its message says why.
    Blocked,
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "Pending",
            Self::AwaitingApproval => "AwaitingApproval",
            Self::AwaitingWindow => "AwaitingWindow",
            Self::Waiting => "Waiting",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Blocked => "Blocked",
        })
    }
}

/// A declared attribute that was changed outside this resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftStatus {
    /// The object that was changed.
    pub object: String,

    /// The declared value.
    pub declared: String,

    /// The live value.
    pub live: String,
}

/// The number of live objects that are not declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UndeclaredStatus {
    /// The number of tables.
    #[serde(default)]
    pub tables: i64,

    /// The number of columns in declared tables.
    #[serde(default)]
    pub columns: i64,

    /// The number of indexes of declared tables.
    #[serde(default)]
    pub indexes: i64,

    /// What was declared once, and is kept although `policy.undeclared` is `Remove`: this resource did not make it, or
    /// another one declares it. At most 10 are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub kept: Vec<String>,

    /// The number of objects that did not fit into `kept`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_kept: Option<i64>,
}

/// The objects that were removed and are still kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldStatus {
    /// The number of objects.
    pub count: i64,

    /// Their size in bytes, by the server's estimate.
    pub bytes: i64,
}

/// What is known of the entry of a resource in the record of its database. What an unknown entry says is not believed:
/// nothing is removed on its word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecordStatus {
    /// The digest of the entry that was written last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,

    /// The digests of entries that may have been written since. At most 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub announced: Vec<String>,

    /// The last entry that was not believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distrusted: Option<DistrustStatus>,
}

/// An entry of the record that was not believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DistrustStatus {
    /// When it was found.
    pub at: Time,

    /// What was found, and what to do.
    pub message: String,
}

/// A plan that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryStatus {
    /// The revision that was declared.
    pub revision: String,

    /// The plan's id.
    pub plan_id: String,

    /// When its last statement ended.
    pub applied_at: Time,

    /// The number of statements that ran.
    pub statements: i64,

    /// How it ended.
    pub outcome: Outcome,
}

/// How a plan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Outcome {
    /// All its statements ran, and the live database has what was declared.
    Applied,
    /// It ended before that.
    Failed,
}
