//! How the rows of a table are divided into partitions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{ExpressionText, Name};

/// How the rows are divided into partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "x-kubernetes-map-type" = "atomic",
    "x-kubernetes-validations" = [
        {
            "rule": "self.by in ['Range', 'List', 'Hash', 'LinearHash'] \
                     ? has(self.expression) && !has(self.columns) : !has(self.expression)",
            "message": "Range, List, Hash and LinearHash need expression and take no columns; the others take no expression",
        },
        {
            "rule": "!(self.by in ['RangeColumns', 'ListColumns']) || (has(self.columns) && size(self.columns) > 0)",
            "message": "RangeColumns and ListColumns need columns",
        },
        {
            "rule": "self.by in ['Range', 'RangeColumns', 'List', 'ListColumns'] \
                     ? has(self.partitions) && !has(self.count) : !(has(self.partitions) && has(self.count))",
            "message": "ranges and lists need partitions and take no count; the others take at most one of both",
        },
    ]
))]
#[serde(rename_all = "camelCase")]
pub struct PartitioningSpec {
    /// How the partition of a row is decided. `Range`, `List`, `Hash` and `LinearHash`: by an `expression`.
    /// `RangeColumns` and `ListColumns`: by the `columns`. `Key` and `LinearKey`: by a hash of the `columns`, or of the
    /// primary key.
    pub by: PartitioningMethod,

    /// The expression, without parentheses around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub expression: Option<String>,

    /// The columns, in order. At most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub columns: Option<Vec<String>>,

    /// The number of partitions, if they need no names. From 1 to 8,192.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8192))]
    pub count: Option<u32>,

    /// The partitions, in order. At most 8,192.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8192), extend("x-kubernetes-list-type" = "atomic"))]
    pub partitions: Option<Vec<PartitionSpec>>,
}

/// How the partition of a row is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PartitioningMethod {
    /// By the range that holds the value of an expression.
    Range,
    /// By the range that holds the values of some columns.
    RangeColumns,
    /// By the list that has the value of an expression.
    List,
    /// By the list that has the values of some columns.
    ListColumns,
    /// By the value of an expression, modulo the number of partitions.
    Hash,
    /// As `Hash`, by powers of two.
    LinearHash,
    /// By a hash of some columns, modulo the number of partitions.
    Key,
    /// As `Key`, by powers of two.
    LinearKey,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartitionSpec {
    /// The partition's name.
    #[schemars(with = "Name")]
    pub name: String,

    /// The upper bound of a range, which its values stay below, without parentheses around it: `2027`, `MAXVALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub less_than: Option<String>,

    /// The values of a list, without parentheses around them: `1, 2, NULL`.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub in_values: Option<String>,
}
