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

/// A table, and what is declared about it. An attribute that is left out is not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TableSpec {
    /// The table's name.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) creates the table where it is missing. `Absent` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// Earlier names. A live table of one of these names is renamed, and keeps its rows, unless the new name exists
    /// already. At most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub renamed_from: Option<Vec<String>>,

    /// The risks that need no approval for this table and everything in it, in addition to those in `policy.allow`.
    /// Columns, indexes and constraints have an `allow` field of their own.
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

    /// The key parts of the primary key, in order, such as `id` or `name(20)`. At most 16. An empty list declares that
    /// there is none, except for one that MySQL generated.
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

    /// How the rows are divided into partitions. If it is left out, live partitions stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitioning: Option<PartitioningSpec>,
}
