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
    /// The index's name. Where the same index has another name, it is renamed.
    #[schemars(with = "Name")]
    pub name: String,

    /// `Present` (default) adds the index where it is missing. `Absent` asks for its removal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,

    /// Earlier names. Where the table has an index of one of these names, and none of the new name, it is renamed. At
    /// most 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<Name>>", length(max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub renamed_from: Option<Vec<String>>,

    /// The risks that are taken without asking for this index, besides those in `policy.allow`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 4), extend("x-kubernetes-list-type" = "set"))]
    pub allow: Option<Vec<RiskSpec>>,

    /// The key parts, in order, as `SHOW CREATE TABLE` writes them: `email`, `body(100)`, `created desc`,
    /// ``(lower(`name`))``. From 1 to 16. Required, unless `state` is `Absent`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<KeyPartText>", length(min = 1, max = 16), extend("x-kubernetes-list-type" = "atomic"))]
    pub columns: Vec<String>,

    /// Whether no two rows may have the same key. Where some do, the index is not added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<bool>,

    /// `Fulltext` or `Spatial`, for an index that is not an ordinary one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<IndexKindSpec>,

    /// `BTree` or `Hash`, where the engine has both, such as MEMORY. InnoDB makes a tree of each.
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

    /// The size of the index's blocks in KiB; 0 declares none. MySQL's InnoDB drops it, and it is no difference there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 65_535))]
    pub key_block_size: Option<u32>,
}

/// The kind of an index that is not an ordinary one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum IndexKindSpec {
    /// Finds words in text.
    Fulltext,
    /// Finds geometries by where they are.
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
