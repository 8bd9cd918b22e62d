//! Lays the declaration of one index over the live index.

use crate::schema::{
    Column, DataType, DeclaredIndex, Dialect, Identifier, Index, IndexAlgorithm, IndexKind, KeyPart, KeyTarget,
    is_in_memory, same_parts,
};

/// How a table's engine treats the attributes of an index.
#[derive(Debug, Clone, Copy)]
pub struct IndexEngine {
    /// Whether it has both trees and hash tables. InnoDB makes every index a tree.
    has_algorithms: bool,
    /// Whether the live engine has both, and the declared one has not.
    loses_algorithms: bool,
    /// Whether it keeps the `KEY_BLOCK_SIZE` of an index. MySQL's InnoDB silently drops it, MariaDB's shows it.
    keeps_block_size: bool,
}

impl IndexEngine {
    /// Describes the declared engine, or else the live one. Without a name it is InnoDB.
    pub fn new(declared: Option<&str>, live: Option<&str>, dialect: Dialect) -> Self {
        let engine = declared.or(live);
        let has_algorithms = engine.is_some_and(is_in_memory);
        let is_innodb = engine.is_none_or(|engine| engine.eq_ignore_ascii_case("innodb"));
        Self {
            has_algorithms,
            loses_algorithms: live.is_some_and(is_in_memory) && !has_algorithms,
            keeps_block_size: dialect.is_mariadb() || !is_innodb,
        }
    }
}

/// Merges a declared index. Undeclared attributes stay as they are live; a new index has the server's defaults.
pub fn merge_index(declared: &DeclaredIndex, live: Option<&Index>, engine: IndexEngine) -> Index {
    let DeclaredIndex { name, renamed_from: _, parts, kind, algorithm, comment, visible, key_block_size } = declared;
    let merged = Index {
        name: live.map_or_else(|| name.clone(), |live| live.name.clone()),
        kind: match live {
            Some(live) if same_kind(&live.kind, kind) => live.kind.clone(),
            _ => kind.clone(),
        },
        parts: match live {
            Some(live) if same_parts(&live.parts, parts) => live.parts.clone(),
            _ => parts.clone(),
        },
        algorithm: merge_algorithm(*algorithm, live, engine),
        comment: comment.clone().or_else(|| live.map(|live| live.comment.clone())).unwrap_or_default(),
        visible: visible.or_else(|| live.map(|live| live.visible)).unwrap_or(true),
        key_block_size: match key_block_size.filter(|_| engine.keeps_block_size) {
            Some(size) => Some(size).filter(|size| *size > 0),
            None => live.and_then(|live| live.key_block_size),
        },
        other: live.map(|live| live.other.clone()).unwrap_or_default(),
    };
    // One that is made again is as the new engine makes it: a hash table of a descending part is refused (1221).
    let is_made_again = live.is_some_and(|live| *live != merged);
    let is_kept = |algorithm: &IndexAlgorithm| match algorithm {
        IndexAlgorithm::Hash => !(engine.loses_algorithms && is_made_again),
        IndexAlgorithm::BTree => true,
    };
    Index { algorithm: merged.algorithm.filter(is_kept), ..merged }
}

/// Returns the parts without prefixes that are as long as their column: the servers leave those out.
pub fn without_whole_prefixes(parts: &[KeyPart], columns: &[Column]) -> Vec<KeyPart> {
    let length = |name: &Identifier| {
        let column = columns.iter().find(|column| column.name.matches(name))?;
        match column.data_type {
            DataType::Char(length) | DataType::Binary(length) => Some(length.get()),
            DataType::Varchar(length) | DataType::Varbinary(length) => Some(length.get()),
            _ => None,
        }
    };
    let without = |part: &KeyPart| match &part.target {
        KeyTarget::Column { name, prefix: Some(prefix) } if length(name) == Some(*prefix) => {
            KeyPart { target: KeyTarget::Column { name: name.clone(), prefix: None }, ..part.clone() }
        }
        _ => part.clone(),
    };
    parts.iter().map(without).collect()
}

/// Merges the algorithm. Where the engine has no choice, the live one stays.
fn merge_algorithm(
    declared: Option<IndexAlgorithm>,
    live: Option<&Index>,
    engine: IndexEngine,
) -> Option<IndexAlgorithm> {
    match live {
        Some(live) if engine.has_algorithms => declared.or(live.algorithm),
        Some(live) => live.algorithm,
        None if engine.has_algorithms => declared,
        None => declared.filter(|algorithm| *algorithm == IndexAlgorithm::Hash),
    }
}

/// Whether the live kind satisfies the declared one. An undeclared parser stays.
fn same_kind(live: &IndexKind, declared: &IndexKind) -> bool {
    match (live, declared) {
        (IndexKind::Fulltext { .. }, IndexKind::Fulltext { parser: None }) => true,
        (IndexKind::Fulltext { parser: Some(live) }, IndexKind::Fulltext { parser: Some(declared) }) => {
            live.matches(declared)
        }
        _ => live == declared,
    }
}
