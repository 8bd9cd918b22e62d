//! What may be done without asking, when, and what happens to what is not declared.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::DurationText;
use super::duration::{InvalidDuration, duration_or, parse_duration};

/// What may be done without asking, and what happens to what is not declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// The risks that are taken without asking. A step with any other risk waits for approval. `Blocking`: writes wait,
    /// or the table is copied. `Breaking`: an application that works may fail. `Destructive`: data, or a guarantee
    /// about it, may be lost. `Unknown`: something cannot be seen. Default none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// What happens to an object that this resource once declared and no longer does. `Keep` leaves and counts it.
    /// `Remove` plans its removal. What this resource never declared stays in any case.
    #[serde(default)]
    pub undeclared: UndeclaredPolicy,

    /// What happens when somebody else has changed what is declared. `Correct` changes it back. `Report` leaves it, and
    /// reports Stalled.
    #[serde(default)]
    pub drift: Drift,

    /// Where it is kept what was done. `Table`: each statement has a row in the table `schema_operator_history` of the
    /// database. `StatusOnly`: that table is neither made nor written, and the last ten plans stand in the status alone.
    #[serde(default)]
    pub history: History,

    /// A table with at most this many rows may be copied without approval, although writes to it wait meanwhile. From 0
    /// to 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000), extend("default" = Policy::SMALL_TABLE_ROWS))]
    pub small_table_rows: Option<i64>,

    /// No step begins while a replica lags behind by more than this, as hours, minutes and seconds such as `1m30s`. Each
    /// replica that is connected to the server is asked, at its `report_host`, with the same login; one that can't be
    /// asked holds the step up. Members of a Group Replication or Galera cluster are not. Default: lag is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DurationText>")]
    pub max_replica_lag: Option<String>,

    /// When steps may begin that have a risk, whoever allowed it. What has none runs at any time, as it does without a
    /// window. Default: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<MaintenanceWindow>,

    /// Try each plan in a scratch database on the same server first. `Structure` on empty copies of the tables, `Data`
    /// on a sample of their rows too. Default: a plan is not rehearsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearse: Option<Rehearse>,

    /// How long a statement may wait for its metadata lock before it has done anything, as hours, minutes and seconds
    /// such as `1m30s`. While it waits, all new queries on the table wait behind it. Once it has built something it waits
    /// up to an hour, since that would be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<DurationText>", extend("default" = Policy::LOCK_WAIT))]
    pub lock_wait: Option<String>,
}

impl Policy {
    const SMALL_TABLE_ROWS: i64 = 1000;
    const LOCK_WAIT: &str = "5s";

    /// Returns the risks that are taken without asking.
    #[must_use]
    pub fn allowed(&self) -> &[RiskSpec] {
        self.allow.as_deref().unwrap_or_default()
    }

    /// Returns how many rows a table may have that is copied without approval, or its default.
    #[must_use]
    pub fn small_table_rows(&self) -> i64 {
        self.small_table_rows.unwrap_or(Self::SMALL_TABLE_ROWS)
    }

    /// Returns how far a replica may lag behind when a step begins; `None` when nobody asked to look.
    pub fn max_replica_lag(&self) -> Result<Option<Duration>, InvalidDuration> {
        self.max_replica_lag.as_deref().map(parse_duration).transpose()
    }

    /// Returns how long a statement may wait for its metadata lock, or its default.
    pub fn lock_wait(&self) -> Result<Duration, InvalidDuration> {
        duration_or(self.lock_wait.as_deref(), Self::LOCK_WAIT)
    }
}

/// What a step may cost. A step with none of these is done by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum RiskSpec {
    /// Writes to the table wait, or the table is copied.
    Blocking,
    /// An application that works with the schema as it is may fail.
    Breaking,
    /// Data, or a guarantee about it, may be lost.
    Destructive,
    /// Privileges or size hide what could break.
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

/// What happens to an object that was declared once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UndeclaredPolicy {
    /// Leave it, and count it.
    #[default]
    Keep,
    /// Plan its removal.
    Remove,
}

/// What happens when somebody else has changed what is declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Drift {
    /// Change it back.
    #[default]
    Correct,
    /// Leave it, and say so.
    Report,
}

/// Where it is kept what was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum History {
    /// In a table of the database, and the last ten plans in the status.
    #[default]
    Table,
    /// In the status alone.
    StatusOnly,
}

/// How a plan is tried before it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Rehearse {
    /// On empty copies of the tables.
    Structure,
    /// On a sample of their rows too.
    Data,
}

/// When steps may begin that have a risk.
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
