//! What the operator reports.
//!
//! Every list is bounded where it is filled; what does not fit is counted. No row value ever stands here.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policy::RiskSpec;
use super::structural::Structural;

/// What was measured on the live database when the resource was last looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
// A resource that nobody has looked at must not pass for one that is done.
#[schemars(transform = Structural, extend("default" = { "observedGeneration": -1 }))]
#[serde(rename_all = "camelCase")]
pub struct DatabaseSchemaStatus {
    /// The generation of the spec that this status is about; -1 before the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Ready, Reconciling, Stalled, Reachable, InSync and Verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["type"])
    )]
    pub conditions: Vec<Condition>,

    /// The revisions that the database stands at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionStatus>,

    /// The server that was reached last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerStatus>,

    /// What is being done, or would be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanStatus>,

    /// What somebody approved, where the resource carries the annotations for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalStatus>,

    /// The plan that somebody rejected or cancelled, where the resource carries the annotations for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalStatus>,

    /// What somebody else has changed of what is declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub drift: Vec<DriftStatus>,

    /// How many entries of `drift` did not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_drift: Option<i64>,

    /// How much of the live database is not declared here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undeclared: Option<UndeclaredStatus>,

    /// What was removed and is still kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldStatus>,

    /// The last plans that were carried out, newest first. At most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 10), extend("x-kubernetes-list-type" = "atomic"))]
    pub history: Vec<HistoryStatus>,
}

/// The revisions that a database stands at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevisionStatus {
    /// The revision whose declaration the live database last held in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<String>,

    /// When that was first so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<Time>,

    /// The revision that the migration tool's own table holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerStatus {
    /// `MySQL` or `MariaDB`.
    pub flavor: String,

    /// Its version.
    pub version: String,

    /// Its own id: `server_uuid` on MySQL, `server_uid` on MariaDB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// The steps from the live schema to the declared one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanStatus {
    /// What an approval names. It changes when a step, or what is known of its risks, changes.
    pub id: String,

    /// The risks of all steps, separated by commas; empty when there are none.
    #[serde(default)]
    pub risks: String,

    /// The plan in one sentence.
    pub summary: String,

    /// Who rejected it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_by: Option<String>,

    /// The steps, in order. At most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<StepStatus>,

    /// How many steps did not fit; `kubectl schema plan` shows them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub omitted_steps: Option<i64>,
}

/// An approval of a plan: the steps that it consents to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalStatus {
    /// The plan that was approved.
    pub plan_id: String,

    /// Who approved it.
    pub by: String,

    /// When the operator took note of it.
    pub at: Time,

    /// What tells it from an earlier approval of the same plan: the annotation `approved-at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,

    /// The ids of the plan's steps that have a risk. At most 2,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<String>,

    /// Those of them that have run. Should one be planned again, it is asked for again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "atomic"))]
    pub spent: Vec<String>,
}

/// A plan that was rejected, or cancelled while it ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusalStatus {
    /// The plan.
    pub plan_id: String,

    /// Who refused it.
    pub by: String,

    /// When the operator took note of it.
    pub at: Time,

    /// The ids of its steps that had not been done: a plan that holds one of them does not run. At most 2,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2000), extend("x-kubernetes-list-type" = "atomic"))]
    pub steps: Vec<String>,
}

/// One statement of a plan, and what it costs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepStatus {
    /// Names the step: the same for the same change of the same definitions with the same risks.
    pub id: String,

    /// What it changes.
    pub object: String,

    /// The SQL statement.
    pub statement: String,

    /// The statement that takes it back, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,

    /// How the server does it: `INSTANT`, `INPLACE` or `COPY`.
    pub algorithm: String,

    /// What others may do to the table meanwhile: `NONE` all, `SHARED` read, `EXCLUSIVE` nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,

    /// How many rows the table has, by the server's estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,

    /// How many bytes the table has, by the server's estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,

    /// How many bytes of disk the statement takes beside the table until it has ended, by the server's estimate; for
    /// statements that write the table anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,

    /// What it risks; nothing when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "atomic"))]
    pub risks: Vec<RiskSpec>,

    /// Where it stands.
    pub state: StepState,

    /// How much of a running statement is done, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<i32>,

    /// What else is to be said: the server's own words, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StepState {
    /// It will be done.
    #[default]
    Pending,
    /// It waits for a person.
    AwaitingApproval,
    /// It waits for the maintenance window.
    AwaitingWindow,
    /// It waits for something else that its message names: a tool that works on the table, or replicas.
    Waiting,
    /// The server is at it.
    Running,
    /// The live database shows its effect.
    Done,
    /// The server refused it.
    Failed,
    /// Rows are in its way, so it was not sent; or an earlier step of its table is blocked.
    Blocked,
}

/// A declared attribute that somebody else has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftStatus {
    /// What has changed.
    pub object: String,

    /// What is declared.
    pub declared: String,

    /// What is live.
    pub live: String,
}

/// How much of the live database is not declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UndeclaredStatus {
    /// Tables.
    #[serde(default)]
    pub tables: i64,

    /// Columns of declared tables.
    #[serde(default)]
    pub columns: i64,

    /// Indexes of declared tables.
    #[serde(default)]
    pub indexes: i64,
}

/// What was removed and is still kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeldStatus {
    /// How many objects.
    pub count: i64,

    /// How many bytes they take, by the server's estimate.
    pub bytes: i64,
}

/// A plan that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HistoryStatus {
    /// The revision that was declared.
    pub revision: String,

    /// The plan's id.
    pub plan_id: String,

    /// When its last statement ended.
    pub applied_at: Time,

    /// How many statements ran.
    pub statements: i64,

    /// How it ended.
    pub outcome: Outcome,
}

/// How a plan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Outcome {
    /// All its statements ran, and the live database holds what was declared.
    Applied,
    /// It ended before that.
    Failed,
}
