//! Primary keys and indexes, and their parts.

mod part;

use super::Identifier;

pub use part::{InvalidKeyPart, KeyPart, KeyPartFault, KeyTarget, parts_text, same_parts};

/// A `PRIMARY KEY`: it has no name of its own, is unique, and its columns are never NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryKey {
    pub parts: Vec<KeyPart>,
    /// As that of an [`Index`].
    pub algorithm: Option<IndexAlgorithm>,
    pub comment: String,
    /// As that of an [`Index`].
    pub other: String,
}

/// A secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub name: Identifier,
    pub kind: IndexKind,
    pub parts: Vec<KeyPart>,
    /// `USING`, where it is given and differs from what the engine does anyway.
    pub algorithm: Option<IndexAlgorithm>,
    pub comment: String,
    /// False for MySQL's `INVISIBLE` and MariaDB's `IGNORED`.
    pub visible: bool,
    /// `KEY_BLOCK_SIZE` in KiB.
    pub key_block_size: Option<u32>,
    /// All other options, as the server shows them: `SECONDARY_ENGINE_ATTRIBUTE '{}'`. Only a full reading of the table
    /// has them.
    pub other: String,
}

/// The kind of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexKind {
    Plain,
    Unique,
    Fulltext { parser: Option<Identifier> },
    Spatial,
}

/// The structure of an index, as `USING` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexAlgorithm {
    BTree,
    Hash,
}

impl PrimaryKey {
    /// Returns the key of these parts, without options.
    #[must_use]
    pub fn of(parts: Vec<KeyPart>) -> Self {
        Self { parts, algorithm: None, comment: String::new(), other: String::new() }
    }

    /// Returns whether the column is a part of the key.
    #[must_use]
    pub fn contains(&self, column: &Identifier) -> bool {
        self.parts.iter().any(|part| part.is_of(column))
    }
}

impl Index {
    /// Returns whether a part of it is an expression.
    #[must_use]
    pub fn has_expression(&self) -> bool {
        self.parts.iter().any(|part| matches!(part.target, KeyTarget::Expression(_)))
    }

    /// Returns whether both are the same index apart from their names.
    #[must_use]
    pub fn same_definition(&self, other: &Self) -> bool {
        // Kind and parts are those of `same_key`.
        let Self { name: _, kind: _, parts: _, algorithm, comment, visible, key_block_size, other: other_options } =
            self;
        self.same_key(other)
            && *algorithm == other.algorithm
            && *comment == other.comment
            && *visible == other.visible
            && *key_block_size == other.key_block_size
            && *other_options == other.other
    }

    /// Returns whether both index the same parts in the same way, which makes one of the two superfluous, whatever
    /// their comments, visibility and storage.
    #[must_use]
    pub fn same_key(&self, other: &Self) -> bool {
        self.kind == other.kind && same_parts(&self.parts, &other.parts)
    }

    /// Returns whether the column itself is a part of the index.
    #[must_use]
    pub fn contains(&self, column: &Identifier) -> bool {
        self.parts.iter().any(|part| part.is_of(column))
    }
}
