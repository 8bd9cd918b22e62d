//! A declared column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{Comment, ExpressionText, Literal, Name, OnUpdateText, TypeText, Word};
use super::policy::RiskSpec;
use super::state::State;

/// A column, and what is declared about it. An attribute that is left out is not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "x-kubernetes-map-type" = "atomic",
    "x-kubernetes-validations" = [
        {
            "rule": "(has(self.default) ? 1 : 0) + (has(self.generated) ? 1 : 0) + \
                     (has(self.autoIncrement) && self.autoIncrement ? 1 : 0) < 2",
            "message": "at most one of default, generated and autoIncrement may be set",
        },
        {
            "rule": "!(has(self.autoIncrement) && self.autoIncrement && has(self.nullable) && self.nullable)",
            "message": "an autoIncrement column cannot be nullable",
        },
        {
            "rule": "!(has(self.first) && self.first && has(self.after))",
            "message": "at most one of first and after may be set",
        },
    ]
))]
#[serde(rename_all = "camelCase")]
pub struct ColumnSpec {
    /// The column's name.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) adds the column where it is missing. `Absent` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// Earlier names. A live column of one of these names is renamed, and keeps its values, unless the new name exists
    /// already. At most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub renamed_from: Option<Vec<String>>,

    /// The risks that need no approval for this column, in addition to those in `policy.allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// The data type, as `SHOW CREATE TABLE` writes it: `bigint unsigned`, `varchar(64)`, `enum('a','b')`. A column
    /// that does not exist yet needs one.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<TypeText>")]
    pub data_type: Option<String>,

    /// Whether the column may hold NULL. If left out, a live column stays as it is, and a new one may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nullable: Option<bool>,

    /// The default for new rows. If left out, a live column keeps its default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<DefaultSpec>,

    /// The value that the column gets whenever its row changes: `CURRENT_TIMESTAMP`, or for example
    /// `CURRENT_TIMESTAMP(3)` where the column's type has three digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OnUpdateText>")]
    pub on_update: Option<String>,

    /// Whether new rows get the next number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_increment: Option<bool>,

    /// The expression that computes the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<GeneratedSpec>,

    /// The character set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub charset: Option<String>,

    /// The collation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub collation: Option<String>,

    /// The comment. At most 1,024 characters; an empty one declares that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Comment>")]
    pub comment: Option<String>,

    /// Whether `SELECT *` shows the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,

    /// The id of the spatial reference system of a geometry column. MySQL only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 4_294_967_295_u32))]
    pub srid: Option<u32>,

    /// Whether the column's values are stored compressed. MariaDB only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compressed: Option<bool>,

    /// The expression of the check that belongs to the column itself. MariaDB only; elsewhere use the table's `checks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub check: Option<String>,

    /// Puts the column before all others. If `first` and `after` are both left out, a live column stays where it is,
    /// and a new one is added as the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<bool>,

    /// Puts the column right after this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Name>")]
    pub after: Option<String>,
}

/// The default of a column: a value, an expression, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DefaultSpec {
    /// A literal, without SQL's quotes: `"0"`, `"new"`, or `""` for the empty string. `"0x00FF"` are the bytes of a
    /// `binary` or `varbinary` column. A `timestamp` is in UTC.
    Value(#[schemars(with = "Literal")] String),
    /// An expression: `uuid()`, `CURRENT_TIMESTAMP(3)`, `NULL`.
    Expression(#[schemars(with = "ExpressionText")] String),
    /// No default, written `{none: {}}`: an INSERT must give the column a value.
    None(Empty),
}

/// An object without members: its presence is its meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("maxProperties" = 0))]
pub struct Empty {}

/// How a generated column is computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedSpec {
    /// The expression, without parentheses around it.
    #[schemars(with = "ExpressionText")]
    pub expression: String,

    /// `Virtual` (default) computes the value at each read. `Stored` keeps it in the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<StorageSpec>,
}

/// Where the value of a generated column is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StorageSpec {
    /// Computed at each read.
    #[default]
    Virtual,
    /// Kept in the row.
    Stored,
}
