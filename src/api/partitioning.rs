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
            "message": "Range, List, Hash and LinearHash need expression, and no columns; the others no expression",
        },
        {
            "rule": "!(self.by in ['RangeColumns', 'ListColumns']) || (has(self.columns) && size(self.columns) > 0)",
            "message": "RangeColumns and ListColumns need columns",
        },
        {
            "rule": "self.by in ['Range', 'RangeColumns', 'List', 'ListColumns'] \
                     ? has(self.partitions) && !has(self.count) : !(has(self.partitions) && has(self.count))",
            "message": "ranges and lists need partitions, and no count; the others at most one of both",
        },
    ]
))]
#[serde(rename_all = "camelCase")]
pub struct PartitioningSpec {
    /// What decides to which partition a row belongs. `Range`, `List`, `Hash` and `LinearHash` an `expression`;
    /// `RangeColumns` and `ListColumns` the `columns`; `Key` and `LinearKey` a hash of the `columns`, or of the primary
    /// key.
    pub by: PartitioningMethod,

    /// The expression, without parentheses around it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub expression: Option<String>,

    /// The columns, in order. At most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub columns: Option<Vec<String>>,

    /// The number of partitions, where they need no names. From 1 to 8,192.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 8192))]
    pub count: Option<u32>,

    /// The partitions, in order. At most 8,192.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8192), extend("x-kubernetes-list-type" = "atomic"))]
    pub partitions: Option<Vec<PartitionSpec>>,
}

/// What decides to which partition a row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PartitioningMethod {
    /// In which range the value of an expression lies.
    Range,
    /// In which range the values of some columns lie.
    RangeColumns,
    /// In which list the value of an expression stands.
    List,
    /// In which list the values of some columns stand.
    ListColumns,
    /// The value of an expression, modulo the number of partitions.
    Hash,
    /// As `Hash`, by powers of two.
    LinearHash,
    /// A hash of some columns, modulo the number of partitions.
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

    /// The bound that the values of a range stay below, without parentheses around it: `2027`, `MAXVALUE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub less_than: Option<String>,

    /// The values of a list, without parentheses around them: `1, 2, NULL`.
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ExpressionText>")]
    pub in_values: Option<String>,
}
