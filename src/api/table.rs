//! A declared table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{KeyPartText, Name};
use super::column::ColumnSpec;
use super::constraint::{CheckSpec, ForeignKeySpec};
use super::index::IndexSpec;
use super::options::TableOptionsSpec;
use super::partitioning::PartitioningSpec;
use super::policy::RiskSpec;
use super::state::State;

/// A table, and what is declared about it. What is left out is not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableSpec {
    /// The table's name.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) creates the table where it is missing. `Absent` asks for its removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// Earlier names. Where the table has one of them, and none has the new name, it is renamed with its rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub renamed_from: Option<Vec<String>>,

    /// The risks that are taken without asking for this table and all that is in it, besides those in `policy.allow`.
    /// Columns, indexes and constraints have an `allow` of their own, for themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// The declared columns, by name. At most 1,017.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 1017),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub columns: Option<Vec<ColumnSpec>>,

    /// The key parts of the primary key, in order, such as `id` or `name(20)`. At most 16; an empty list declares that
    /// there is none, but for one that MySQL generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<KeyPartText>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub primary_key: Option<Vec<String>>,

    /// The declared indexes, by name. At most 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 64),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub indexes: Option<Vec<IndexSpec>>,

    /// The declared foreign keys, by name. At most 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 64),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub foreign_keys: Option<Vec<ForeignKeySpec>>,

    /// The declared checks, by name. At most 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(max = 64),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"])
    )]
    pub checks: Option<Vec<CheckSpec>>,

    /// The declared table options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<TableOptionsSpec>,

    /// How the rows are divided into partitions. Where it is left out, live partitions stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitioning: Option<PartitioningSpec>,
}
