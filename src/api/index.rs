//! A declared index.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bounds::{Comment, KeyPartText, Name, Word};
use super::policy::RiskSpec;
use super::state::State;

/// An index other than the primary key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend(
    "x-kubernetes-map-type" = "atomic",
    "x-kubernetes-validations" = [
        {
            "rule": "has(self.columns) || (has(self.state) && self.state == 'Absent')",
            "message": "columns must be set, unless state is Absent",
        },
        {
            "rule": "!(has(self.unique) && self.unique && has(self.kind))",
            "message": "at most one of unique and kind may be set",
        },
        {
            "rule": "!has(self.parser) || (has(self.kind) && self.kind == 'Fulltext')",
            "message": "parser needs kind Fulltext",
        },
        {
            "rule": "self.name.lowerAscii() != 'primary'",
            "message": "PRIMARY is the primary key's name: declare it in primaryKey",
        },
    ]
))]
#[serde(rename_all = "camelCase")]
pub struct IndexSpec {
    /// The index's name. A live index that is the same under another name is renamed.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) adds the index where it is missing. `Absent` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// Earlier names. A live index of one of these names is renamed, unless the new name exists already. At most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub renamed_from: Option<Vec<String>>,

    /// The risks that need no approval for this index, in addition to those in `policy.allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// The key parts, in order, as `SHOW CREATE TABLE` writes them: `email`, `body(100)`, `created desc`,
    /// ``(lower(`name`))``. From 1 to 16. Required, unless `state` is `Absent`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<KeyPartText>", length(min = 1, max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub columns: Vec<String>,

    /// Whether no two rows may have the same key. While rows share a key, the index is not added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<bool>,

    /// `Fulltext` or `Spatial`, for an index of that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IndexKindSpec>,

    /// `BTree` or `Hash`, for engines that have both, such as MEMORY. InnoDB makes a tree of either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<IndexUsingSpec>,

    /// The parser plugin of a full-text index, such as `ngram`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Word>")]
    pub parser: Option<String>,

    /// The comment. At most 1,024 characters; an empty one declares that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Comment>")]
    pub comment: Option<String>,

    /// Whether the optimizer uses the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,

    /// The size of the index's blocks in KiB; 0 declares that there is none. InnoDB of MySQL drops it, so there it
    /// never counts as a difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65_535))]
    pub key_block_size: Option<u32>,
}

/// The kind of an index, where it is not an ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IndexKindSpec {
    /// Finds words in text.
    Fulltext,
    /// Finds geometries by their place.
    Spatial,
}

/// How the engine stores an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IndexUsingSpec {
    /// As a sorted tree.
    BTree,
    /// As a hash table.
    Hash,
}
