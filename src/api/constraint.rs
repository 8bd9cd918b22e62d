//! Declared foreign keys and checks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{ExpressionText, Name};
use super::policy::RiskSpec;
use super::state::State;

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "x-kubernetes-map-type" = "atomic",
    "x-kubernetes-validations" = [
        {
            "rule": "(has(self.columns) && has(self.references)) || (has(self.state) && self.state == 'Absent')",
            "message": "columns and references must be set, unless state is Absent",
        },
        {
            "rule": "!has(self.columns) || !has(self.references) \
                     || size(self.columns) == size(self.references.columns)",
            "message": "columns and references.columns must have the same number of columns",
        },
    ]
))]
#[serde(rename_all = "camelCase")]
pub struct ForeignKeySpec {
    /// The constraint's name.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) adds the foreign key where it is missing. `Absent` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// The risks that need no approval for this foreign key, in addition to those in `policy.allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// The columns of this table, in order. From 1 to 16. Required, unless `state` is `Absent`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Name>", length(min = 1, max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub columns: Vec<String>,

    /// The columns that they reference. Required, unless `state` is `Absent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<ReferencesSpec>,

    /// What happens to a row when the row that it references is deleted. `NoAction` (default) and `Restrict` refuse the
    /// deletion. `Cascade` deletes the row too. `SetNull` and `SetDefault` change its columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_delete: Option<ActionSpec>,

    /// What happens to a row when the key that it references changes. The choices are those of `onDelete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_update: Option<ActionSpec>,
}

/// The columns that a foreign key references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReferencesSpec {
    /// The database of the other table. Default: the database of this resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Name>")]
    pub database: Option<String>,

    /// The other table.
    #[schemars(with = "Name")]
    pub table: String,

    /// The columns of the other table, in the order of this table's `columns`. From 1 to 16.
    #[schemars(with = "Vec<Name>", length(min = 1, max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub columns: Vec<String>,
}

/// What happens to a row when the row that it references is deleted or changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ActionSpec {
    /// Refuse it.
    Restrict,
    /// Do the same to the row.
    Cascade,
    /// Set the row's columns to NULL.
    SetNull,
    /// Set the row's columns to their defaults. InnoDB refuses it.
    SetDefault,
    /// Refuse it, as Restrict.
    NoAction,
}

/// A check: an expression that must not be false for any row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "x-kubernetes-map-type" = "atomic",
    "x-kubernetes-validations" = [{
        "rule": "has(self.expression) || (has(self.state) && self.state == 'Absent')",
        "message": "expression must be set, unless state is Absent",
    }]
))]
#[serde(rename_all = "camelCase")]
pub struct CheckSpec {
    /// The constraint's name.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) adds the check where it is missing. `Absent` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// The risks that need no approval for this check, in addition to those in `policy.allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// The expression, without parentheses around it. Required, unless `state` is `Absent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub expression: Option<String>,

    /// Whether the check is enforced. If left out, a live check stays as it is, and a new one is enforced. False is
    /// possible on MySQL only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforced: Option<bool>,
}
