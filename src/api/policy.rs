//! What the operator may do without approval, when, and what happens to undeclared objects.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::DurationText;
use super::connection::ReplicaConnection;
use super::duration::{InvalidDuration, duration_or, parse_duration};

/// What the operator may do without approval, and what happens to undeclared objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// The risks that need no approval. A step with any other risk waits for approval. `Blocking`: writes wait, or the
    /// table is copied. `Breaking`: a working application may fail. `Destructive`: data, or a guarantee about it, may
    /// be lost. `Unknown`: the operator can't see what might break. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// What happens to an object that this resource once declared and no longer does. `Keep` leaves it and counts it.
    /// `Remove` plans its removal. An object that this resource never declared always stays.
    #[serde(default)]
    pub undeclared: UndeclaredPolicy,

    /// What happens when a declared attribute was changed outside this resource. `Correct` changes it back. `Report`
    /// leaves it, and reports Stalled.
    #[serde(default)]
    pub drift: DriftPolicy,

    /// Where the history of statements is kept. `Table`: each statement has a row in the table
    /// `schema_operator_history` of the database. `StatusOnly`: that table is neither created nor written, and only the
    /// status lists the last ten plans.
    #[serde(default)]
    pub history: HistoryPolicy,

    /// A table with at most this many rows may be copied without approval, although writes to it wait during the copy.
    /// From 0 to 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000), extend("default" = Policy::SMALL_TABLE_ROWS))]
    pub small_table_rows: Option<i64>,

    /// No step begins while a replica of `replicas` lags by more than this, as hours, minutes and seconds such as
    /// `1m30s`, or can't be asked. Default: lag is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DurationText>")]
    pub max_replica_lag: Option<String>,

    /// The replicas that are asked for their lag. The operator logs in to no other: an address that a server names may
    /// be anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub replicas: Option<Vec<ReplicaConnection>>,

    /// When steps that have a risk may begin, even if the risk is allowed or approved. Steps without a risk run at any
    /// time. Default: all steps may begin at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<MaintenanceWindow>,

    /// Tries each plan first, in a scratch database on the same server. `Structure`: on empty copies of the tables.
    /// `Data`: on a sample of their rows too. Default: plans are not rehearsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearse: Option<RehearsalMode>,

    /// How long a statement may wait for its metadata lock before it has done anything, as hours, minutes and seconds
    /// such as `1m30s`. While it waits, all new queries on the table wait behind it. After it has built something it
    /// may wait up to an hour, because ending it would lose that work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DurationText>", extend("default" = Policy::LOCK_WAIT))]
    pub lock_wait: Option<String>,
}

impl Policy {
    const SMALL_TABLE_ROWS: i64 = 1000;
    const LOCK_WAIT: &str = "5s";

    /// Returns the risks that need no approval.
    #[must_use]
    pub fn allowed(&self) -> &[RiskSpec] {
        self.allow.as_deref().unwrap_or_default()
    }

    /// Returns how many rows a table may have that is copied without approval, or its default.
    #[must_use]
    pub fn small_table_rows(&self) -> i64 {
        self.small_table_rows.unwrap_or(Self::SMALL_TABLE_ROWS)
    }

    /// Returns how far a replica may lag when a step begins; `None` where lag is not checked.
    pub fn max_replica_lag(&self) -> Result<Option<Duration>, InvalidDuration> {
        self.max_replica_lag.as_deref().map(parse_duration).transpose()
    }

    /// Returns the replicas that are asked for their lag.
    #[must_use]
    pub fn replicas(&self) -> &[ReplicaConnection] {
        self.replicas.as_deref().unwrap_or_default()
    }

    /// Returns how long a statement may wait for its metadata lock, or its default.
    pub fn lock_wait(&self) -> Result<Duration, InvalidDuration> {
        duration_or(self.lock_wait.as_deref(), Self::LOCK_WAIT)
    }
}

/// What a step may cost. A step with none of these runs without approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum RiskSpec {
    /// Writes to the table wait, or the table is copied.
    Blocking,
    /// An application that works with the present schema may fail.
    Breaking,
    /// Data, or a guarantee about it, may be lost.
    Destructive,
    /// Missing privileges or size hide what might break.
    Unknown,
}

impl fmt::Display for RiskSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Blocking => "Blocking",
            Self::Breaking => "Breaking",
            Self::Destructive => "Destructive",
            Self::Unknown => "Unknown",
        })
    }
}

/// What happens to an object that was once declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UndeclaredPolicy {
    /// Leave it, and count it.
    #[default]
    Keep,
    /// Plan its removal.
    Remove,
}

/// What happens when a declared attribute was changed outside this resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DriftPolicy {
    /// Change it back.
    #[default]
    Correct,
    /// Leave it, and report it.
    Report,
}

/// Where the history of statements is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HistoryPolicy {
    /// In a table of the database, and the last ten plans in the status.
    #[default]
    Table,
    /// In the status alone.
    StatusOnly,
}

/// How a plan is tried before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RehearsalMode {
    /// On empty copies of the tables.
    Structure,
    /// On a sample of their rows too.
    Data,
}

/// When steps that have a risk may begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceWindow {
    /// When the window opens, as the five fields of cron: minute, hour, day of month, month, day of week. For example
    /// `0 3 * * 6` for Saturdays at three.
    #[schemars(length(max = 128), regex(pattern = r"^\S+( +\S+){4}$"))]
    pub schedule: String,

    /// How long it stays open, as hours, minutes and seconds such as `2h30m`. A statement that has begun is not stopped
    /// when the window closes.
    #[schemars(with = "DurationText")]
    pub duration: String,

    /// The time zone of the schedule, by its IANA name such as `Europe/Prague`. Default `UTC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = r"^[A-Za-z][A-Za-z0-9_+/-]*$"))]
    pub time_zone: Option<String>,
}

impl MaintenanceWindow {
    /// Returns how long the window stays open.
    pub fn duration(&self) -> Result<Duration, InvalidDuration> {
        parse_duration(&self.duration)
    }

    /// Returns the time zone of the schedule, or its default.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or("UTC")
    }
}
